"""The Attack page: the command that it makes, what it estimates, and each state of a batch."""

from __future__ import annotations

import argparse
import dataclasses
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from attack_workspace import HOSTILE, batch, record, reviews_of
from edge_texts import EDGE_TEXTS
from made_jobs import job
from opened_pages import chosen, html_of, measured, opened
from streamlit.testing.v1 import AppTest

from attacks.batches import pace, request, runs, selection
from attacks.commands import run as run_command
from attacks.recipes import RECIPES
from attacks.resources.catalog import RESOURCES
from dashboard.elements import diff_html
from dashboard.records import attacks
from dashboard.session import listed
from dashboard.views.attack import at_once, estimate, form, running
from dashboard.views.attack import plan as attack_plan
from dashboard.views.attack import state as attack_state
from dashboard.views.attack.estimate import Pace
from dashboard.views.attack.plan import Batch, Single
from sentiment_core import data, models, statistics
from sentiment_core.errors import DataError
from sentiment_core.evaluation import records, review_order
from sentiment_core.evaluation.review_order import Filters
from sentiment_core.execution.base import Here
from sentiment_core.jobs import jobs

VIEW = "views/attack/page.py"


def read_back(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    run_command.add_arguments(parser)
    assert argv[0] == run_command.NAME
    return parser.parse_args(argv[1:])


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str]]:
    """What is started, as (argv, module); nothing runs."""
    seen: list[tuple[list[str], str]] = []

    def start(argv: list[str], title: str, module: str = "sentiment_core") -> str:
        seen.append((argv, module))
        return "20260101t000000000-job-run-00000000"

    monkeypatch.setattr(jobs, "start", start)
    return seen


def captions(app: AppTest) -> str:
    return re.sub(r"\\(.)", r"\1", " ".join(caption.value for caption in app.caption))


def words(app: AppTest) -> str:
    return re.sub(r"\\(.)", r"\1", " ".join(text.value for text in app.markdown))


# --- the command ---------------------------------------------------------------------------------


def test_the_command_of_a_batch_is_read_back_as_what_the_form_said() -> None:
    plan = Batch(
        "m-id", "pwws", "imdb", "test", 80, outcome="right", min_words=50, max_words=200,
        right_by=("m-id", "other"), seed=7, query_budget=3_000, seconds=12.5, workers=2,
    )  # fmt: skip
    args = read_back(plan.argv)
    assert (args.model, args.recipe, args.data, args.split) == ("m-id", "pwws", "imdb", "test")
    assert (args.limit, args.seed, args.budget, args.seconds, args.workers) == (80, 7, 3_000, 12.5, 2)
    read = selection.parsed(args.select, n=80, seed=7, model="m-id")
    assert (read.outcome, read.min_words, read.max_words, read.right_by) == (
        "right", 50, 200, ("m-id", "other"),
    )  # fmt: skip


def test_no_limit_and_any_review_are_flags_left_out() -> None:
    argv = Batch("m", "pwws", "imdb", "test", 5, outcome="any").argv
    assert not {"--budget", "--seconds", "--select"} & set(argv)


def test_ids_reach_the_selection_in_their_order() -> None:
    args = read_back(Batch("m", "pwws", "imdb", "test", 2, outcome="any", ids=("b", "a")).argv)
    assert selection.parsed(args.select).ids == ("b", "a")


@pytest.mark.parametrize("text", [*EDGE_TEXTS.values(), "--resume", "-x", HOSTILE], ids=lambda text: text[:9])
def test_a_typed_text_reaches_the_command_as_it_is(text: str) -> None:
    args = read_back(Single("m", "pwws", text, "negative", query_budget=9).argv)
    assert (args.text, args.label, args.budget) == (text, "negative", 9)


def test_the_shown_command_can_be_pasted_into_a_shell() -> None:
    argv = Single("m", "pwws", "it's $HOME; `ls`", "positive").argv
    assert shlex.split(attack_plan.command(argv)) == ["python", "-m", "attacks", *argv]


def test_lengths_that_leave_no_review_are_refused() -> None:
    with pytest.raises(DataError, match="leave no review"):
        attack_plan.check(Batch("m", "pwws", "d", "test", 5, min_words=200, max_words=100))


def test_ids_are_read_with_commas_and_spaces_each_once() -> None:
    assert attack_plan.read_ids(" a, b\nc  a ") == ("a", "b", "c")


# --- what it takes and tells ---------------------------------------------------------------------


def expected(**changes: Any) -> estimate.Expected:
    facts: dict[str, Any] = {
        "n": 100, "queries": 300.0, "workers": 1, "seconds_limit": None, "alike": None, "same_model": None,
        "linear": False, "reviews_per_second": 10.0,
    }  # fmt: skip
    return estimate.expected(**(facts | changes))


def test_without_a_past_batch_the_model_s_measured_speed_sets_the_pace() -> None:
    assert expected().seconds == pytest.approx(estimate.START_SECONDS + 100 * 300 / 10)


def test_every_estimate_says_what_it_is_from() -> None:
    assert "as it answered when it was measured" in expected().source
    assert "default for transformers" in expected(reviews_per_second=None).source
    assert "default for linear models" in expected(linear=True).source
    assert "as in a" in expected(alike=Pace("a", 2.0, 50.0)).source
    assert "20 s to load" in expected().source
    assert "2 processes do 1.8 times the work" in expected(workers=2).source


def test_a_past_batch_of_the_same_recipe_wins_over_one_of_another() -> None:
    alike, other = Pace("a", 2.0, 50.0), Pace("b", 9.0, 100.0)
    assert expected(alike=alike, same_model=other).seconds == estimate.START_SECONDS + 200
    assert expected(same_model=other).seconds == pytest.approx(estimate.START_SECONDS + 300)


def test_a_time_limit_bounds_each_review() -> None:
    assert expected(seconds_limit=5.0).seconds == estimate.START_SECONDS + 500
    assert "time limit" in expected(seconds_limit=5.0).source


def test_a_budget_bounds_the_queries() -> None:
    assert pace.queries_per_review(2.0, 200, 100) == 100
    assert pace.queries_per_review(2.0, 200, None) == 400


def test_more_workers_than_reviews_bring_nothing() -> None:
    assert expected(n=1, workers=8).seconds == expected(n=1, workers=1).seconds


@pytest.mark.parametrize("n", [1, 10, 100, 4_000])
def test_the_interval_foretold_is_wilson_s_at_one_half(n: int) -> None:
    low, high = statistics.wilson(n / 2, n)
    assert f"[{100 * low:.1f}, {100 * high:.1f}]" in estimate.precision(n)


# --- words marked --------------------------------------------------------------------------------


def plain(html: str) -> str:
    import html as library

    return library.unescape(re.sub(r"<small>U\+[^<]*</small>|<[^>]+>", "", html))


@pytest.mark.parametrize("original", [*EDGE_TEXTS.values(), HOSTILE, ""])
@pytest.mark.parametrize("perturbed", [HOSTILE, "a b c", ""])
def test_marked_texts_hold_every_character_and_nothing_that_runs(original: str, perturbed: str) -> None:
    for html, text in (
        (diff_html.original_html(original, perturbed), original),
        (diff_html.perturbed_html(original, perturbed), perturbed),
    ):
        assert plain(html) == text
        assert not re.findall(r"<(?!/?(?:div|del|ins|small)\b)[a-z]", html)


def test_the_changed_words_and_only_they_are_marked() -> None:
    original, perturbed = "A good film, truly good.", "A goood film, truly good."
    assert re.findall(r"<del>(.*?)</del>", diff_html.original_html(original, perturbed)) == ["good"]
    assert re.findall(r"<ins>(.*?)</ins>", diff_html.perturbed_html(original, perturbed)) == ["goood"]


def test_a_character_that_cannot_be_seen_is_named() -> None:
    assert "U+200B" in diff_html.perturbed_html("good film", "go\u200bod film")


def test_a_snippet_shows_the_change_with_whole_words_around() -> None:
    text = "one two three four five six seven eight nine ten " * 4
    html = diff_html.snippets_html(text, text.replace("one", "0ne", 1))
    assert "<del>one</del> <ins>0ne</ins>" in html
    assert set(plain(html).split()) <= {*text.split(), "0ne", "…"}


def test_a_snippet_of_a_huge_word_stays_small() -> None:
    assert len(diff_html.snippets_html("x" * 50_000, "y" * 50_000)) < 400


# --- the page: empty, and the form ---------------------------------------------------------------


def test_an_empty_workspace_offers_the_demo(app: AppTest, empty_workspace: Path) -> None:
    opened(app, VIEW)
    assert [button.label for button in app.button] == ["Make the demo"]


def test_start_begins_the_batch_that_the_form_says(
    app: AppTest, tiny_workspace: Path, started: list[tuple[list[str], str]]
) -> None:
    opened(app, VIEW, **chosen(a="nbsvm"))
    app.number_input("attack_n").set_value(12).run()
    app.button("attack-start").click().run()
    ((argv, module),) = started
    args = read_back(argv)
    assert module == "attacks"
    assert args.model == models.resolve("nbsvm").model_id
    assert (args.recipe, args.limit, args.split) == ("deepwordbug", 12, "test")
    assert data.by_fingerprint(args.data).name == "sentences.csv"
    assert args.select is None  # any review, so that the figure stands beside the model's accuracy


def test_every_recipe_can_be_chosen_and_says_what_it_does(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen())
    for name, recipe in RECIPES.items():
        app.selectbox("attack_recipe_batch").set_value(name).run()
        assert not app.exception
        assert recipe.description in captions(app)


def test_settings_of_a_recipe_travel_to_the_command_and_back_to_its_own(
    app: AppTest, tiny_workspace: Path, started: list[tuple[list[str], str]]
) -> None:
    opened(app, VIEW, **chosen(), recipe="random")
    app.selectbox("attack_set_batch_random_like").set_value("pruthi").run()
    app.number_input("attack_set_batch_random_max_share").set_value(0.25).run()
    assert "Changed: like pruthi, max share 0.25" in captions(app)
    app.button("attack-start").click().run()
    args = read_back(started[0][0])
    assert request.parameters("random", args.set) == {"like": "pruthi", "max_share": 0.25}
    attack_state_address(app)
    app.button("attack_set_batch_random_").click().run()
    assert "Not its own" not in captions(app)
    assert app.selectbox("attack_set_batch_random_like").value == "deepwordbug"


def attack_state_address(app: AppTest) -> None:
    """Go back from the started batch to the form, as the button does."""
    app.query_params.pop("job", None)
    app.run()


@pytest.mark.parametrize("name", RECIPES)
def test_every_setting_of_a_recipe_is_an_input_that_says_where_it_is_from(
    app: AppTest, tiny_workspace: Path, name: str
) -> None:
    opened(app, VIEW, **chosen(), recipe=name)
    inputs = {item.key: item for kind in (app.number_input, app.selectbox, app.toggle) for item in kind}
    for constant, default in RECIPES[name].constants.items():
        item = inputs[f"attack_set_batch_{name}_{constant}"]
        assert item.value == default and type(item.value) is type(default)
        source = re.sub(r"\\(.)", r"\1", item.help)
        assert RECIPES[name].constant_sources[constant] in source


def test_a_setting_lifts_what_keeps_a_recipe_from_running(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = dataclasses.replace(RESOURCES["wordnet"], where=lambda: None)
    monkeypatch.setitem(RESOURCES, "wordnet", gone)
    opened(app, VIEW, **chosen(), recipe="random")
    assert not app.warning
    app.selectbox("attack_set_batch_random_like").set_value("pwws").run()
    assert "WordNet" in app.warning[0].value
    assert "attack-start" not in {button.key for button in app.button}


def test_settings_reach_the_command_of_a_typed_review_as_they_are_read() -> None:
    params = {"any_family": True, "max_rate": 0.1 + 0.2, "pop_size": 7}
    args = read_back(Single("m", "leap", "fine", "positive", params=params).argv)
    assert request.parameters("leap", args.set) == params


def test_a_cluster_takes_the_place_of_processes(
    app: AppTest,
    tiny_workspace: Path,
    started: list[tuple[list[str], str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(listed.CLUSTERS, "tcp://10.0.0.2:1, tcp://10.0.0.1:8786")
    opened(app, VIEW, **chosen())
    app.selectbox("attack_cluster").set_value("tcp://10.0.0.1:8786").run()
    assert app.number_input("attack_workers").disabled
    app.button("attack-start").click().run()
    args = read_back(started[0][0])
    assert (args.cluster, args.workers) == ("tcp://10.0.0.1:8786", None)


@pytest.mark.parametrize("address", ["10.0.0.1", "tcp://", "a b:1", "tcp://h:port", HOSTILE])
def test_what_is_no_address_of_a_cluster_is_refused_in_one_line(
    app: AppTest, tiny_workspace: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(listed.CLUSTERS, address)
    opened(app, VIEW, **chosen())
    app.selectbox("attack_cluster").set_value(address).run()
    assert "is not the address of a Dask scheduler" in app.error[0].value
    assert "attack-start" not in {button.key for button in app.button}


@pytest.mark.parametrize(
    "address", ["tcp://10.0.0.1:8786", "tls://s.example:1", "h:8786", "tcp://[::1]:8786"]
)
def test_every_form_of_an_address_is_taken(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(listed.CLUSTERS, address)
    attack_plan.check(Batch("m", "pwws", "d", "test", 5, cluster=address))


def test_the_quick_mode_is_offered_for_transformers_and_travels_with_the_job(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch, started: list[tuple[list[str], str]]
) -> None:
    opened(app, VIEW, **chosen())
    assert not app.toggle
    card, recipes = models.resolve("tfidf"), attacks.recipes()
    encoder = dataclasses.replace(card, manifest=card.manifest | {"family": "transformer"})
    offered = [
        form.offers_quick(of, recipes[name])
        for of, name in ((card, "pwws"), (encoder, "pwws"), (encoder, "input-reduction"))
    ]
    assert offered == [False, True, False]
    monkeypatch.setattr(form, "offers_quick", lambda *chosen: True)
    app.run().toggle("attack_quick").set_value(True).run()
    app.button("attack-start").click().run()
    assert read_back(started[0][0]).quick


def test_quick_batches_are_distinguished(tiny_workspace: Path) -> None:
    batch("tfidf", ["succeeded", "failed"], quick=True, params={"max_edit_distance": 3})
    (run,) = attacks.list_runs()
    assert attacks.short_title(run) == "tfidf · DeepWordBug (max edit distance 3, quick)"
    slow, quick = (attack_state.paces(run.spec.model_id, "pwws", {}, quick=quick) for quick in (False, True))
    assert slow == (None, None) and quick[1] is not None


def test_what_a_recipe_lacks_is_told_and_it_cannot_be_started(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from attacks import recipes
    from attacks.recipes import Missing

    monkeypatch.setattr(
        recipes,
        "missing",
        lambda recipe, family=None, params=None: [Missing("WordNet", "synonyms", "apt it")],
    )
    opened(app, VIEW, **chosen())
    assert "WordNet" in app.warning[0].value and "apt it" in app.warning[0].value
    assert "attack-start" not in {button.key for button in app.button}


def test_the_error_desk_s_link_attacks_what_the_desk_shows(
    app: AppTest, tiny_workspace: Path, started: list[tuple[list[str], str]]
) -> None:
    filters = Filters(outcome="correct", sort="least-confidence")
    opened(app, VIEW, **chosen(), outcome="correct", sort="least-confidence")
    app.number_input("attack_n").set_value(5).run()
    app.button("attack-start").click().run()
    record_ = next(r for r in records.list_evaluations(models.resolve("tfidf").model_id))
    rows = review_order.desk(data.by_fingerprint(record_.fingerprint).examples, record_.frame)
    wanted = review_order.filtered(rows, filters)["example_id"].head(5).tolist()
    assert list(selection.parsed(read_back(started[0][0]).select).ids) == wanted


def test_reviews_that_the_model_has_wrong_are_counted_before_the_start(
    app: AppTest, tiny_workspace: Path, started: list[tuple[list[str], str]]
) -> None:
    frame = measured("tfidf", 60)[1].frame
    is_wrong = frame["predicted"] != frame["label"]
    wrong = frame.loc[is_wrong, "example_id"].tolist()
    opened(app, VIEW, **chosen(), outcome="errors")
    assert f"0 of {len(wrong)} can be attacked" in captions(app)
    assert app.button("attack-start").disabled
    app.button("attack_offer_right").click().run()
    assert app.query_params["which"] == "right"
    app.button("attack-start").click().run()
    assert selection.parsed(read_back(started[0][0]).select).outcome == "right"


def test_named_reviews_that_would_be_skipped_are_left_out(
    app: AppTest, tiny_workspace: Path, started: list[tuple[list[str], str]]
) -> None:
    frame = measured("tfidf", 60)[1].frame
    is_wrong = frame["predicted"] != frame["label"]
    wrong, right = (frame.loc[which, "example_id"].iloc[0] for which in (is_wrong, ~is_wrong))
    opened(app, VIEW, **chosen(), which="ids")
    app.text_input("attack_ids").set_value(f"{wrong} {right}").run()
    assert "1 of 2 can be attacked" in captions(app)
    app.button("attack-start").click().run()
    assert selection.parsed(read_back(started[0][0]).select).ids == (right,)


def test_a_link_from_errors_wins_over_what_the_form_had(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen())
    app.selectbox("attack_which").set_value("shared").run()
    opened(app, VIEW, **chosen(), outcome="correct")
    assert app.selectbox("attack_which").value == "desk"


def test_the_form_attacks_the_model_that_the_sidebar_has_chosen(
    app: AppTest, tiny_workspace: Path, started: list[tuple[list[str], str]]
) -> None:
    opened(app, VIEW, **chosen())
    app.selectbox("model_a").select("nbsvm").run()
    app.button("attack-start").click().run()
    assert read_back(started[0][0]).model == models.resolve("nbsvm").model_id


def test_the_errors_page_links_to_the_form_with_its_filters(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, "views/errors/page.py", **chosen(), outcome="false-positives")
    links = [link for link in app.get("page_link") if link.proto.label == "Attack these reviews"]
    assert len(links) == 1 and "outcome=false-positives" in links[0].proto.query_string


def test_reviews_that_all_chosen_models_get_right_name_them(
    app: AppTest, tiny_workspace: Path, started: list[tuple[list[str], str]]
) -> None:
    opened(app, VIEW, **chosen(b="nbsvm"))
    app.selectbox("attack_which").set_value("shared").run()
    app.button("attack-start").click().run()
    both = {models.resolve(alias).model_id for alias in ("tfidf", "nbsvm")}
    assert set(selection.parsed(read_back(started[0][0]).select).right_by) == both


@pytest.mark.parametrize(
    "params",
    [{"run": HOSTILE}, {"job": HOSTILE}, {"run": "../.."}, {"recipe": "<b>"}, {"outcome": "nonsense"}],
    ids=lambda params: next(iter(params)),
)
def test_a_bad_address_shows_the_form(app: AppTest, tiny_workspace: Path, params: dict[str, str]) -> None:
    opened(app, VIEW, **chosen(), **params)
    assert "attack-start" in {button.key for button in app.button}


# --- one review ----------------------------------------------------------------------------------


class OneHere:
    """Attacks in this process, so that no test waits for another one's start."""

    def run(self, prepare: Any, items: Any, *, tick: Any) -> Any:
        yield from Here().run(prepare, items, tick=tick)

    def end(self) -> None:
        pass


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_once, "_process", OneHere)


def one_review(app: AppTest, text: str, label: str = "negative") -> None:
    opened(app, VIEW, **chosen())
    app.segmented_control("attack_part").set_value("One review").run()
    app.text_area("attack_text").set_value(text).run()
    app.segmented_control("attack_label").set_value(label).run()


@pytest.mark.parametrize("text", [*EDGE_TEXTS.values(), HOSTILE], ids=[*EDGE_TEXTS, "hostile"])
def test_one_review_typed_by_hand_is_answered_on_the_page(
    app: AppTest, tiny_workspace: Path, here: None, started: list[tuple[list[str], str]], text: str
) -> None:
    one_review(app, text)
    app.button("attack-single").click().run(timeout=60)
    assert not app.exception and not started
    (run,) = [run for run in runs.list_attacks() if run.spec.data.get("name") == request.TYPED]
    assert run.finished
    row = run.records.iloc[0].to_dict()
    assert (row["original"], row["label"]) == (data.clean_text(text), 0)
    assert running.single_in_words(row, "tfidf") in words(app)


def test_an_answer_leaves_the_page_when_the_form_says_something_else(
    app: AppTest, tiny_workspace: Path, here: None
) -> None:
    one_review(app, "I found the story wonderful and moving.", "positive")
    app.button("attack-single").click().run(timeout=60)
    assert "tfidf is " in words(app)
    app.text_area("attack_text").set_value("I found the story dull.").run()
    assert "tfidf is " not in words(app)


def test_a_review_that_takes_longer_becomes_a_job_of_the_same_batch(
    app: AppTest, tiny_workspace: Path, here: None, started: list[tuple[list[str], str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(at_once, "MOST_SECONDS", -1.0)
    one_review(app, "I found the story wonderful and moving.", "positive")
    app.button("attack-single").click().run(timeout=60)
    (run,) = [run for run in runs.list_attacks() if run.spec.data.get("name") == request.TYPED]
    assert started == [(["run", "--resume", run.run_id], "attacks")] and not run.finished


def test_a_model_that_is_slow_attacks_in_a_job(
    app: AppTest, tiny_workspace: Path, started: list[tuple[list[str], str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(at_once, "possible", lambda card: False)
    one_review(app, "-x I found the story wonderful.")
    app.button("attack-single").click().run()
    args = read_back(started[0][0])
    assert (args.text, args.label) == ("-x I found the story wonderful.", "negative")


@pytest.mark.parametrize(("text", "allowed"), [("a film " * 7_143, True), ("😀" * 30_001, False)])
def test_a_pasted_text_is_taken_up_to_what_a_command_line_takes(
    app: AppTest, tiny_workspace: Path, text: str, allowed: bool
) -> None:
    opened(app, VIEW, **chosen())
    app.segmented_control("attack_part").set_value("One review").run()
    app.text_area("attack_text").set_value(text).run()
    assert not app.text_area("attack_text").max_chars  # a field with a limit drops a longer paste silently
    assert [("30,001 characters" in error.value) for error in app.error] == ([] if allowed else [True])
    assert ("attack-single" in {button.key for button in app.button}) == allowed


def test_no_text_cannot_be_attacked(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen())
    app.segmented_control("attack_part").set_value("One review").run()
    app.text_area("attack_text").set_value("  ").run()
    assert app.button("attack-single").disabled


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("succeeded", "tfidf is fooled, with 1 of"),
        ("failed", "is not fooled"),
        ("skipped", "nothing to attack"),
        ("errored", "failed with an error"),
    ],
)
def test_what_became_of_one_review_is_said(tiny_workspace: Path, outcome: str, said: str) -> None:
    (example,), _ = reviews_of("tfidf", 1)
    assert said in running.single_in_words(record(example, outcome).to_json(), "tfidf")


# --- watching a batch ----------------------------------------------------------------------------


def test_a_batch_that_stops_cannot_be_cancelled_again(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping = job(stopping=True, module="attacks", argv=("run",))
    monkeypatch.setattr(attacks, "job", lambda job_id: stopping)
    monkeypatch.setattr(attack_state, "run_of", lambda found: None)
    opened(app, VIEW, **chosen(), job=stopping.run_id)
    assert app.button("attack-cancel").disabled


def active_job(run_id: str | None, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Let there be one job, on that run if any."""
    facts = {"module": "attacks", "argv": ("run", "--limit", "5"), "title": "DeepWordBug against tfidf"}
    found = job(**(facts | changes))
    listed = [found] if found.active else []
    monkeypatch.setattr(jobs, "list_jobs", lambda active_only=False: listed if active_only else [found])
    monkeypatch.setattr(jobs, "status", lambda job_id: found)
    monkeypatch.setattr(jobs, "log_tail", lambda job_id: "Killed")
    monkeypatch.setattr(runs, "run_of_job", lambda job_id: run_id)
    monkeypatch.setattr(runs, "job_of_run", lambda asked: "j1" if asked == run_id else None)


def test_a_running_batch_shows_how_far_it_is_and_the_last_texts(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = batch("tfidf", ["succeeded", "failed", "skipped", "errored", "failed"], done=4)
    active_job(run_id, monkeypatch)
    opened(app, VIEW, **chosen(), run=run_id)
    assert "4 of 5 reviews" in captions(app) and "1 min left" in captions(app)
    assert "50.0 %" in words(app)
    html = html_of(app)
    assert "<ins>zzz</ins>" in html and "<script>" not in html
    assert "attack-cancel" in {button.key for button in app.button}


def test_cancel_asks_the_batch_to_stop(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = batch("tfidf", ["succeeded", "failed"], done=1)
    active_job(run_id, monkeypatch)
    asked: list[str] = []
    monkeypatch.setattr(runs, "cancel", lambda run: asked.append(run))
    opened(app, VIEW, **chosen(), run=run_id)
    app.button("attack-cancel").click().run()
    assert asked == [run_id]


def test_a_batch_that_is_being_judged_says_how_long(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = batch("tfidf", ["succeeded", "failed"], done=2)
    active_job(run_id, monkeypatch, what="judging adversarial texts", message="")
    opened(app, VIEW, **chosen(), run=run_id)
    assert "2 of 2 reviews, judging adversarial texts, 1 min left" in captions(app)


def test_a_batch_that_waits_says_for_what(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    active_job(None, monkeypatch, state="queued", message="waits for: Train <b>x</b>")
    opened(app, VIEW, **chosen(), job="j1")
    assert "waits for: Train <b>x</b>" in captions(app)


@pytest.mark.parametrize("state", ["cancelled", "died", "failed"])
def test_a_stopped_batch_says_so_and_is_resumed_in_its_job(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    run_id = batch("tfidf", ["succeeded", "failed", "failed"], done=2)
    active_job(run_id, monkeypatch, state=state, message="it was killed")
    resumed: list[str] = []
    monkeypatch.setattr(jobs, "resume", lambda job_id: resumed.append(job_id) or job_id)
    opened(app, VIEW, **chosen(), run=run_id)
    assert f"2 of 3 reviews, {state}: it was killed. Finished reviews are kept" in captions(app)
    app.button("attack-resume").click().run()
    assert resumed == ["j1"]
    assert app.query_params["run"] in (run_id, [run_id])


def test_a_batch_whose_cluster_is_gone_can_go_on_on_this_machine(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch, started: list[tuple[list[str], str]]
) -> None:
    run_id = batch("tfidf", ["succeeded", "failed", "failed"], done=2)
    active_job(run_id, monkeypatch, state="failed", argv=("run", "--cluster", "tcp://10.0.0.1:8786"))
    opened(app, VIEW, **chosen(), run=run_id)
    app.button("attack-resume-here").click().run()
    assert started == [(["run", "--resume", run_id], "attacks")]


def test_batches_with_settings_of_their_own_are_distinguished(app: AppTest, tiny_workspace: Path) -> None:
    batch("tfidf", ["succeeded", "failed"])
    batch("tfidf", ["succeeded", "failed"], seed=1, params={"max_edit_distance": 3})
    opened(app, VIEW, **chosen())
    names = app.dataframe[0].value["batch"].tolist()
    assert names == ["tfidf · DeepWordBug (max edit distance 3)", "tfidf · DeepWordBug"]


def test_a_batch_begun_at_a_terminal_is_resumed_by_its_id(
    app: AppTest, tiny_workspace: Path, started: list[tuple[list[str], str]]
) -> None:
    run_id = batch("tfidf", ["succeeded", "failed", "failed"], done=2)
    opened(app, VIEW, **chosen(), run=run_id)
    app.button("attack-resume").click().run()
    assert started == [(["run", "--resume", run_id], "attacks")]


def test_a_finished_batch_opens_in_robustness(app: AppTest, tiny_workspace: Path) -> None:
    run_id = batch("tfidf", ["succeeded", "failed"])
    opened(app, VIEW, **chosen(), run=run_id)
    links = [link for link in app.get("page_link") if link.proto.label == "Open in Robustness"]
    assert f"runs={run_id}" in links[0].proto.query_string
    assert "attack-resume" not in {button.key for button in app.button}


def test_the_list_names_every_batch_and_a_row_opens_it(app: AppTest, tiny_workspace: Path) -> None:
    finished = batch("tfidf", ["succeeded", "failed", "failed", "failed"])
    batch("nbsvm", ["succeeded", "failed"], done=1)
    opened(app, VIEW, **chosen())
    table = app.dataframe[0].value
    assert table["batch"].tolist() == ["nbsvm · DeepWordBug", "tfidf · DeepWordBug"]
    assert table["reviews"].tolist() == ["1 of 2", "4 of 4"]
    assert table["fooled"].iloc[1].startswith("25.0 % [")
    opened(app, VIEW, **chosen(), run=finished)
    assert app.dataframe[0].value["state"].tolist() == ["not finished", "finished, shown above"]


def test_a_single_review_has_no_share_but_an_outcome(app: AppTest, tiny_workspace: Path) -> None:
    run_id = batch("tfidf", ["failed"], data_name=attacks.TYPED)
    opened(app, VIEW, **chosen())
    assert app.dataframe[0].value["fooled"].tolist() == ["not fooled"]
    opened(app, VIEW, **chosen(), run=run_id)
    assert "finished in 2.0 s" in captions(app) and "of 1 reviews" not in captions(app)


def test_a_past_batch_sets_the_pace_of_the_next(app: AppTest, tiny_workspace: Path) -> None:
    batch("tfidf", ["succeeded"] * 4, seconds=3.0)
    opened(app, VIEW, **chosen())
    app.number_input("attack_workers").set_value(1).run()
    app.number_input("attack_n").set_value(10).run()
    assert f"About {round(estimate.START_SECONDS + 30)} s" in words(app)


def test_titles_of_a_model_that_is_gone_are_the_recorded_ones(tiny_workspace: Path) -> None:
    import shutil

    run_id = batch("tfidf", ["succeeded", "failed"])
    shutil.rmtree(models.resolve("tfidf").folder)
    assert attacks.short_title(attacks.open_run(run_id)) == "tfidf · DeepWordBug"


# --- a recipe of one's own -----------------------------------------------------------------------


def test_a_composed_recipe_is_saved_and_chosen(app: AppTest, tiny_workspace: Path) -> None:
    from attacks.own.recipes import recipe_named

    opened(app, VIEW, **chosen())
    app.text_input("compose_name").set_value("mine").run()
    app.multiselect("compose_changes").set_value(["letter-swap"]).run()
    app.button("compose-save").click().run()
    assert not app.exception
    assert recipe_named("mine").kind == "own"
    assert app.selectbox("attack_recipe_batch").value == "mine"


@pytest.mark.parametrize("name", [HOSTILE[:41], "pwws", "Not Small", "../up", "x" * 41])
def test_a_name_that_cannot_be_one_is_refused_in_one_line(
    app: AppTest, tiny_workspace: Path, name: str
) -> None:
    opened(app, VIEW, **chosen())
    app.text_input("compose_name").set_value(name).run()
    app.multiselect("compose_changes").set_value(["letter-swap"]).run()
    app.button("compose-save").click().run()
    assert not app.exception
    assert bool(app.error) != (name == "x" * 41)
    assert not list(tiny_workspace.glob("*.json"))
