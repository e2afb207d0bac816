"""Thresholds that people's answers suggest: what each criterion keeps of the texts that people call valid.

Morris et al. 2020 set the thresholds of an attack where people say that the meaning is kept. Here the answers
of a panel place the two thresholds of the automatic criteria that are numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from attacks.validity.criteria import CRITERIA, LEAST_SIMILARITY, MOST_CHANGED
from sentiment_core.errors import RunError
from sentiment_core.metrics.base import FloatArray
from sentiment_core.schema import Estimate
from sentiment_core.statistics import share

KEEP = 0.95
NO_VALID = "people call none of the texts that have an automatic verdict valid"
NO_OTHER = "people call every text that has an automatic verdict valid"


#: Of a panel whose attacked texts were drawn among the valid ones.
ONLY_VALID = (
    "the attacked texts were drawn among those that the criteria call valid, so that all of them meet the "
    "thresholds in force: a looser one cannot be seen; make a panel of all texts for that"
)


@dataclass(frozen=True)
class Measured:
    """A criterion's number: its column, today's threshold, the sign that makes larger better, its far end."""

    column: str
    today: float
    sign: int
    end: float


MEASURED: Mapping[str, Measured] = {
    "meaning": Measured("similarity_around", LEAST_SIMILARITY, 1, -1.0),
    "share": Measured("share_changed", MOST_CHANGED, -1, 1.0),
}


@dataclass(frozen=True)
class Recalibrated:
    """One criterion under today's threshold and under one that keeps a share of what people call valid.

    Attributes:
        criterion: a name in CRITERIA.
        today: the threshold in force.
        kept_today, passed_today: of the texts that people call valid, and of the others, the share that meets
            it.
        threshold: the one that keeps `keep` of the valid ones, with an interval from two of their order
            statistics, which assumes nothing of how they are distributed (Hahn & Meeker 1991, section 5.2);
            an end that so few texts do not bound is the end of the scale.
        kept, passed: as above, under that threshold, on the same texts.
    """

    criterion: str
    keep: float
    today: float
    kept_today: Estimate
    passed_today: Estimate
    threshold: Estimate
    kept: Estimate
    passed: Estimate

    @property
    def title(self) -> str:
        """Return the criterion's title."""
        return CRITERIA[self.criterion].title


def recalibrated(texts: pd.DataFrame, keep: float = KEEP) -> list[Recalibrated]:
    """Return each criterion that is a number, under today's threshold and under the panel's.

    Args:
        texts: `results.judged`; only adversarial texts that people read and the criteria judged count.
        keep: the share of the texts that people call valid which a threshold is to keep.

    Raises:
        RunError: the share is not above 0 and at most 1.
    """
    if not 0 < keep <= 1:
        raise RunError(f"the share to keep is {keep:g}; give more than 0 and at most 1")
    usable = texts[(texts["readers"] > 0) & texts["adversarial"] & texts["automatic"].notna()]
    return [_recalibrated(name, usable, keep) for name in MEASURED]


def _recalibrated(name: str, texts: pd.DataFrame, keep: float) -> Recalibrated:
    number = MEASURED[name]
    values = number.sign * texts[number.column].to_numpy(np.float64)
    valid = texts["human_valid"].to_numpy(bool)
    there = ~np.isnan(values)
    good, bad = values[there & valid], values[there & ~valid]
    threshold = _quantile(good, 1 - keep, number)
    today = number.sign * number.today
    at = number.sign * threshold.value
    return Recalibrated(
        name,
        keep,
        number.today,
        _met(good, today, NO_VALID),
        _met(bad, today, NO_OTHER),
        threshold,
        _met(good, at, NO_VALID),
        _met(bad, at, NO_OTHER) if threshold.defined else Estimate(math.nan, math.nan, math.nan, 0, NO_VALID),
    )


def _met(values: FloatArray, threshold: float, reason: str) -> Estimate:
    return share(int((values >= threshold).sum()), len(values), reason)


def _quantile(values: FloatArray, p: float, number: Measured) -> Estimate:
    """Return the largest value under which at most a share p lies, with its interval, on the own scale."""
    from scipy.stats import binom

    n = len(values)
    if not n:
        return Estimate(math.nan, math.nan, math.nan, 0, NO_VALID)
    ordered = np.sort(values)
    at = float(ordered[min(math.floor(p * n + 1e-9), n - 1)])
    lower, upper = int(binom.ppf(0.025, n, p)), int(binom.ppf(0.975, n, p)) + 1
    low = float(ordered[lower - 1]) if lower >= 1 else number.sign * number.end
    high = float(ordered[upper - 1]) if upper <= n else float(ordered[-1])
    first, last = sorted((number.sign * min(low, at), number.sign * max(high, at)))
    return Estimate(number.sign * at, first, last, n)
