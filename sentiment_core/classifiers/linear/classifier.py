"""Logistic regression over n-grams of words: what `bow`, `tfidf` and `nbsvm` share.

A review's log-odds are `bias + sum over n-grams of weight * value`, with
`value = local(count) * factor / norm`: `local` and `factor` are what the families differ in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.linear import file
from sentiment_core.classifiers.linear.ngrams import CHUNK, Vocabulary, token_spans, word_count
from sentiment_core.errors import ModelError

Floats = NDArray[np.float64]

#: How often an n-gram occurs in a text -> how much that says. Sublinear is 1 + log count.
LOCAL: Mapping[str, Callable[[Floats], Floats]] = {
    "count": lambda counts: counts,
    "binary": np.ones_like,
    "sublinear": lambda counts: 1.0 + np.log(counts),
}


@dataclass(frozen=True)
class Weighting:
    """How counts become feature values.

    Attributes:
        local: a name in LOCAL.
        factors: float64 [features], multiplied onto each column.
        normalised: whether each text's values are divided by their Euclidean length.
    """

    local: str
    factors: Floats
    normalised: bool

    def features(self, counts: Any) -> Any:
        """Return the scipy CSR matrix of feature values for one of counts."""
        values = LOCAL[self.local](counts.data.astype(np.float64)) * self.factors[counts.indices]
        if self.normalised:
            norms = np.sqrt(_like(counts, values**2).sum(axis=1)).A1
            values /= np.repeat(np.where(norms > 0, norms, 1.0), np.diff(counts.indptr))
        return _like(counts, values)


def _like(counts: Any, values: Floats) -> Any:
    """Return a matrix with these values where `counts` has its own; both share what says where that is."""
    return type(counts)((values, counts.indices, counts.indptr), counts.shape)


class LinearClassifier:
    """A classifier whose log-odds are a sum over n-grams, so that every word's share is known exactly."""

    max_tokens = None

    def __init__(
        self, model_id: str, vocabulary: Vocabulary, weighting: Weighting, weights: Floats, bias: float
    ) -> None:
        self.model_id = model_id
        self.vocabulary = vocabulary
        self.weighting = weighting
        self.weights = weights
        self.bias = bias

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Return float64 [n, 2], column 1 = positive, rows sum to 1."""
        from scipy.special import expit

        positive = expit(self.log_odds(texts))
        return np.column_stack([1.0 - positive, positive])

    def log_odds(self, texts: Sequence[str]) -> Floats:
        """Return float64 [n]: the logit of the positive class."""
        starts = range(0, len(texts), CHUNK)
        return np.concatenate([np.empty(0), *(self._log_odds(texts[at : at + CHUNK]) for at in starts)])

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return int64 [n]: the words of each text; punctuation is read too, but not counted."""
        return np.array([word_count(text) for text in texts], dtype=np.int64)

    def knows_nothing(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Return bool [n]: whether a text has none of the words and marks that are features."""
        return np.array([not self.vocabulary.knows_any(text) for text in texts], dtype=np.bool_)

    def word_weights(self, text: str) -> list[tuple[int, int, float]]:
        """Return (start, end, weight in log-odds) of each word and punctuation mark, in reading order.

        An n-gram's share of the logit is split evenly over its uses and, within one, over its words; with
        `bias` the weights sum to the logit.
        """
        spans = token_spans(text)
        shares = np.zeros(len(spans))
        per_use = self._weight_of_one_use(text)
        for order, columns, firsts in self.vocabulary.occurrences(text):
            for offset in range(order):
                np.add.at(shares, firsts + offset, per_use[columns] / order)
        return [(start, end, float(share)) for (start, end), share in zip(spans, shares, strict=True)]

    def rescale(self, scale: float, shift: float) -> None:
        """Scale all weights: the log-odds become `scale * log-odds + shift`."""
        self.weights, self.bias = scale * self.weights, scale * self.bias + shift

    def _log_odds(self, texts: Sequence[str]) -> Floats:
        features = self.weighting.features(self.vocabulary.counts(texts))
        return np.asarray(features @ self.weights + self.bias, dtype=np.float64)

    def _weight_of_one_use(self, text: str) -> Floats:
        counts = self.vocabulary.counts([text])
        per_use = np.zeros(self.vocabulary.size)
        values = self.weighting.features(counts)
        per_use[values.indices] = values.data * self.weights[values.indices] / counts.data
        return per_use


def save(model: LinearClassifier, folder: Path, *, half: bool = False) -> None:
    """Write the model's file; the words go in as one string, which loads at once.

    `half`: with half the precision of the numbers, for a small file.
    """
    weighting = model.weighting
    dtype = np.float16 if half else np.float32
    record = {
        "words": "\n".join(model.vocabulary.words),
        "orders": len(model.vocabulary.keys),
        "local": weighting.local,
        "normalised": weighting.normalised,
        "factors": weighting.factors.astype(dtype),
        "weights": model.weights.astype(dtype),
        "bias": model.bias,
    }
    keys = {f"keys_{order}": keys for order, keys in enumerate(model.vocabulary.keys, start=1)}
    uses = model.vocabulary.texts_with
    file.save(record | keys | ({} if uses is None else {"texts_with": uses}), folder)


def load(folder: Path, model_id: str) -> LinearClassifier:
    """Read a model folder that one of the linear families wrote.

    Raises:
        ModelError: the file is missing or damaged, or holds a type that is not trusted.
    """
    record = file.load(folder)
    try:
        keys = tuple(record[f"keys_{order}"] for order in range(1, record["orders"] + 1))
        vocabulary = Vocabulary(tuple(record["words"].split("\n")), keys, record.get("texts_with"))
        weighting = Weighting(
            record["local"], record["factors"].astype(np.float64), bool(record["normalised"])
        )
        weights = record["weights"].astype(np.float64)
        uses = vocabulary.texts_with
        whole = uses is None or len(uses) == len(vocabulary.words)
        if not all(np.isfinite(part).all() for part in (weights, weighting.factors, record["bias"])):
            raise ValueError("its weights are NaN or infinite")
        if not (whole and len(weights) == len(weighting.factors) == vocabulary.size):
            raise ValueError("its parts are of different sizes")
        return LinearClassifier(model_id, vocabulary, weighting, weights, float(record["bias"]))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"model {model_id} is damaged ({error}); train it again") from error
