"""The figures of a batch, against hand calculation and scipy."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from attack_frames import batch, outcomes, verdicts
from scipy import stats

from attacks.figures.robustness import TITLES, figures
from attacks.figures.robustness import accuracy_by_share_changed as by_share


def test_skipped_counts_as_wrong_and_errored_in_no_rate():
    found = figures(outcomes(succeeded=12, failed=68, skipped=20, errored=5))
    assert found["accuracy_before"].value == 80 / 100
    assert found["accuracy_under_attack"].value == 68 / 100
    assert found["success_rate"].value == 12 / 80
    assert [found[name].n for name in ("accuracy_before", "accuracy_under_attack", "success_rate")] == [
        100,
        100,
        80,
    ]
    assert found["skipped"].value == 20 and found["errored"].value == 5 and found["errored"].n == 105


def test_intervals_of_rates_are_wilson_s_as_scipy_has_them():
    found = figures(outcomes(succeeded=12, failed=68, skipped=20))
    for name, part, n in [("success_rate", 12, 80), ("accuracy_under_attack", 68, 100)]:
        interval = stats.binomtest(part, n).proportion_ci(method="wilson")
        assert found[name].ci_low == pytest.approx(interval.low)
        assert found[name].ci_high == pytest.approx(interval.high)


def test_valid_figures_count_an_invalid_success_as_not_fooled():
    frame = outcomes(succeeded=4, failed=4, skipped=2)
    judged = verdicts(("r0", True), ("r1", False), ("r2", False), ("r3", False))
    found = figures(frame, judged)
    assert found["success_rate"].value == 4 / 8
    assert found["valid_success_rate"].value == 1 / 8
    assert found["accuracy_under_attack"].value == 4 / 10
    assert found["valid_accuracy_under_attack"].value == 7 / 10
    assert found["similarity"].value == pytest.approx(0.9) and found["similarity"].n == 4


def test_a_success_without_a_verdict_leaves_the_valid_figures_undefined_with_the_reason():
    found = figures(outcomes(succeeded=2, failed=1), verdicts(("r0", True)))
    assert math.isnan(found["valid_success_rate"].value)
    assert "1 of 2" in found["valid_success_rate"].reason
    assert "2 of 2" in figures(outcomes(succeeded=2))["valid_success_rate"].reason


def test_without_a_success_the_valid_rate_is_zero_and_needs_no_verdict():
    assert figures(outcomes(failed=5))["valid_success_rate"].value == 0


def test_searches_cut_short_count_as_failed_and_are_shown_as_a_count():
    frame = batch(
        {"outcome": "failed", "stopped_by": "query budget"},
        {"outcome": "failed", "stopped_by": "time limit"},
        {"outcome": "failed"},
        {"outcome": "succeeded"},
    )
    found = figures(frame)
    assert found["failed"].value == 3 and found["censored"].value == 2
    assert found["success_rate"].value == 1 / 4


def test_means_are_of_the_right_reviews():
    frame = batch(
        {"outcome": "succeeded", "queries": 10, "model_calls": 5, "words": 10, "words_changed": 1},
        {"outcome": "succeeded", "queries": 30, "model_calls": 15, "words": 10, "words_changed": 3},
        {"outcome": "failed", "queries": 200, "model_calls": 100, "words_changed": 9},
        {"outcome": "skipped", "queries": 1, "model_calls": 1, "words_changed": 0},
        {"outcome": "errored", "queries": 999},
    )
    found = figures(frame)
    assert found["queries"].value == 80 and found["queries"].n == 3
    assert found["queries_of_successes"].value == 20 and found["queries_of_successes"].n == 2
    assert found["model_calls"].value == 40
    assert found["words_changed_share"].value == pytest.approx(0.2)


def test_the_interval_of_a_mean_is_near_the_normal_one_for_many_reviews():
    values = np.random.default_rng(3).normal(100, 20, size=400)
    found = figures(batch(*({"outcome": "failed", "queries": value} for value in values)))["queries"]
    half = 1.96 * values.std(ddof=1) / 20
    assert found.ci_low == pytest.approx(values.mean() - half, abs=0.4)
    assert found.ci_high == pytest.approx(values.mean() + half, abs=0.4)


@pytest.mark.parametrize(
    "frame", [outcomes(), outcomes(errored=3), outcomes(skipped=3)], ids=["empty", "errored", "skipped"]
)
def test_what_no_review_can_tell_is_undefined_with_a_reason(frame):
    found = figures(frame)
    assert set(found) == set(TITLES)
    assert math.isnan(found["success_rate"].value) and found["success_rate"].reason
    assert math.isnan(found["queries"].value) and found["queries"].reason


def test_numbers_that_a_journal_left_out_are_not_taken_for_zero():
    frame = batch({"outcome": "succeeded", "queries": None}, {"outcome": "failed", "queries": 4})
    assert figures(frame)["queries"].value == 4
    assert figures(frame)["queries"].n == 1


def test_every_figure_has_a_title_and_goes_into_json():
    found = figures(outcomes(succeeded=1, failed=1))
    assert list(found) and set(found) == set(TITLES)
    assert all(record.to_json()["n"] == record.n for record in found.values())


def test_accuracy_falls_from_before_to_under_attack_as_more_words_may_change():
    frame = batch(
        {"outcome": "succeeded", "words": 100, "words_changed": 1},
        {"outcome": "succeeded", "words": 100, "words_changed": 10},
        {"outcome": "failed", "words": 100, "words_changed": 90},
        {"outcome": "skipped", "words_changed": 0},
        {"outcome": "errored"},
    )
    curve = by_share(frame).set_index("share_changed")["accuracy"]
    assert curve[0.0] == 3 / 4
    assert curve[0.01] == 2 / 4 and curve[0.075] == 2 / 4
    assert curve[0.1] == 1 / 4 and curve[1.0] == 1 / 4
    judged = verdicts(("r0", False), ("r1", True))
    valid = by_share(frame, judged, valid_only=True).set_index("share_changed")["accuracy"]
    assert valid[0.01] == 3 / 4 and valid[1.0] == 2 / 4


def test_one_verdict_among_several_successes_leaves_the_valid_curve_undefined_with_how_many_lack_one():
    frame = outcomes(succeeded=15, failed=2)
    curve = by_share(frame, verdicts(("r0", True)), valid_only=True)
    assert curve["accuracy"].isna().all() and curve["ci_low"].isna().all() and (curve["n"] == 0).all()
    assert (curve["reason"] == "14 of 15 successes have no verdict yet; run `judge`").all()
    assert by_share(frame, valid_only=True)["accuracy"].isna().all()
    assert by_share(frame, verdicts(("r0", True)))["accuracy"].tolist()[-1] == 2 / 17


def test_a_verdict_on_a_review_that_did_not_give_way_counts_nowhere():
    frame = outcomes(succeeded=1, failed=1)
    both = verdicts(("r0", False), ("r1", True))
    assert figures(frame, both)["valid_success_rate"].value == 0
    assert by_share(frame, both, valid_only=True)["accuracy"].tolist()[-1] == 1


def test_the_share_curve_of_an_empty_batch_is_undefined():
    assert by_share(outcomes())["accuracy"].isna().all()
    assert isinstance(by_share(outcomes()), pd.DataFrame)
