from __future__ import annotations

import math
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from made_jobs import job
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score, roc_auc_score
from streamlit.testing.v1 import AppTest

from dashboard.elements.widgets import DEMO_COMMAND
from dashboard.records import evaluations
from dashboard.views.home import score_table, scorecard
from dashboard.views.home.scorecard import ScoreRow
from sentiment_core import models
from sentiment_core.errors import DataError
from sentiment_core.jobs import jobs
from sentiment_core.schema import Estimate
from sentiment_core.storage import runs

# --- the page ------------------------------------------------------------------------------------


def test_an_empty_workspace_says_what_is_missing_and_offers_one_button(
    app: AppTest, empty_workspace: Path
) -> None:
    app.run()
    assert not app.exception
    assert [button.label for button in app.button] == ["Make the demo"]
    assert any("no trained model" in text.value for text in app.markdown)


def test_the_button_starts_the_demo_that_the_command_line_knows(
    app: AppTest, empty_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(jobs, "start", lambda argv, title: started.append(argv))
    app.run().button("make-demo").click().run()
    assert started == [DEMO_COMMAND]

    import argparse

    from sentiment_core.commands import demo

    parser = argparse.ArgumentParser()
    demo.add_arguments(parser)
    assert DEMO_COMMAND[0] == demo.NAME
    parser.parse_args(DEMO_COMMAND[1:])


def test_while_the_demo_is_made_its_bar_stands_where_the_button_was(
    app: AppTest, empty_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "list_jobs", lambda active_only=False: [job()])
    app.run()
    assert not app.exception
    assert [button.help for button in app.button] == ["Cancel", "Cancel"]  # sidebar and page
    assert any("measuring tfidf, 1 min left" in caption.value for caption in app.caption)


def test_cancel_asks_that_job_to_stop(
    app: AppTest, empty_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled: list[str] = []
    monkeypatch.setattr(jobs, "list_jobs", lambda active_only=False: [job()])
    monkeypatch.setattr(jobs, "cancel", cancelled.append)
    app.run().button("cancel-sidebar-j1").click().run()
    assert cancelled == ["j1"]


def test_a_job_that_stops_says_so_and_is_not_asked_again(
    app: AppTest, empty_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping = job(stopping=True, message=jobs.STOPPING, seconds_left=None)
    monkeypatch.setattr(jobs, "list_jobs", lambda active_only=False: [stopping])
    app.run()
    assert [caption.value for caption in app.caption].count("stopping at the next step") == 2
    assert all(app.button(f"cancel-{place}-j1").disabled for place in ("sidebar", "empty"))


@pytest.mark.parametrize("title", ["Make the demo", "<script>alert(1)</script>", "🎬 رائع" * 50])
def test_a_stopped_job_stays_in_the_sidebar_until_it_is_dismissed(
    app: AppTest, empty_workspace: Path, title: str
) -> None:
    spec = {"argv": ["train", "--data", title], "title": title, "module": "sentiment_core"}
    folders = [runs.create(jobs.KIND, runs.new_run_id(jobs.KIND, f"t{n}", {}), spec | {"argv": ["t", str(n)]})
               for n in range(2)]  # fmt: skip
    for folder in folders:
        runs.finish(folder, {"state": "cancelled", "message": ""})
    app.run()
    assert not app.exception
    app.button(f"dismiss-sidebar-{folders[0].name}").click().run()
    assert [job.run_id for job in jobs.list_stopped()] == [folders[1].name]
    assert f"dismiss-sidebar-{folders[0].name}" not in [button.key for button in app.button]
    app.button(f"dismiss-page-{folders[1].name}").click().run()
    assert jobs.list_stopped() == [] and not app.warning


def test_a_job_that_died_says_so_and_can_be_gone_on_with(
    app: AppTest, empty_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resumed: list[str] = []
    died = job(state="died", message="the process ended without a word")
    monkeypatch.setattr(jobs, "list_stopped", lambda: [died])
    monkeypatch.setattr(jobs, "log_tail", lambda run_id: "Killed")
    monkeypatch.setattr(jobs, "resume", resumed.append)
    app.run()
    assert "died" in app.warning[0].value
    app.button("resume-j1").click().run()
    assert resumed == ["j1"]


def test_every_figure_of_the_score_card_is_the_one_that_scikit_learn_gives(
    app: AppTest, tiny_workspace: Path
) -> None:
    from sentiment_core.evaluation import records

    app.run()
    assert not app.exception
    card = _score_card(app)
    for record in records.list_evaluations():
        y, prob = record.frame["label"], record.frame["prob_positive"]
        said = prob >= 0.5
        row = _row_of(card, record.model_id)
        expected = [
            accuracy_score(y, said),
            f1_score(y, said),
            precision_score(y, said),
            recall_score(y, said),
            roc_auc_score(y, prob),
        ]
        shown = [float(value) for value in re.findall(r"(\d+\.\d) %(?: ✓)?(?:</span>)?<small>", row)]
        assert shown == [round(100 * value, 1) for value in expected]
        assert len(re.findall(r"\[\d+\.\d, \d+\.\d\]", row.split("<td", 2)[2])) >= 5


def test_the_targets_of_the_brief_stand_below_the_models(app: AppTest, tiny_workspace: Path) -> None:
    last = _score_card(app.run()).rsplit("<tr", 1)[1]
    assert re.findall(r"\d\d\.\d", last) == ["92.5", "92.3", "92.1", "92.4", "95.1"]
    assert "baseline 86 %" in last


def test_home_opens_on_the_reviews_that_the_models_learned_from(app: AppTest, full_workspace: Path) -> None:
    app.run()
    assert app.selectbox("data").options == ["sentences.csv test", "many.csv test"]
    assert any("60 reviews" in caption.value for caption in app.caption)


def test_a_model_that_was_not_measured_has_dashes_and_a_button(
    app: AppTest, full_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.run()
    app.selectbox("data").select("sentences.csv test").run()
    assert not app.exception
    assert "not measured on these reviews" in _score_card(app)
    started: list[list[str]] = []
    monkeypatch.setattr(jobs, "start", lambda argv, title: started.append(argv))
    next(button for button in app.button if button.label == "Measure the model").click().run()
    assert started[0][:2] == ["evaluate", "--model"]


def test_evaluations_of_models_that_are_gone_are_not_offered(app: AppTest, tiny_workspace: Path) -> None:
    for folder in (tiny_workspace / "models").glob("*-*"):
        shutil.rmtree(folder)
    app.run()
    assert not app.exception
    assert [button.label for button in app.button] == ["Make the demo"]


# --- kept from page to page, and in the address --------------------------------------------------


def test_the_choice_stands_in_the_address_and_stays_on_another_page(
    app: AppTest, full_workspace: Path
) -> None:
    app.run()
    app.selectbox("model_a").select("nbsvm").run()
    app.selectbox("model_b").select("bow").run()
    chosen = dict(app.query_params)
    assert chosen["model_a"].startswith("nbsvm-") and chosen["model_b"].startswith("bow-")
    app.switch_page("views/live/page.py").run()
    assert not app.exception
    assert (app.selectbox("model_a").value, app.selectbox("model_b").value) == (
        chosen["model_a"],
        chosen["model_b"],
    )


def test_every_link_of_the_navigation_carries_the_choice(app: AppTest, tiny_workspace: Path) -> None:
    app.run()
    links = app.sidebar.get("page_link")
    measure = ["Home", "Data", "Evaluate", "Errors"]
    understand = ["Review", "Map", "Explain", "Label quality"]
    make = ["Experiments", "Improve", "Trade-offs", "Card"]
    stress = ["Attack", "Robustness", "Probes", "Bias and slices"]
    assert [link.proto.label for link in links] == [*measure, *understand, *stress, *make, "Live"]
    model = app.selectbox("model_a").value
    assert model and all(model in link.proto.query_string for link in links)


def test_a_view_that_was_left_is_linked_with_its_address(app: AppTest, tiny_workspace: Path) -> None:
    app.switch_page("views/errors/page.py").run()
    app.selectbox("desk_outcome").select("false-positives").run()
    assert app.query_params["outcome"] == "false-positives"
    app.query_params.clear()  # as a link to another page does
    app.switch_page("views/evaluate/page.py").run()
    link = next(link.proto for link in app.sidebar.get("page_link") if link.proto.label == "Errors")
    assert "outcome=false-positives" in link.query_string


def test_links_of_home_keep_both_chosen_models(app: AppTest, tiny_workspace: Path) -> None:
    app.run()
    first, second = (models.resolve(alias).model_id for alias in ("tfidf", "nbsvm"))
    app.selectbox("model_a").select("tfidf").run()
    app.selectbox("model_b").select("nbsvm").run()
    card = _score_card(app)
    for one, other in ((first, second), (second, first)):
        assert f"model_a={one}&amp;model_b={other}" in card
    assert all("page-link" in link for link in card.split("<a ")[1:])


def test_opening_a_page_writes_nothing_into_the_address(app: AppTest, tiny_workspace: Path) -> None:
    for view in (
        "home",
        "evaluate",
        "errors",
        "attack",
        "robustness",
        "probes",
        "bias",
        "experiments",
        "live",
    ):
        app.switch_page(f"views/{view}/page.py").run()
        assert not app.exception and dict(app.query_params) == {}, view


def test_the_address_without_a_choice_leads_back_to_the_default(app: AppTest, full_workspace: Path) -> None:
    app.run()
    default = app.selectbox("model_a").value
    app.selectbox("model_a").select("nbsvm").run()
    assert app.selectbox("model_a").value != default
    app.query_params.clear()
    app.run()
    assert app.selectbox("model_a").value == default


def test_a_link_chooses_and_may_use_an_alias(app: AppTest, full_workspace: Path) -> None:
    app.query_params["model_a"] = "bow"
    app.run()
    assert app.selectbox("model_a").value.startswith("bow-")


@pytest.mark.parametrize("name", ["model_a", "data"])
@pytest.mark.parametrize("view", ["home", "errors", "live"])
def test_an_address_of_something_gone_says_so_and_shows_no_other_s_figures(
    app: AppTest, tiny_workspace: Path, view: str, name: str
) -> None:
    app.query_params[name] = "<b>gone</b>"
    app.switch_page(f"views/{view}/page.py").run()
    app.run()  # and still after another run, as when a job ends
    assert not app.exception
    assert [title.value for title in app.title] == ["Not here"] and not app.get("html")[1:]
    assert app.selectbox(name).value is None
    app.selectbox(name).select_index(0).run()
    assert not app.exception and [title.value for title in app.title] != ["Not here"]


def test_model_b_is_never_model_a(app: AppTest, tiny_workspace: Path) -> None:
    app.run()
    app.selectbox("model_a").select("tfidf").run()
    app.selectbox("model_b").select("nbsvm").run()
    app.selectbox("model_a").select("nbsvm").run()
    assert not app.exception
    assert app.selectbox("model_b").value is None


def test_what_a_person_can_mend_is_a_sentence_and_no_traceback(
    app: AppTest, tiny_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def broken(*args: Any) -> None:
        raise DataError("column 'text' is missing; columns: <b>a</b>")

    monkeypatch.setattr(evaluations, "evaluation_of", broken)
    app.run()
    assert not app.exception
    assert app.error[0].value.replace("\\", "") == "column 'text' is missing; columns: <b>a</b>"
    assert "\\<b\\>" in app.error[0].value


# --- sentences and links -------------------------------------------------------------------------


def test_the_most_accurate_model_is_named_with_its_distance_from_the_target() -> None:
    rows = [_score("b", accuracy=(0.918, 0.910, 0.926)), _score("a", accuracy=(0.90, 0.89, 0.91))]
    assert scorecard.answer(rows) == (
        "b is the most accurate of 2 models, 91.8 % [91.0, 92.6] n = 4,000: "
        "0.7 points below the target of 92.5 %, which may be chance."
    )


def test_a_distance_beyond_the_interval_is_not_called_chance() -> None:
    assert "chance" not in scorecard.answer([_score("b", accuracy=(0.90, 0.89, 0.91))])


def test_a_reached_target_is_called_reached_and_marked() -> None:
    row = _score("b", accuracy=(0.93, 0.92, 0.94))
    assert scorecard.answer([row]).endswith("it reaches the target of 92.5 %.")
    assert "93.0 % ✓" in score_table.table_html([row], {}, shared)


def test_on_reviews_of_another_kind_no_target_is_missed_or_reached() -> None:
    row = _score("b", accuracy=(0.93, 0.92, 0.94))
    said = scorecard.answer([row], targets_apply=False)
    assert "92.5" not in said and "not the kind of reviews" in said
    assert "✓" not in score_table.table_html([row], {}, shared, targets_apply=False)


def test_the_links_come_from_the_figures() -> None:
    rows = [
        _score("b", accuracy=(0.918, 0.91, 0.926), ece=(0.01, 0.0, 0.02)),
        _score("a", accuracy=(0.90, 0.89, 0.91), ece=(0.06, 0.05, 0.07)),
    ]
    steps = scorecard.next_steps(rows, "d")
    assert [(step.page, step.params.get("model_a")) for step in steps] == [
        ("errors", "id-b"),
        ("evaluate", "id-a"),
        ("evaluate", "id-a"),
    ]
    assert "328 reviews" in steps[0].sentence
    assert "b leads a by 1.8 points" in steps[1].sentence
    assert "a's confidence is off by 6.0 points" in steps[2].sentence


def test_one_perfect_model_leads_to_a_text_of_ones_own() -> None:
    steps = scorecard.next_steps([_score("b", accuracy=(1.0, 0.99, 1.0))], "d")
    assert [step.page for step in steps] == ["live"]


def test_an_undefined_figure_is_a_dash_with_its_reason() -> None:
    nothing = Estimate(math.nan, math.nan, math.nan, 4, "no review was called <positive>")
    row = _score("b", accuracy=(0.5, 0.4, 0.6), precision=nothing)
    html = score_table.table_html([row], {}, shared)
    assert "<td title='no review was called &lt;positive&gt;'>–</td>" in html


def test_names_cannot_bring_markup_into_the_score_card() -> None:
    row = _score("<script>alert(1)</script>'", accuracy=(0.5, 0.4, 0.6))
    assert "<script" not in score_table.table_html([row], {}, shared)


def test_models_without_figures_stand_last_and_the_base_is_named() -> None:
    class Card:
        def __init__(self, name: str) -> None:
            self.model_id, self.short_name, self.title = name, name, name
            self.trained_on, self.size_bytes = {"name": "x", "n_train": 1}, 1
            self.manifest = {"base": "distilbert-minilm"} if name == "low" else {}

    class Record:
        seen = None

        def __init__(self, accuracy: float) -> None:
            self.metrics = {"accuracy": Estimate(accuracy, 0, 1, 10)}
            self.manifest = {"reviews_per_second": 5.0}

    cards: list[Any] = [Card("none"), Card("low"), Card("high")]
    found: dict[str, Any] = {"none": None, "low": Record(0.6), "high": Record(0.9)}
    rows = scorecard.score_rows(cards, found)
    assert [row.name for row in rows] == ["high", "low", "none"]
    assert [row.title for row in rows] == ["high", "low: distilbert-minilm", "none"]


def shared(model_id: str) -> dict[str, str]:
    return {"data": "d", "model_a": model_id}


def _score(name: str, **metrics: tuple[float, float, float] | Estimate) -> ScoreRow:
    estimates = {
        key: value if isinstance(value, Estimate) else Estimate(*value, 4000)
        for key, value in metrics.items()
    }
    return ScoreRow(f"id-{name}", name, name, estimates, 10.0, 1000, "data", 20_000)


def _score_card(app: AppTest) -> str:
    bodies = [element.proto.body for element in app.get("html")]
    return next(body for body in bodies if "class='score'" in body)


def _row_of(card: str, model_id: str) -> str:
    return next(row for row in card.split("<tr")[1:] if f"model_a={model_id}" in row)
