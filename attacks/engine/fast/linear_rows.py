"""A linear model's arithmetic on texts that are given as another text's row of counts and what differs.

It is the classifier's own in its own order, so that results are equal in the last bit.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sentiment_core.classifiers.linear.classifier import LOCAL, Floats, LinearClassifier
from sentiment_core.classifiers.linear.ngrams import Ints


@dataclass(frozen=True)
class Row:
    """Which n-grams a text uses, as columns in rising order, and how often each."""

    columns: Ints
    counts: Floats

    @cached_property
    def listed(self) -> list[int]:
        """Return the columns as a list, in which Python searches faster."""
        columns: list[int] = self.columns.tolist()
        return columns


class Rows(NamedTuple):
    """Many rows one after the other; `texts` says whose each entry is."""

    columns: Ints
    counts: Floats
    texts: Ints


#: A text's row, but for these differences: by column, how much more often.
Part = tuple[Row, Mapping[int, int]]
_NO_COLUMNS, _NO_COUNTS = np.empty(0, dtype=np.int64), np.empty(0)


def log_odds(classifier: LinearClassifier, rows: Rows, n: int) -> Floats:
    """Return the classifier's log-odds of n texts: the arithmetic of `Weighting.features` in its order."""
    weighting = classifier.weighting
    values = LOCAL[weighting.local](rows.counts) * weighting.factors[rows.columns]
    if weighting.normalised:
        norms = np.sqrt(_squares(values, rows.texts, n))
        values /= np.where(norms > 0, norms, 1.0)[rows.texts]
    weighted = values * classifier.weights[rows.columns]
    # bincount adds one after the other, as scipy's product of a sparse matrix and a vector does.
    sums = np.bincount(rows.texts, weights=weighted, minlength=n)
    return np.asarray(sums + classifier.bias, dtype=np.float64)


def _squares(values: Floats, texts: Ints, n: int) -> Floats:
    """Return each text's sum of squares as scipy adds it up: zeros left out, then NumPy's reduceat."""
    squares = values * values
    used = squares != 0
    if not used.all():
        squares, texts = squares[used], texts[used]
    sums = np.zeros(n)
    firsts = np.flatnonzero(np.diff(texts, prepend=-1))
    if len(firsts):
        sums[texts[firsts]] = np.add.reduceat(squares, firsts)
    return sums


def assembled(parts: Sequence[Part]) -> Rows:
    """Return the rows with their differences, each again in rising order and without zeros."""
    known: list[tuple[int, int]] = []  # place among all entries, difference
    new: list[tuple[int, int, int]] = []  # place before which it comes, column, count
    lengths, start = [], 0
    for row, differences in parts:
        added = len(new)
        for column in sorted(differences):
            place = bisect_left(row.listed, column)
            if place < len(row.listed) and row.listed[place] == column:
                known.append((start + place, differences[column]))
            elif differences[column]:
                new.append((start + place, column, differences[column]))
        start += len(row.columns)
        lengths.append(len(row.columns) + len(new) - added)
    columns = np.concatenate([_NO_COLUMNS, *(row.columns for row, _ in parts)])
    counts = np.concatenate([_NO_COUNTS, *(row.counts for row, _ in parts)])
    if known:
        places, by = np.array(known).T
        counts[places] += by
    if new:
        columns, counts = _with_new(columns, counts, np.array(new).T)
    texts = np.repeat(np.arange(len(parts)), lengths)
    used = counts > 0
    return Rows(columns[used], counts[used], texts[used])


def _with_new(columns: Ints, counts: Floats, new: Ints) -> tuple[Ints, Floats]:
    """Return the entries with new ones among them."""
    places = new[0] + np.arange(new.shape[1])
    old = np.ones(len(columns) + new.shape[1], dtype=bool)
    old[places] = False
    both = np.empty(len(old), dtype=np.int64), np.empty(len(old))
    for target, entries, added in zip(both, (columns, counts), new[1:], strict=True):
        target[old], target[places] = entries, added
    return both
