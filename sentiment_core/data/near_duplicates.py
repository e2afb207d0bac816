"""Texts that are nearly the same: exact Jaccard similarity of word 5-gram sets, through sparse matrices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core.schema import SPLITS

SHINGLE_WORDS = 5
THRESHOLD = 0.5
#: Each review is compared with every other: time grows with the square.
MOST_WITHIN = 10_000
#: Rows multiplied at once: bounds the memory of the product.
_CHUNK = 500

Pair = tuple[int, int, float]

_WORD = re.compile(r"\w+")


def near_duplicate_pairs(
    left: Sequence[str], right: Sequence[str], threshold: float = THRESHOLD
) -> list[Pair]:
    """Return (i, j, jaccard) of all pairs left[i], right[j] at or above `threshold` (> 0), best first.

    A text is the set of its runs of SHINGLE_WORDS words, without case and punctuation; a shorter one is a
    set of one run. Texts without any word are like no other. Nothing is sampled or hashed away.
    """
    shingles = shingle_matrix([*left, *right])
    return _pairs(shingles[: len(left)], shingles[len(left) :], threshold)


def _pairs(left: Any, right: Any, threshold: float) -> list[Pair]:
    sizes = [np.asarray(side.sum(axis=1)).ravel().astype(np.int64) for side in (left, right)]
    transposed = right.T.tocsr()
    pairs: list[Pair] = []
    for start in range(0, left.shape[0], _CHUNK):
        shared = (left[start : start + _CHUNK] @ transposed).tocoo()
        rows, columns = shared.row + start, shared.col
        jaccard = shared.data / (sizes[0][rows] + sizes[1][columns] - shared.data)
        near = jaccard >= threshold
        pairs += zip(rows[near].tolist(), columns[near].tolist(), jaccard[near].tolist(), strict=True)
    return sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1]))


def shingle_matrix(texts: Sequence[str]) -> Any:
    """Return a sparse int32 [texts, shingles] of ones: which text holds which run of words."""
    from scipy.sparse import csr_matrix

    words, owners = _numbered_words(texts)
    rows, shingles = _runs(words, owners)
    shape = (len(texts), int(shingles.max(initial=-1)) + 1)
    matrix = csr_matrix((np.ones(len(rows), np.int32), (rows, shingles)), shape=shape)
    matrix.data[:] = 1  # a run that a text repeats was summed up
    return matrix


def _numbered_words(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every word's number (from 1) and its text's; short texts are filled up with word 0."""
    vocabulary: dict[str, int] = {}
    words: list[int] = []
    lengths: list[int] = []
    for text in texts:
        found = [vocabulary.setdefault(word, len(vocabulary) + 1) for word in _WORD.findall(text.casefold())]
        filled = found + [0] * (SHINGLE_WORDS - len(found)) if found else found
        words += filled
        lengths.append(len(filled))
    return np.array(words, dtype=np.int64), np.repeat(np.arange(len(texts)), lengths)


def _runs(words: NDArray[np.int64], owners: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for every run of SHINGLE_WORDS words its text and its number.

    Runs grow a word at a time and are numbered afresh each time, so that a pair always fits 64 bits.
    """
    runs = words
    for length in range(2, SHINGLE_WORDS + 1):
        following = words[length - 1 :]
        pairs = runs[: len(following)] * (int(words.max(initial=0)) + 1) + following
        runs = pd.factorize(pairs)[0].astype(np.int64)
    last = owners[SHINGLE_WORDS - 1 :]
    whole = owners[: len(last)] == last
    return last[whole], runs[whole]


def across_splits(frame: pd.DataFrame, threshold: float = THRESHOLD) -> Iterator[dict[str, Any]]:
    """Yield a JSON-ready record for each two splits; pairs of identical texts are left out."""
    shingles = shingle_matrix(frame["text"].tolist())
    places = {name: np.flatnonzero((frame["split"] == name).to_numpy()) for name in SPLITS}
    present = [name for name in SPLITS if len(places[name])]
    for one, other in combinations(present, 2):
        pairs = _pairs(shingles[places[one]], shingles[places[other]], threshold)
        rows = [(places[one][i], places[other][j], jaccard) for i, j, jaccard in pairs]
        yield {"splits": f"{one}/{other}"} | _record(frame, rows)


def within_splits(frame: pd.DataFrame, threshold: float = THRESHOLD) -> Iterator[dict[str, Any]]:
    """Yield a JSON-ready record for each split; pairs of identical texts are left out.

    A split of more than MOST_WITHIN reviews has None for `pairs` and a `reason`.
    """
    for name in SPLITS:
        rows = frame[frame["split"] == name]
        if len(rows) > MOST_WITHIN:
            yield {"splits": name, "pairs": None, "reason": f"more than {MOST_WITHIN:,} reviews"}
        elif len(rows):
            shingles = shingle_matrix(rows["text"].tolist())
            pairs = [(i, j, jaccard) for i, j, jaccard in _pairs(shingles, shingles, threshold) if i < j]
            yield {"splits": name} | _record(rows, pairs)


def _record(frame: pd.DataFrame, pairs: list[Pair]) -> dict[str, Any]:
    texts, labels, names = (frame[column].to_numpy() for column in ("text", "label", "example_id"))
    pairs = [(i, j, jaccard) for i, j, jaccard in pairs if texts[i] != texts[j]]
    return {
        "pairs": len(pairs),
        "rows": [len({i for i, _, _ in pairs}), len({j for _, j, _ in pairs})],
        "other_label": sum(bool(labels[i] != labels[j]) for i, j, _ in pairs),
        "examples": [
            {"example_ids": [names[i], names[j]], "jaccard": round(jaccard, 4)}
            for i, j, jaccard in pairs[:10]
        ],
    }
