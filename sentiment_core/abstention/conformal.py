"""Split conformal sets: `positive`, `negative` or `either`, which hold the true label as often as stated.

Vovk et al. 2005; as in Angelopoulos & Bates 2021, section 1, with 1 - probability of the true label as score.
The statement is about new reviews drawn as the calibration reviews were, over the draw of both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from sentiment_core import statistics
from sentiment_core.errors import ReelcheckError
from sentiment_core.metrics.base import FloatArray, IntArray
from sentiment_core.schema import Estimate

NEGATIVE, POSITIVE, EITHER = "negative", "positive", "either"


@dataclass(frozen=True)
class Sets:
    """How often sets hold the true label, how many name one label only, and how many of those are right."""

    coverage: Estimate
    single: Estimate
    accuracy_of_single: Estimate

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {name: estimate.to_json() for name, estimate in vars(self).items()}


def largest_score(y_true: IntArray, prob_positive: FloatArray, coverage: float) -> float:
    """Return the score up to which a label is in a set: the ceil((n + 1) coverage)-th least of n scores.

    1.0, so that every set is `either`, where n is too small for the coverage.
    """
    if not 0 < coverage < 1:
        raise ReelcheckError(f"the coverage is {coverage:g}; give a share above 0 and below 1, such as 0.95")
    scores = np.sort(np.where(y_true == 1, 1.0 - prob_positive, prob_positive))
    rank = math.ceil(round((len(scores) + 1) * coverage, 9))
    return float(scores[rank - 1]) if rank <= len(scores) else 1.0


def sets(prob_positive: FloatArray, largest: float) -> np.ndarray[Any, np.dtype[np.str_]]:
    """Return str [n]: each review's set. The answer itself is always in, so that no set is empty."""
    positive = (1.0 - prob_positive <= largest) | (prob_positive >= 0.5)
    negative = (prob_positive <= largest) | (prob_positive < 0.5)
    return np.where(positive & negative, EITHER, np.where(positive, POSITIVE, NEGATIVE))


def figures(y_true: IntArray, prob_positive: FloatArray, largest: float) -> Sets:
    """Return what the sets of these reviews are worth."""
    found = sets(prob_positive, largest)
    single = found != EITHER
    right = np.where(y_true == 1, POSITIVE, NEGATIVE) == found
    n, n_single = len(y_true), int(single.sum())
    return Sets(
        statistics.share(int((right | ~single).sum()), n, "there are no reviews"),
        statistics.share(n_single, n, "there are no reviews"),
        statistics.share(int(right.sum()), n_single, "every set is `either`"),
    )
