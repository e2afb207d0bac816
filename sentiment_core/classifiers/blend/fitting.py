"""The weights of a blend: temperatures first, then shares, both by log loss on validation reviews.

Each member's log-odds are divided by its own temperature (Guo et al. 2017), so that a member that is too sure
of itself does not drown the others. Then shares a >= 0 of these calibrated log-odds minimize

    mean log loss + l2 * sum((a - 1 / members) ** 2),

which is convex and pulls toward the plain mean: with few reviews that is hard to beat. There is no intercept:
a blend of members that are even-handed is so, too. A member's weight is its share over its temperature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

#: Temperatures beyond these are of members that a few reviews separate, or that know nothing.
COLDEST, HOTTEST = 0.05, 20.0
FOLDS = 5


@dataclass(frozen=True)
class Weights:
    """float64 [members] each: a member's weight is its share over its temperature."""

    temperatures: Floats
    shares: Floats

    @property
    def values(self) -> Floats:
        """Return what the members' log-odds are multiplied by."""
        return self.shares / self.temperatures


def fit_weights(log_odds: Floats, labels: Labels, l2: float) -> Weights:
    """Return the weights of least penalized log loss.

    Args:
        log_odds: float64 [n, members].
        labels: int64 [n], both classes among them.
        l2: how strongly shares are pulled toward the plain mean, above 0.
    """
    temperatures = np.array([_temperature(column, labels) for column in log_odds.T])
    return Weights(temperatures, _shares(log_odds / temperatures, labels, l2))


def out_of_fold(log_odds: Floats, labels: Labels, l2: float, seed: int) -> Floats:
    """Return float64 [n]: a blend's log-odds of each review, with weights fitted on the other folds."""
    from sklearn.model_selection import StratifiedKFold

    folds = min(FOLDS, int(np.bincount(labels, minlength=2).min()))
    blended = np.full(len(labels), np.nan)
    if folds < 2:  # too few reviews to leave any out
        return np.asarray(log_odds @ fit_weights(log_odds, labels, l2).values)
    for inside, outside in StratifiedKFold(folds, shuffle=True, random_state=seed).split(labels, labels):
        fitted = fit_weights(log_odds[inside], labels[inside], l2)
        blended[outside] = log_odds[outside] @ fitted.values
    return blended


def log_loss(log_odds: Floats, labels: Labels) -> float:
    """Return the mean cross-entropy in nats."""
    return float(np.mean(np.logaddexp(0.0, np.where(labels == 1, -log_odds, log_odds))))


def figures(log_odds: Floats, labels: Labels) -> dict[str, float]:
    """Return what is recorded of a validation: accuracy, F1, ROC AUC and log loss."""
    from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

    predicted = (log_odds >= 0).astype(np.int64)
    return {
        "accuracy": float(accuracy_score(labels, predicted)),
        "f1": float(f1_score(labels, predicted, zero_division=np.nan)),
        "roc_auc": float(roc_auc_score(labels, log_odds)),
        "log_loss": log_loss(log_odds, labels),
    }


def along_first(log_odds: Floats, labels: Labels, fitted: Weights) -> list[Mapping[str, float]]:
    """Return the figures by the share of the first member, the others sharing the rest as they do now.

    The sum of the shares stays as fitted; these figures are of the reviews that the weights were fitted on.
    """
    calibrated, total = log_odds / fitted.temperatures, float(fitted.shares.sum())
    rest = fitted.shares[1:]
    others = calibrated[:, 1:] @ (rest / rest.sum() if rest.sum() > 0 else np.full(len(rest), 1 / len(rest)))
    return [
        {"share": share, **figures(total * (share * calibrated[:, 0] + (1 - share) * others), labels)}
        for share in np.linspace(0, 1, 11).round(1).tolist()
    ]


def _temperature(log_odds: Floats, labels: Labels) -> float:
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda log_t: log_loss(log_odds / np.exp(log_t), labels),
        bounds=(np.log(COLDEST), np.log(HOTTEST)),
        method="bounded",
        options={"xatol": 1e-8},
    )
    return float(np.exp(found.x))


def _shares(calibrated: Floats, labels: Labels, l2: float) -> Floats:
    from scipy.optimize import minimize
    from scipy.special import expit

    even = np.full(calibrated.shape[1], 1 / calibrated.shape[1])

    def loss(shares: Floats) -> tuple[float, Floats]:
        blended = calibrated @ shares
        slope = calibrated.T @ (expit(blended) - labels) / len(labels)
        return log_loss(blended, labels) + l2 * float(((shares - even) ** 2).sum()), slope + 2 * l2 * (
            shares - even
        )

    found = minimize(loss, even, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(even), tol=1e-12)
    return np.asarray(found.x, dtype=np.float64)
