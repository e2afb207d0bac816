"""A smaller vocabulary: the n-grams that move answers most, and the words that they are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.linear.ngrams import Ints, Vocabulary

Floats = NDArray[np.float64]


def most_telling(features: Any, weights: Floats, n: int) -> Ints:
    """Return the sorted columns of the `n` features that move the log-odds of the rows most.

    A feature moves them by weight times value; what counts is the root of its mean square over all rows, so
    that a strong word that one review uses does not displace a milder one that thousands do.
    """
    squares = np.asarray(features.multiply(features).mean(axis=0)).ravel()
    moved = np.abs(weights) * np.sqrt(squares)
    return np.sort(np.argsort(-moved, kind="stable")[:n]).astype(np.int64)


def only(vocabulary: Vocabulary, columns: Ints) -> tuple[Vocabulary, Ints]:
    """Return the vocabulary of these features alone, in the same order, and the numbers of its words before.

    Words that none of the features has go.

    Args:
        vocabulary: the whole.
        columns: sorted, at least one.
    """
    ends = np.cumsum([len(keys) for keys in vocabulary.keys])
    parts = np.split(columns, np.searchsorted(columns, ends[:-1]))
    starts = ends - [len(keys) for keys in vocabulary.keys]
    base = max(1, len(vocabulary.words))
    digits = [
        as_digits(keys[part - start], order, base)
        for order, (keys, part, start) in enumerate(zip(vocabulary.keys, parts, starts, strict=True), start=1)
    ]
    used = np.unique(np.concatenate([block.ravel() for block in digits]))
    uses = vocabulary.texts_with
    pruned = Vocabulary(
        tuple(vocabulary.words[number] for number in used),
        tuple(as_keys(np.searchsorted(used, block), len(used)) for block in digits),
        None if uses is None else uses[used],
    )
    return pruned, used


def as_digits(keys: Ints, order: int, base: int) -> Ints:
    """Return the words' numbers of n-grams, int64 [n-grams, order]."""
    powers = np.array([base**place for place in reversed(range(order))], dtype=np.int64)
    return (keys[:, None] // powers) % base


def as_keys(digits: Ints, base: int) -> Ints:
    """Return n-grams as integers; `as_digits` backwards, in another base."""
    keys = np.zeros(len(digits), dtype=np.int64)
    for column in digits.T:
        keys = keys * base + column
    return keys
