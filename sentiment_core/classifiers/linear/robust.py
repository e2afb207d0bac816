"""Logistic regression whose loss is that of the worst text that substitutions make of a review.

The loss is convex: the log-odds of a review's worst text are a minimum of functions that are linear in the
weights. It is minimized by cutting planes: each round adds, for every review, the worst text against the
weights so far, and then fits to the worst of those that were found (Kelley 1960; for robust optimization
Mutapcic & Boyd 2009, "Cutting-set methods for robust convex optimization with pessimizing oracles").

Ties are a second way: words that may stand in each other's place are drawn to the same weight, by a quadratic
penalty on the differences (a graph's Laplacian, as in Smola & Kondor 2003, "Kernels and Regularization on
Graphs"). What they share of the training reviews is then learned for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sentiment_core.classifiers.linear.classifier import Floats

#: Rounds, and steps of L-BFGS in each.
ROUNDS, STEPS = 6, 60


@dataclass(frozen=True)
class Fitted:
    """Weights float64 [features] and bias."""

    weights: Floats
    bias: float


def fitted(
    features: Any,
    signs: Floats,
    worst: Callable[[Floats], Any],
    *,
    c: float,
    share: float,
    start: Fitted,
    ties: Any = None,
    rounds: int = ROUNDS,
    tick: Callable[[int], None] = lambda round_: None,
) -> Fitted:
    """Return the weights that minimize `c * sum of losses + (|weights|^2 + weights' ties weights) / 2`.

    Args:
        features: scipy CSR [n, features].
        signs: float64 [n], 1 or -1.
        worst: weights -> scipy CSR [n, features], what the worst substitutions take from each row.
        c: as scikit-learn's C.
        share: of a review's loss that is that of its worst text; the rest is that of the review itself.
        start: where to begin.
        ties: scipy CSR [features, features], positive semidefinite; None: none.
        rounds: of finding the worst texts and fitting to them.
        tick: called with the number of each round before it.
    """
    found: list[Any] = []
    now = start
    for round_ in range(rounds if share else 1):
        tick(round_)
        found += [worst(now.weights)] if share else []
        now = _minimized(_Loss(features, found, signs, c, share, ties), now)
    return now


class _Loss:
    """The loss and its gradient, against the texts found so far."""

    def __init__(
        self, features: Any, taken: Sequence[Any], signs: Floats, c: float, share: float, ties: Any = None
    ) -> None:
        self.features, self.taken, self.signs = features, taken, signs
        self.c, self.share, self.ties = c, share, ties

    def __call__(self, point: Floats) -> tuple[float, Floats]:
        """Return the value and the gradient at weights and bias, the last entry."""
        from scipy.special import expit

        weights, bias = point[:-1], point[-1]
        clean = self.features @ weights + bias
        margin = self.signs * clean
        harms = np.stack([0 * margin, *(self.signs * (taken @ weights) for taken in self.taken)])
        which = harms.argmax(axis=0)
        worst = margin - harms.max(axis=0)
        pull = {"clean": -(1 - self.share) * expit(-margin), "worst": -self.share * expit(-worst)}
        value = (1 - self.share) * np.logaddexp(0, -margin) + self.share * np.logaddexp(0, -worst)
        along = self.signs * (pull["clean"] + pull["worst"])
        gradient = self.features.T @ along
        for number, taken in enumerate(self.taken, start=1):
            gradient -= taken.T @ np.where(which == number, self.signs * pull["worst"], 0.0)
        drawn = weights if self.ties is None else weights + self.ties @ weights
        total = self.c * value.sum() + 0.5 * weights @ drawn
        return float(total), np.append(self.c * gradient + drawn, self.c * along.sum())


def _minimized(loss: _Loss, start: Fitted) -> Fitted:
    from scipy.optimize import minimize

    point = np.append(start.weights, start.bias)
    found = minimize(loss, point, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 10})
    return Fitted(found.x[:-1], float(found.x[-1]))
