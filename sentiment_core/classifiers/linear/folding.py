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

#: Of a review's vector beside its n-grams, whose length is 1. On 3,000 reviews 0.1, 0.3 and 1 gave a
#: validation log loss of 0.295, 0.285 and 0.317; without vectors it is 0.299.
LENGTH = 0.3


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


@dataclass(frozen=True)
class Whitened:
    """Word vectors that are as long in every direction, measured by the reviews' vectors.

    vectors: float64 [words, dimensions]; mean: float64 [dimensions], of the reviews' vectors.
    """

    vectors: Floats
    mean: Floats


def whitened(features: Any, vectors: Floats) -> Whitened:
    """Return the vectors in which those of the reviews are uncorrelated, of length LENGTH about their mean.

    Without this the direction that all texts share, that of their commonest words, hides the others.
    """
    of_reviews = features[:, : len(vectors)] @ vectors
    covariance = np.atleast_2d(np.cov(of_reviews.T, bias=True))
    variances, directions = np.linalg.eigh(covariance)
    varying = variances > 1e-9 * max(variances.max(initial=0.0), 1e-300)
    scale = LENGTH / np.sqrt(max(1, varying.sum()) * variances[varying])
    turned = directions[:, varying] * scale
    return Whitened(vectors @ turned, of_reviews.mean(axis=0) @ turned)


def widened(features: Any, words: Whitened | None) -> Any:
    """Return n-gram features with the reviews' vectors behind them; single words are the first columns."""
    from scipy.sparse import csr_matrix, hstack

    if words is None:
        return features
    of_reviews = features[:, : len(words.vectors)] @ words.vectors - words.mean
    return hstack([features, csr_matrix(of_reviews)], format="csr")


def folded(weights: Floats, bias: float, words: Whitened | None) -> tuple[Floats, float]:
    """Return weights and bias over n-grams alone that answer as these do over `widened` features."""
    if words is None:
        return weights, bias
    n = len(weights) - words.vectors.shape[1]
    alone, theta = weights[:n].copy(), weights[n:]
    alone[: len(words.vectors)] += words.vectors @ theta
    return alone, bias - float(words.mean @ theta)
