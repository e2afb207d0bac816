"""Metrics of the verdicts (four cells at a threshold) and of the ranking (no threshold)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sentiment_core.metrics.base import (
    Confusion,
    FloatArray,
    IntArray,
    Metric,
    Prepare,
    Share,
    Weighted,
    ratio,
)


def confusion(
    y_true: IntArray, prob_positive: FloatArray, threshold: float, weights: FloatArray | None = None
) -> Confusion:
    """Count the four outcomes, float64 [resamples] each: once per row of `weights`, or once with ones."""
    weights = np.ones((1, len(y_true))) if weights is None else weights
    return Confusion(*(weights @ _cells(y_true, prob_positive, threshold)).T)


def _cells(y_true: IntArray, prob_positive: FloatArray, threshold: float) -> FloatArray:
    """Return float64 [n, 4] with a one in the column of each review's outcome, in Confusion's order."""
    return np.eye(4)[2 * y_true + (prob_positive >= threshold)]


def _of_counts(formula: Callable[[Confusion], FloatArray]) -> Prepare:
    def prepare(y_true: IntArray, prob_positive: FloatArray, threshold: float) -> Weighted:
        cells = _cells(y_true, prob_positive, threshold)
        return lambda weights: formula(Confusion(*(weights @ cells).T))

    return prepare


def _of_share(share: Callable[[Confusion], Share]) -> Prepare:
    return _of_counts(lambda cells: ratio(*share(cells)))


def _correct(cells: Confusion) -> Share:
    return Share(cells.tp + cells.tn, cells.tp + cells.tn + cells.fp + cells.fn)


def _rightly_positive(cells: Confusion) -> Share:
    return Share(cells.tp, cells.tp + cells.fp)


def _found(cells: Confusion) -> Share:
    return Share(cells.tp, cells.tp + cells.fn)


def _f1(cells: Confusion) -> FloatArray:
    return ratio(2 * cells.tp, 2 * cells.tp + cells.fp + cells.fn)


def _macro_f1(cells: Confusion) -> FloatArray:
    negative_seen_as_positive = Confusion(tn=cells.tp, fp=cells.fn, fn=cells.fp, tp=cells.tn)
    return (_f1(cells) + _f1(negative_seen_as_positive)) / 2


def _mcc(cells: Confusion) -> FloatArray:
    tn, fp, fn, tp = cells
    # Two roots: the product of all four sums could overflow, and four roots miss 1.0 by rounding.
    scale = np.sqrt((tp + fp) * (tp + fn)) * np.sqrt((tn + fp) * (tn + fn))
    return np.clip(ratio(tp * tn - fp * fn, scale), -1.0, 1.0)


def _sorted_groups(scores: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the order that sorts the scores upwards and where each group of equal scores starts in it."""
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    return order, np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])


def _grouped(weights: FloatArray, starts: IntArray) -> FloatArray:
    """Sum over groups of tied scores; nothing to do where no two scores are equal."""
    return weights if len(starts) == weights.shape[1] else np.add.reduceat(weights, starts, axis=1)


def _prepare_roc_auc(y_true: IntArray, prob_positive: FloatArray, threshold: float) -> Weighted:
    order, starts = _sorted_groups(prob_positive)
    is_positive = y_true[order].astype(np.float64)

    def area(weights: FloatArray) -> FloatArray:
        weights = weights[:, order]
        positive = weights * is_positive
        negative = _grouped(weights - positive, starts)
        positive = _grouped(positive, starts)
        outranked = np.cumsum(negative, axis=1) - negative / 2  # a tie counts one half
        pairs = positive.sum(axis=1) * negative.sum(axis=1)
        return ratio(np.einsum("ij,ij->i", positive, outranked), pairs)

    return area


def _prepare_average_precision(y_true: IntArray, prob_positive: FloatArray, threshold: float) -> Weighted:
    order, starts = _sorted_groups(-prob_positive)
    is_positive = y_true[order].astype(np.float64)

    def mean_precision(weights: FloatArray) -> FloatArray:
        weights = weights[:, order]
        positive = _grouped(weights * is_positive, starts)
        found = np.cumsum(positive, axis=1)
        called = np.cumsum(_grouped(weights, starts), axis=1)
        precision = found / np.maximum(called, 1e-300)  # nobody called yet: precision is multiplied by 0
        return ratio(np.einsum("ij,ij->i", positive, precision), found[:, -1])

    return mean_precision


ACCURACY = Metric(
    name="accuracy",
    title="Accuracy",
    description=(
        "Share of reviews whose predicted sentiment is the labeled one. Misleads when one class is rare."
    ),
    higher_is_better=True,
    range=(0.0, 1.0),
    source="interval: Wilson 1927",
    prepare=_of_share(_correct),
    counts=True,
    share=_correct,
)
PRECISION = Metric(
    name="precision",
    title="Precision",
    description=(
        "Of the reviews called positive, the share that is positive. Its n is the number called positive."
    ),
    higher_is_better=True,
    range=(0.0, 1.0),
    source="van Rijsbergen 1979, ch. 7; interval: Wilson 1927",
    prepare=_of_share(_rightly_positive),
    undefined="no review is called positive",
    counts=True,
    share=_rightly_positive,
)
RECALL = Metric(
    name="recall",
    title="Recall",
    description=(
        "Of the positive reviews, the share that is called positive. Its n is the number of positive reviews."
    ),
    higher_is_better=True,
    range=(0.0, 1.0),
    source="van Rijsbergen 1979, ch. 7; interval: Wilson 1927",
    prepare=_of_share(_found),
    undefined="no review is labeled positive",
    counts=True,
    share=_found,
)
F1 = Metric(
    name="f1",
    title="F1",
    description=(
        "Harmonic mean of precision and recall of the positive class; says nothing about true negatives."
    ),
    higher_is_better=True,
    range=(0.0, 1.0),
    source="van Rijsbergen 1979, ch. 7, with beta = 1",
    prepare=_of_counts(_f1),
    undefined="no review is positive, by label or by prediction",
    counts=True,
)
MACRO_F1 = Metric(
    name="macro_f1",
    title="Macro F1",
    description="Mean of the F1 of the positive and of the negative class: both count the same, rare or not.",
    higher_is_better=True,
    range=(0.0, 1.0),
    source="mean of class F1s (Opitz & Burst 2019, eq. 1), not F1 of mean precision and recall",
    prepare=_of_counts(_macro_f1),
    undefined="one class is in neither the labels nor the predictions",
    counts=True,
)
MCC = Metric(
    name="mcc",
    title="MCC",
    description=(
        "Matthews correlation of label and prediction: 1 perfect, 0 no better than chance, -1 all wrong. "
        "High only when all four cells are good."
    ),
    higher_is_better=True,
    range=(-1.0, 1.0),
    source="Matthews 1975; scikit-learn gives 0 where it is undefined, we say so",
    prepare=_of_counts(_mcc),
    undefined="labels or predictions are all of one class",
    counts=True,
)
ROC_AUC = Metric(
    name="roc_auc",
    title="ROC AUC",
    description=(
        "Chance that a positive review gets a higher probability than a negative one. Needs no threshold; "
        "sees the order only, not whether the probabilities are true."
    ),
    higher_is_better=True,
    range=(0.0, 1.0),
    source="Hanley & McNeil 1982: Mann-Whitney U over the pairs, ties count one half",
    prepare=_prepare_roc_auc,
    undefined="all labels are of one class",
)
AVERAGE_PRECISION = Metric(
    name="average_precision",
    title="Average precision",
    description=(
        "Area under the precision-recall curve as a sum of steps. Needs no threshold; a model that knows "
        "nothing gets the share of positive reviews."
    ),
    higher_is_better=True,
    range=(0.0, 1.0),
    source="sum of (R_k - R_k-1) P_k without interpolation, as scikit-learn",
    prepare=_prepare_average_precision,
    undefined="no review is labeled positive",
)

ALL = (ACCURACY, PRECISION, RECALL, F1, MACRO_F1, MCC, ROC_AUC, AVERAGE_PRECISION)
