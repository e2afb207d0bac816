"""Metrics of the probabilities themselves: are they sharp, and do they come true?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sentiment_core.metrics.base import FloatArray, IntArray, Metric, Prepare, Weighted, ratio

BINS = 15

#: A probability of exactly 0 or 1 that is wrong would cost infinity; scikit-learn's log_loss clips alike.
EPSILON = float(np.finfo(np.float64).eps)


def row_log_loss(y_true: IntArray, prob_positive: FloatArray) -> FloatArray:
    """Return float64 [n]: minus the natural logarithm of the probability given to the true class."""
    true_class = np.where(y_true == 1, prob_positive, 1.0 - prob_positive)
    losses: FloatArray = -np.log(np.clip(true_class, EPSILON, 1.0 - EPSILON))
    return losses


def row_brier(y_true: IntArray, prob_positive: FloatArray) -> FloatArray:
    """Return float64 [n]: the squared distance of the probability from the label."""
    return np.square(prob_positive - y_true)


def equal_width_edges(prob_positive: FloatArray, bins: int = BINS) -> FloatArray:
    """Return bins + 1 edges at equal distances over [0, 1]; a bin holds (low, high]."""
    return np.linspace(0.0, 1.0, bins + 1)


def equal_mass_edges(prob_positive: FloatArray, bins: int = BINS) -> FloatArray:
    """Return edges at the quantiles of the probabilities; equal probabilities stay in one bin.

    Fewer bins come back where many probabilities are equal: empty ones are left out.
    """
    if len(prob_positive) == 0:
        return np.array([0.0, 1.0])
    inner = np.quantile(prob_positive, np.linspace(0.0, 1.0, bins + 1)[1:-1])
    return np.unique(np.r_[0.0, inner, 1.0])


def bin_of(prob_positive: FloatArray, edges: FloatArray) -> IntArray:
    """Return int64 [n]: the bin (low, high] of each probability; 0.0 itself is in the first."""
    return np.searchsorted(edges[1:-1], prob_positive, side="left")


def _of_row_means(row_loss: Callable[[IntArray, FloatArray], FloatArray]) -> Prepare:
    def prepare(y_true: IntArray, prob_positive: FloatArray, threshold: float) -> Weighted:
        losses = row_loss(y_true, prob_positive)
        return lambda weights: ratio(weights @ losses, weights.sum(axis=1))

    return prepare


def _of_bins(edges_of: Callable[[FloatArray], FloatArray]) -> Prepare:
    """Return ECE over bins whose edges are those of the whole sample, in every resample."""

    def prepare(y_true: IntArray, prob_positive: FloatArray, threshold: float) -> Weighted:
        edges = edges_of(prob_positive)
        member = np.eye(len(edges) - 1)[bin_of(prob_positive, edges)]
        # |mean probability - observed share| x reviews in the bin = |sum of (probability - label)|
        gaps = member * (prob_positive - y_true)[:, None]
        return lambda weights: ratio(np.abs(weights @ gaps).sum(axis=1), weights.sum(axis=1))

    return prepare


LOG_LOSS = Metric(
    name="log_loss",
    title="Log loss",
    description=(
        "Mean of -ln(probability given to the true sentiment): punishes confident mistakes hard. "
        "Always saying 50 % gives 0.693."
    ),
    higher_is_better=False,
    range=(0.0, -float(np.log(EPSILON))),
    source="Good 1952; natural logarithm, probabilities clipped to [2.2e-16, 1 - 2.2e-16] as scikit-learn",
    prepare=_of_row_means(row_log_loss),
)
BRIER = Metric(
    name="brier",
    title="Brier score",
    description=(
        "Mean squared distance between the probability of positive and the label (0 or 1). "
        "Always saying 50 % gives 0.25."
    ),
    higher_is_better=False,
    range=(0.0, 1.0),
    source="Brier 1950, in the form for two classes that counts the positive one only",
    prepare=_of_row_means(row_brier),
)
ECE = Metric(
    name="ece",
    title="ECE",
    description=(
        "Expected calibration error: mean gap between the predicted probability of positive and the share "
        f"that is positive, over {BINS} bins of equal width. 0 means the probabilities come true; chance "
        "alone gives about 0.02 on 4,000 reviews."
    ),
    higher_is_better=False,
    range=(0.0, 1.0),
    source=(
        "Naeini et al. 2015; bins over the probability of positive, as the reliability diagram; "
        "Guo et al. 2017, eq. 3 bins the probability of the predicted class, which is never larger than this"
    ),
    prepare=_of_bins(equal_width_edges),
    biased=True,
)
ECE_MASS = Metric(
    name="ece_mass",
    title="ECE (equal mass)",
    description=(
        f"As ECE, over {BINS} bins that hold equally many reviews: "
        "does not overlook the crowded ends near 0 and 1."
    ),
    higher_is_better=False,
    range=(0.0, 1.0),
    source="Nguyen & O'Connor 2015; bins between quantiles of the probability of positive",
    prepare=_of_bins(equal_mass_edges),
    biased=True,
)

ALL = (LOG_LOSS, BRIER, ECE, ECE_MASS)
