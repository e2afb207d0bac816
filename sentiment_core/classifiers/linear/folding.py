"""Word vectors beside n-grams, folded into the n-grams' weights once they are fitted.

A review's vector is the sum of its words' vectors, each times the value that the word has as a feature (for
TF-IDF: rare words weigh more, as with SIF weights, Arora et al. 2017). A linear model over n-grams and that
vector is linear in the words themselves: the word w weighs `weight_w + vector_w . theta`. So the fitted model
is one of n-grams alone, exactly; the vectors let similar words share what was learned of one of them, and
give a weight to words that no training review has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Progress
from sentiment_core.classifiers.linear import pruning
from sentiment_core.classifiers.linear.ngrams import Vocabulary

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Embedding:
    """Where word vectors come from.

    Attributes:
        vectors: (words, progress) -> float64 [words, dimensions].
        further_words: known besides those of the training reviews.
    """

    vectors: Callable[[Sequence[str], Progress], Floats]
    further_words: Callable[[], Sequence[str]]


def with_words(vocabulary: Vocabulary, counts: Any, words: Sequence[str]) -> tuple[Vocabulary, Any]:
    """Return the vocabulary with further single words as features, and counts in which no text has them."""
    from scipy.sparse import csr_matrix, hstack

    known = set(vocabulary.words)
    new = [word for word in words if word not in known]
    every = (*vocabulary.words, *new)
    base = max(1, len(vocabulary.words))
    longer = tuple(
        pruning.as_keys(pruning.as_digits(keys, order, base), len(every))
        for order, keys in enumerate(vocabulary.keys[1:], start=2)
    )
    single = len(vocabulary.keys[0])
    numbers = np.arange(len(vocabulary.words), len(every), dtype=np.int64)
    parts = [counts[:, :single], csr_matrix((counts.shape[0], len(new))), counts[:, single:]]
    return (
        Vocabulary(every, (np.concatenate([vocabulary.keys[0], numbers]), *longer)),
        hstack(parts, format="csr"),
    )


def scaled(features: Any, vectors: Floats) -> Floats:
    """Return the vectors scaled so that the reviews' have a mean squared length of 1, as their n-grams do."""
    lengths = np.square(features[:, : len(vectors)] @ vectors).sum(axis=1)
    mean = float(lengths.mean())
    return vectors / np.sqrt(mean) if mean > 0 else vectors


def widened(features: Any, vectors: Floats | None) -> Any:
    """Return n-gram features with the reviews' vectors behind them; single words are the first columns."""
    from scipy.sparse import csr_matrix, hstack

    if vectors is None:
        return features
    return hstack([features, csr_matrix(features[:, : len(vectors)] @ vectors)], format="csr")


def folded(weights: Floats, vectors: Floats | None) -> Floats:
    """Return the weights of the n-grams alone that answer as the weights of `widened` features do."""
    if vectors is None:
        return weights
    n = len(weights) - vectors.shape[1]
    alone = weights[:n].copy()
    alone[: len(vectors)] += vectors @ weights[n:]
    return alone
