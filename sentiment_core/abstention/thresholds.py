"""A confidence below which a model does not answer, so that its answers keep to a wanted error rate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from sentiment_core import statistics
from sentiment_core.abstention.risk_coverage import confidence, is_wrong
from sentiment_core.errors import ReelcheckError
from sentiment_core.metrics.base import BoolArray, FloatArray, IntArray
from sentiment_core.schema import Estimate

#: How likely the guarantee holds for the reviews that a threshold happens to be fitted to.
CONFIDENCE = 0.95
NOTHING_ANSWERED = "no review is answered"


@dataclass(frozen=True)
class Rule:
    """Answer from `threshold` on; with that confidence at most `error_rate` of the answers are wrong.

    Attributes:
        error_rate: the wanted one.
        confidence: of the guarantee, over the choice of the n reviews that it was fitted to.
        threshold: least probability of the given answer; NaN where no threshold keeps to the error rate.
        n, answered, errors: reviews it was fitted to, those of them that it answers, and wrong answers.
        bound: upper bound of the error rate of its answers.
        reason: why there is no threshold.
    """

    error_rate: float
    confidence: float
    threshold: float
    n: int
    answered: int
    errors: int
    bound: float
    reason: str = ""

    @property
    def defined(self) -> bool:
        """Whether there is a threshold."""
        return not math.isnan(self.threshold)

    def answers(self, prob_positive: FloatArray) -> BoolArray:
        """Return bool [n]: which reviews are answered; none where there is no threshold."""
        return np.asarray(confidence(prob_positive) >= self.threshold)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        numbers = {name: getattr(self, name) for name in ("threshold", "bound")}
        plain = {name: None if math.isnan(value) else value for name, value in numbers.items()}
        return {**vars(self), **plain}


@dataclass(frozen=True)
class Held:
    """What a rule does on other reviews: the share that it answers, and the share of wrong answers."""

    coverage: Estimate
    error_rate: Estimate

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {"coverage": self.coverage.to_json(), "error_rate": self.error_rate.to_json()}


def guaranteed(
    y_true: IntArray, prob_positive: FloatArray, error_rate: float, sureness: float = CONFIDENCE
) -> Rule:
    """Return the lowest threshold whose error rate is bounded by the wanted one (Geifman & El-Yaniv 2017).

    Their algorithm SGR: a binary search over the confidences, each step bounded by Clopper-Pearson's upper
    limit at the step's share of 1 - sureness. It holds for new reviews drawn as these were, by a model that
    was not fitted to these.

    Args:
        y_true: int64 [n], 0 or 1.
        prob_positive: float64 [n].
        error_rate: of the answers, in (0, 1).
        sureness: of the guarantee, in (0, 1).
    """
    for name, given in (("error rate", error_rate), ("confidence", sureness)):
        if not 0 < given < 1:
            raise ReelcheckError(f"the {name} is {given:g}; give a share above 0 and below 1, such as 0.02")
    n = len(y_true)
    order = np.argsort(confidence(prob_positive), kind="stable")
    sure, wrong = confidence(prob_positive)[order], is_wrong(y_true, prob_positive)[order]
    errors_from = np.cumsum(wrong[::-1])[::-1]
    steps = n.bit_length()  # halvings that leave one of n
    low, high, best = 0, n - 1, None
    for _ in range(steps):
        middle = (low + high) // 2
        place = int(np.searchsorted(sure, sure[middle], side="left"))  # those as sure are answered, too
        errors, answered = int(errors_from[place]), n - place
        bound = upper_bound(errors, answered, (1 - sureness) / steps)
        if bound < error_rate:
            best = Rule(error_rate, sureness, float(sure[place]), n, answered, errors, bound)
            high = place
        else:
            low = min(middle + 1, high)
    return best or _none(error_rate, sureness, n)


def upper_bound(errors: int, n: int, chance: float) -> float:
    """Return a share's upper limit that is exceeded with at most that chance (Clopper & Pearson 1934)."""
    from scipy.special import betaincinv

    return 1.0 if errors >= n else float(betaincinv(errors + 1, n - errors, 1 - chance))


def held(rule: Rule, y_true: IntArray, prob_positive: FloatArray) -> Held:
    """Return what a rule does on these reviews."""
    answers = rule.answers(prob_positive)
    wrong = int((is_wrong(y_true, prob_positive) & answers).sum())
    return Held(
        statistics.share(int(answers.sum()), len(y_true), "there are no reviews"),
        statistics.share(wrong, int(answers.sum()), NOTHING_ANSWERED),
    )


def _none(error_rate: float, sureness: float, n: int) -> Rule:
    why = (
        f"{n:,} reviews do not show of any threshold that at most {100 * error_rate:g} % of its answers are "
        "wrong; allow more errors, or fit to more reviews"
    )
    return Rule(error_rate, sureness, math.nan, n, 0, 0, math.nan, why)
