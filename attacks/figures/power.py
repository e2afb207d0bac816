"""Which differences a batch of n reviews can show."""

from __future__ import annotations

import math

from sentiment_core import statistics


def chance_difference(n: int, disagreement: float = 0.5) -> float:
    """Return the largest difference of two rates on the same n reviews that chance alone often makes.

    The half-width of McNemar's 95 % interval, 1.96 sqrt(D / n), where D is the share of reviews on which
    the two differ. The default is the worst case of two unrelated rates of 50 %.
    """
    return statistics.Z95 * math.sqrt(disagreement / n) if n > 0 else math.nan


def detectable(n: int) -> str:
    """Return in words which differences on n reviews may be chance, and which would be found."""
    if n <= 0:
        return "n = 0: nothing can be concluded."
    unseen = 100 * chance_difference(n)
    if unseen >= 100:
        return f"n = {n:,}: too few to distinguish any difference from chance."
    known = f"n = {n:,}: differences under {_points(unseen)} may be chance"
    found = 100 * statistics.detectable_difference(n, 0.5)
    if math.isnan(found):
        return f"{known}."
    return f"{known}; one of {_points(found)} would be found four times in five."


def _points(value: float) -> str:
    return f"{value:.0f} points" if value >= 2 else f"{value:.1f} points"
