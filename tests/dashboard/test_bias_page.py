"""The page Bias and slices: sentences, plots, pairs, slices of one's own, and what it offers to run."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from edge_texts import EDGE_TEXTS
from opened_pages import chosen, html_of, opened
from streamlit.testing.v1 import AppTest

from attacks.bias import counterfactuals, differing, runs
from attacks.bias.findings import Findings
from attacks.own import slices
from dashboard.records import bias as bias_records
from dashboard.records import stress
from dashboard.records.stress import BiasScore
from dashboard.views.bias import charts, contents, forest, groups, running, wording
from dashboard.views.bias import place as bias_place
from dashboard.views.bias import weak as bias_weak
from dashboard.views.bias.charts import Mark
from dashboard.views.bias.place import Place
from dashboard.views.home import score_table
from sentiment_core import data, models
from sentiment_core.evaluation import records
from sentiment_core.evaluation.review_order import Filters
from sentiment_core.jobs import jobs
from sentiment_core.schema import Estimate
from sentiment_core.storage import provenance, workspace

VIEW = "views/bias/page.py"
HOSTILE = "<script>alert('x')</script> *bold* $x$ [a](javascript:alert(1))"
GROUPS = {"religion": ("Hindu", "Christian", "Muslim"), "age": ("young", "old")}


def texts_of(
    attribute: str, source: str, number: int, moved: dict[str, float], text: str
) -> list[dict[str, Any]]:
    """Return one set: a version a group, `moved` from one half."""
    return [
        {
            "attribute": attribute,
            "source": source,
            "template": f"template {number}",
            "set_id": f"{attribute}:{source}:{number}",
            "group": group,
            "original": source == "reviews" and place == 0,
            "text": f"Film {number} {source}: my {group} friend. {text}",
            "label": 1,
            "prob_positive": 0.5 + moved.get(group, 0.0) + 0.01 * (-1) ** (number + place),
        }
        for place, group in enumerate(GROUPS[attribute])
    ]


def sets(moved: dict[str, float], *, text: str = "", n: int = 12) -> pd.DataFrame:
    rows = [
        row
        for attribute in GROUPS
        for source in ("templates", "reviews")
        for number in range(n)
        for row in texts_of(attribute, source, number, moved, text)
    ]
    return pd.DataFrame(rows).astype({"label": "Int64"})


def look(
    alias: str, moved: dict[str, float], *, n: int = 60, weak: pd.DataFrame | None = None, text: str = ""
) -> str:
    """Keep a look at a model's bias whose rewrites were answered by hand; its slices are the real ones."""
    card = models.resolve(alias)
    measured = next(e for e in records.list_evaluations(card.model_id) if e.manifest["n"] == n)
    dataset = data.by_fingerprint(measured.fingerprint)
    run_id = runs.run_bias(alias, dataset, measured.split, attributes=["age"], reviews=1, workers=1)
    frame = sets(moved, text=text)
    made = runs.open_bias(run_id)
    found = Findings(
        frame=frame,
        report=counterfactuals.report(frame),
        generalised=counterfactuals.generalised(frame),
        left_out=pd.DataFrame({"attribute": ["age"], "reason": [HOSTILE], "n": [3]}),
        fairness=made.fairness,
        weak=made.weak if weak is None else weak,
        toxicity=made.toxicity,
        taken_out=made.taken_out,
    )
    frame.to_parquet(made.folder / "results.parquet", index=False)
    (made.folder / "tables.json").write_text(json.dumps(runs.tables_to(found)))
    written = provenance.of_files(*(made.folder / name for name in made.manifest["hashes"]))
    workspace.write_json(made.folder / "manifest.json", made.manifest | written)
    return run_id


def weak_table(query: str, *, confirmed: bool) -> pd.DataFrame:
    row = (
        query,
        query,
        20,
        0.4,
        21,
        Estimate(0.35, 0.2, 0.5, 21),
        Estimate(0.1, 0.05, 0.15, 9),
        0.001,
        0.008,
    )
    columns = ["name", "query", "n_found", "error_found", "n_held_out", "error_held_out", "error_elsewhere"]
    return pd.DataFrame([(*row, confirmed)], columns=[*columns, "p", "p_adjusted", "confirmed"])


def plain(app: AppTest) -> str:
    """Return what the page says in words, as a reader sees it."""
    said = [text.value for text in (*app.markdown, *app.caption)]
    return re.sub(r"\\(.)", r"\1", " ".join(said))


def table(app: AppTest, column: str) -> pd.DataFrame:
    return next(frame.value for frame in app.dataframe if column in frame.value)


# --- empty, tiny, and what is asked --------------------------------------------------------------


def test_an_empty_workspace_offers_the_demo(app: AppTest, empty_workspace: Path) -> None:
    opened(app, VIEW)
    assert [button.label for button in app.button] == ["Make the demo"]


def test_models_without_a_look_are_offered_one_with_what_it_asks_and_takes(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[list[str], str]] = []
    monkeypatch.setattr(jobs, "start", lambda argv, title, module: started.append((argv, module)) or "job")
    opened(app, VIEW, **chosen(b="nbsvm"))
    assert f"{running.sentences():,} built-in sentences" in plain(app)
    assert re.search(r"About \d", plain(app))
    buttons = [button for button in app.button if button.label == "Measure bias"]
    assert len(buttons) == 2
    buttons[0].click().run()
    argv, module = started[0]
    assert module == "attacks"
    assert argv[:3] == ["bias", "--model", models.resolve("tfidf").model_id]
    assert argv[argv.index("--reviews") + 1] == "60"  # no more than there are


def test_the_command_of_the_button_is_one_that_is_known(app: AppTest, tiny_workspace: Path) -> None:
    import argparse

    from attacks.commands import bias
    from dashboard.session import selection
    from dashboard.views.bias import running

    parser = argparse.ArgumentParser()
    bias.add_arguments(parser)
    choice = selection.data_choices()[0]
    args = parser.parse_args(running.argv(models.resolve("tfidf"), choice, 50)[1:])
    assert (args.model, args.reviews) == (models.resolve("tfidf").model_id, 50)


# --- the answer ----------------------------------------------------------------------------------


def test_the_answer_names_whom_a_model_treats_differently_and_by_how_much(
    app: AppTest, tiny_workspace: Path
) -> None:
    look("tfidf", {"Christian": -0.3})
    opened(app, VIEW, **chosen())
    # One of three groups is 30 points lower: 20 below the average of the three.
    assert "rates the “Christian” version (religion) 20.0 points" in plain(app)
    assert "below the average of all versions, n = 12 built-in sentences" in plain(app)
    assert "Benjamini-Hochberg" in plain(app)


def test_a_fair_model_is_called_so_with_what_could_have_been_seen() -> None:
    report = counterfactuals.report(sets({}))
    (said,), then = wording.answer({"fair": report})
    assert "fair: no group is treated differently (differences this small may be chance)" in said
    assert "would have been found" in said
    assert "none of" in then


def test_the_difference_that_could_be_seen_follows_from_the_intervals() -> None:
    # Intervals of +-1.96 points are standard errors of 1 point: 2.8 points are found four times in five,
    # and 1 point by 2.8 squared as many texts.
    row = {"change": Estimate(0.0, -0.0196, 0.0196, 100), "n": 100}
    said = wording._power(pd.DataFrame([row]))
    assert "about 2.8 points" in said
    assert "n = 790" in said


def test_a_difference_that_rests_on_few_texts_is_named_last_and_with_a_doubt() -> None:
    report = counterfactuals.report(sets({"Christian": -0.3}))
    few = report.index[(report["group"] == "Hindu") & (report["source"] == "templates")][0]
    report.at[few, "change"] = Estimate(0.4, -0.01, 0.81, 12)
    found = differing.found(report)
    assert found.iloc[0]["group"] == "Christian"
    assert found.iloc[-1]["group"] == "Hindu"
    assert "includes 0" in wording._difference(found.iloc[-1].to_dict(), report)


def test_too_few_texts_tell_nothing() -> None:
    (said,), _ = wording.answer({"tfidf": counterfactuals.report(sets({"old": 0.3}, n=3))})
    assert "too few" in said


# --- plot, pairs ---------------------------------------------------------------------------------


def test_the_plot_has_both_models_and_tells_real_reviews_from_our_own_sentences(
    app: AppTest, tiny_workspace: Path
) -> None:
    look("tfidf", {"Christian": -0.3})
    look("nbsvm", {"old": 0.2})
    opened(app, VIEW, **chosen(b="nbsvm"))
    (chart,) = app.get("plotly_chart")
    figure = json.loads(chart.proto.spec)
    names = {trace["name"] for trace in figure["data"] if trace.get("showlegend")}
    assert names == {
        f"{model}, {source}" for model in ("tfidf", "nbsvm") for source in forest.SOURCES.values()
    }
    rows = table(app, "verdict")
    assert set(rows["model"]) == {"tfidf", "nbsvm"}
    assert len(rows) == 2 * 2 * 5  # models, sources, groups: the table leaves none out


def test_pairs_come_worst_first_with_the_words_marked_that_differ(app: AppTest, tiny_workspace: Path) -> None:
    look("tfidf", {"Christian": -0.3})
    opened(app, VIEW, **chosen())
    shown = table(app, "groups")
    changes = [float(value.split()[0].replace("−", "-")) for value in shown["change_0"]]
    assert changes == sorted(changes, reverse=True)
    assert "<del>Christian</del>" in html_of(app)
    assert len(shown) == 25


def test_filters_leave_one_attribute_and_say_what_its_words_can_tell(
    app: AppTest, tiny_workspace: Path
) -> None:
    from attacks.identities import ATTRIBUTES

    look("tfidf", {"Christian": -0.3})
    opened(app, VIEW, **chosen())
    app.selectbox("bias_attribute").select("age").run()
    assert set(table(app, "verdict")["attribute"]) == {ATTRIBUTES["age"].title}
    assert ATTRIBUTES["age"].note in plain(app)
    assert app.query_params["attribute"] == ["age"] or app.query_params["attribute"] == "age"


def test_a_link_opens_a_pair_even_where_the_filters_leave_it_out(app: AppTest, tiny_workspace: Path) -> None:
    run_id = look("tfidf", {"Christian": -0.3})
    pairs = bias_records.pairs((run_id,), 0)
    key = pairs[pairs["attribute"] == "age"]["key"].iloc[0]
    opened(app, VIEW, **chosen(), attribute="religion", pair=key)
    assert "opened from a link, not in this list" in plain(app)
    assert "<del>" in html_of(app)


def test_next_and_previous_walk_through_the_pairs(app: AppTest, tiny_workspace: Path) -> None:
    look("tfidf", {"Christian": -0.3})
    opened(app, VIEW, **chosen())
    assert "1 of 48" in plain(app)
    app.button("bias-pair-Next").click().run()
    app.button("bias-pair-Next").click().run()
    assert "3 of 48" in plain(app)
    app.button("bias-pair-Previous").click().run()
    assert "2 of 48" in plain(app)


def test_pairs_that_flip_are_listed_alone(app: AppTest, tiny_workspace: Path) -> None:
    look("tfidf", {"Christian": -0.3})
    opened(app, VIEW, **chosen(), show="flips")
    assert all("⇄" in change for change in table(app, "groups")["change_0"])


@pytest.mark.parametrize("text", EDGE_TEXTS.values(), ids=EDGE_TEXTS)
def test_a_pair_of_any_text_is_shown_as_text(app: AppTest, tiny_workspace: Path, text: str) -> None:
    look("tfidf", {"Christian": -0.3}, text=text)
    opened(app, VIEW, **chosen())
    assert "<script>" not in html_of(app)


def test_an_address_that_says_nonsense_opens_the_page(app: AppTest, tiny_workspace: Path) -> None:
    look("tfidf", {"Christian": -0.3})
    nonsense = dict.fromkeys(("part", "attribute", "source", "show", "by", "page", "pair", "metric"), HOSTILE)
    opened(app, VIEW, **chosen(), **nonsense)
    assert "is not in this workspace" in plain(app)


# --- groups, weakest, toxicity, files ------------------------------------------------------------


def test_groups_show_one_figure_of_every_slice(app: AppTest, full_workspace: Path) -> None:
    look("tfidf", {}, n=4000)
    opened(app, VIEW, **chosen(4000), part="groups", metric="fpr", family="every")
    fairness = bias_records.list_runs()[0].fairness
    assert len(table(app, "gap")) == int((fairness["metric"] == "fpr").sum())


def test_what_is_said_of_groups_is_the_largest_gap_found() -> None:
    def row(name: str, value: float, verdict: str) -> dict[str, Any]:
        gap = Estimate(value, value - 0.01, value + 0.01, 100)
        return {"slice": name, "metric": "tpr", "verdict": verdict, "difference": gap, "inside": gap}

    rows = [row("long", 0.1, "higher"), row("short", -0.2, "lower"), row("toxic", 0.5, "no difference found")]
    said = groups.answer("tfidf", pd.DataFrame(rows), "True positive rate")
    assert "differs in 2 of 3 slices" in said
    assert "“Short reviews”: −20.0" in said


def test_a_weak_slice_that_holds_is_named_and_can_be_kept(app: AppTest, tiny_workspace: Path) -> None:
    look("tfidf", {}, weak=weak_table("words > 12 and genre_musical", confirmed=True))
    opened(app, VIEW, **chosen(), part="weakest")
    assert "tfidf is weakest where words > 12 and genre_musical: it errs on 35.0 % of n = 21" in plain(app)
    next(button for button in app.button if button.label == "Save as a slice").click().run()
    assert not app.exception
    assert [own.query for own in slices.STORE.all().values()] == ["words > 12 and genre_musical"]


def test_a_weak_slice_on_a_column_of_the_data_can_be_kept(app: AppTest, tiny_workspace: Path) -> None:
    look("tfidf", {}, weak=weak_table("shelf == 'top' and words > 3", confirmed=True))
    opened(app, VIEW, **chosen(), part="weakest")
    next(button for button in app.button if button.label == "Save as a slice").click().run()
    assert len(slices.STORE.all().values()) == 1
    # These reviews lack the column, which is told where the slice is opened.
    assert not app.exception
    assert "'shelf' is not known" in app.error[0].value.replace("\\", "")


def test_a_weak_slice_that_does_not_hold_is_no_finding(app: AppTest, tiny_workspace: Path) -> None:
    look("tfidf", {}, weak=weak_table("words > 12", confirmed=False))
    opened(app, VIEW, **chosen(), part="weakest")
    assert "no weak spot stands out from chance" in plain(app)


@pytest.mark.parametrize(
    "query", ["words <= 3 and not truncated", "language == 'de'", "x" * 90, "=", "1 < words"]
)
def test_the_name_offered_for_a_weak_slice_is_one_that_can_be_kept(query: str, reelcheck_home: Path) -> None:
    assert re.fullmatch(r"[a-z0-9-]{1,40}", bias_weak.name_for(query))


def test_toxicity_says_what_was_found_or_that_there_is_too_little(app: AppTest, tiny_workspace: Path) -> None:
    look("tfidf", {})
    opened(app, VIEW, **chosen(), part="toxicity")
    assert "too few reviews contain abuse" in plain(app)


def test_every_table_can_be_taken_along_and_no_cell_runs(app: AppTest, tiny_workspace: Path) -> None:
    from dashboard.records.bias import Audited
    from dashboard.views.bias import running

    run_id = look("tfidf", {"Christian": -0.3}, text="=1+1")
    opened(app, VIEW, **chosen(), part="files")
    run = next(run for run in bias_records.list_runs() if run.run_id == run_id)
    model = Audited(run.model_id, "tfidf", "#000000", run)
    for _, _, read in running.TABLES:
        content = running.csv([model], read).decode("utf-8-sig")
        assert content.startswith("model,run_id")
    report = running.csv([model], running.TABLES[0][2]).decode("utf-8-sig")
    assert "change,change_low,change_high,change_n" in report


# --- slices of one's own -------------------------------------------------------------------------


def test_a_query_counts_its_reviews_and_shows_what_is_wrong_there_first(
    app: AppTest, tiny_workspace: Path
) -> None:
    opened(app, VIEW, **chosen(b="nbsvm"), part="slices")
    app.text_area("bias_slice_text").set_value("words > 20").run()
    reviews = evaluated_texts()
    expected = int((reviews["text"].str.split().str.len() > 20).sum())
    assert f"{expected} of 60 reviews are in this slice" in plain(app)
    rows = table(app, "truth")
    marks = [cell.endswith("✕") for cell in rows["says_0"]]
    assert marks == sorted(marks, reverse=True)
    assert len(table(app, "figure")) == 10  # five figures, two models


def evaluated_texts() -> pd.DataFrame:
    found = next(e for e in records.list_evaluations() if e.manifest["n"] == 60)
    return data.by_fingerprint(found.fingerprint).split(found.split)


def test_a_slice_is_kept_under_a_name_linked_to_and_deleted(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen(), part="slices")
    app.text_area("bias_slice_text").set_value("words > 20").run()
    app.text_input("bias_slice_name").set_value("wordy").run()
    app.button("bias-slice-save").click().run()
    assert not app.exception
    assert slices.STORE.open("wordy").query == "words > 20"
    assert "reviews are in “wordy”" in plain(app)
    again = type(app)(app._script_path, default_timeout=60)
    opened(again, VIEW, **chosen(), slice="wordy")
    assert again.text_area("bias_slice_text").value == "words > 20"
    again.button("bias-slice-delete").click().run()
    assert slices.STORE.all() == {}
    assert not again.exception


def test_a_regular_expression_finds_its_reviews(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen(), part="slices")
    app.segmented_control("bias_slice_kind").set_value("A regular expression").run()
    app.text_area("bias_slice_text").set_value(r"\bdull\b").run()
    expected = int(evaluated_texts()["text"].str.contains(r"\bdull\b").sum())
    assert f"{expected} of 60 reviews are in this slice" in plain(app)


@pytest.mark.parametrize(
    "written",
    [
        *EDGE_TEXTS.values(),
        HOSTILE,
        "__import__('os').system('x')",
        "words.__class__",
        "nothing > 3",
        "words > 'many'",
        "not " * 200 + "truncated",
    ],
)
def test_a_query_that_is_none_is_answered_with_what_is_allowed(
    app: AppTest, tiny_workspace: Path, written: str
) -> None:
    opened(app, VIEW, **chosen(), part="slices")
    app.text_area("bias_slice_text").set_value(written[:2000]).run()
    assert not app.exception
    assert len(app.error) == 1


@pytest.mark.parametrize("pattern", ["(a+)+$", "(", "x" * 400, "\\", "(?P<a>x)(?P<a>y)"])
def test_a_pattern_that_cannot_be_used_is_an_error_and_no_hang(
    app: AppTest, tiny_workspace: Path, pattern: str
) -> None:
    opened(app, VIEW, **chosen(), part="slices")
    app.segmented_control("bias_slice_kind").set_value("A regular expression").run()
    app.text_area("bias_slice_text").set_value(pattern).run()
    assert not app.exception
    assert len(app.error) == 1


@pytest.mark.parametrize("name", ["", "../../etc", "<b>x</b>", "UPPER", "كان", "a" * 41, "long"])
def test_a_name_that_cannot_be_kept_is_told(app: AppTest, tiny_workspace: Path, name: str) -> None:
    opened(app, VIEW, **chosen(), part="slices")
    app.text_input("bias_slice_name").set_value(name[:40] if name != "a" * 41 else "9" * 40).run()
    app.button("bias-slice-save").click().run()
    assert not app.exception
    assert len(app.error) == 1
    assert slices.STORE.all() == {}


def test_a_link_to_a_slice_that_is_not_kept_says_so(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen(), slice=HOSTILE)
    assert "is not in this workspace" in plain(app)


def test_a_slice_that_everybody_has_can_be_linked_to(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, VIEW, **chosen(), slice="short")
    assert app.text_area("bias_slice_text").value == "words < 100"
    assert "reviews are in “Short reviews”" in plain(app)


@pytest.mark.parametrize(
    ("query", "filters"),
    [
        ("words > 300", Filters(words_low=301)),
        ("words >= 300", Filters(words_low=300)),
        ("words < 100", Filters(words_high=99)),
        ("words <= 100", Filters(words_high=100)),
        ("words < 1", None),
        ("words > 300 and truncated", None),
        ("truncated", None),
    ],
)
def test_the_error_desk_is_offered_where_its_filters_mean_the_same(
    query: str, filters: Filters | None
) -> None:
    assert contents.desk_filters(query) == filters


# --- parts without a page ------------------------------------------------------------------------


def test_the_place_survives_the_address() -> None:
    place = Place("groups", "age", "reviews", "flips", 1, 3, "abc", "fpr", "every", "wordy", "r1")
    assert Place.from_params(place.to_params()) == place
    assert Place().to_params() == {}
    assert Place.from_params({"slice": "wordy"}).part == bias_place.SLICES


def test_the_plot_keeps_families_together_and_escapes_names() -> None:
    marks = [
        Mark("<b>A</b>", "x", "m", "#123456", 1.0, 0.5, 1.5, hover=HOSTILE),
        Mark("<b>A</b>", "y", "m", "#123456", -1.0, -1.5, -0.5, hollow=True, crossed=True),
        Mark("B", "x", "m", "#123456", 0.0, -0.5, 0.5, strong=False),
    ]
    figure = charts.forest(marks, x_title="points", one_line=["B"])
    assert list(figure.layout.yaxis.ticktext) == ["<b>&lt;b&gt;A&lt;/b&gt;</b>", "x", "y", "<b>B</b>: x"]
    strong, pale = (trace for trace in figure.data if trace.mode == "markers")
    assert list(strong.y) == [1, 2] and list(pale.y) == [3]
    assert list(strong.marker.symbol) == ["circle", "diamond-x-open"]
    assert "<script>" not in "".join(strong.customdata)
    low, high = figure.layout.xaxis.range
    assert low <= -1.5 and high >= 1.5


def test_an_interval_that_is_far_longer_than_the_others_does_not_squeeze_them() -> None:
    marks = [Mark("A", str(n), "m", "#123456", 1.0, 0.5, 60.0 if n == 0 else 1.5) for n in range(4)]
    assert charts.forest(marks, x_title="points").layout.xaxis.range[1] < 5


def test_a_model_that_is_blind_to_the_groups_has_a_plot_around_0() -> None:
    figure = charts.forest([Mark("A", "x", "m", "#123456", 0.0, 0.0, 0.0)], x_title="points")
    low, high = figure.layout.xaxis.range
    assert low < 0 < high
    assert "0" in figure.layout.xaxis.ticktext


def test_of_two_groups_one_row_is_drawn_since_the_other_mirrors_it() -> None:
    report = counterfactuals.report(sets({}))
    rows = differing.distinct(report)
    assert list(rows[rows["attribute"] == "age"]["group"]) == ["young", "young"]
    assert len(rows[rows["attribute"] == "religion"]) == 6


def test_home_names_the_largest_difference_found_or_that_there_is_none() -> None:
    rows = [BiasScore(Estimate(-0.139, -0.18, -0.098, 32), HOSTILE, "Religion"), BiasScore(None, "", "")]
    shared = {"data": "abc-test"}
    shown = [score_table._bias_html(row, "tfidf-1", lambda _: shared) for row in (*rows, None)]
    assert "13.9 points" in shown[0] and "<script>" not in shown[0] and "bias?data=abc-test" in shown[0]
    assert "none found" in shown[1]
    assert "–" in shown[2]


def test_home_shows_the_column_once_a_model_was_looked_at(app: AppTest, tiny_workspace: Path) -> None:
    app.run()
    assert "<th scope='col'>bias</th>" not in html_of(app)
    look("tfidf", {"Christian": -0.3})
    app.run()
    assert "<th scope='col'>bias</th>" in html_of(app)
    assert "20.0 points" in html_of(app)


def test_a_look_takes_longer_with_more_reviews_and_as_long_as_the_last_one_did() -> None:
    class Card:
        model_id, asks_a_network = "m", True

    class Run:
        manifest = {"model_id": "m", "seconds": 100.0, "n_texts": 1000}

    few, many = (running.seconds(Card(), n, 4000, [], 15.0) for n in (10, 200))  # type: ignore[arg-type]
    assert few < many
    texts = running.sentences() + running.rewritten(10, 4000)
    known = running.seconds(Card(), 10, 4000, [Run()], None)  # type: ignore[arg-type, list-item]
    assert math.isclose(known, running.START_SECONDS + texts * 0.1)


def test_scores_of_home_are_those_of_the_chosen_reviews(tiny_workspace: Path) -> None:
    from dashboard.session import selection

    look("tfidf", {"Christian": -0.3})
    choice = selection.data_choices()[0]
    found = stress.bias_scores(models.list_models(), choice)
    assert list(found) == [models.resolve("tfidf").model_id]
    assert found[next(iter(found))].group == "Christian"
