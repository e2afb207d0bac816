"""The margin of one review under a linear model: how far its answer is on the right side, text by text."""

from __future__ import annotations

import math

import numpy as np

from attacks.certificates.bounds import Terms
from attacks.certificates.lattice import Lattice
from sentiment_core.classifiers.linear.classifier import LOCAL, LinearClassifier
from sentiment_core.classifiers.linear.ngrams import Ints

#: Of the sum of all absolute terms: what rounding in float64 may take from a bound. A sum of n terms is off
#: by at most n * 2^-53 of it (Higham 2002, section 4.2); 1e-10 is enough for a million.
ROUNDING = 1e-10


class Margin:
    """`score / length + bias` of a review and of the texts that differ from it by n-grams of a lattice.

    Signs are turned so that the answer is right where the margin is above 0, for both labels.

    Attributes:
        terms: what the lattice's n-grams contribute.
        score, square: of the review: the sum of its weighted features, and their squared length.
        bias: in log-odds.
        normalised: whether the length is that of the features; else it is 1.
        rounding: what is not further from 0 than this may be on either side.
    """

    def __init__(self, classifier: LinearClassifier, text: str, label: int, lattice: Lattice) -> None:
        sign, weighting = (1.0 if label == 1 else -1.0), classifier.weighting
        row = classifier.vocabulary.counts([text])
        values = LOCAL[weighting.local](row.data.astype(np.float64)) * weighting.factors[row.indices]
        shares = sign * classifier.weights[row.indices] * values
        self.normalised, self.bias = weighting.normalised, sign * classifier.bias
        self.score, self.square = float(shares.sum()), float(values @ values)
        uses = np.zeros(classifier.vocabulary.size, dtype=np.int64)
        uses[row.indices] = row.data
        factors = weighting.factors[lattice.columns]
        weights = sign * classifier.weights[lattice.columns] * factors
        self.terms = Terms(weighting.local, weights, factors**2, uses[lattice.columns])
        largest = float(np.abs(weights).max(initial=0.0))
        self.rounding = ROUNDING * (
            float(np.abs(shares).sum()) + abs(self.bias) * self.length(self.square) + largest
        )

    def length(self, square: float) -> float:
        """Return what scores of texts with this squared length are divided by."""
        return math.sqrt(max(0.0, square)) if self.normalised else 1.0

    def of(self, more: Ints) -> float:
        """Return the margin of a text with so many more uses of each n-gram, int64 [n-grams]."""
        length = self.length(self.square + self.terms.length(more))
        return self.bias + ((self.score + self.terms.score(more)) / length if length > 0 else 0.0)

    def at_least(self, signed: float, low: float, high: float) -> float:
        """Return the lowest margin where `score + bias * length >= signed`; squares are from low to high."""
        length = self.length(high if signed > 0 else low)
        if length == 0:
            return self.bias if signed > 0 else -math.inf
        return signed / length
