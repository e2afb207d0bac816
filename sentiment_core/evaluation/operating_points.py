"""A model's results at each decision threshold, and how well calibrated its probabilities are.

Pure and quick: arrays in, frames out, one sort each. A threshold chosen on the reviews that it is measured on
looks better than it is; choose it on validation reviews where the figure matters.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sentiment_core.metrics import METRICS, Confusion
from sentiment_core.metrics.base import FloatArray, IntArray, ratio
from sentiment_core.metrics.calibration import BINS, bin_of, equal_mass_edges, equal_width_edges
from sentiment_core.statistics import wilson_intervals

#: Up to so many distinct scores the sweep has a row for each; beyond, it has this grid of thousandths.
GRID = np.arange(1001) / 1000  # linspace would give 0.47300000000000003

#: Points of a drawn curve: more than a screen has columns.
DRAWN = 400


def threshold_sweep(
    y_true: IntArray, prob_positive: FloatArray, thresholds: FloatArray | None = None
) -> pd.DataFrame:
    """Return threshold, tn, fp, fn, tp and every metric of these counts, lowest threshold first.

    Args:
        y_true: int64 [n], 0 or 1.
        prob_positive: float64 [n].
        thresholds: default every distinct probability and 1.0, or GRID where there are more than it has.
    """
    if thresholds is None:
        distinct = np.unique(np.r_[prob_positive, 1.0])
        thresholds = distinct if len(distinct) <= len(GRID) else GRID
    cells = counts_by_threshold(y_true, prob_positive, thresholds)
    table = np.stack(cells, axis=1)
    metrics = {name: metric.of_counts(table) for name, metric in METRICS.items() if metric.counts}
    counts = {name: count.astype(np.int64) for name, count in cells._asdict().items()}
    return pd.DataFrame({"threshold": thresholds, **counts, **metrics})


def counts_by_threshold(y_true: IntArray, prob_positive: FloatArray, thresholds: FloatArray) -> Confusion:
    """Return the four counts, float64 [thresholds] each; at or above the threshold is positive."""
    order = np.argsort(prob_positive, kind="stable")
    below = np.searchsorted(prob_positive[order], thresholds, side="left")
    positives_below = np.r_[0, np.cumsum(y_true[order])][below].astype(np.float64)
    positives, n = float(np.sum(y_true)), len(y_true)
    tn, tp = below - positives_below, positives - positives_below
    return Confusion(tn=tn, fp=(n - positives) - tn, fn=positives_below, tp=tp)


def confusion_at(y_true: IntArray, prob_positive: FloatArray, threshold: float) -> dict[str, int]:
    """Return tn, fp, fn and tp at one threshold."""
    cells = counts_by_threshold(y_true, prob_positive, np.array([threshold]))
    return {name: int(count[0]) for name, count in cells._asdict().items()}


def best_f1_threshold(sweep: pd.DataFrame) -> float:
    """Return the threshold with the highest F1, among equals the one nearest 0.5; NaN if there is none."""
    return _nearest_to_half(sweep["threshold"], sweep["f1"] == sweep["f1"].max())


def cheapest_threshold(
    sweep: pd.DataFrame, cost_false_positive: float, cost_false_negative: float
) -> tuple[float, float]:
    """Return the threshold of a sweep with the lowest total cost, and that cost per review.

    Among equals the one nearest 0.5. For true probabilities it would be cost_false_positive /
    (cost_false_positive + cost_false_negative) (Elkan 2001, eq. 2); the distance to it shows miscalibration.

    Raises:
        ValueError: a cost is negative.
    """
    if cost_false_positive < 0 or cost_false_negative < 0:
        raise ValueError(
            f"costs are {cost_false_positive} and {cost_false_negative}; neither may be negative"
        )
    cost = sweep["fp"] * cost_false_positive + sweep["fn"] * cost_false_negative
    n = int(sweep[["tn", "fp", "fn", "tp"]].iloc[0].sum())
    threshold = _nearest_to_half(sweep["threshold"], np.isclose(cost, cost.min(), rtol=1e-12, atol=0.0))
    return threshold, float(cost.min()) / n if n else float("nan")


def reliability_table(
    y_true: IntArray, prob_positive: FloatArray, *, bins: int = BINS, equal_mass: bool = False
) -> pd.DataFrame:
    """Return one row per bin (low, high]: the mean probability, and the share of positive reviews.

    Columns: low, high, n, mean_prob, share_positive, ci_low, ci_high (Wilson, 95 %). Empty bins of
    equal width stay, with NaN. The n-weighted mean of |mean_prob - share_positive| is ECE.
    """
    edges = (equal_mass_edges if equal_mass else equal_width_edges)(prob_positive, bins)
    bin_index = bin_of(prob_positive, edges)
    n, positives, summed = (
        np.bincount(bin_index, weights=weights, minlength=len(edges) - 1).astype(np.float64)
        for weights in (None, y_true, prob_positive)
    )
    low, high = wilson_intervals(positives, n)
    return pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "n": n.astype(np.int64),
            "mean_prob": ratio(summed, n),
            "share_positive": ratio(positives, n),
            "ci_low": low,
            "ci_high": high,
        }
    )


def score_histogram(y_true: IntArray, prob_positive: FloatArray, *, bins: int = 40) -> pd.DataFrame:
    """Return low, high, negative, positive: reviews of each label by bin of the probability of positive."""
    edges = np.linspace(0.0, 1.0, bins + 1)
    counts = {
        name: np.histogram(prob_positive[y_true == label], edges)[0]
        for name, label in (("negative", 0), ("positive", 1))
    }
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], **counts})


def roc_points(y_true: IntArray, prob_positive: FloatArray, *, at_most: int = DRAWN) -> pd.DataFrame:
    """Return threshold, false_positive_rate, recall from (0, 0) to (1, 1), thinned for drawing.

    The first threshold is infinity: nothing is called positive. A rate whose class is missing is NaN.
    """
    thresholds, cells = _at_every_score(y_true, prob_positive)
    points = pd.DataFrame(
        {
            "threshold": thresholds,
            "false_positive_rate": ratio(cells.fp, cells.fp + cells.tn),
            "recall": ratio(cells.tp, cells.tp + cells.fn),
        }
    )
    return _thinned(points, at_most)


def precision_recall_points(
    y_true: IntArray, prob_positive: FloatArray, *, at_most: int = DRAWN
) -> pd.DataFrame:
    """Return threshold, recall, precision, highest threshold first, thinned for drawing.

    Average precision is the area under the steps (each precision holds from the recall before it), so draw
    steps, not slopes. There is no point at recall 0: nothing called positive has no precision.
    """
    thresholds, cells = _at_every_score(y_true, prob_positive)
    points = pd.DataFrame(
        {
            "threshold": thresholds,
            "recall": ratio(cells.tp, cells.tp + cells.fn),
            "precision": ratio(cells.tp, cells.tp + cells.fp),
        }
    )
    return _thinned(points.iloc[1:], at_most)


def _at_every_score(y_true: IntArray, prob_positive: FloatArray) -> tuple[FloatArray, Confusion]:
    """Return every distinct score as a threshold, infinity before them, and the counts at each."""
    thresholds = np.r_[np.inf, np.unique(prob_positive)[::-1]]
    return thresholds, counts_by_threshold(y_true, prob_positive, thresholds)


def _thinned(points: pd.DataFrame, at_most: int) -> pd.DataFrame:
    """Keep about `at_most` points at equal steps along the curve, both ends among them."""
    if len(points) <= at_most:
        return points.reset_index(drop=True)
    coordinates = points.iloc[:, 1:].to_numpy()
    travelled = np.r_[0.0, np.cumsum(np.abs(np.diff(coordinates, axis=0)).sum(axis=1))]
    if np.isnan(travelled[-1]):  # a class is missing: there is no curve to follow
        travelled = np.arange(len(points), dtype=np.float64)
    stops = np.linspace(0.0, travelled[-1], at_most)
    kept = np.unique(np.r_[0, np.searchsorted(travelled, stops, side="left"), len(points) - 1])
    return points.iloc[kept].reset_index(drop=True)


def _nearest_to_half(thresholds: pd.Series[float], good: pd.Series[bool]) -> float:
    """Return the threshold nearest 0.5 among the good ones; NaN where there is none."""
    candidates = thresholds[good]
    return float(candidates.loc[(candidates - 0.5).abs().idxmin()]) if len(candidates) else float("nan")
