"""Which words drive each class, and which drive the errors, over many reviews."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sentiment_core import statistics
from sentiment_core.explanation.base import Attribution
from sentiment_core.schema import Estimate

#: A word of fewer reviews has an interval too wide to say anything.
FEWEST_REVIEWS = 5
COLUMNS = ("word", "reviews", "uses", "mean", "ci_low", "ci_high", "total")


@dataclass(frozen=True)
class Explained:
    """One review's attribution, its label, and the class that the model answers."""

    example_id: str
    attribution: Attribution
    label: int
    predicted: int


def words_table(explained: Sequence[Explained], *, errors_only: bool = False) -> pd.DataFrame:
    """Return COLUMNS: each word's mean score in the reviews that have it, in log-odds, strongest first.

    A review counts once, with all uses of the word together. With `errors_only`, only reviews that the model
    gets wrong count, and a score is positive where the word pushes to the wrong answer.

    Sorted by the end of the interval nearer to 0, so that a word of many reviews comes before one of few.
    """
    by_word: defaultdict[str, list[float]] = defaultdict(list)
    uses: defaultdict[str, int] = defaultdict(int)
    for one in explained:
        if errors_only and one.label == one.predicted:
            continue
        sign = (1.0 if one.predicted == 1 else -1.0) if errors_only else 1.0
        for word, (score, count) in _sums(one.attribution).items():
            by_word[word].append(sign * score)
            uses[word] += count
    often = {word: scores for word, scores in by_word.items() if len(scores) >= FEWEST_REVIEWS}
    rows = [_row(word, scores, uses[word]) for word, scores in often.items()]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    nearer = np.where(table["mean"] >= 0, table["ci_low"].clip(lower=0), -table["ci_high"].clip(upper=0))
    return table.iloc[np.argsort(-nearer, kind="stable")].reset_index(drop=True)


def toward(table: pd.DataFrame, positive: bool, most: int) -> pd.DataFrame:
    """Return the rows whose interval lies wholly on one side, the surest first."""
    side = table[table["ci_low"] > 0] if positive else table[table["ci_high"] < 0]
    return side.head(most).reset_index(drop=True)


def _sums(attribution: Attribution) -> dict[str, tuple[float, int]]:
    """Return each word's score in one review, all its uses together, and their number; marks are no words."""
    sums: dict[str, tuple[float, int]] = {}
    for token, score in zip(attribution.tokens, attribution.scores, strict=True):
        if token[:1].isalnum():
            total, count = sums.get(token.lower(), (0.0, 0))
            sums[token.lower()] = total + float(score), count + 1
    return sums


def _row(word: str, scores: Sequence[float], uses: int) -> tuple[str, int, int, float, float, float, float]:
    found: Estimate = statistics.mean(np.array(scores), "no review has it", resamples=500)
    return word, len(scores), uses, found.value, found.ci_low, found.ci_high, float(np.sum(scores))
