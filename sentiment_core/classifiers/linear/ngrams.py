"""Words, n-grams of words, and how often each review uses them, as sparse matrices.

An n-gram is one integer: its words' numbers as digits in base `len(words)`. A vocabulary is then a list of
words and one sorted array of integers per order, which loads at once where a dictionary of a million
strings takes seconds, and counting is NumPy work. The features are those of scikit-learn's CountVectorizer
with the same tokens.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.linear.spelling import Speller
from sentiment_core.errors import ModelError

#: Words as the Penn Treebank has them (do n't, it 's), so that n't is one feature; and each mark of
#: punctuation. Better on validation than keeping don't whole, or than leaving punctuation out.
TOKEN = re.compile(r"\w+(?=n't\b)|n't\b|'(?:s|re|ve|ll|d|m)\b|\w+|[^\w\s]")
#: A word as a person counts them: don't and one's are one each.
WORD = re.compile(r"\w+(?:['’]\w+)*")

Ints = NDArray[np.int64]


def lowered(text: str) -> str:
    """Return the text in small letters and with straight apostrophes, at the same offsets."""
    small = text.lower()
    if len(small) != len(text):  # a few capitals have longer small forms
        small = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)
    return small.replace("’", "'")


def tokens(text: str) -> list[str]:
    """Return the words and punctuation marks of a text, in small letters."""
    return TOKEN.findall(lowered(text))


def token_spans(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of each of `tokens(text)` in the text."""
    return [match.span() for match in TOKEN.finditer(lowered(text))]


def word_count(text: str) -> int:
    """Return the number of words as a person counts them; punctuation is none."""
    return len(WORD.findall(text))


@dataclass(frozen=True)
class Vocabulary:
    """Which n-grams are features, and the column of each.

    Attributes:
        words: the known words; a word's number is its place.
        keys: for order 1, 2, ...: the sorted n-grams; columns follow one another in this order.
        texts_with: in how many training texts each word occurs, where unknown words are read as the known
            ones that they may be misspellings of; None: unknown words are left out.
    """

    words: tuple[str, ...]
    keys: tuple[Ints, ...]
    texts_with: Ints | None = None

    @property
    def size(self) -> int:
        """Return the number of features."""
        return sum(map(len, self.keys))

    def counts(self, texts: Sequence[str]) -> Any:
        """Return a scipy CSR matrix, float64 [n, size]: how often each text uses each n-gram."""
        from scipy.sparse import csr_matrix

        stream = self._stream(texts)
        rows, columns = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
        for order, start, keys in self._blocks():
            grams, in_text, _ = stream.grams(order)
            found, known = _find(grams, keys)
            rows.append(in_text[known])
            columns.append(start + found[known])
        row, column = np.concatenate(rows), np.concatenate(columns)
        matrix = csr_matrix((np.ones(len(row)), (row, column)), shape=(len(texts), self.size))
        matrix.sum_duplicates()
        return matrix

    def knows_any(self, text: str) -> bool:
        """Return whether a text has a known word, or one that is read as one; it ends at the first."""
        return any(self.numbers[match.group()] >= 0 for match in TOKEN.finditer(lowered(text)))

    def occurrences(self, text: str) -> Iterator[tuple[int, Ints, Ints]]:
        """Yield (order, columns, first words): each use of a feature, by the place of its first token."""
        stream = self._stream([text])
        for order, start, keys in self._blocks():
            grams, _, firsts = stream.grams(order)
            columns, known = _find(grams, keys)
            yield order, start + columns[known], firsts[known]

    @cached_property
    def numbers(self) -> Numbers:
        """Return each word's number; asked by [] for a word that is not known, -1 or what it is read as."""
        return Numbers(self.words, self.texts_with)

    def _stream(self, texts: Sequence[str]) -> _WordStream:
        return _WordStream.read(texts, self.numbers.__getitem__, len(self.words))

    def _blocks(self) -> Iterator[tuple[int, int, Ints]]:
        """Yield (order, first column, keys) of each order of n-grams."""
        start = 0
        for order, keys in enumerate(self.keys, start=1):
            yield order, start, keys
            start += len(keys)


def learn(texts: Sequence[str], max_n: int, min_df: int, spelling: bool = False) -> tuple[Vocabulary, Any]:
    """Keep the n-grams up to `max_n` words that occur in at least `min_df` texts; count them too.

    With `spelling`, words that are rarer are read as the frequent ones that they may be misspellings of.

    Returns:
        The vocabulary, and what `vocabulary.counts(texts)` gives.
    """
    from scipy.sparse import hstack

    words, stream, texts_with = _frequent_words(texts, min_df, spelling)
    if stream.base**max_n >= 2**63:
        raise ModelError(f"max_n {max_n} is too long for {len(words):,} words; use a smaller one")
    blocks = [_frequent(stream, order, min_df, len(texts)) for order in range(1, max_n + 1)]
    counts = hstack([counts for _, counts in blocks], format="csr")
    counts.sort_indices()
    return Vocabulary(words, tuple(keys for keys, _ in blocks), texts_with), counts


class Numbers(dict[str, int]):
    """Word -> number; for a word that is not known -1 or, with a speller, that of what it is read as."""

    def __init__(self, words: Sequence[str], texts_with: Ints | None = None) -> None:
        super().__init__((word, number) for number, word in enumerate(words))
        self._speller = None if texts_with is None else Speller(words, texts_with.tolist())

    def __missing__(self, word: str) -> int:
        known = self._speller.read(word) if self._speller else None
        return -1 if known is None else self[known]


@dataclass(frozen=True)
class _WordStream:
    """The word numbers of many texts in a row (-1: unknown), and which text each is in."""

    numbers: Ints
    in_text: Ints
    base: int

    @classmethod
    def read(cls, texts: Sequence[str], number: Callable[[str], int], base: int = 0) -> _WordStream:
        rows = [np.fromiter(map(number, tokens(text)), dtype=np.int64) for text in texts]
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        numbers = np.concatenate([np.empty(0, dtype=np.int64), *rows])
        return cls(numbers, np.repeat(np.arange(len(rows)), lengths), max(1, base))

    def grams(self, order: int) -> tuple[Ints, Ints, Ints]:
        """Return (n-gram, its text, place of its first word) of each n-gram of known words."""
        count = max(0, len(self.numbers) - order + 1)
        grams = np.zeros(count, dtype=np.int64)
        whole = np.ones(count, dtype=bool)
        for offset in range(order):
            word = self.numbers[offset : offset + count]
            whole &= (word >= 0) & (self.in_text[offset : offset + count] == self.in_text[:count])
            grams = grams * self.base + word
        return grams[whole], self.in_text[:count][whole], np.flatnonzero(whole)


def _frequent_words(
    texts: Sequence[str], min_df: int, spelling: bool
) -> tuple[tuple[str, ...], _WordStream, Ints | None]:
    """Return the sorted words of at least `min_df` texts, the texts in their numbers and, for spelling, uses.

    A rarer word is part of no n-gram that is frequent enough, so leaving it out at once loses nothing.
    """
    seen: defaultdict[str, int] = defaultdict()
    seen.default_factory = seen.__len__
    stream = _WordStream.read(texts, seen.__getitem__)
    every = list(seen)
    frequent, counts = _frequent(stream, 1, min_df, len(texts))
    uses = {every[number]: int(n) for number, n in zip(frequent, np.diff(counts.indptr), strict=True)}
    words = sorted(uses)
    texts_with = np.array([uses[word] for word in words], dtype=np.int64) if spelling else None
    numbers = Numbers(words, texts_with)
    renumbered = np.fromiter((numbers[word] for word in every), dtype=np.int64, count=len(every))
    stream = _WordStream(renumbered[stream.numbers], stream.in_text, max(1, len(words)))
    return tuple(words), stream, texts_with


def _frequent(stream: _WordStream, order: int, min_df: int, n_texts: int) -> tuple[Ints, Any]:
    """Return the sorted n-grams of at least `min_df` texts, and their counts (CSC [n, n-grams])."""
    from scipy.sparse import csc_matrix

    grams, in_text, _ = stream.grams(order)
    by_gram = np.argsort(grams, kind="stable")  # stable: the uses of one n-gram stay in the order of texts
    grams, in_text = grams[by_gram], in_text[by_gram]
    new_gram = _begins(grams)
    new_pair = np.flatnonzero(new_gram | _begins(in_text))
    uses = np.diff(new_pair, append=len(grams))
    first_pair = np.flatnonzero(new_gram[new_pair])
    frequent = np.diff(first_pair, append=len(new_pair)) >= min_df
    bounds = np.append(first_pair, len(new_pair))
    shape = (n_texts, len(first_pair))
    counts = csc_matrix((uses.astype(np.float64), in_text[new_pair], bounds), shape=shape)
    return grams[new_pair[first_pair]][frequent], counts[:, frequent]


def _begins(values: Ints) -> NDArray[np.bool_]:
    """Return where a value differs from the one before it."""
    begins = np.ones(len(values), dtype=bool)
    begins[1:] = values[1:] != values[:-1]
    return begins


def _find(grams: Ints, keys: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Return each n-gram's place in `keys`, and whether it is there at all."""
    if not len(keys):
        return np.zeros(len(grams), dtype=np.int64), np.zeros(len(grams), dtype=bool)
    places = np.minimum(np.searchsorted(keys, grams), len(keys) - 1)
    return places, keys[places] == grams
