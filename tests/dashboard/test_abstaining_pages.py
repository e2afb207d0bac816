"""Calibration and abstention on Evaluate and Live: what is missing is offered, what is there is shown."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from attack_workspace import batch
from opened_pages import chosen, html_of, measured, opened
from streamlit.testing.v1 import AppTest

from attacks.batches import runs as attack_runs
from attacks.figures import selective
from dashboard.views.evaluate import charts, state
from sentiment_core import calibrating, data, models
from sentiment_core.abstention import risk_coverage
from sentiment_core.abstention.thresholds import guaranteed
from sentiment_core.evaluation import records
from sentiment_core.schema import Estimate

EVALUATE, LIVE = "views/evaluate/page.py", "views/live/page.py"


def words_of(app: AppTest) -> str:
    values = [element.value for element in (*app.markdown, *app.caption, *app.header)]
    return re.sub(r"\\(.)", r"\1", " ".join(values))


def keys_of(app: AppTest) -> set[str]:
    return {button.key for button in app.button if button.key}


@pytest.fixture
def predicted(tiny_workspace: Path) -> records.Evaluation:
    """The tiny workspace, where tfidf has predicted its validation reviews too."""
    dataset = data.by_fingerprint(models.resolve("tfidf").trained_on["fingerprint"])
    return records.latest_or_new("tfidf", dataset, "validation")


def test_what_a_model_lacks_is_offered(app: AppTest, tiny_workspace: Path) -> None:
    opened(app, EVALUATE, **chosen())
    model_id = models.resolve("tfidf").model_id
    assert {f"calibrate-{model_id}", f"validation-{model_id}"} <= keys_of(app)
    assert "tfidf gets" in words_of(app) and "of the 80 % that it is surest of" in words_of(app)


def test_a_calibrated_model_is_shown_before_and_after_with_both_errors(
    app: AppTest, predicted: records.Evaluation
) -> None:
    source = models.resolve("tfidf")
    found = calibrating.measure(source, data.by_fingerprint(predicted.fingerprint))
    calibrating.keep(found)
    opened(app, EVALUATE, **chosen())
    frame = measured("tfidf", 60)[1].frame
    after = found.fitted.scaling.of(frame["prob_positive"].to_numpy())
    expected = records.score(frame.assign(prob_positive=after), metrics=["ece"])["ece"]
    title = f"calibrated (T = {found.fitted.scaling.temperature:.2f})"
    assert f"tfidf, {title}: {100 * expected.value:.1f} %" in words_of(app)
    assert f"calibrate-{source.model_id}" not in keys_of(app)


def test_the_calibrated_model_itself_shows_what_it_was(app: AppTest, predicted: records.Evaluation) -> None:
    calibrating.keep(calibrating.measure(models.resolve("tfidf"), data.by_fingerprint(predicted.fingerprint)))
    opened(app, EVALUATE, **chosen(a="tfidf-calibrated"))
    before = measured("tfidf", 60)[1].metrics["ece"].value
    assert f"tfidf-calibrated, before calibration: {100 * before:.1f} %" in words_of(app)
    opened(app, EVALUATE, **chosen(a="tfidf-calibrated", b="tfidf"))
    assert "before calibration" not in words_of(app)


def test_the_rule_on_evaluate_is_the_one_fitted_to_validation(
    app: AppTest, predicted: records.Evaluation
) -> None:
    opened(app, EVALUATE, **chosen(), errors="0.1")
    answers = predicted.frame["label"].to_numpy(), predicted.frame["prob_positive"].to_numpy()
    rule = guaranteed(*answers, 0.1)
    said = f"at least {100 * rule.threshold:.1f} % sure" if rule.defined else rule.reason
    assert said in words_of(app)
    assert app.segmented_control(state.ERRORS).value == 0.1


@pytest.mark.parametrize("errors", ["0.5", "much", "-1", ""])
def test_an_error_rate_that_is_not_offered_becomes_the_usual_one(errors: str) -> None:
    assert state.Place.from_params({"errors": errors}).errors == 0.05


def test_an_attack_is_drawn_beside_the_clean_reviews_and_can_be_left_out(
    app: AppTest, tiny_workspace: Path
) -> None:
    batch("tfidf", ["succeeded", "failed", "skipped", "errored", "failed"])
    opened(app, EVALUATE, **chosen(), attack="no such recipe")
    assert "Under DeepWordBug, tfidf gets 50.0 % of all 4 texts right" in words_of(app)
    app.selectbox(state.ATTACK).set_value(state.NO_ATTACK).run()
    assert not app.exception
    assert "Under DeepWordBug" not in words_of(app)


def test_accuracy_of_the_attacked_texts_is_accuracy_under_attack(tiny_workspace: Path) -> None:
    run = attack_runs.open_attack(batch("tfidf", ["succeeded", "failed", "skipped", "errored", "failed"]))
    frame = selective.answers(run.records)
    answers = frame["label"].to_numpy(), frame["attacked"].to_numpy()
    assert risk_coverage.selective_accuracy(*answers, 1.0).value == run.figures["accuracy_under_attack"].value
    clean = frame["label"].to_numpy(), frame["clean"].to_numpy()
    assert risk_coverage.selective_accuracy(*clean, 1.0).value == run.figures["accuracy_before"].value
    assert selective.answers(run.records.iloc[:0]).empty


@pytest.mark.parametrize("n", [0, 1, 4, 300])
def test_the_chart_of_risk_and_coverage_draws_any_number_of_reviews(n: int) -> None:
    rng = np.random.default_rng(0)
    curve = risk_coverage.curve(rng.integers(0, 2, n), rng.random(n))
    figure = charts.risk_coverage({"a": curve}, {"a": "#009E73"}, ())
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == (
        "Reviews answered,<br>the surest first (%)",
        "Right (%)",
    )
    assert len(figure.data) == 2


def test_live_says_which_models_would_not_answer(app: AppTest, predicted: records.Evaluation) -> None:
    app.switch_page(LIVE).run()
    app.text_area("live_text").set_value("I found the story superb. I found the ending dull.").run()
    assert not app.exception
    assert "live-validation" in keys_of(app)  # for nbsvm
    answers = predicted.frame["label"].to_numpy(), predicted.frame["prob_positive"].to_numpy()
    said = []
    for rate in (0.01, 0.1):
        app.segmented_control("live_errors").set_value(rate).run()
        assert not app.exception
        said.append("would not answer" in html_of(app))
    text = "I found the story superb. I found the ending dull."
    sure = models.load_model("tfidf").predict_proba([text]).max()
    expected = [not (rule.defined and sure >= rule.threshold) for rule in
                (guaranteed(*answers, rate) for rate in (0.01, 0.1))]  # fmt: skip
    assert said == expected


def test_without_validation_predictions_live_is_as_calm_as_before(app: AppTest, tiny_workspace: Path) -> None:
    app.switch_page(LIVE).run()
    assert not app.exception
    assert "would not answer" not in html_of(app)
    assert not [control for control in app.segmented_control if control.key == "live_errors"]


def test_an_undefined_figure_is_said_in_words() -> None:
    from dashboard.views.evaluate import wording

    nothing = Estimate(float("nan"), float("nan"), float("nan"), 0, "there are no reviews")
    assert wording.selective("a", nothing, nothing) == "a: there are no reviews."
