"""Scoring edited texts with a linear model by reading again only the n-grams that an edit touches.

The counts are those of the whole text exactly, and the arithmetic after them is the classifier's in its own
order. So the log-odds equal its `log_odds` in the last bit, which matters because searches break ties.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attacks.engine.fast.edits import EditedText, Stretch, between_spaces
from attacks.engine.fast.linear_rows import Part, Row, assembled, log_odds
from sentiment_core.classifiers.linear.classifier import Floats, LinearClassifier
from sentiment_core.classifiers.linear.ngrams import TOKEN, Ints, Vocabulary, lowered, tokens

#: Texts whose counts are kept, and characters of all of them: a search edits one text, or the few of a beam
#: or population.
SOURCES, SOURCE_CHARACTERS = 64, 2**21
#: Tokens around an edit up to which they are remembered: a text without white space is one place.
LARGEST_PLACE = 64
#: Columns that are remembered of n-grams once looked up.
LOOKED_UP = 2**18
#: Place of an n-gram that is no feature.
NOWHERE = -1


class Place(NamedTuple):
    """A stretch of a source, between white space, that edits change: many candidates are edits of one.

    Attributes:
        start, end: in characters.
        first, last: in tokens.
        before, after: numbers of the tokens beside it that n-grams reach into.
        lost: by column, minus how often the n-grams that have a token inside occur.
    """

    start: int
    end: int
    first: int
    last: int
    before: list[int]
    after: list[int]
    lost: Mapping[int, int]


@dataclass(frozen=True)
class Source:
    """A text that others are made from; `numbers` and `starts` are those of its tokens."""

    text: str
    numbers: list[int]
    starts: list[int]
    row: Row
    places: dict[tuple[int, int], Place] = field(default_factory=dict)


_NO_CHANGE: Mapping[int, int] = {}


class FastLinear:
    """Log-odds of a linear model for texts made from one another."""

    def __init__(self, classifier: LinearClassifier) -> None:
        self.classifier = classifier
        self._words = classifier.vocabulary.numbers
        self._orders = [_Columns(keys, start) for start, keys in _blocks(classifier.vocabulary)]
        self._base = max(1, len(classifier.vocabulary.words))
        self._sources: OrderedDict[str, Source] = OrderedDict()

    def clear(self) -> None:
        """Forget the texts of an earlier example."""
        self._sources.clear()
        for columns in self._orders:
            columns.clear()

    def log_odds(self, texts: Sequence[str]) -> Floats:
        """Return float64 [n], equal to `classifier.log_odds(texts)`; EditedText is what makes it fast."""
        local = [is_local(text) for text in texts]
        whole = iter(self._rows([text for text, near in zip(texts, local, strict=True) if not near]))
        parts = [
            self._edited(text) if near else (next(whole), _NO_CHANGE)
            for text, near in zip(texts, local, strict=True)
        ]
        return log_odds(self.classifier, assembled(parts), len(texts))

    def _edited(self, text: str) -> Part:
        assert isinstance(text, EditedText)
        source = self._source(text.source)
        return source.row, self._differences(source, text)

    def _differences(self, source: Source, text: EditedText) -> dict[int, int]:
        """Return by how much each column's count differs; n-grams beside the edit stay."""
        place = self._place(source, text.stretch)
        differences = dict(place.lost)
        inside = text[place.start : place.end + text.stretch.growth]
        self._add(differences, place.before, [self._words[word] for word in tokens(inside)], place.after, 1)
        return differences

    def _place(self, source: Source, stretch: Stretch) -> Place:
        """Return the surroundings of an edit; tokens never go across white space."""
        key = (stretch.start, stretch.end)
        place = source.places.get(key)
        if place is None:
            start, end = between_spaces(source.text, stretch.start, stretch.end)
            first, last = bisect_left(source.starts, start), bisect_left(source.starts, end)
            beside = len(self._orders) - 1
            before = source.numbers[max(0, first - beside) : first]
            after = source.numbers[last : last + beside]
            lost: dict[int, int] = {}
            self._add(lost, before, source.numbers[first:last], after, -1)
            place = Place(start, end, first, last, before, after, lost)
            if last - first <= LARGEST_PLACE:
                source.places[key] = place
        return place

    def _add(
        self, differences: dict[int, int], before: list[int], inside: list[int], after: list[int], sign: int
    ) -> None:
        """Count the n-grams that have a word of `inside`, or go across it where it is empty."""
        numbers, first, last = [*before, *inside, *after], len(before), len(before) + len(inside)
        most, base = len(self._orders), self._base
        for at in range(max(0, first - most + 1), last):
            gram = 0
            for end, number in enumerate(numbers[at : at + most], start=at + 1):
                if number < 0:
                    break
                gram = gram * base + number
                if end > first:
                    column = self._orders[end - at - 1][gram]
                    if column != NOWHERE:
                        differences[column] = differences.get(column, 0) + sign

    def _source(self, text: str) -> Source:
        source = self._sources.get(text)
        if source is None:
            known = isinstance(text, EditedText) and is_local(text) and text.source in self._sources
            source = self._edited_source(text) if known else self._read_source(text)
            self._sources[text] = source
            while len(self._sources) > max(2, min(SOURCES, SOURCE_CHARACTERS // (1 + len(text)))):
                self._sources.popitem(last=False)
        return source

    def _edited_source(self, text: str) -> Source:
        assert isinstance(text, EditedText)
        source, growth = self._source(text.source), text.stretch.growth
        place = self._place(source, text.stretch)
        numbers, starts = self._tokens(text[place.start : place.end + growth])
        numbers = [*source.numbers[: place.first], *numbers, *source.numbers[place.last :]]
        inside = [place.start + start for start in starts]
        later = [start + growth for start in source.starts[place.last :]]
        columns, counts, _ = assembled([(source.row, self._differences(source, text))])
        starts = [*source.starts[: place.first], *inside, *later]
        return Source(str(text), numbers, starts, Row(columns, counts))

    def _read_source(self, text: str) -> Source:
        return Source(str(text), *self._tokens(text), self._rows([text])[0])

    def _tokens(self, text: str) -> tuple[list[int], list[int]]:
        """Return the tokens' numbers and where they start."""
        found = [(match.group(), match.start()) for match in TOKEN.finditer(lowered(text))]
        return [self._words[word] for word, _ in found], [start for _, start in found]

    def _rows(self, texts: Sequence[str]) -> list[Row]:
        """Return the rows of texts that are read as a whole."""
        if not texts:
            return []
        counts = self.classifier.vocabulary.counts(texts)
        bounds = zip(counts.indptr, counts.indptr[1:], strict=False)
        columns = counts.indices.astype(np.int64)
        return [Row(columns[start:end], counts.data[start:end]) for start, end in bounds]


def is_local(text: str) -> bool:
    """Whether a text was made by an edit whose neighbourhood can be read by itself."""
    if not isinstance(text, EditedText):
        return False
    start, _, new_end = text.stretch
    return _keeps_its_length(text[start:new_end]) and (text.source.isascii() or _kept_its_length(text.source))


class _Columns(dict[int, int]):
    """N-gram -> column of one order of n-grams, looked up in the sorted keys when first asked for."""

    def __init__(self, keys: NDArray[np.int64], start: int) -> None:
        super().__init__()
        self.grams, self.start = keys, start

    def __missing__(self, gram: int) -> int:
        if len(self) >= LOOKED_UP:
            self.clear()
        place = int(self.grams.searchsorted(gram))
        found = place < len(self.grams) and int(self.grams[place]) == gram
        self[gram] = self.start + place if found else NOWHERE
        return self[gram]


def _blocks(vocabulary: Vocabulary) -> list[tuple[int, Ints]]:
    """Return (first column, keys) of each order of n-grams; columns follow one another."""
    starts = np.cumsum([0, *(len(keys) for keys in vocabulary.keys)])
    return [(int(start), keys) for start, keys in zip(starts, vocabulary.keys, strict=False)]


def _keeps_its_length(text: str) -> bool:
    """Whether each letter has a small form of one letter; else tokens are found letter by letter."""
    return text.isascii() or len(text.lower()) == len(text)


#: Of the sources, of which there are few with many candidates each.
_kept_its_length = lru_cache(maxsize=16)(_keeps_its_length)
