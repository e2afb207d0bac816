"""Accuracy within groups of reviews: by length, by truncation, by whatever column there is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sentiment_core.metrics.base import ratio
from sentiment_core.scoring import truth_and_probability
from sentiment_core.statistics import wilson_intervals

#: Words at which review lengths are parted by default: a half of IMDb's reviews lie on each side of 174.
WORDS = (50, 100, 150, 200, 300, 500, 1000)


def accuracy_by(frame: pd.DataFrame, groups: pd.Series[str], threshold: float = 0.5) -> pd.DataFrame:
    """Return one row a group: group, n, accuracy, ci_low, ci_high (Wilson, 95 %).

    Args:
        frame: columns label and prob_positive.
        groups: the group of each row, in the frame's order. A categorical keeps its categories' order and
            its empty groups (accuracy NaN, n 0); rows without a group are left out.
        threshold: called positive from this probability on.
    """
    truth, probability = truth_and_probability(frame)
    right = pd.Series((probability >= threshold) == truth, dtype=np.float64)
    counted = right.groupby(groups.reset_index(drop=True), observed=False).agg(["size", "sum"])
    n, successes = counted["size"].to_numpy(dtype=float), counted["sum"].to_numpy(dtype=float)
    low, high = wilson_intervals(successes, n)
    return pd.DataFrame(
        {
            "group": counted.index.astype(str),
            "n": n.astype(np.int64),
            "accuracy": ratio(successes, n),
            "ci_low": low,
            "ci_high": high,
        }
    )


def accuracy_by_length(
    frame: pd.DataFrame,
    lengths: Sequence[int] | pd.Series[int] | None = None,
    edges: Sequence[int] = WORDS,
    threshold: float = 0.5,
) -> pd.DataFrame:
    """Return `accuracy_by` for lengths parted at `edges`: "under 50", "50-99", ..., "1,000 and more".

    Args:
        frame: columns label and prob_positive, and n_tokens where `lengths` is left out.
        lengths: in words or another unit that two models share; default the model's own tokens.
        edges: where a new group begins, rising.
        threshold: called positive from this probability on.
    """
    measured = np.asarray(frame["n_tokens"] if lengths is None else lengths)
    group = np.searchsorted(np.asarray(edges), measured, side="right")
    names = _length_names(edges)
    return accuracy_by(frame, pd.Series(pd.Categorical.from_codes(group, names)), threshold)


def accuracy_by_truncation(frame: pd.DataFrame, threshold: float = 0.5) -> pd.DataFrame:
    """Return `accuracy_by` for reviews read as a whole and for those cut at the model's limit."""
    names = ["read whole", "cut short"]
    codes = frame["truncated"].to_numpy().astype(np.int64)
    return accuracy_by(frame, pd.Series(pd.Categorical.from_codes(codes, names)), threshold)


def _length_names(edges: Sequence[int]) -> list[str]:
    between = [f"{low:,}-{high - 1:,}" for low, high in zip(edges[:-1], edges[1:], strict=True)]
    return [f"under {edges[0]:,}", *between, f"{edges[-1]:,} and more"]
