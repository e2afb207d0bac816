"""Fitting a scaling to log-odds and labels: temperature and Platt scaling, and out-of-fold probabilities."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sentiment_core.calibration.scaling import Scaling, finite_log_odds
from sentiment_core.errors import DataError
from sentiment_core.metrics.base import FloatArray, IntArray
from sentiment_core.schema import Estimate
from sentiment_core.statistics import Z95

#: A fit outside says that these reviews do not determine a temperature.
LOWEST, HIGHEST = 0.01, 100.0
FOLDS = 10


@dataclass(frozen=True)
class Fitted:
    """A scaling, and its temperature with a 95 % interval; n reviews."""

    scaling: Scaling
    temperature: Estimate


Fit = Callable[[FloatArray, IntArray], Fitted]


def temperature(prob_positive: FloatArray, y_true: IntArray) -> Fitted:
    """Return the temperature of least log loss (Guo et al. 2017, section 4.2).

    The loss is convex in the scale, so there is one. The interval is that of log T from the sandwich
    variance (White 1982), which holds where the model of the errors is not exact.

    Raises:
        DataError: these reviews do not determine one: a label is missing, or all answers are right or the
            probabilities say nothing.
    """
    log_odds = _checked(prob_positive, y_true)
    margins = np.where(y_true == 1, log_odds, -log_odds)
    if _slope(margins, 1 / HIGHEST) >= 0:
        raise _undetermined(y_true, "the probabilities say nothing about the labels")
    if _slope(margins, 1 / LOWEST) <= 0:
        raise _undetermined(y_true, "(almost) all answers are right, so no confidence is too high for them")
    design = log_odds[:, None]
    return _fitted(design, y_true.astype(np.float64), np.ones(1))


def platt(prob_positive: FloatArray, y_true: IntArray) -> Fitted:
    """Return the scale and shift of least log loss against Platt's targets (Platt 1999, section 2.2).

    The targets (n+ + 1) / (n+ + 2) and 1 / (n- + 2) in place of 1 and 0 keep the fit finite. A shift moves
    the answers near 0.5 to the other side: labels may change.

    Raises:
        DataError: a label is missing, all probabilities are equal, or they fall where the truth rises.
    """
    log_odds = _checked(prob_positive, y_true)
    if np.ptp(log_odds) == 0:
        raise _undetermined(y_true, "all probabilities are equal")
    positives = int(y_true.sum())
    high, low = (positives + 1) / (positives + 2), 1 / (len(y_true) - positives + 2)
    targets = np.where(y_true == 1, high, low)
    fitted = _fitted(np.column_stack([log_odds, np.ones_like(log_odds)]), targets, np.array([1.0, 0.0]))
    if not 1 / HIGHEST <= fitted.scaling.scale <= 1 / LOWEST:
        raise _undetermined(y_true, "the probabilities say nothing about the labels")
    return fitted


#: By the name that `calibrate --method` takes.
METHODS: dict[str, Fit] = {"temperature": temperature, "platt": platt}


def out_of_fold(
    fit: Fit, prob_positive: FloatArray, y_true: IntArray, *, folds: int = FOLDS, seed: int = 0
) -> FloatArray:
    """Return calibrated probabilities float64 [n], each by a scaling that was fitted without its review.

    Raises:
        DataError: a fold's other reviews do not determine a scaling.
    """
    fold = np.random.default_rng(seed).permutation(len(y_true)) % min(folds, len(y_true))
    found = np.empty(len(y_true))
    for held_out in (fold == number for number in np.unique(fold)):
        scaling = fit(prob_positive[~held_out], y_true[~held_out]).scaling
        found[held_out] = scaling.of(prob_positive[held_out])
    return found


def _checked(prob_positive: FloatArray, y_true: IntArray) -> FloatArray:
    labels = set(np.unique(y_true).tolist())
    if labels != {0, 1}:
        only = {(): "there is none", (0,): "all are negative", (1,): "all are positive"}[tuple(labels)]
        raise _undetermined(y_true, f"reviews of both labels are needed; {only}")
    return finite_log_odds(prob_positive)


def _undetermined(y_true: IntArray, why: str) -> DataError:
    n = len(y_true)
    reviews = f"{n:,} review{'' if n == 1 else 's'}"
    return DataError(f"no calibration can be fitted to these {reviews}: {why}; give more reviews")


def _slope(margins: FloatArray, scale: float) -> float:
    """Return the derivative of the log loss by the scale; margins are above 0 where an answer is right."""
    from scipy.special import expit

    return float(-np.mean(margins * expit(-scale * margins)))


def _fitted(design: FloatArray, targets: FloatArray, start: FloatArray) -> Fitted:
    """Return the logistic regression of the targets on the columns of `design` (log-odds, and 1)."""
    from scipy.optimize import minimize
    from scipy.special import expit

    n = len(targets)

    def loss(weights: FloatArray) -> float:
        sums = design @ weights
        return float(np.mean(np.logaddexp(0.0, sums) - targets * sums))

    def gradient(weights: FloatArray) -> FloatArray:
        return np.asarray(design.T @ (expit(design @ weights) - targets) / n)

    def hessian(weights: FloatArray) -> FloatArray:
        prob = expit(design @ weights)
        return np.asarray(design.T @ (design * (prob * (1 - prob))[:, None]) / n)

    found = minimize(loss, start, jac=gradient, hess=hessian, method="trust-exact", options={"gtol": 1e-9})
    scores = design * (expit(design @ found.x) - targets)[:, None]
    inverse = np.linalg.pinv(hessian(found.x))
    variance = (inverse @ (scores.T @ scores / n) @ inverse)[0, 0] / n
    scale = float(found.x[0])
    scaling = Scaling(scale, float(found.x[1]) if len(start) > 1 else 0.0)
    return Fitted(scaling, _with_interval(scale, float(variance), n))


def _with_interval(scale: float, variance: float, n: int) -> Estimate:
    if scale <= 0:
        return Estimate(math.nan, math.nan, math.nan, n, "the probabilities fall where the truth rises")
    half = min(Z95 * math.sqrt(max(variance, 0.0)) / scale, 50.0)
    return Estimate(1 / scale, math.exp(-half) / scale, math.exp(half) / scale, n)
