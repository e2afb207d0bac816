"""What a threshold on an encoder's similarity is worth: what it keeps, and what it lets pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attacks.language import antonyms, encoder, vectors
from attacks.validity.reworded import Reworded, reworded
from sentiment_core.data.files.tables import read_table
from sentiment_core.errors import DataError
from sentiment_core.schema import Estimate
from sentiment_core.statistics import share

THRESHOLDS = (0.70, 0.75, 0.80, 0.85, 0.90, 0.92, 0.94, 0.96, 0.98)


class Rates(NamedTuple):
    """Of rewordings that keep the meaning, the share kept; of those that do not, the share let pass."""

    min_similarity: float
    min_word_cosine: float
    kept: Estimate
    passed: Estimate


def curve(
    min_word_cosine: float = -1.0,
    *,
    opposites_pass: bool = False,
    thresholds: Sequence[float] = THRESHOLDS,
    similarities: Callable[[Sequence[tuple[str, str]]], NDArray[np.float64]] = encoder.similarities,
) -> list[Rates]:
    """Return the rates at each threshold, on our sixty sentences (attacks/validity/reworded.py).

    Swaps with words beyond the vectors' vocabulary pass `min_word_cosine`, as they do in the attacks.
    """
    swaps = reworded()
    scores = similarities([(swap.before, swap.after) for swap in swaps])
    allowed = np.array([_allowed(swap, min_word_cosine, opposites_pass) for swap in swaps])
    same = np.array([swap.same for swap in swaps])
    return [
        Rates(
            threshold,
            min_word_cosine,
            _share((scores >= threshold) & allowed, same),
            _share((scores >= threshold) & allowed, ~same),
        )
        for threshold in thresholds
    ]


def typing_errors(thresholds: Sequence[float] = THRESHOLDS) -> list[tuple[float, Estimate]]:
    """Return, for each threshold, the share of sentences kept with two letters of one word swapped."""
    whole = [swap for swap in reworded() if swap.same]
    pairs = [(swap.before, swap.before.replace(swap.old, _misspelt(swap.old), 1)) for swap in whole]
    scores = encoder.similarities(pairs)
    everything = np.ones(len(scores), dtype=bool)
    return [(threshold, _share(scores >= threshold, everything)) for threshold in thresholds]


def flipped(path: Path, thresholds: Sequence[float] = THRESHOLDS) -> list[tuple[float, Estimate]]:
    """Return, for each threshold, the share of reviews that would pass as the same as their opposite.

    `path` is a tab-separated file of pairs that people edited to turn the label round, in the columns of
    Kaushik et al. 2020: Sentiment, Text, batch_id.
    """
    pairs = _pairs(path)
    scores = encoder.similarities(pairs)
    everything = np.ones(len(scores), dtype=bool)
    return [(threshold, _share(scores >= threshold, everything)) for threshold in thresholds]


def _allowed(swap: Reworded, min_word_cosine: float, opposites_pass: bool) -> bool:
    if not opposites_pass and antonyms.are_antonyms(swap.old, swap.new):
        return False
    return min_word_cosine <= -1.0 or _word_cosine(swap.old, swap.new) >= min_word_cosine


def _word_cosine(old: str, new: str) -> float:
    """Return the cosine of two words' vectors, 1 where one is not known."""
    known = _known_words()
    return float(known[old] @ known[new]) if old in known and new in known else 1.0


@cache
def _known_words() -> dict[str, NDArray[np.float32]]:
    words, matrix = vectors.word_matrix()
    return dict(zip(words, matrix, strict=True))


def _misspelt(word: str) -> str:
    """Swap the second and third letters: "slow" becomes "solw"."""
    return word[:1] + word[2:3] + word[1:2] + word[3:] if len(word) > 3 else word


def _share(passed: NDArray[np.bool_], among: NDArray[np.bool_]) -> Estimate:
    n, hits = int(among.sum()), int((passed & among).sum())
    return share(hits, n, "no pair is of this kind")


def _pairs(path: Path) -> list[tuple[str, str]]:
    try:
        rows = read_table(path, unpack=False)
        rows = rows[rows["Sentiment"].isin(("Negative", "Positive"))].replace("", np.nan)
        wide = rows.pivot(index="batch_id", columns="Sentiment", values="Text").dropna()
        return list(zip(wide["Negative"], wide["Positive"], strict=True))
    except (DataError, ValueError, KeyError) as error:
        raise DataError(
            f"'{path}' is not a tab-separated file of pairs (columns Sentiment, Text, batch_id): {error}"
        ) from error
