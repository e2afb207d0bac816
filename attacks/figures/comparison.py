"""Two batches on the same reviews: is one model or recipe really fooled less often?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from attacks.figures.power import chance_difference
from attacks.validity import judged
from sentiment_core import statistics
from sentiment_core.errors import RunError
from sentiment_core.evaluation.comparison import ALPHA, chance_in_words, p_in_words
from sentiment_core.schema import Estimate
from sentiment_core.storage import runs

_NONE_IN_BOTH = "no review was attacked in both runs"


@dataclass(frozen=True)
class RunComparison:
    """Success rates of run A and run B on the n reviews that both attacked.

    Attributes:
        n: reviews that both attacked, so that both models were right before.
        left_out: reviews in either run that the other skipped, lost to an exception or never had.
        both, only_a, only_b, neither: how many were fooled in which run.
        rate_a, rate_b: success rates on these reviews.
        difference: b - a, with the interval for paired shares.
        p_value: McNemar's test that both are fooled equally often, adjusted where `tests` is more than 1.
        counted: "raw", or "valid" where only successes with a valid verdict count.
        reasons: of each run, how many successes have no verdict, where valid ones were to be counted; with
            either, all but n and left_out is NaN.
        tests: how many comparisons were made together, see `adjusted`.
    """

    n: int
    left_out: int
    both: float
    only_a: float
    only_b: float
    neither: float
    rate_a: Estimate
    rate_b: Estimate
    difference: Estimate
    p_value: float
    counted: str
    reasons: tuple[str, str] = ("", "")
    tests: int = 1

    @property
    def significant(self) -> bool:
        """Whether the difference is unlikely to be chance, at the 5 % level."""
        return self.p_value < ALPHA

    def sentence(self, name_a: str, name_b: str) -> str:
        """Say which is fooled less often, by how much, whether that may be chance, and what n can show."""
        if self.n == 0:
            return f"{name_a} and {name_b} have no review that both attacked; nothing can be compared."
        if any(self.reasons):
            named = zip((name_a, name_b), self.reasons, strict=True)
            missing = "; ".join(f"{name}: {reason}" for name, reason in named if reason)
            return f"The comparison of {name_a} and {name_b}{self._what} is undefined ({missing})."
        corrected = f", adjusted for {self.tests} tests" if self.tests > 1 else ""
        test = f"McNemar {p_in_words(self.p_value)}{corrected}"
        if self.only_a == self.only_b:
            same = f"{name_a} and {name_b} are fooled equally often{self._what} on {self.n:,} reviews"
            return f"{same} and differ on {self.only_a + self.only_b:,} ({test}). {self._power}"
        less, more = (name_b, name_a) if self.only_a > self.only_b else (name_a, name_b)
        sign = -1 if self.only_a > self.only_b else 1
        low, high = sorted((100 * sign * self.difference.ci_low, 100 * sign * self.difference.ci_high))
        points = f"{100 * abs(self.difference.value):.0f}"
        unit = "point" if points == "1" else "points"
        size = f"{points} {unit} [{low:.0f}, {high:.0f}], n = {self.n:,}"
        chance = chance_in_words(self.p_value)
        return (
            f"{less} is fooled less often than {more}{self._what} by {size}; {chance} ({test}). {self._power}"
        )

    @property
    def _what(self) -> str:
        return " by valid texts" if self.counted == "valid" else ""

    @property
    def _power(self) -> str:
        disagreement = (self.only_a + self.only_b) / self.n
        unseen = 100 * chance_difference(self.n, disagreement or 1 / self.n)
        return (
            f"With n = {self.n:,} and a disagreement on {100 * disagreement:.0f} % of the reviews, "
            f"differences under {unseen:.0f} points may be chance."
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "n": self.n,
            "left_out": self.left_out,
            "counted": self.counted,
            "fooled": {
                name: runs.json_ready(getattr(self, name)) for name in ("both", "only_a", "only_b", "neither")
            },
            "rate_a": self.rate_a.to_json(),
            "rate_b": self.rate_b.to_json(),
            "difference": self.difference.to_json(),
            "mcnemar_p": runs.json_ready(self.p_value),
        }


def compare_runs(
    a: pd.DataFrame,
    b: pd.DataFrame,
    verdicts_a: pd.DataFrame | None = None,
    verdicts_b: pd.DataFrame | None = None,
    *,
    valid_only: bool = False,
) -> RunComparison:
    """Compare two batches, joined on example_id, on the reviews that both attacked.

    Args:
        a: RECORD_COLUMNS of one run.
        b: of the other (another model, or another recipe).
        verdicts_a: the first run's verdicts, read with `valid_only`.
        verdicts_b: the other run's.
        valid_only: only valid successes count as fooled; undefined while a success of either run has no
            verdict.

    Raises:
        RunError: a review twice, or labels that contradict each other.
    """
    pair = _paired(
        _fooled(a, judged.valid_ids(a, verdicts_a) if valid_only else None),
        _fooled(b, judged.valid_ids(b, verdicts_b) if valid_only else None),
    )
    n = len(pair)
    left_out = len(set(a["example_id"]) | set(b["example_id"])) - n
    reasons = (judged.why_undefined(a, verdicts_a), judged.why_undefined(b, verdicts_b))
    if valid_only and any(reasons):
        return _undefined(n, left_out, reasons)
    both = int((pair["fooled_a"] & pair["fooled_b"]).sum())
    only_a = int((pair["fooled_a"] & ~pair["fooled_b"]).sum())
    only_b = int((~pair["fooled_a"] & pair["fooled_b"]).sum())
    return RunComparison(
        n=n,
        left_out=left_out,
        both=both,
        only_a=only_a,
        only_b=only_b,
        neither=n - both - only_a - only_b,
        rate_a=statistics.share(both + only_a, n, _NONE_IN_BOTH),
        rate_b=statistics.share(both + only_b, n, _NONE_IN_BOTH),
        difference=paired_difference(both, only_b, only_a, n - both - only_a - only_b),
        p_value=statistics.mcnemar(only_a, only_b) if n else math.nan,
        counted="valid" if valid_only else "raw",
    )


def adjusted(comparisons: Sequence[RunComparison]) -> list[RunComparison]:
    """Return comparisons that are read together, p adjusted for their number (Benjamini & Hochberg 1995)."""
    p_values = statistics.benjamini_hochberg([found.p_value for found in comparisons])
    tests = int(np.isfinite(p_values).sum())
    return [
        replace(found, p_value=float(p), tests=max(tests, 1))
        for found, p in zip(comparisons, p_values, strict=True)
    ]


def _paired(fooled_a: pd.DataFrame, fooled_b: pd.DataFrame) -> pd.DataFrame:
    pair = fooled_a.merge(fooled_b, on="example_id", suffixes=("_a", "_b"), validate="one_to_one")
    if (pair["label_a"] != pair["label_b"]).any():
        raise RunError("the labels differ between the two runs; attack both on the same data set")
    return pair


def _undefined(n: int, left_out: int, reasons: tuple[str, str]) -> RunComparison:
    """Return the comparison by valid texts of two runs of which one is not judged in full."""
    other = "the other run is not judged in full"
    return RunComparison(
        n=n,
        left_out=left_out,
        both=math.nan,
        only_a=math.nan,
        only_b=math.nan,
        neither=math.nan,
        rate_a=Estimate(math.nan, math.nan, math.nan, 0, reasons[0] or other),
        rate_b=Estimate(math.nan, math.nan, math.nan, 0, reasons[1] or other),
        difference=Estimate(math.nan, math.nan, math.nan, 0, "; ".join(filter(None, reasons))),
        p_value=math.nan,
        counted="valid",
        reasons=reasons,
    )


def paired_difference(both: int, only_first: int, only_second: int, neither: int) -> Estimate:
    """Return first - second of two shares of the same reviews (Newcombe 1998, paired, method 10)."""
    n = both + only_first + only_second + neither
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, _NONE_IN_BOTH)
    first, second = (both + only_first) / n, (both + only_second) / n
    low_1, high_1 = statistics.wilson(both + only_first, n)
    low_2, high_2 = statistics.wilson(both + only_second, n)
    phi = _phi(both, only_first, only_second, neither)
    below = _combined(first - low_1, high_2 - second, phi)
    above = _combined(high_1 - first, second - low_2, phi)
    value = first - second
    return Estimate(value, max(value - below, -1.0), min(value + above, 1.0), n)


def _phi(both: int, only_first: int, only_second: int, neither: int) -> float:
    """Return the correlation of the two outcomes; 0 where one of them never varies.

    A positive one is made smaller by a continuity correction, as method 10 does.
    """
    product = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    if product == 0:
        return 0.0
    n = both + only_first + only_second + neither
    numerator = both * neither - only_first * only_second
    corrected = max(numerator - n / 2, 0.0) if numerator > 0 else float(numerator)
    return corrected / math.sqrt(product)


def _combined(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(one**2 - 2 * phi * one * other + other**2, 0.0))


def _fooled(records: pd.DataFrame, valid: set[str] | None) -> pd.DataFrame:
    """Return example_id, label, fooled; with the ids of valid texts, only those count as fooled."""
    attacked = records[records["outcome"].isin(("succeeded", "failed"))]
    if attacked["example_id"].duplicated().any():
        raise RunError("a run's records contain a review twice; example_id must be unique")
    fooled = attacked["outcome"] == "succeeded"
    if valid is not None:
        fooled &= attacked["example_id"].isin(valid)
    return pd.DataFrame({"example_id": attacked["example_id"], "label": attacked["label"], "fooled": fooled})
