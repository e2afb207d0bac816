"""Intervals and tests agree with scipy, and intervals cover what they should."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sentiment_core import statistics
from sentiment_core.metrics import METRICS


@pytest.mark.parametrize(("successes", "n"), [(0, 1), (1, 1), (0, 10), (10, 10), (3, 10), (918, 1000)])
def test_wilsons_interval_equals_scipys(successes: int, n: int):
    expected = stats.binomtest(successes, n).proportion_ci(0.95, method="wilson")
    assert statistics.wilson(successes, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilsons_interval_of_all_or_nothing_ends_exactly_there():
    assert statistics.wilson(0, 7)[0] == 0.0
    assert statistics.wilson(7, 7)[1] == 1.0


def test_nothing_out_of_nothing_has_no_interval():
    assert all(math.isnan(end) for end in statistics.wilson(0, 0))


def test_each_resample_draws_as_many_reviews_as_there_are():
    chunks = list(statistics.row_weights(5000, 130, np.random.default_rng(0)))
    weights = np.concatenate(chunks)
    assert weights.shape == (130, 5000) and len(chunks) > 1  # memory is bounded
    assert (weights.sum(axis=1) == 5000).all()
    assert weights.mean() == 1 and weights.var() == pytest.approx(1, abs=0.02)  # as Poisson's, nearly


def test_no_reviews_have_no_resamples():
    assert list(statistics.row_weights(0, 100, np.random.default_rng(0))) == []


def test_the_bootstrap_of_a_mean_equals_scipys():
    rng = np.random.default_rng(0)
    losses = rng.exponential(size=400)
    ours = statistics.bootstrap_rows([lambda weights: weights @ losses / 400], 400, 4000, rng)[0]
    theirs = stats.bootstrap((losses,), np.mean, n_resamples=4000, method="percentile", rng=rng)
    low, high = statistics.percentile_interval(ours)
    assert low == pytest.approx(theirs.confidence_interval.low, abs=0.01)
    assert high == pytest.approx(theirs.confidence_interval.high, abs=0.01)


def test_metrics_meet_the_same_resamples():
    rng = np.random.default_rng(0)
    losses = rng.exponential(size=50)
    same = statistics.bootstrap_rows([lambda w: w @ losses, lambda w: w @ losses], 50, 100, rng)
    assert np.array_equal(same[0], same[1])


def test_drawing_cells_and_drawing_reviews_are_the_same_distribution():
    rng = np.random.default_rng(0)
    counts = np.array([40.0, 8.0, 5.0, 47.0])
    cell = np.eye(4)[np.repeat(np.arange(4), counts.astype(int))]
    by_cell = statistics.bootstrap_cells(counts, 20_000, rng)
    by_row = np.concatenate([weights @ cell for weights in statistics.row_weights(100, 20_000, rng)])
    share = counts / 100
    for drawn in (by_cell, by_row):
        assert drawn.mean(axis=0) == pytest.approx(counts, abs=0.2)
        assert np.cov(drawn.T) == pytest.approx(100 * (np.diag(share) - np.outer(share, share)), abs=1.0)


def test_undefined_resamples_are_left_out_of_an_interval():
    values = np.r_[np.full(50, np.nan), np.linspace(0, 1, 101)]
    assert statistics.percentile_interval(values) == pytest.approx((0.025, 0.975))
    assert all(math.isnan(end) for end in statistics.percentile_interval(np.full(5, np.nan)))


def test_f1s_interval_covers_the_truth_nineteen_times_in_twenty():
    rng = np.random.default_rng(0)
    cells = np.array([0.46, 0.04, 0.04, 0.46])
    truth = METRICS["f1"].of_counts(cells[None])[0]
    inside = 0
    for _ in range(400):
        counts = rng.multinomial(50, cells).astype(float)
        replicates = statistics.bootstrap_cells(counts, 300, rng, pseudo_count=0.5)
        low, high = statistics.percentile_interval(METRICS["f1"].of_counts(replicates))
        inside += low <= truth <= high
    assert 0.92 <= inside / 400 <= 0.99


@pytest.mark.parametrize(("slope", "at_least"), [(1.0, 0.7), (1.1, 0.88), (2.0, 0.9)])
def test_eces_interval_covers_the_truth_where_percentiles_would_not(slope: float, at_least: float):
    """A slope of 1 is perfect calibration: the hardest case, since ECE of a sample is never 0."""
    rng = np.random.default_rng(0)
    metric = METRICS["ece"]
    truth = true_ece(slope)
    inside = 0
    for _ in range(200):
        logits = rng.normal(0, 3, 1000)
        y_true = (rng.random(1000) < logistic(logits)).astype(int)
        prob_positive = logistic(slope * logits)
        value = metric.compute(y_true, prob_positive).value
        replicates = statistics.bootstrap_rows([metric.prepare(y_true, prob_positive, 0.5)], 1000, 200, rng)[
            0
        ]
        low, high = statistics.bias_corrected_interval(value, replicates, floor=0.0)
        assert 0 <= low <= value <= high
        inside += low <= truth <= high
    assert inside / 200 >= at_least


def logistic(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))


def true_ece(slope: float) -> float:
    """Integrate over the logits instead of drawing labels: no chance gaps."""
    logits = stats.norm.ppf((np.arange(2_000_000) + 0.5) / 2_000_000, scale=3)
    said, true = logistic(slope * logits), logistic(logits)
    bins = np.minimum((said * 15).astype(int), 14)
    return float(np.abs(np.bincount(bins, said - true)).sum() / len(logits))


@pytest.mark.parametrize(("b", "c"), [(0, 1), (0, 6), (5, 15), (24, 25), (10, 10)])
def test_mcnemar_of_few_pairs_is_the_exact_binomial_test(b: int, c: int):
    by_hand = sum(math.comb(b + c, k) for k in range(min(b, c) + 1)) * 2 / 2 ** (b + c)
    assert statistics.mcnemar(b, c) == pytest.approx(min(by_hand, 1.0))


def test_mcnemar_of_many_pairs_is_chi_squared_with_continuity_correction():
    # Edwards's statistic for 79 and 139: (|79 - 139| - 1)^2 / 218 = 15.968, p by the normal tail
    expected = math.erfc(math.sqrt(59**2 / 218 / 2))
    assert statistics.mcnemar(79, 139) == pytest.approx(expected)


def test_mcnemar_goes_on_smoothly_where_it_stops_being_exact():
    exact = stats.binomtest(17, 50, 0.5).pvalue
    assert statistics.mcnemar(17, 33) == pytest.approx(exact, rel=0.1)


@pytest.mark.parametrize(("b", "c"), [(3, 9), (200, 150)])
def test_mcnemar_does_not_care_which_model_is_first(b: int, c: int):
    assert statistics.mcnemar(b, c) == statistics.mcnemar(c, b)


def test_models_that_never_disagree_are_not_different():
    assert statistics.mcnemar(0, 0) == 1.0


def test_adjusted_p_values_equal_scipys():
    p_values = np.random.default_rng(0).random(40) ** 3
    assert statistics.benjamini_hochberg(p_values) == pytest.approx(stats.false_discovery_control(p_values))


def test_a_test_that_could_not_be_done_does_not_count():
    adjusted = statistics.benjamini_hochberg([0.01, math.nan, 0.04])
    assert math.isnan(adjusted[1])
    assert adjusted[[0, 2]] == pytest.approx(stats.false_discovery_control([0.01, 0.04]))
    assert len(statistics.benjamini_hochberg([])) == 0


def test_the_detectable_difference_is_found_four_times_in_five():
    n, disagreement = 4000, 0.06
    difference = statistics.detectable_difference(n, disagreement)
    rng = np.random.default_rng(0)
    only_a, only_b = (disagreement - difference) / 2, (disagreement + difference) / 2
    counts = rng.multinomial(n, [only_a, only_b, 1 - disagreement], size=600)
    found = np.mean([statistics.mcnemar(int(b), int(c)) < 0.05 for b, c, _ in counts])
    assert found == pytest.approx(0.8, abs=0.06)


def test_more_reviews_find_smaller_differences():
    small, large = (statistics.detectable_difference(n, 0.05) for n in (1000, 25_000))
    assert large == pytest.approx(small / 5, rel=0.05)  # as the square root
    assert math.isnan(statistics.detectable_difference(3, 0.05))
    assert math.isnan(statistics.detectable_difference(0, 0.05))


def test_a_share_has_wilson_s_interval_and_is_undefined_of_nothing():
    found = statistics.share(3, 60, "no review")
    interval = stats.binomtest(3, 60).proportion_ci(method="wilson")
    assert (found.value, found.n) == (0.05, 60)
    assert (found.ci_low, found.ci_high) == pytest.approx((interval.low, interval.high))
    nothing = statistics.share(0, 0, "no review")
    assert math.isnan(nothing.value) and (nothing.n, nothing.reason) == (0, "no review")
