"""The worst that substitutions of words do to a linear model's answers on some reviews, to first order.

Each place of a review can be given one of its word's candidates: the n-grams around it are lost and others
gained, which moves the log-odds by a sum of weights. Places are taken to act independently, and a review's
length (the norm that its values are divided by) to stay: then the worst k substitutions are the k places with
the largest harm, a maximum of functions that are linear in the weights. This is for training; what a text of
an attacker really does is for a certificate to say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.linear.classifier import LOCAL, Floats, Weighting
from sentiment_core.classifiers.linear.ngrams import Ints, Vocabulary, find, tokens

UNKNOWN = -1
#: Candidates are compared with the n-grams that they make for so many times k places of a review, those
#: that single words say are the worst.
PLACES_COMPARED = 3


@dataclass(frozen=True)
class Candidates:
    """What each known word may be replaced by: numbers[starts[w]:starts[w + 1]] of word w; -1 is unknown."""

    starts: Ints
    numbers: Ints

    @classmethod
    def of(cls, vocabulary: Vocabulary, candidates: Callable[[str], Sequence[str]]) -> Candidates:
        """Ask for every known word; candidates of several words are left out."""
        found = [_numbers(vocabulary, word, candidates(word)) for word in vocabulary.words]
        starts = np.concatenate([[0], np.cumsum([len(numbers) for numbers in found])]).astype(np.int64)
        return cls(starts, np.array([n for numbers in found for n in numbers], dtype=np.int64))

    @property
    def any(self) -> NDArray[np.bool_]:
        """Return bool [words]: whether a word has candidates."""
        return np.diff(self.starts) > 0

    def most(self, values: Floats) -> Floats:
        """Return float64 [words]: the largest value of a word's candidates, -inf without any.

        `values`: float64 [words + 1]; the last is that of an unknown word.
        """
        most = np.full(len(self.starts) - 1, -np.inf)
        if len(self.numbers):
            most[self.any] = np.maximum.reduceat(values[self.numbers], self.starts[:-1][self.any])
        return most


def ties(vocabulary: Vocabulary, weighting: Weighting, candidates: Candidates) -> Any:
    """Return scipy CSR [features, features]: the penalty on what single words and their candidates differ by.

    It is the mean over a word's candidates of the squared difference of what both add to the log-odds (an
    unknown one adds nothing), in the unit of squared weights. Its quadratic form is at least 0.
    """
    from scipy.sparse import csr_matrix

    columns = columns_of_words(vocabulary)
    sizes = np.diff(candidates.starts)
    one = columns[np.repeat(np.arange(len(vocabulary.words)), sizes)]
    two = columns[candidates.numbers]
    factors = weighting.factors / np.sqrt(np.mean(np.square(weighting.factors[: len(vocabulary.keys[0])])))
    values = np.append(factors, 0.0)
    rows = np.arange(len(one))
    scale = 1.0 / np.sqrt(np.repeat(sizes, sizes))
    ends = [(one, values[one] * scale), (two, -values[two] * scale)]
    known = [(rows[end >= 0], end[end >= 0], value[end >= 0]) for end, value in ends]
    shape = (len(one), vocabulary.size)
    places = tuple(np.concatenate([part[axis] for part in known]) for axis in (0, 1))
    differences = csr_matrix((np.concatenate([part[2] for part in known]), places), shape=shape)
    return (differences.T @ differences).tocsr()


def columns_of_words(vocabulary: Vocabulary) -> Ints:
    """Return int64 [words + 1]: the column of each single word; the last, that of an unknown word, is -1."""
    columns = np.full(len(vocabulary.words) + 1, UNKNOWN, dtype=np.int64)
    single = vocabulary.keys[0]
    columns[single] = np.arange(len(single))
    return columns


class Places:
    """The places of some reviews that can be changed, and what a change of each loses and gains."""

    def __init__(
        self,
        texts: Sequence[str],
        vocabulary: Vocabulary,
        weighting: Weighting,
        counts: Any,
        candidates: Candidates,
    ) -> None:
        """Find them; `counts` are the reviews', as the vocabulary counts them."""
        self.vocabulary, self.weighting, self.candidates = vocabulary, weighting, candidates
        self.stream = vocabulary.read(texts)
        numbers = self.stream.numbers
        known = np.flatnonzero(numbers >= 0)
        self.places = known[candidates.any[numbers[known]]]
        self.in_text = self.stream.in_text[self.places].astype(np.int64)
        self.scale = 1.0 / _norms(counts, weighting)
        self.tallies = _Tallies(counts)
        self.lost = self._columns(self.places, numbers[self.places].astype(np.int64))
        self.loss = self._lost_values()

    def worst(self, weights: Floats, signs: Floats, k: int) -> Any:
        """Return scipy CSR [reviews, features]: what the worst k changes take from each review's values.

        Args:
            weights: float64 [features].
            signs: float64 [reviews], 1 where a review is positive, -1 where it is negative.
            k: changes.
        """
        rows, places, numbers = self._chosen(weights, signs, k)
        gained = self._columns(self.places[places], numbers)
        gain = self._gained_values(self.in_text[places], gained)
        taken = (self.lost[places], self.loss[places])
        return _matrix([(rows, *taken, 1.0), (rows, gained, gain, -1.0)], (len(signs), self.vocabulary.size))

    def harm(self, weights: Floats, signs: Floats, k: int) -> Floats:
        """Return float64 [reviews]: how far the worst k changes move the log-odds against the label."""
        taken: Floats = np.asarray(self.worst(weights, signs, k) @ weights) * signs
        return taken

    def _chosen(self, weights: Floats, signs: Floats, k: int) -> tuple[Ints, Ints, Ints]:
        """Return (review, place, new word) of the worst changes."""
        sign = signs[self.in_text]
        lost = sign * self._weigh(weights, self.lost, self.loss)
        single = np.append(self.weighting.factors * weights, 0.0)[columns_of_words(self.vocabulary)]
        best = {side: self.candidates.most(side * single) for side in (1.0, -1.0)}
        words = self.stream.numbers[self.places]
        gained = np.where(sign > 0, best[-1.0][words], best[1.0][words]) * self.scale[self.in_text]
        first = _largest(self.in_text, lost + gained, PLACES_COMPARED * k, above=-np.inf)
        place, number, harm = self._compared(first, weights, sign, lost)
        kept = _largest(self.in_text[place], harm, k)
        return self.in_text[place[kept]], place[kept], number[kept]

    def _compared(
        self, first: Ints, weights: Floats, sign: Floats, lost: Floats
    ) -> tuple[Ints, Ints, Floats]:
        """Return (place, its worst new word, the harm) of some places, n-grams of several words counted."""
        words = self.stream.numbers[self.places[first]]
        begins, ends = self.candidates.starts[words], self.candidates.starts[words + 1]
        sizes = ends - begins
        place = np.repeat(first, sizes)
        offsets = np.arange(len(place)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        numbers = self.candidates.numbers[np.repeat(begins, sizes) + offsets]
        columns = self._columns(self.places[place], numbers)
        gain = self._weigh(weights, columns, self._gained_values(self.in_text[place], columns))
        harm = lost[place] - sign[place] * gain
        best = _largest(place, harm, 1)
        return place[best], numbers[best], harm[best]

    def _columns(self, places: Ints, numbers: Ints) -> Ints:
        """Return int64 [places, windows]: the n-grams around each place with this word in it; -1 for none."""
        stream, found = self.stream.numbers, []
        for order, start, keys in self.vocabulary.blocks():
            for first in range(1 - order, 1):
                grams, whole = np.zeros(len(places), dtype=np.int64), np.ones(len(places), dtype=bool)
                for offset in range(first, first + order):
                    at = np.clip(places + offset, 0, len(stream) - 1)
                    inside = (at == places + offset) & (
                        self.stream.in_text[at] == self.stream.in_text[places]
                    )
                    word = numbers if offset == 0 else stream[at]
                    whole &= inside & (word >= 0)
                    grams = grams * self.stream.base + word
                column, known = find(grams, keys)
                found.append(np.where(whole & known, start + column, UNKNOWN))
        return np.stack(found, axis=1)

    def _lost_values(self) -> Floats:
        """Return float64 [places, windows]: how much of its feature's value each n-gram loses."""
        uses = self.tallies.of(self.in_text, self.lost)
        return self._scaled(self._local(uses) - self._local(uses - 1), self.in_text, self.lost)

    def _gained_values(self, in_text: Ints, columns: Ints) -> Floats:
        uses = self.tallies.of(in_text, columns)
        return self._scaled(self._local(uses + 1) - self._local(uses), in_text, columns)

    def _local(self, uses: Ints) -> Floats:
        values: Floats = np.zeros(uses.shape)
        there = uses > 0
        values[there] = LOCAL[self.weighting.local](uses[there].astype(np.float64))
        return values

    def _scaled(self, values: Floats, in_text: Ints, columns: Ints) -> Floats:
        factors = np.append(self.weighting.factors, 0.0)[columns]
        scaled: Floats = values * factors * self.scale[in_text][:, None]
        return scaled

    def _weigh(self, weights: Floats, columns: Ints, values: Floats) -> Floats:
        weighed: Floats = (np.append(weights, 0.0)[columns] * values).sum(axis=1)
        return weighed


class _Tallies:
    """How often each review uses each n-gram, to be asked for many at once."""

    def __init__(self, counts: Any) -> None:
        self.size = counts.shape[1]
        rows = np.repeat(np.arange(counts.shape[0], dtype=np.int64), np.diff(counts.indptr))
        self.cells = rows * self.size + counts.indices
        self.uses = counts.data.astype(np.int64)

    def of(self, in_text: Ints, columns: Ints) -> Ints:
        """Return int64 [n, windows]: 0 where a review has it not, or there is no column."""
        if not len(self.cells):
            return np.zeros(columns.shape, dtype=np.int64)
        wanted = in_text[:, None] * self.size + columns
        at = np.minimum(np.searchsorted(self.cells, wanted), len(self.cells) - 1)
        return np.where((columns >= 0) & (self.cells[at] == wanted), self.uses[at], 0)


def _numbers(vocabulary: Vocabulary, word: str, candidates: Sequence[str]) -> list[int]:
    read = [tokens(candidate) for candidate in candidates]
    single = {found[0] for found in read if len(found) == 1} - {word}
    return sorted({vocabulary.numbers[name] for name in single})


def _norms(counts: Any, weighting: Weighting) -> Floats:
    if not weighting.normalised:
        return np.ones(counts.shape[0])
    found = Weighting(weighting.local, weighting.factors, normalised=False).features(counts)
    norms: Floats = np.sqrt(np.asarray(found.multiply(found).sum(axis=1)).ravel())
    return np.where(norms > 0, norms, 1.0)


def _largest(groups: Ints, values: Floats, k: int, above: float = 0.0) -> Ints:
    """Return the places of the k largest values of each group that are above a limit, by group."""
    there = np.flatnonzero(values > above)
    order = there[np.lexsort((-values[there], groups[there]))]
    ranks = np.arange(len(order)) - np.searchsorted(groups[order], groups[order])
    return order[ranks < k]


def _matrix(parts: list[tuple[Ints, Ints, Floats, float]], shape: tuple[int, int]) -> Any:
    """Return the sum of parts of (row, columns, values, sign); columns of -1 are none."""
    from scipy.sparse import csr_matrix

    rows = np.concatenate([np.repeat(rows, columns.shape[1]) for rows, columns, _, _ in parts])
    columns = np.concatenate([columns.ravel() for _, columns, _, _ in parts])
    values = np.concatenate([sign * values.ravel() for _, _, values, sign in parts])
    there = columns >= 0
    return csr_matrix((values[there], (rows[there], columns[there])), shape=shape)
