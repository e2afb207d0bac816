"""Scoring edited texts with a linear model by reading again only the n-grams that an edit touches.

The counts are those of the whole text exactly, and the arithmetic after them is the classifier's in its own
order. So the log-odds equal its `log_odds` in the last bit, which matters because searches break ties.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attacks.edits import EditedText, between_spaces
from sentiment_core.classifiers.linear import LOCAL, Floats, LinearClassifier
from sentiment_core.classifiers.ngrams import Ints, Vocabulary, lowered, token_spans

#: Texts whose counts are kept: a search edits one text, or the few of a beam or population.
SOURCES = 64
#: Place of an n-gram that is no feature.
NOWHERE = -1


class Row(NamedTuple):
    """Which n-grams a text uses, as columns in rising order, and how often each."""

    columns: Ints
    counts: Floats


@dataclass(frozen=True)
class Source:
    """A text that others are made from; `numbers` and `starts` are those of its tokens."""

    text: str
    numbers: list[int]
    starts: list[int]
    row: Row

    @cached_property
    def columns(self) -> list[int]:
        """Return the row's columns as a list, in which Python searches faster."""
        columns: list[int] = self.row.columns.tolist()
        return columns


class Change(NamedTuple):
    """An edit in tokens: source.numbers[first:last] become `numbers`, which stand at `starts`."""

    first: int
    last: int
    numbers: list[int]
    starts: list[int]


class FastLinear:
    """Log-odds of a linear model for texts made from one another."""

    def __init__(self, classifier: LinearClassifier) -> None:
        self.classifier = classifier
        self._words = classifier.vocabulary.numbers
        self._places = [_Places(keys, start) for start, keys in _blocks(classifier.vocabulary)]
        self._base = max(1, len(classifier.vocabulary.words))
        self._sources: OrderedDict[str, Source] = OrderedDict()

    def clear(self) -> None:
        """Forget the texts of an earlier example."""
        self._sources.clear()
        for places in self._places:
            places.clear()

    def log_odds(self, texts: Sequence[str]) -> Floats:
        """Return float64 [n], equal to `classifier.log_odds(texts)`; EditedText is what makes it fast."""
        rows = [self._row_after_edit(text) if is_local(text) else None for text in texts]
        unread = iter(self._rows([text for text, row in zip(texts, rows, strict=True) if row is None]))
        return log_odds(self.classifier, [row or next(unread) for row in rows])

    def _row_after_edit(self, text: str) -> Row:
        assert isinstance(text, EditedText)
        source = self._source(text.source)
        return _changed(source, self._differences(source, self._read(source, text)))

    def _read(self, source: Source, text: EditedText) -> Change:
        """Read the tokens between the white space around the edit; all others are the source's."""
        start, end = between_spaces(source.text, text.stretch.start, text.stretch.end)
        region = text[start : end + text.stretch.growth]
        numbers, starts = self._tokens(region)
        first, last = bisect_left(source.starts, start), bisect_left(source.starts, end)
        return Change(first, last, numbers, [start + place for place in starts])

    def _differences(self, source: Source, change: Change) -> dict[int, int]:
        """Return by how much each column's count differs; n-grams beside the edit cancel out."""
        beside = len(self._places) - 1
        before = source.numbers[max(0, change.first - beside) : change.first]
        after = source.numbers[change.last : change.last + beside]
        differences: dict[int, int] = {}
        self._add(differences, [*before, *change.numbers, *after], 1)
        self._add(differences, [*before, *source.numbers[change.first : change.last], *after], -1)
        return differences

    def _add(self, differences: dict[int, int], numbers: list[int], sign: int) -> None:
        """Count the n-grams of a run of words."""
        for order, places in enumerate(self._places, start=1):
            for at in range(len(numbers) - order + 1):
                gram = 0
                for number in numbers[at : at + order]:
                    if number < 0:
                        break
                    gram = gram * self._base + number
                else:
                    column = places[gram]
                    if column != NOWHERE:
                        differences[column] = differences.get(column, 0) + sign

    def _source(self, text: str) -> Source:
        source = self._sources.get(text)
        if source is None:
            known = isinstance(text, EditedText) and is_local(text) and text.source in self._sources
            source = self._edited_source(text) if known else self._read_source(text)
            self._sources[text] = source
            if len(self._sources) > SOURCES:
                self._sources.popitem(last=False)
        return source

    def _edited_source(self, text: str) -> Source:
        assert isinstance(text, EditedText)
        source = self._source(text.source)
        change = self._read(source, text)
        numbers = [*source.numbers[: change.first], *change.numbers, *source.numbers[change.last :]]
        later = [start + text.stretch.growth for start in source.starts[change.last :]]
        starts = [*source.starts[: change.first], *change.starts, *later]
        return Source(str(text), numbers, starts, _changed(source, self._differences(source, change)))

    def _read_source(self, text: str) -> Source:
        return Source(str(text), *self._tokens(text), self._rows([text])[0])

    def _tokens(self, text: str) -> tuple[list[int], list[int]]:
        small, spans = lowered(text), token_spans(text)
        numbers = [self._words[small[start:end]] for start, end in spans]
        return numbers, [start for start, _ in spans]

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
    return isinstance(text, EditedText) and _keeps_its_length(text) and _keeps_its_length(text.source)


def log_odds(classifier: LinearClassifier, rows: Sequence[Row]) -> Floats:
    """Return the classifier's log-odds, float64 [n]: the arithmetic of `Weighting.features` in its order."""
    from scipy.sparse import csr_matrix

    weighting = classifier.weighting
    columns = np.concatenate([np.empty(0, dtype=np.int64), *(row.columns for row in rows)])
    counts = np.concatenate([np.empty(0), *(row.counts for row in rows)])
    bounds = np.cumsum([0, *(len(row.columns) for row in rows)])
    values = LOCAL[weighting.local](counts) * weighting.factors[columns]
    if weighting.normalised:
        norms = np.sqrt(_row_sums(values * values, bounds))
        values /= np.repeat(np.where(norms > 0, norms, 1.0), np.diff(bounds))
    features = csr_matrix((values, columns, bounds), shape=(len(rows), classifier.vocabulary.size))
    return np.asarray(features @ classifier.weights + classifier.bias, dtype=np.float64)


def _row_sums(values: Floats, bounds: Ints) -> Floats:
    """Return each row's sum as scipy adds it up: zeros left out, then NumPy's reduceat."""
    used = values != 0
    if not used.all():
        bounds = np.concatenate([[0], np.cumsum(used)])[bounds]
        values = values[used]
    sums = np.zeros(len(bounds) - 1)
    filled = np.flatnonzero(np.diff(bounds))
    if len(filled):
        sums[filled] = np.add.reduceat(values, bounds[filled])
    return sums


def _changed(source: Source, differences: Mapping[int, int]) -> Row:
    """Return the source's row with the counts changed."""
    counts = source.row.counts.copy()
    added: list[tuple[int, int, int]] = []
    for column, difference in differences.items():
        place = bisect_left(source.columns, column)
        if place < len(source.columns) and source.columns[place] == column:
            counts[place] += difference
        elif difference:
            added.append((place, column, difference))
    columns, used = source.row.columns, counts > 0
    if added:
        added.sort()
        places, new, often = (list(part) for part in zip(*added, strict=True))
        columns, counts = np.insert(columns, places, new), np.insert(counts, places, often)
        used = np.insert(used, places, True)
    return Row(columns[used], counts[used])


class _Places(dict[int, int]):
    """N-gram -> column of one order of n-grams, looked up in the sorted keys when first asked for."""

    def __init__(self, keys: NDArray[np.int64], start: int) -> None:
        super().__init__()
        self.grams, self.start = keys, start

    def __missing__(self, gram: int) -> int:
        place = int(np.searchsorted(self.grams, gram))
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
