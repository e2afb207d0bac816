"""What a metric is: its title and help, its value, and its value on many resamples at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

#: float64 [resamples, n] counts of how often each review was drawn -> float64 [resamples] values.
Weighted = Callable[[FloatArray], FloatArray]

#: (y_true int64 [n], prob_positive float64 [n], threshold) -> the metric as a function of weights. What
#: does not depend on the weights (sorting, binning) is done once here.
Prepare = Callable[[IntArray, FloatArray, float], Weighted]


class Value(NamedTuple):
    """A figure; NaN where it is undefined, and then `reason` says why."""

    value: float
    reason: str = ""


class Confusion(NamedTuple):
    """Counts of the four outcomes; arrays where many resamples are counted at once."""

    tn: FloatArray
    fp: FloatArray
    fn: FloatArray
    tp: FloatArray


#: One review of each outcome, in Confusion's order.
CELL_TRUTH = np.array([0, 0, 1, 1])
CELL_PROBABILITY = np.array([0.0, 1.0, 0.0, 1.0])


class Share(NamedTuple):
    """A metric that is a plain share: `successes` out of `trials`, so that Wilson's interval holds."""

    successes: FloatArray
    trials: FloatArray


@dataclass(frozen=True)
class Metric:
    """A figure of merit of predicted probabilities against labels.

    Attributes:
        name: key in METRICS.
        title: as shown.
        description: one or two sentences of help; says what it answers and when it misleads.
        higher_is_better: direction.
        range: smallest and largest value possible.
        source: where the definition comes from.
        prepare: the definition itself, over weighted reviews; a weight of one each gives the plain value.
        undefined: the reason where the value does not exist.
        counts: it depends on the four cells of the confusion table only.
        share: the share it is, where it is one.
        biased: its expectation over samples differs from its value over all reviews, so that resamples
            of a sample lie to one side of the sample's value (ECE: chance gaps add up).
    """

    name: str
    title: str
    description: str
    higher_is_better: bool
    range: tuple[float, float]
    source: str
    prepare: Prepare
    undefined: str = ""
    counts: bool = False
    share: Callable[[Confusion], Share] | None = None
    biased: bool = False

    def compute(self, y_true: IntArray, prob_positive: FloatArray, threshold: float = 0.5) -> Value:
        """Return the value over all reviews, each counted once.

        Args:
            y_true: int64 [n], 0 negative, 1 positive.
            prob_positive: float64 [n] in [0, 1].
            threshold: a review is called positive from this probability on (>=).
        """
        if len(y_true) == 0:
            return Value(math.nan, "there are no reviews")
        value = float(self.prepare(y_true, prob_positive, threshold)(np.ones((1, len(y_true))))[0])
        return Value(value, self.undefined if math.isnan(value) else "")

    def of_counts(self, counts: FloatArray) -> FloatArray:
        """Return float64 [k] from k confusion tables, float64 [k, 4] in Confusion's order.

        Holds for metrics with `counts` only: they depend on four weighted reviews only.
        """
        return self.prepare(CELL_TRUTH, CELL_PROBABILITY, 0.5)(counts)


def ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Divide; NaN where the denominator is 0."""
    result = np.full(np.broadcast_shapes(np.shape(numerator), np.shape(denominator)), np.nan)
    np.divide(numerator, denominator, out=result, where=denominator != 0)
    return result
