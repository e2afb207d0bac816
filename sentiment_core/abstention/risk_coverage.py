"""How accuracy rises when a model answers only the reviews that it is surest of.

A model is as sure as its larger probability. Equal confidences have no order: figures are the mean over all
orders of them.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from sentiment_core import statistics
from sentiment_core.metrics.base import BoolArray, FloatArray, IntArray, Weighted, ratio
from sentiment_core.schema import Estimate

NO_REVIEWS = "there are no reviews"
#: Shares of the reviews that selective accuracy is stated for.
COVERAGES = (0.8, 0.9)
RESAMPLES, SEED = 1000, 0
#: Points of a drawn curve.
DRAWN = 200


def confidence(prob_positive: FloatArray) -> FloatArray:
    """Return float64 [n] in [0.5, 1]: the probability of the answer that is given."""
    return np.maximum(prob_positive, 1.0 - prob_positive)


def is_wrong(y_true: IntArray, prob_positive: FloatArray) -> BoolArray:
    """Return bool [n]: whether the answer, positive from one half on, is not the label."""
    return np.asarray((prob_positive >= 0.5) != (y_true == 1))


def curve(y_true: IntArray, prob_positive: FloatArray, *, at_most: int = DRAWN) -> pd.DataFrame:
    """Return threshold, coverage, n, accuracy, ci_low, ci_high: one row per distinct confidence, thinned.

    Those answered have at least this confidence; the last row is all reviews. Intervals are Wilson's.
    """
    ends, thresholds, wrong = _by_confidence(y_true, prob_positive)
    low, high = statistics.wilson_intervals(ends - wrong, ends)
    columns = {
        "threshold": thresholds,
        "coverage": ratio(ends, np.full(len(ends), float(len(y_true)))),
        "n": ends.astype(np.int64),
        "accuracy": ratio(ends - wrong, ends),
        "ci_low": low,
        "ci_high": high,
    }
    kept = np.unique(np.linspace(0, len(ends) - 1, min(at_most, len(ends))).round().astype(np.int64))
    return pd.DataFrame(columns).iloc[kept].reset_index(drop=True)


def selective_accuracy(y_true: IntArray, prob_positive: FloatArray, coverage: float) -> Estimate:
    """Return the accuracy on the surest ceil(coverage x n) reviews with Wilson's interval; n is their number.

    Raises:
        ValueError: coverage is not in (0, 1].
    """
    if not 0 < coverage <= 1:
        raise ValueError(f"coverage is {coverage}; give a share above 0, and 1 at most")
    n = len(y_true)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, NO_REVIEWS)
    answered = min(n, math.ceil(round(coverage * n, 9)))  # 0.8 x 4,000 is 3,200 and a rounding error
    ends, _, wrong = _by_confidence(y_true, prob_positive)
    errors = float(np.interp(answered, np.r_[0.0, ends], np.r_[0.0, wrong]))
    return statistics.share(answered - errors, answered, NO_REVIEWS)


def area_under_risk_coverage(
    y_true: IntArray, prob_positive: FloatArray, *, resamples: int = RESAMPLES, seed: int = SEED
) -> Estimate:
    """Return AURC: the mean over k = 1 ... n of the error rate on the k surest reviews.

    Geifman, Uziel & El-Yaniv 2019. 0 is best; confidence that says nothing gives the error
    rate itself. The interval is bootstrapped.
    """
    n = len(y_true)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, NO_REVIEWS)
    weighted = _weighted_area(y_true, prob_positive)
    value = float(weighted(np.ones((1, n)))[0])
    replicates = statistics.bootstrap_rows([weighted], n, resamples, np.random.default_rng(seed))
    return Estimate(value, *statistics.percentile_interval(replicates[0]), n)


def selective(y_true: IntArray, prob_positive: FloatArray) -> dict[str, dict[str, float | int | str | None]]:
    """Return plain JSON: `coverage_80` and `coverage_90` with accuracy, its interval and n, and `aurc`."""
    found: dict[str, dict[str, float | int | str | None]] = {}
    for coverage in COVERAGES:
        record = selective_accuracy(y_true, prob_positive, coverage).to_json()
        found[f"coverage_{100 * coverage:.0f}"] = {"accuracy": record.pop("value"), **record}
    return found | {"aurc": area_under_risk_coverage(y_true, prob_positive).to_json()}


def _by_confidence(y_true: IntArray, prob_positive: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return, per distinct confidence, the highest first: reviews down to it, itself, errors among them."""
    sure = confidence(prob_positive)
    order = np.argsort(-sure, kind="stable")
    ends = np.flatnonzero(np.diff(sure[order], append=np.nan) != 0) + 1
    wrong = np.cumsum(is_wrong(y_true, prob_positive)[order])[ends - 1]
    return ends.astype(np.float64), sure[order][ends - 1], wrong.astype(np.float64)


def _weighted_area(y_true: IntArray, prob_positive: FloatArray) -> Weighted:
    """Return AURC as a function of how often each review counts: float64 [resamples, n] -> [resamples]."""
    sure = confidence(prob_positive)
    order = np.argsort(-sure, kind="stable")
    is_first = np.diff(sure[order], prepend=np.nan) != 0
    firsts, group = np.flatnonzero(is_first), np.cumsum(is_first) - 1
    wrong = is_wrong(y_true, prob_positive)[order].astype(np.float64)

    def weighted(weights: FloatArray) -> FloatArray:
        counts = weights[:, order]
        errors = np.add.reduceat(counts * wrong, firsts, axis=1)
        share = np.nan_to_num(ratio(errors, np.add.reduceat(counts, firsts, axis=1)))
        risk = ratio(np.cumsum(counts * share[:, group], axis=1), np.cumsum(counts, axis=1))
        return ratio((counts * np.nan_to_num(risk)).sum(axis=1), counts.sum(axis=1))

    return weighted
