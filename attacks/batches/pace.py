"""How fast batches go: what a finished one says, and what is assumed where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

#: Queries a second of a linear model, which scores only the words that changed: measured with tfidf on
#: full-length IMDb reviews on one core, 500 to 7,000 by recipe.
LINEAR_QUERIES_PER_SECOND = 1_500.0
#: Texts a second of a network of which nothing is known: MiniLM at 128 tokens on one core.
NETWORK_QUERIES_PER_SECOND = 30.0
#: What each further worker adds on a small machine, as a share of the first.
WORKER_GAIN = 0.8


def queries_per_review(queries_per_word: float, words: float, budget: int | None) -> float:
    """Return the queries that a review of so many words takes, within its budget."""
    queries = queries_per_word * words
    return min(queries, budget) if budget else queries


def gain(workers: int) -> float:
    """Return how many times the work of one process so many do."""
    return 1 + WORKER_GAIN * (max(1, workers) - 1)


def rates(records: pd.DataFrame, least: int) -> tuple[float, float] | None:
    """Return seconds a review and queries a second of a batch; None where fewer than `least` were tried."""
    tried = records[records["outcome"] != "errored"]
    seconds, queries = float(tried["seconds"].sum()), float(tried["queries"].sum())
    return (seconds / len(tried), queries / seconds) if len(tried) >= least and seconds > 0 else None
