"""Texts that are nearly the same: exact Jaccard similarity of word 5-gram sets, through sparse matrices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SHINGLE_WORDS = 5
THRESHOLD = 0.5
#: Rows multiplied at once: bounds the memory of the product.
_CHUNK = 500

_WORD = re.compile(r"\w+")


def near_duplicate_pairs(
    left: Sequence[str], right: Sequence[str], threshold: float = THRESHOLD
) -> list[tuple[int, int, float]]:
    """Return (i, j, jaccard) of all pairs left[i], right[j] at or above `threshold` (> 0), best first.

    A text is the set of its runs of SHINGLE_WORDS words, without case and punctuation; a shorter one is a
    set of one run. Texts without any word are like no other. Nothing is sampled or hashed away.
    """
    shingles = shingle_matrix([*left, *right])
    sizes = np.asarray(shingles.sum(axis=1)).ravel().astype(np.int64)
    first, second = shingles[: len(left)], shingles[len(left) :].T.tocsc()
    pairs: list[tuple[int, int, float]] = []
    for start in range(0, len(left), _CHUNK):
        shared = (first[start : start + _CHUNK] @ second).tocoo()
        rows, columns = shared.row + start, shared.col
        jaccard = shared.data / (sizes[rows] + sizes[columns + len(left)] - shared.data)
        near = jaccard >= threshold
        pairs += zip(rows[near].tolist(), columns[near].tolist(), jaccard[near].tolist(), strict=True)
    return sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1]))


def shingle_matrix(texts: Sequence[str]) -> Any:
    """Return a sparse int32 [texts, shingles] of ones: which text holds which run of words."""
    from scipy.sparse import csr_matrix

    words, owners = _numbered_words(texts)
    rows, shingles = _runs(words, owners)
    cells = np.unique(np.stack([rows, shingles], axis=1), axis=0) if len(rows) else np.empty((0, 2), np.int64)
    shape = (len(texts), int(shingles.max(initial=-1)) + 1)
    return csr_matrix((np.ones(len(cells), np.int32), (cells[:, 0], cells[:, 1])), shape=shape)


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
        runs = np.unique(pairs, return_inverse=True)[1].astype(np.int64)
    last = owners[SHINGLE_WORDS - 1 :]
    whole = owners[: len(last)] == last
    return last[whole], runs[whole]


def across_splits(frame: pd.DataFrame, threshold: float = THRESHOLD) -> Iterator[dict[str, Any]]:
    """Yield a JSON-ready record for each two splits; pairs of identical texts are left out."""
    parts = {name: part for name, part in frame.groupby("split", sort=False)}
    names = [name for name in ("train", "validation", "test") if name in parts]
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            yield _record(parts[one], parts[other], f"{one}/{other}", threshold)


def _record(one: pd.DataFrame, other: pd.DataFrame, name: str, threshold: float) -> dict[str, Any]:
    left, right = one.reset_index(drop=True), other.reset_index(drop=True)
    pairs = near_duplicate_pairs(left["text"].tolist(), right["text"].tolist(), threshold)
    texts = left["text"].to_numpy(), right["text"].to_numpy()
    pairs = [(i, j, jaccard) for i, j, jaccard in pairs if texts[0][i] != texts[1][j]]
    differ = sum(left["label"][i] != right["label"][j] for i, j, _ in pairs)
    return {
        "splits": name,
        "pairs": len(pairs),
        "rows": [len({i for i, _, _ in pairs}), len({j for _, j, _ in pairs})],
        "other_label": int(differ),
        "examples": [
            {"example_ids": [left["example_id"][i], right["example_id"][j]], "jaccard": round(jaccard, 4)}
            for i, j, jaccard in pairs[:10]
        ],
    }
