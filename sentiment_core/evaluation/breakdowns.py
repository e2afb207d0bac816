"""Accuracy within groups of reviews: by length, by truncation, by language, by any column."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sentiment_core.evaluation.scoring import truth_and_probability
from sentiment_core.metrics.base import ratio
from sentiment_core.schema import Estimate
from sentiment_core.statistics import difference_of_shares, wilson_intervals

#: Default boundaries of review length, in words; the median of IMDb's reviews is 174.
WORDS = (50, 100, 150, 200, 300, 500, 1000)

#: Smaller groups are shown, but are called neither best nor worst.
ENOUGH = 30


@dataclass(frozen=True)
class Gap:
    """How far the best group is above the worst, and how often chance alone makes such a gap.

    `chance` is the p-value of the hypothesis that all groups are equally accurate: best and worst are picked
    after seeing the data, so the interval of their difference alone would call too many gaps real.
    """

    best: str
    worst: str
    n_best: int
    n_worst: int
    difference: Estimate
    chance: float


def accuracy_by(frame: pd.DataFrame, groups: pd.Series[str], threshold: float = 0.5) -> pd.DataFrame:
    """Return one row per group: group, n, accuracy, ci_low, ci_high (Wilson, 95 %).

    Args:
        frame: columns label and prob_positive.
        groups: the group of each row, in the frame's order. A categorical keeps its categories' order and
            its empty groups (accuracy NaN, n 0); rows without a group are left out.
        threshold: at or above this probability is called positive.
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
    """Return `accuracy_by` for lengths divided at `edges`: "under 50", "50-99", ..., "1,000 and more".

    Args:
        frame: columns label and prob_positive, and n_tokens where `lengths` is left out.
        lengths: in words or another unit that two models share; default the model's own tokens.
        edges: where a new group begins, rising.
        threshold: at or above this probability is called positive.
    """
    measured = np.asarray(frame["n_tokens"] if lengths is None else lengths)
    group = np.searchsorted(np.asarray(edges), measured, side="right")
    names = _length_names(edges)
    return accuracy_by(frame, pd.Series(pd.Categorical.from_codes(group, names)), threshold)


def accuracy_by_truncation(frame: pd.DataFrame, threshold: float = 0.5) -> pd.DataFrame:
    """Return `accuracy_by` for reviews read in full and for those cut at the model's limit."""
    names = ["read in full", "cut at the limit"]
    codes = frame["truncated"].to_numpy().astype(np.int64)
    return accuracy_by(frame, pd.Series(pd.Categorical.from_codes(codes, names)), threshold)


def accuracy_by_language(
    frame: pd.DataFrame, languages: pd.Series[str], threshold: float = 0.5
) -> pd.DataFrame:
    """Return `accuracy_by` for the languages that a column names, the one with most reviews first."""
    by_language = accuracy_by(frame, languages, threshold)
    return by_language.sort_values(["n", "group"], ascending=[False, True], ignore_index=True)


def gap(groups: pd.DataFrame, *, shuffles: int = 2000, seed: int = 0) -> Gap:
    """Return the gap between the best and the worst of the groups with ENOUGH reviews.

    Args:
        groups: rows of `accuracy_by`.
        shuffles: how often the right answers are distributed to the groups at random.
        seed: same seed, same `chance`.
    """
    enough = groups[groups["n"] >= ENOUGH].reset_index(drop=True)
    if len(enough) < 2:
        nothing = Estimate(
            math.nan, math.nan, math.nan, int(enough["n"].sum()), f"fewer than two groups of {ENOUGH} reviews"
        )
        return Gap("", "", 0, 0, nothing, math.nan)
    best, worst = (enough.loc[enough["accuracy"].agg(extreme)] for extreme in ("idxmax", "idxmin"))
    difference = difference_of_shares(
        round(best["accuracy"] * best["n"]), best["n"], round(worst["accuracy"] * worst["n"]), worst["n"]
    )
    n_best, n_worst = int(best["n"]), int(worst["n"])
    estimate = Estimate(*difference, n_best + n_worst)
    chance = _chance(enough, np.random.default_rng(seed), shuffles)
    return Gap(best["group"], worst["group"], n_best, n_worst, estimate, chance)


def _chance(groups: pd.DataFrame, rng: np.random.Generator, shuffles: int) -> float:
    """Return the share of shuffles with groups at least as far apart (Phipson & Smyth 2010, eq. 2)."""
    n = groups["n"].to_numpy(dtype=np.int64)
    right = np.rint(groups["accuracy"].to_numpy() * n).astype(np.int64)
    dealt = rng.multivariate_hypergeometric(n, right.sum(), size=shuffles) / n
    as_far = np.ptp(dealt, axis=1) >= np.ptp(right / n) - 1e-12
    return float((as_far.sum() + 1) / (shuffles + 1))


def _length_names(edges: Sequence[int]) -> list[str]:
    between = [f"{low:,}-{high - 1:,}" for low, high in zip(edges[:-1], edges[1:], strict=True)]
    return [f"under {edges[0]:,}", *between, f"{edges[-1]:,} and more"]
