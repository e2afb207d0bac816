"""Abstention: curves agree with naive loops, and what is guaranteed is kept in simulation."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import binom

from sentiment_core import __main__, data, models
from sentiment_core.abstention import conformal, risk_coverage, thresholds
from sentiment_core.abstention.of_models import Fitting
from sentiment_core.abstention.risk_coverage import confidence, is_wrong
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import ReelcheckError
from sentiment_core.evaluation import records
from sentiment_core.training import train


def answered(n: int, seed: int = 0, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and probabilities of a fair, somewhat too sure model."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(0, 2, n)
    labels = (rng.random(n) < expit(log_odds)).astype(np.int64)
    prob = expit(1.5 * log_odds)
    return labels, np.round(prob, 1) if ties else prob


NOTHING = np.array([], dtype=np.int64), np.array([])
ALL_RIGHT = np.array([1, 0, 1]), np.array([0.9, 0.2, 0.6])
ONE = np.array([1]), np.array([0.4])
SAME = np.array([1, 0, 1, 0]), np.full(4, 0.7)


# --- risk against coverage ------------------------------------------------------------------------


def naive_area(labels, prob) -> float:
    """Return AURC by looking at the k surest for each k."""
    order = sorted(range(len(labels)), key=lambda i: -max(prob[i], 1 - prob[i]))
    risks = []
    for k in range(1, len(order) + 1):
        risks.append(sum((prob[i] >= 0.5) != labels[i] for i in order[:k]) / k)
    return sum(risks) / len(risks)


@pytest.mark.parametrize("seed", range(3))
def test_the_area_is_that_of_a_naive_loop(seed):
    labels, prob = answered(150, seed)
    found = risk_coverage.area_under_risk_coverage(labels, prob, resamples=50)
    assert found.value == pytest.approx(naive_area(labels, prob), abs=1e-12)
    assert found.ci_low < found.value < found.ci_high


def test_equal_confidences_count_as_the_mean_over_their_orders():
    labels, prob = answered(40, ties=True)
    rng, areas = np.random.default_rng(0), []
    for _ in range(300):
        mixed = rng.permutation(40)
        areas.append(naive_area(labels[mixed], prob[mixed]))
    found = risk_coverage.area_under_risk_coverage(labels, prob, resamples=0)
    assert found.value == pytest.approx(np.mean(areas), abs=4 * np.std(areas) / math.sqrt(300))


@pytest.mark.parametrize(("case", "area"), [(ALL_RIGHT, 0.0), (ONE, 1.0), (SAME, 0.5)])
def test_the_area_of_simple_cases_is_known(case, area):
    assert risk_coverage.area_under_risk_coverage(*case, resamples=20).value == pytest.approx(area)


def test_a_confidence_that_says_nothing_has_an_interval_all_the_same():
    found = risk_coverage.area_under_risk_coverage(*SAME)
    assert found.ci_low < 0.5 < found.ci_high


@pytest.mark.parametrize("coverage", [0.8, 0.9, 1.0, 0.33])
def test_selective_accuracy_is_that_of_the_surest_reviews(coverage):
    labels, prob = answered(200)
    k = math.ceil(round(coverage * 200, 9))
    surest = np.argsort(-confidence(prob))[:k]
    found = risk_coverage.selective_accuracy(labels, prob, coverage)
    assert (found.value, found.n) == (pytest.approx(1 - is_wrong(labels, prob)[surest].mean()), k)
    assert found.ci_low < found.value < found.ci_high


def test_no_reviews_have_no_figures_and_say_why():
    found = risk_coverage.selective(*NOTHING)
    assert found["coverage_80"]["accuracy"] is None and found["coverage_80"]["reason"]
    assert found["aurc"]["value"] is None and found["aurc"]["reason"]
    assert risk_coverage.curve(*NOTHING).empty


def test_the_curve_ends_at_the_accuracy_of_all_reviews_and_is_thinned():
    labels, prob = answered(1000)
    curve = risk_coverage.curve(labels, prob, at_most=50)
    assert len(curve) == 50
    assert curve.iloc[-1][["coverage", "accuracy", "n"]].tolist() == [
        1.0,
        1 - is_wrong(labels, prob).mean(),
        1000,
    ]
    for row in curve.itertuples():
        some = confidence(prob) >= row.threshold
        assert (row.n, row.accuracy) == (some.sum(), pytest.approx(1 - is_wrong(labels, prob)[some].mean()))


# --- a threshold for an error rate ----------------------------------------------------------------


def test_the_upper_limit_is_where_so_few_errors_are_just_as_unlikely_as_allowed():
    for errors, n in ((0, 50), (3, 100), (20, 400)):
        limit = thresholds.upper_bound(errors, n, 0.05)
        assert binom.cdf(errors, n, limit) == pytest.approx(0.05, abs=1e-9)
    assert thresholds.upper_bound(4, 4, 0.05) == 1.0


def test_the_guarantee_is_kept_in_more_than_95_of_100_simulated_fittings():
    """The true error rate above a threshold is known: a large sample of the same model."""
    labels, prob = answered(200_000, seed=99)
    order = np.argsort(confidence(prob))
    sure = confidence(prob)[order]
    risk_from = np.cumsum(is_wrong(labels, prob)[order][::-1])[::-1] / np.arange(len(sure), 0, -1)
    broken = found = 0
    for seed in range(300):
        rule = thresholds.guaranteed(*answered(500, seed), 0.15)
        if rule.defined:
            found += 1
            broken += risk_from[min(np.searchsorted(sure, rule.threshold), len(sure) - 1)] > 0.15
    assert found > 250
    assert broken / 300 <= 0.05


def test_a_rule_counts_its_answers_and_errors_and_is_bounded():
    labels, prob = answered(2000)
    rule = thresholds.guaranteed(labels, prob, 0.1)
    answers = confidence(prob) >= rule.threshold
    assert (rule.n, rule.answered) == (2000, answers.sum())
    assert rule.errors == (is_wrong(labels, prob) & answers).sum()
    assert rule.errors / rule.answered < rule.bound < 0.1
    held = thresholds.held(rule, labels, prob)
    assert held.coverage.value == rule.answered / 2000
    assert held.error_rate.value == rule.errors / rule.answered


@pytest.mark.parametrize("case", [NOTHING, ONE, ALL_RIGHT, SAME])
def test_too_few_reviews_give_no_threshold_and_say_so(case):
    rule = thresholds.guaranteed(*case, 0.05)
    assert not rule.defined and "allow more errors" in rule.reason
    assert rule.to_json()["threshold"] is None
    assert not rule.answers(np.array([0.0, 0.5, 1.0])).any()
    assert thresholds.held(rule, *ALL_RIGHT).error_rate.reason == thresholds.NOTHING_ANSWERED


def test_where_every_answer_is_right_every_review_is_answered():
    labels = np.arange(400) % 2
    rule = thresholds.guaranteed(labels, np.where(labels == 1, 0.8, 0.3), 0.05)
    assert (rule.answered, rule.errors) == (400, 0)


@pytest.mark.parametrize("wrong", [0, 1, -0.1, 2, math.nan])
def test_an_error_rate_that_is_no_share_is_refused(wrong):
    with pytest.raises(ReelcheckError, match="above 0 and below 1"):
        thresholds.guaranteed(*ALL_RIGHT, wrong)
    with pytest.raises(ReelcheckError, match="above 0 and below 1"):
        conformal.largest_score(*ALL_RIGHT, wrong)


# --- conformal sets -------------------------------------------------------------------------------


@pytest.mark.parametrize("coverage", [0.9, 0.95])
def test_conformal_sets_hold_the_truth_as_often_as_stated_over_200_simulations(coverage):
    shares = []
    for seed in range(200):
        labels, prob = answered(600, seed)
        largest = conformal.largest_score(labels[:300], prob[:300], coverage)
        shares.append(conformal.figures(labels[300:], prob[300:], largest).coverage.value)
    error = np.std(shares) / math.sqrt(200)
    assert coverage - 3 * error <= np.mean(shares) <= coverage + 1 / 301 + 3 * error


def test_the_largest_score_is_the_one_of_the_formula():
    labels, prob = np.ones(9, dtype=np.int64), 1 - np.arange(1, 10) / 20
    assert conformal.largest_score(labels, prob, 0.8) == pytest.approx(8 / 20)  # ceil(10 x 0.8) = 8th
    assert conformal.largest_score(labels, prob, 0.95) == 1.0  # the 10th of 9


def test_a_set_is_the_labels_that_are_likely_enough_and_never_empty():
    prob = np.array([0.99, 0.7, 0.5, 0.31, 0.0])
    assert conformal.sets(prob, 0.69).tolist() == ["positive", "positive", "either", "either", "negative"]
    assert conformal.sets(prob, 0.0).tolist() == ["positive"] * 3 + ["negative"] * 2
    assert conformal.sets(prob, 1.0).tolist() == ["either"] * 5


def test_where_every_set_is_either_no_answer_can_be_wrong():
    found = conformal.figures(*answered(50), 1.0)
    assert (found.coverage.value, found.single.value) == (1.0, 0.0)
    assert not found.accuracy_of_single.defined and found.accuracy_of_single.reason


# --- the commands ---------------------------------------------------------------------------------


@pytest.fixture
def bow():
    import pandas as pd

    rng, rows = np.random.default_rng(0), []
    for n in range(400):
        label = n % 2
        told = label if rng.random() < 0.9 else 1 - label
        split = "train" if n < 100 else "validation" if n < 300 else "test"
        word = (("dull", "flat"), ("warm", "witty"))[told][rng.integers(2)]
        rows.append((f"r{n}", f"a {word} film, number {n}", label, split, "made"))
    columns = ["example_id", "text", "label", "split", "source"]
    dataset = make_dataset("made", pd.DataFrame(rows, columns=columns))
    data.store(dataset)
    return train.train("bow", dataset, alias="bow")


def run_json(capsys, *argv):
    assert __main__.main([*argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_evaluate_gives_the_accuracy_on_the_surest_reviews(bow, capsys):
    found = run_json(capsys, "evaluate", "--model", "bow", "--data", bow.trained_on["fingerprint"])
    frame = records.open_evaluation(found["run_id"]).frame
    expected = risk_coverage.selective_accuracy(
        frame["label"].to_numpy(), frame["prob_positive"].to_numpy(), 0.8
    )
    assert found["selective"]["coverage_80"] == {
        "accuracy": expected.value, "ci_low": expected.ci_low, "ci_high": expected.ci_high, "n": 80
    }  # fmt: skip
    assert found["selective"]["coverage_90"]["n"] == 90
    assert found["selective"]["aurc"]["n"] == 100


def test_abstain_fits_on_validation_and_measures_on_test(bow, capsys):
    found = run_json(capsys, "abstain", "--model", "bow", "--error-rate", "0.25", "--coverage", "0.9")
    assert (found["fitted_on"]["n"], found["held_on"]["n"]) == (200, 100)
    dataset = data.by_fingerprint(bow.trained_on["fingerprint"])
    validation = Fitting.of(records.latest_or_new("bow", dataset, "validation"))
    rule = thresholds.guaranteed(validation.y_true, validation.prob_positive, 0.25)
    assert found["rule"] == rule.to_json()
    assert found["held"]["coverage"]["n"] == 100
    assert found["conformal"]["coverage"]["value"] >= 0.8
    assert len(records.list_evaluations(models.resolve("bow").model_id)) == 2  # both are kept


def test_abstain_prints_its_rules_in_words_and_refuses_nonsense_in_one_line(bow, capsys):
    assert __main__.main(["abstain", "--model", "bow", "--error-rate", "0.25"]) == 0
    assert "answer where it is at least" in capsys.readouterr().out
    assert __main__.main(["abstain", "--model", "bow", "--error-rate", "20"]) == 2
    assert "the error rate is 20" in capsys.readouterr().err
