"""Curves, sweeps and reliability agree with scikit-learn and with the metrics they illustrate."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as sk
from sklearn.calibration import calibration_curve

from sentiment_core import statistics
from sentiment_core.evaluation import breakdowns, operating_points
from sentiment_core.metrics import METRICS


def reviews(n: int = 500, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y_true = rng.integers(0, 2, n)
    prob_positive = 1 / (1 + np.exp(-(rng.normal(0, 1.5, n) + 2 * (y_true - 0.5))))
    return y_true, np.round(prob_positive, 1) if ties else prob_positive


NOTHING = (np.array([], dtype=int), np.array([]))
ONE_CLASS = (np.ones(5, dtype=int), np.array([0.1, 0.2, 0.2, 0.9, 1.0]))


@pytest.mark.parametrize("ties", [False, True])
def test_every_row_of_a_sweep_is_the_metric_at_that_threshold(ties: bool):
    y_true, prob_positive = reviews(200, ties)
    sweep = operating_points.threshold_sweep(y_true, prob_positive)
    assert set(np.unique(prob_positive)) <= set(sweep["threshold"])
    for row in sweep.iloc[::7].itertuples():
        for name in ("accuracy", "precision", "recall", "f1", "macro_f1", "mcc"):
            expected = METRICS[name].compute(y_true, prob_positive, row.threshold).value
            assert getattr(row, name) == pytest.approx(expected, abs=1e-12, nan_ok=True)
        called = prob_positive >= row.threshold
        assert (row.tn, row.fp, row.fn, row.tp) == tuple(sk.confusion_matrix(y_true, called).ravel())


def test_many_scores_are_swept_on_a_grid_of_thousandths():
    sweep = operating_points.threshold_sweep(*reviews(3000))
    assert len(sweep) == 1001
    assert sweep["threshold"].tolist() == [step / 1000 for step in range(1001)]


def test_a_sweep_of_25_000_reviews_is_quick():
    y_true, prob_positive = reviews(25_000)
    started = time.perf_counter()
    operating_points.threshold_sweep(y_true, prob_positive)
    operating_points.roc_points(y_true, prob_positive)
    operating_points.precision_recall_points(y_true, prob_positive)
    operating_points.reliability_table(y_true, prob_positive)
    assert time.perf_counter() - started < 1.0  # about 0.03 on an idle core


def test_the_best_f1_threshold_is_the_best_of_all():
    y_true, prob_positive = reviews()
    best = operating_points.best_f1_threshold(operating_points.threshold_sweep(y_true, prob_positive))
    by_trying = max(sk.f1_score(y_true, prob_positive >= threshold) for threshold in prob_positive)
    assert sk.f1_score(y_true, prob_positive >= best) == pytest.approx(by_trying)


@pytest.mark.parametrize("costs", [(1.0, 1.0), (5.0, 1.0), (1.0, 20.0), (1.0, 0.0), (0.0, 1.0)])
def test_the_cheapest_threshold_is_the_cheapest_of_all(costs: tuple[float, float]):
    y_true, prob_positive = reviews(300)
    sweep = operating_points.threshold_sweep(y_true, prob_positive)
    threshold, cost = operating_points.cheapest_threshold(sweep, *costs)

    def cost_at(at: float) -> float:
        called = prob_positive >= at
        wrongly_positive, missed = (called & (y_true == 0)).mean(), (~called & (y_true == 1)).mean()
        return float(costs[0] * wrongly_positive + costs[1] * missed)

    assert cost == pytest.approx(cost_at(threshold))
    assert cost == pytest.approx(min(cost_at(at) for at in [*prob_positive, 1.0]))


def test_true_probabilities_are_cheapest_at_the_ratio_of_costs():
    rng = np.random.default_rng(0)
    prob_positive = rng.random(200_000)
    y_true = (rng.random(200_000) < prob_positive).astype(int)
    sweep = operating_points.threshold_sweep(y_true, prob_positive)
    threshold, _ = operating_points.cheapest_threshold(sweep, 3.0, 1.0)
    assert threshold == pytest.approx(0.75, abs=0.03)


def test_among_equally_good_thresholds_the_one_nearest_to_a_half_is_taken():
    y_true, prob_positive = np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.8, 0.9])
    sweep = operating_points.threshold_sweep(y_true, prob_positive, operating_points.GRID)
    assert operating_points.best_f1_threshold(sweep) == 0.5
    assert operating_points.cheapest_threshold(sweep, 1, 1) == (0.5, 0.0)


def test_a_negative_cost_is_refused():
    sweep = operating_points.threshold_sweep(*reviews(10))
    with pytest.raises(ValueError, match="neither may be negative"):
        operating_points.cheapest_threshold(sweep, -1, 1)


@pytest.mark.parametrize("ties", [False, True])
def test_the_unthinned_curves_equal_scikit_learns(ties: bool):
    y_true, prob_positive = reviews(300, ties)
    roc = operating_points.roc_points(y_true, prob_positive, at_most=10**6)
    false_positive_rate, true_positive_rate, thresholds = sk.roc_curve(
        y_true, prob_positive, drop_intermediate=False
    )
    assert roc["false_positive_rate"].to_numpy() == pytest.approx(false_positive_rate)
    assert roc["recall"].to_numpy() == pytest.approx(true_positive_rate)
    assert roc["threshold"].to_numpy() == pytest.approx(thresholds)
    curve = operating_points.precision_recall_points(y_true, prob_positive, at_most=10**6)
    precision, recall, thresholds = sk.precision_recall_curve(y_true, prob_positive)
    assert curve["precision"].to_numpy() == pytest.approx(precision[-2::-1])
    assert curve["recall"].to_numpy() == pytest.approx(recall[-2::-1])
    assert curve["threshold"].to_numpy() == pytest.approx(thresholds[::-1])


def test_thinned_curves_keep_their_ends_and_their_areas():
    y_true, prob_positive = reviews(25_000)
    roc = operating_points.roc_points(y_true, prob_positive)
    assert len(roc) <= 402
    assert roc.iloc[0, 1:].tolist() == [0, 0] and roc.iloc[-1, 1:].tolist() == [1, 1]
    area = np.trapezoid(roc["recall"], roc["false_positive_rate"])
    assert area == pytest.approx(sk.roc_auc_score(y_true, prob_positive), abs=1e-3)
    curve = operating_points.precision_recall_points(y_true, prob_positive)
    steps = np.diff(np.r_[0, curve["recall"]]) @ curve["precision"]
    assert len(curve) <= 402
    assert steps == pytest.approx(sk.average_precision_score(y_true, prob_positive), abs=3e-3)


@pytest.mark.parametrize("equal_mass", [False, True])
@pytest.mark.parametrize("ties", [False, True])
def test_the_reliability_table_equals_scikit_learns_curve(equal_mass: bool, ties: bool):
    y_true, prob_positive = reviews(500, ties)
    table = operating_points.reliability_table(y_true, prob_positive, equal_mass=equal_mass)
    filled = table[table["n"] > 0]
    strategy = "quantile" if equal_mass else "uniform"
    share, mean = calibration_curve(y_true, prob_positive, n_bins=15, strategy=strategy)
    assert filled["share_positive"].to_numpy() == pytest.approx(share)
    assert filled["mean_prob"].to_numpy() == pytest.approx(mean)
    assert table["n"].sum() == 500


@pytest.mark.parametrize(("equal_mass", "metric"), [(False, "ece"), (True, "ece_mass")])
def test_ece_is_the_mean_gap_of_the_reliability_table(equal_mass: bool, metric: str):
    y_true, prob_positive = reviews(500)
    table = operating_points.reliability_table(y_true, prob_positive, equal_mass=equal_mass)
    gap = (table["mean_prob"] - table["share_positive"]).abs().fillna(0) @ table["n"] / 500
    assert gap == pytest.approx(METRICS[metric].compute(y_true, prob_positive).value)


def test_a_bins_interval_is_wilsons_and_an_empty_bin_has_none():
    y_true, prob_positive = np.array([1, 1, 0, 1]), np.array([0.05, 0.05, 0.05, 0.99])
    table = operating_points.reliability_table(y_true, prob_positive)
    assert len(table) == 15 and table["n"].tolist()[:2] == [3, 0]
    assert tuple(table.loc[0, ["ci_low", "ci_high"]]) == pytest.approx(statistics.wilson(2, 3))
    assert table.loc[1, ["mean_prob", "share_positive", "ci_low", "ci_high"]].isna().all()


def test_the_histogram_holds_every_review_once():
    y_true, prob_positive = reviews(ties=True)
    table = operating_points.score_histogram(y_true, np.r_[0.0, 1.0, prob_positive[2:]])
    assert table[["negative", "positive"]].to_numpy().sum() == 500
    assert table["positive"].sum() == y_true.sum()


@pytest.mark.parametrize("given", [NOTHING, ONE_CLASS, (np.array([0]), np.array([0.5]))])
def test_nothing_breaks_on_no_reviews_or_one_class(given):
    sweep = operating_points.threshold_sweep(*given)
    operating_points.best_f1_threshold(sweep)
    operating_points.cheapest_threshold(sweep, 1, 1)
    for table in (operating_points.roc_points, operating_points.precision_recall_points):
        table(*given, at_most=3)
    for equal_mass in (False, True):
        assert operating_points.reliability_table(*given, equal_mass=equal_mass)["n"].sum() == len(given[0])
    assert operating_points.score_histogram(*given)[["negative", "positive"]].to_numpy().sum() == len(
        given[0]
    )


def frame_of(n: int = 300) -> pd.DataFrame:
    y_true, prob_positive = reviews(n)
    n_tokens = np.random.default_rng(1).integers(0, 1500, n)
    return pd.DataFrame(
        {"label": y_true, "prob_positive": prob_positive, "n_tokens": n_tokens, "truncated": n_tokens > 512}
    )


def test_accuracy_by_length_counts_every_review_in_its_group():
    frame = frame_of()
    table = breakdowns.accuracy_by_length(frame)
    assert table["group"].tolist()[0] == "under 50" and table["group"].tolist()[-1] == "1,000 and more"
    inside = frame[frame["n_tokens"].between(100, 149)]
    right = (inside["prob_positive"] >= 0.5) == inside["label"]
    row = table.set_index("group").loc["100-149"]
    assert (row["n"], row["accuracy"]) == (len(inside), pytest.approx(right.mean()))
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(statistics.wilson(right.sum(), len(inside)))
    assert table["n"].sum() == 300


def test_two_models_can_share_lengths_in_words():
    frame = frame_of(3)
    table = breakdowns.accuracy_by_length(frame, lengths=[49, 50, 99], edges=(50, 100))
    assert table["n"].tolist() == [1, 2, 0] and np.isnan(table["accuracy"].iloc[2])


def test_accuracy_by_truncation_parts_whole_from_cut():
    frame = frame_of()
    table = breakdowns.accuracy_by_truncation(frame).set_index("group")
    assert table.loc["cut at the limit", "n"] == (frame["n_tokens"] > 512).sum()
    assert table["n"].sum() == 300


def test_groups_follow_the_rows_whatever_the_frames_index():
    frame = frame_of(6).iloc[::-1]
    by_label = breakdowns.accuracy_by(frame, frame["label"].map({0: "a", 1: "b"}))
    assert by_label["n"].tolist() == [(frame["label"] == 0).sum(), (frame["label"] == 1).sum()]


def by_language(right: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """Return accuracy by language where `right` of n answers of each language are right."""
    rows = [
        (code, 1, 0.9 if number < hits else 0.1) for code, (hits, n) in right.items() for number in range(n)
    ]
    frame = pd.DataFrame(rows, columns=["code", "label", "prob_positive"])
    return breakdowns.accuracy_by_language(frame, frame["code"])


def test_languages_stand_in_the_order_of_their_reviews_and_rows_without_one_are_left_out():
    frame = pd.DataFrame({"label": [1, 1, 0, 1], "prob_positive": [0.9, 0.1, 0.1, 0.9]})
    table = breakdowns.accuracy_by_language(frame, pd.Series(["fr", "de", "de", None]))
    assert table[["group", "n", "accuracy"]].to_numpy().tolist() == [["de", 2, 0.5], ["fr", 1, 1.0]]
    assert tuple(table.loc[0, ["ci_low", "ci_high"]]) == pytest.approx(statistics.wilson(1, 2))


def test_the_gap_has_newcombes_interval_and_the_reviews_of_both_languages():
    found = breakdowns.gap(by_language({"en": (56, 70), "de": (48, 80), "fr": (21, 30)}))
    assert (found.best, found.worst, found.n_best, found.n_worst) == ("en", "de", 70, 80)
    # Newcombe 1998, table II, example (a), method 10: 56/70 against 48/80.
    assert found.difference.value == pytest.approx(0.2)
    assert (found.difference.ci_low, found.difference.ci_high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert found.difference.n == 150


def test_how_often_chance_parts_two_groups_as_far_is_fishers_exact_probability():
    from scipy.stats import hypergeom

    found = breakdowns.gap(by_language({"en": (36, 40), "de": (30, 40)}), shuffles=20_000)
    dealt = np.arange(26, 41)  # right answers that fall to the first of two groups of 40, of 66 in all
    as_far = hypergeom.pmf(dealt, 80, 66, 40)[np.abs(2 * dealt - 66) >= 6].sum()
    assert found.chance == pytest.approx(as_far, abs=0.01)


def test_the_best_and_the_worst_of_many_equal_languages_are_not_called_different():
    rng = np.random.default_rng(5)
    chances = [
        breakdowns.gap(by_language({str(k): (int(rng.binomial(60, 0.9)), 60) for k in range(8)})).chance
        for _ in range(100)
    ]
    assert 0 <= np.mean(np.array(chances) < 0.05) <= 0.12


@pytest.mark.parametrize("right", [{"en": (30, 40)}, {"en": (30, 40), "de": (20, 29)}])
def test_without_two_languages_of_enough_reviews_the_gap_is_undefined_and_says_why(right):
    found = breakdowns.gap(by_language(right))
    assert np.isnan(found.difference.value) and "30 reviews" in found.difference.reason
    assert found.difference.n == 40
