"""Words, n-grams of words, and how often each review uses them, as sparse matrices.

An n-gram is one integer: its words' numbers as digits in base `len(words)`. A vocabulary is then a list of
words and one sorted array of integers per order, which loads at once where a dictionary of a million
strings takes seconds, and counting is NumPy work. The features are those of scikit-learn's CountVectorizer
with the same tokens.
"""

from __future__ import annotations

import re
from array import array
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

#: Texts counted at once: bounds the memory.
CHUNK = 2000


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
        """Return a scipy CSR matrix, int32 [n, size]: how often each text uses each n-gram."""
        return self._counts(self.read(texts), len(texts))

    def knows_any(self, text: str) -> bool:
        """Return whether a text has a known word, or one that is read as one; it ends at the first."""
        return any(self.numbers[match.group()] >= 0 for match in TOKEN.finditer(lowered(text)))

    def occurrences(self, text: str) -> Iterator[tuple[int, Ints, Ints]]:
        """Yield (order, columns, first words): each use of a feature, by the place of its first token."""
        stream = self.read([text])
        for order, start, keys in self.blocks():
            grams, _, firsts = stream.grams(order)
            columns, known = find(grams, keys)
            yield order, start + columns[known], firsts[known]

    @cached_property
    def numbers(self) -> Numbers:
        """Return each word's number; asked by [] for a word that is not known, -1 or what it is read as."""
        return Numbers(self.words, self.texts_with)

    def counts_of(self, stream: WordStream, n_texts: int) -> Any:
        """Return what `counts` gives for texts that are read already; some at a time, which bounds memory."""
        from scipy.sparse import vstack

        starts = range(0, max(1, n_texts), CHUNK)
        sizes = [min(CHUNK, n_texts - start) for start in starts]
        parts = [self._counts(stream.part(at, at + n), n) for at, n in zip(starts, sizes, strict=True)]
        return vstack(parts, format="csr")

    def _counts(self, stream: WordStream, n_texts: int) -> Any:
        cells = []
        for order, start, keys in self.blocks():
            uses = _Uses.of(stream, order)
            places, known = find(uses.grams, keys)
            cells.append(uses.cells(known, start + places, self.size))
        return _matrix(np.concatenate([np.empty(0, dtype=np.int64), *cells]), n_texts, self.size)

    def read(self, texts: Sequence[str]) -> WordStream:
        """Return the word numbers of all texts in a row."""
        return WordStream.read(texts, self.numbers.__getitem__, len(self.words))

    def blocks(self) -> Iterator[tuple[int, int, Ints]]:
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
    words, stream, texts_with = _frequent_words(texts, min_df, spelling)
    if stream.base**max_n >= 2**63:
        raise ModelError(f"max_n {max_n} is too long for {len(words):,} words; use a smaller one")
    keys = tuple(_frequent(stream, order, min_df) for order in range(1, max_n + 1))
    vocabulary = Vocabulary(words, keys, texts_with)
    return vocabulary, vocabulary.counts_of(stream, len(texts))


class Numbers(dict[str, int]):
    """Word -> number; for a word that is not known -1 or, with a speller, that of what it is read as."""

    def __init__(self, words: Sequence[str], texts_with: Ints | None = None) -> None:
        super().__init__((word, number) for number, word in enumerate(words))
        self._speller = None if texts_with is None else Speller(words, texts_with.tolist())

    def __missing__(self, word: str) -> int:
        known = self._speller.read(word) if self._speller else None
        return -1 if known is None else self[known]


@dataclass(frozen=True)
class WordStream:
    """The word numbers of many texts in a row (-1: unknown), and which text each is in; `base`: known words.

    32 bits each: training on 20,000 reviews holds five million of both.
    """

    numbers: NDArray[np.int32]
    in_text: NDArray[np.int32]
    base: int

    @classmethod
    def read(cls, texts: Sequence[str], number: Callable[[str], int], base: int = 0) -> WordStream:
        """Return the numbers that `number` gives to the texts' words."""
        numbers, lengths = array("i"), array("q")
        for text in texts:
            found = tokens(text)
            numbers.extend(map(number, found))
            lengths.append(len(found))
        in_text = np.repeat(np.arange(len(texts), dtype=np.int32), np.array(lengths, dtype=np.int64))
        return cls(np.array(numbers, dtype=np.int32), in_text, max(1, base))

    def part(self, start: int, end: int) -> WordStream:
        """Return the texts from `start` to before `end`, counted from 0 again."""
        words = slice(*np.searchsorted(self.in_text, [start, end]))
        return WordStream(self.numbers[words], self.in_text[words] - np.int32(start), self.base)

    def grams(self, order: int) -> tuple[Ints, NDArray[np.int32], Ints]:
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
) -> tuple[tuple[str, ...], WordStream, Ints | None]:
    """Return the sorted words of at least `min_df` texts, the texts in their numbers and, for spelling, uses.

    A rarer word is part of no n-gram that is frequent enough, so leaving it out at once loses nothing.
    """
    seen: defaultdict[str, int] = defaultdict()
    seen.default_factory = seen.__len__
    stream = WordStream.read(texts, seen.__getitem__)
    every = list(seen)
    grams = _Uses.of(stream, 1)
    in_texts = zip(grams.grams.tolist(), grams.texts_with().tolist(), strict=True)
    uses = {every[number]: n for number, n in in_texts if n >= min_df}
    words = sorted(uses)
    texts_with = np.array([uses[word] for word in words], dtype=np.int64) if spelling else None
    numbers = Numbers(words, texts_with)
    renumbered = np.fromiter((numbers[word] for word in every), dtype=np.int32, count=len(every))
    stream = WordStream(renumbered[stream.numbers], stream.in_text, max(1, len(words)))
    return tuple(words), stream, texts_with


@dataclass(frozen=True)
class _Uses:
    """Every use of the n-grams of one order, by n-gram and then by text.

    Attributes:
        grams: the different n-grams, sorted.
        starts: the place of each one's first use.
        in_text: the text of each use.
    """

    grams: Ints
    starts: Ints
    in_text: Ints

    @classmethod
    def of(cls, stream: WordStream, order: int) -> _Uses:
        """Sort the stream's uses: as one number each, which NumPy does ten times as fast as pairs."""
        grams, in_text, _ = stream.grams(order)
        bits = int(in_text.max(initial=0)).bit_length()
        if int(grams.max(initial=0)) < 2 ** (63 - bits):
            grams <<= bits
            grams |= in_text
            grams.sort()
            texts = grams & ((1 << bits) - 1)
            grams >>= bits
        else:
            by_gram = np.lexsort((in_text, grams))
            grams, texts = grams[by_gram], in_text[by_gram].astype(np.int64)
        starts = np.flatnonzero(_begins(grams))
        return cls(grams[starts], starts, texts)

    def texts_with(self) -> Ints:
        """Return in how many texts each n-gram occurs."""
        new_text = _begins(self.in_text)
        new_text[self.starts] = True
        return np.diff(np.flatnonzero(new_text).searchsorted(self.starts), append=np.count_nonzero(new_text))

    def cells(self, kept: NDArray[np.bool_], columns: Ints, size: int) -> Ints:
        """Return each use of the n-grams that are `kept`, as one number: its text, then its column < size."""
        uses = np.diff(self.starts, append=len(self.in_text))
        cells = self.in_text[np.repeat(kept, uses)] << size.bit_length()
        cells |= np.repeat(columns[kept], uses[kept])
        return cells


def _frequent(stream: WordStream, order: int, min_df: int) -> Ints:
    """Return the sorted n-grams of at least `min_df` texts."""
    uses = _Uses.of(stream, order)
    return uses.grams[uses.texts_with() >= min_df]


def _matrix(cells: Ints, n_texts: int, size: int) -> Any:
    """Return a scipy CSR matrix, int32 [n_texts, size]: how often each cell is there."""
    from scipy.sparse import csr_matrix

    bits = size.bit_length()
    cells.sort()
    starts = np.flatnonzero(_begins(cells))
    counts = np.diff(starts, append=len(cells)).astype(np.int32)
    cells = cells[starts]
    ends = np.searchsorted(cells, np.arange(n_texts + 1, dtype=np.int64) << bits)
    return csr_matrix((counts, (cells & ((1 << bits) - 1)).astype(np.int32), ends), shape=(n_texts, size))


def _begins(values: Ints) -> NDArray[np.bool_]:
    """Return where a value differs from the one before it."""
    begins = np.ones(len(values), dtype=bool)
    begins[1:] = values[1:] != values[:-1]
    return begins


def find(grams: Ints, keys: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Return each n-gram's place in `keys`, and whether it is there at all."""
    if not len(keys):
        return np.zeros(len(grams), dtype=np.int64), np.zeros(len(grams), dtype=bool)
    places = np.minimum(np.searchsorted(keys, grams), len(keys) - 1)
    return places, keys[places] == grams
