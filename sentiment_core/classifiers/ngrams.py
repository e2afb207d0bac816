"""Words, n-grams of words, and how often each review uses them, as sparse matrices.

An n-gram is one integer: its words' numbers as digits in base `len(words)`. A vocabulary is then a list of
words and one sorted array of integers an order, which loads at once where a dictionary of a million
strings takes seconds, and counting is NumPy work. The features are those of scikit-learn's CountVectorizer
with the same token pattern.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core.errors import ModelError

#: A word with its apostrophes (don't, one's), or one mark of punctuation.
TOKEN = re.compile(r"\w+(?:'\w+)*|[^\w\s]")

Ints = NDArray[np.int64]


def lowered(text: str) -> str:
    """Return the text in small letters, at the same offsets (a few capitals have longer small forms)."""
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)


def tokens(text: str) -> list[str]:
    """Return the words and punctuation marks of a text, in small letters."""
    return TOKEN.findall(lowered(text))


def is_word(token: str) -> bool:
    """Return whether a token is a word rather than a mark of punctuation."""
    return token[-1].isalnum() or token[-1] == "_"


def token_spans(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of each of `tokens(text)` in the text."""
    return [match.span() for match in TOKEN.finditer(lowered(text))]


@dataclass(frozen=True)
class Vocabulary:
    """Which n-grams are features, and in which column each stands.

    Attributes:
        words: the known words; a word's number is its place.
        keys: for order 1, 2, ...: the sorted n-grams; columns follow one another in this order.
    """

    words: tuple[str, ...]
    keys: tuple[Ints, ...]

    @property
    def size(self) -> int:
        """Return the number of features."""
        return sum(map(len, self.keys))

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Return each word's number."""
        return {word: number for number, word in enumerate(self.words)}

    def counts(self, texts: Sequence[str]) -> Any:
        """Return a scipy CSR matrix, float64 [n, size]: how often each text uses each n-gram."""
        return counts_of([tokens(text) for text in texts], self)

    def occurrences(self, text: str) -> Iterator[tuple[int, Ints, Ints]]:
        """Yield (order, columns, first words): each use of a feature, by the place of its first word."""
        stream = _WordStream.of([tokens(text)], self.numbers)
        for order, start, keys in self.column_blocks():
            grams, _, firsts = stream.grams(order)
            columns, known = _find(grams, keys)
            yield order, start + columns[known], firsts[known]

    def column_blocks(self) -> Iterator[tuple[int, int, Ints]]:
        """Yield (order, first column, keys) of each order of n-grams."""
        start = 0
        for order, keys in enumerate(self.keys, start=1):
            yield order, start, keys
            start += len(keys)


def learn_vocabulary(token_lists: Sequence[Sequence[str]], max_n: int, min_df: int) -> Vocabulary:
    """Keep the n-grams up to `max_n` words that stand in at least `min_df` texts."""
    frequency = Counter(word for words in token_lists for word in set(words))
    # A rarer word can be part of no n-gram that is frequent enough, so it is left out at once.
    words = sorted(word for word, count in frequency.items() if count >= min_df)
    if max(1, len(words)) ** max_n >= 2**63:
        raise ModelError(f"max_n {max_n} is too long for {len(words):,} words; use a smaller one")
    stream = _WordStream.of(token_lists, {word: number for number, word in enumerate(words)})
    keys = tuple(_frequent(stream, order, min_df) for order in range(1, max_n + 1))
    return Vocabulary(tuple(words), keys)


def counts_of(token_lists: Sequence[Sequence[str]], vocabulary: Vocabulary) -> Any:
    """Return a scipy CSR matrix, float64 [n, vocabulary.size], of texts that are tokens already."""
    from scipy.sparse import csr_matrix

    stream = _WordStream.of(token_lists, vocabulary.numbers)
    rows, columns = [], []
    for order, start, keys in vocabulary.column_blocks():
        grams, texts, _ = stream.grams(order)
        found, known = _find(grams, keys)
        rows.append(texts[known])
        columns.append(start + found[known])
    row, column = np.concatenate(rows), np.concatenate(columns)
    matrix = csr_matrix((np.ones(len(row)), (row, column)), shape=(len(token_lists), vocabulary.size))
    matrix.sum_duplicates()
    return matrix


@dataclass(frozen=True)
class _WordStream:
    """The word numbers of many texts in a row (-1: unknown), and which text each stands in."""

    numbers: Ints
    texts: Ints
    base: int

    @classmethod
    def of(cls, token_lists: Sequence[Sequence[str]], numbers: dict[str, int]) -> _WordStream:
        lengths = np.array([len(words) for words in token_lists], dtype=np.int64)
        known = (numbers.get(word, -1) for words in token_lists for word in words)
        stream = np.fromiter(known, dtype=np.int64, count=int(lengths.sum()))
        return cls(stream, np.repeat(np.arange(len(lengths)), lengths), max(1, len(numbers)))

    def grams(self, order: int) -> tuple[Ints, Ints, Ints]:
        """Return (n-gram, its text, place of its first word) of each n-gram of known words."""
        count = max(0, len(self.numbers) - order + 1)
        grams = np.zeros(count, dtype=np.int64)
        whole = np.ones(count, dtype=bool)
        for offset in range(order):
            word = self.numbers[offset : offset + count]
            whole &= (word >= 0) & (self.texts[offset : offset + count] == self.texts[:count])
            grams = grams * self.base + word
        return grams[whole], self.texts[:count][whole], np.flatnonzero(whole)


def _frequent(stream: _WordStream, order: int, min_df: int) -> Ints:
    """Return the sorted n-grams of this order that stand in at least `min_df` texts."""
    grams, texts, _ = stream.grams(order)
    by_gram = np.argsort(grams, kind="stable")  # stable: the uses of one n-gram stay in the order of texts
    grams, texts = grams[by_gram], texts[by_gram]
    first_in_text = np.ones(len(grams), dtype=bool)
    first_in_text[1:] = (grams[1:] != grams[:-1]) | (texts[1:] != texts[:-1])
    keys, document_frequency = np.unique(grams[first_in_text], return_counts=True)
    return keys[document_frequency >= min_df]


def _find(grams: Ints, keys: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Return each n-gram's place in `keys`, and whether it is there at all."""
    if not len(keys):
        return np.zeros(len(grams), dtype=np.int64), np.zeros(len(grams), dtype=bool)
    places = np.minimum(np.searchsorted(keys, grams), len(keys) - 1)
    return places, keys[places] == grams
