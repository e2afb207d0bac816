"""How long a batch will take and how precise its figures will be. No streamlit."""

from __future__ import annotations

from dataclasses import dataclass

from attacks.batches.pace import (
    LINEAR_QUERIES_PER_SECOND,
    NETWORK_QUERIES_PER_SECOND,
    gain,
    queries_per_review,
)
from dashboard.wording import format_interval, format_seconds
from sentiment_core import statistics
from sentiment_core.schema import Estimate

#: Libraries, WordNet and the model, in each worker before its first review.
START_SECONDS = 20.0
#: Seconds a query takes longer for each word of a long review, by tests/benchmarks/bench_memory.py: a linear
#: model weighs every n-gram of the review again, an encoder's tokenizer reads it all.
LINEAR_SECONDS_A_WORD, ENCODER_SECONDS_A_WORD = 1e-7, 2.5e-6
#: Seconds that one typed review may take, since somebody is waiting.
MOST_SECONDS_TYPED = 1_800.0


@dataclass(frozen=True)
class Expected:
    """Seconds, and in a sentence what they come from."""

    seconds: float
    source: str


@dataclass(frozen=True)
class Pace:
    """How fast one review after another goes, measured with an earlier batch, on one worker."""

    name: str
    seconds_per_review: float
    queries_per_second: float


def expected(
    n: int, queries: float, workers: int, *, seconds_limit: float | None, alike: Pace | None,
    same_model: Pace | None, linear: bool, reviews_per_second: float | None,
) -> Expected:  # fmt: skip
    """Return how long n reviews will take.

    Args:
        n: reviews.
        queries: queries per review, as `attacks.batches.pace` says.
        workers: processes.
        seconds_limit: most seconds per review.
        alike: an earlier batch of the same model and recipe, if there is one.
        same_model: an earlier batch of the same model with another recipe.
        linear: whether the model scores a changed word without reading the rest again.
        reviews_per_second: how fast the model answered when it was measured.
    """
    per_review, source = _per_review(queries, alike, same_model, linear, reviews_per_second)
    if seconds_limit is not None and per_review > seconds_limit:
        per_review, source = seconds_limit, f"{source}, capped by the time limit"
    used = min(workers, n)
    source += f", and {START_SECONDS:.0f} s to load"
    source += f"; {used} processes do {gain(used):.1f} times the work of one" if used > 1 else ""
    return Expected(START_SECONDS + n * per_review / gain(used), source)


def _per_review(
    queries: float, alike: Pace | None, same_model: Pace | None, linear: bool, measured: float | None
) -> tuple[float, str]:
    if alike:
        return (
            alike.seconds_per_review,
            f"{_seconds(alike.seconds_per_review)} per review, as in {alike.name}",
        )
    about = f"about {_round(queries):,} queries per review"
    if same_model and same_model.queries_per_second > 0:
        rate = same_model.queries_per_second
        return queries / rate, f"{about} at {rate:,.0f} per second, as in {same_model.name}"
    rate, of = _assumed(linear, measured)
    return queries / rate, f"{about} at about {rate:,.0f} per second ({of})"


def _assumed(linear: bool, measured: float | None) -> tuple[float, str]:
    """Return queries a second where no batch of the model has been run, and whose figure that is."""
    if linear:
        return LINEAR_QUERIES_PER_SECOND, "the default for linear models; no batch of this model is finished"
    if measured:
        return measured, "as fast as it answered when it was measured"
    return NETWORK_QUERIES_PER_SECOND, "the default for transformers; this model has not been measured here"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:,.0f} s"


def _round(queries: float) -> int:
    """Return a rough figure as one: two digits that count."""
    digits = len(str(max(1, int(queries)))) - 2
    return int(round(queries, -digits)) if digits > 0 else round(queries)


def cannot_finish(words: int, queries_per_word: float, budget: int | None, *, linear: bool) -> str:
    """Return why one typed review would not be finished in reasonable time, and what to do; empty if it is.

    Args:
        words: of the review.
        queries_per_word: of the recipe.
        budget: most queries, or None.
        linear: whether the model scores a changed word without reading the rest again.
    """
    rate = LINEAR_QUERIES_PER_SECOND if linear else NETWORK_QUERIES_PER_SECOND
    longer = LINEAR_SECONDS_A_WORD if linear else ENCODER_SECONDS_A_WORD
    per_query = 1 / rate + words * longer
    queries = queries_per_review(queries_per_word, words, budget)
    if queries * per_query <= MOST_SECONDS_TYPED:
        return ""
    most = _rounded_down(MOST_SECONDS_TYPED / per_query)
    return (
        f"This review of {words:,} words would take about {_round(queries):,} queries at about "
        f"{1 / per_query:,.0f} per second, which is {format_seconds(queries * per_query)}; the limit for "
        f"one typed review is {format_seconds(MOST_SECONDS_TYPED)}. Allow at most {most:,} queries, shorten "
        "the review, or run the command in a terminal."
    )


def _rounded_down(number: float) -> int:
    """Return a number with its first two digits only."""
    step: int = 10 ** max(0, len(str(int(number))) - 2)
    return int(number) // step * step


def precision(n: int) -> str:
    """Say how wide the interval of a figure from n reviews is, at its widest."""
    low, high = statistics.wilson(n / 2, n)
    shown = format_interval(Estimate(0.5, low, high, n))
    return f"With n = {n:,}, a rate of 50 % has the 95 % interval {shown}"
