"""How little an n-gram's share of a score can become, as a straight line over how often it is used.

A share is concave or convex in the number of uses (1 + ln n, 1, or n itself, times a weight), and a line is
what can be added up use by use. A line that is nowhere above the share makes every sum a lower bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.certificates.lattice import Floats
from sentiment_core.classifiers.linear.classifier import LOCAL
from sentiment_core.classifiers.linear.ngrams import Ints


@dataclass(frozen=True)
class Terms:
    """What n-grams contribute: `weights * local(uses)` to a score, `squares * local(uses)^2` to a length.

    Attributes:
        local: a name in `classifier.LOCAL`.
        weights, squares: float64 [n-grams].
        uses: int64 [n-grams], in the original.
    """

    local: str
    weights: Floats
    squares: Floats
    uses: Ints

    def score(self, more: Ints) -> float:
        """Return by how much the score grows with so many more uses of each n-gram, int64 [n-grams]."""
        return float(self.weights @ (self._local(self.uses + more) - self._local(self.uses)))

    def length(self, more: Ints) -> float:
        """Return by how much the squared length grows."""
        return float(self.squares @ (self._local(self.uses + more) ** 2 - self._local(self.uses) ** 2))

    def change(self, more: Ints, per_length: float) -> Floats:
        """Return float64 [n-grams]: by how much `score + per_length * length` grows through each."""
        now, then = self._local(self.uses), self._local(self.uses + more)
        return self.weights * (then - now) + per_length * self.squares * (then**2 - now**2)

    def _local(self, uses: Ints) -> Floats:
        counts = np.maximum(uses, 1).astype(np.float64)
        return np.where(uses > 0, LOCAL[self.local](counts), 0.0)


@dataclass(frozen=True)
class Lines:
    """Lower bounds of each n-gram's change: `adding * uses added + destroying * uses destroyed`."""

    adding: Floats
    destroying: Floats


def lines(terms: Terms, per_length: float, most_destroyed: Ints, most_added: Ints) -> Lines:
    """Return lines that hold for up to so many uses destroyed and added, int64 [n-grams] each."""
    adding = _steepest_fall(terms, per_length, most_added, +1)
    destroying = _steepest_fall(terms, per_length, most_destroyed, -1)
    # A use destroyed here and added there changes nothing, so that the two must not sum to more than that.
    over = (most_added > 0) & (most_destroyed > 0) & (adding + destroying > 0)
    fixed_adding = np.where(destroying < 0, -destroying, np.minimum(adding, 0.0))
    fixed_destroying = np.where(adding < 0, -adding, np.minimum(destroying, 0.0))
    return Lines(
        np.where(over, np.minimum(adding, fixed_adding), adding),
        np.where(over, np.minimum(destroying, fixed_destroying), destroying),
    )


def secants(terms: Terms, per_length: float, more: Ints) -> Lines:
    """Return what uses cost on the way to so many more, int64 [n-grams]; where that is none, the first one.

    These are estimates: no bounds.
    """
    up, down = np.maximum(more, 1), np.maximum(-more, 1)
    fewer = np.minimum(down, terms.uses)
    return Lines(terms.change(up, per_length) / up, terms.change(-fewer, per_length) / np.maximum(fewer, 1))


def _steepest_fall(terms: Terms, per_length: float, most: Ints, direction: int) -> Floats:
    """Return the least change per use over 1 to `most` uses more, or fewer; 0 where there can be none."""
    least = np.zeros(len(most))
    for n in range(1, int(most.max(initial=0)) + 1):
        there = most >= n
        more = np.where(there, direction * n, 0)
        change = terms.change(more, per_length) / n
        least = np.where(there, change if n == 1 else np.minimum(least, change), least)
    return least
