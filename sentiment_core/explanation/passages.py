"""The words of a text that a model reads, and the text with some of them left out."""

from __future__ import annotations

import functools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Classifier, ShowsTruncation, SumsLogOdds
from sentiment_core.explanation import given as given_texts

Offsets = tuple[int, int]

#: What is explained as one: a word as a person counts them (don't is one), or a run of other marks ("...").
WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]+")


@dataclass(frozen=True, eq=False)
class Passage:
    """A text as one model reads it.

    Attributes:
        given: the text as given.
        cleaned: the text that the model gets, and where its characters stood in `given`.
        words: (start, end) in the cleaned text of each word that is read, in order.
        unread: the stretches of the cleaned text that are never read.
    """

    given: str
    cleaned: given_texts.Cleaned
    words: tuple[Offsets, ...]
    unread: tuple[Offsets, ...]

    @property
    def text(self) -> str:
        """Return the cleaned text."""
        return self.cleaned.text

    def in_given(self, start: int, end: int) -> Offsets:
        """Return where a stretch of the cleaned text stands in the text as given."""
        return self.cleaned.in_given(start, end)

    def kept(self, keep: NDArray[np.bool_]) -> str:
        """Return what is read with only some of its words, apart where others are left out between them."""
        parts: list[str] = []
        before = -2
        for place in np.flatnonzero(keep).tolist():
            if parts:
                parts.append(self._gaps[place] if place == before + 1 else " ")
            parts.append(self._texts[place])
            before = place
        return "".join(parts)

    @property
    def read(self) -> str:
        """Return the text without what is never read, so that leaving a word out moves nothing into view."""
        return self.kept(np.ones(len(self.words), dtype=bool)) if self.unread else self.text

    def merged(
        self, offsets: Sequence[Offsets], scores: Sequence[float] | NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return float64 [words]: scores of stretches, each split evenly between the words that it touches.

        A stretch that touches no word counts to the nearest one, so that the sum stays.
        """
        found = np.zeros(len(self.words))
        if not self.words:
            return found
        starts = [start for start, _ in self.words]
        ends = [end for _, end in self.words]
        for (start, end), score in zip(offsets, scores, strict=True):
            first, last = bisect_right(ends, start), bisect_left(starts, max(end, start + 1))
            if first >= last:
                first = min(first, len(starts) - 1)
                last = first + 1
            found[first:last] += score / (last - first)
        return found

    @cached_property
    def _texts(self) -> list[str]:
        return [self.text[start:end] for start, end in self.words]

    @cached_property
    def _gaps(self) -> list[str]:
        """Return what stands before each word: white space, and nothing of what is never read."""
        ends = [0, *(end for _, end in self.words[:-1])]
        gaps = [self.text[end:start] for end, (start, _) in zip(ends, self.words, strict=True)]
        return ["" if not gap else gap if gap.isspace() else " " for gap in gaps]


def passage_of(classifier: Classifier, given: str) -> Passage:
    """Return a text as this classifier reads it; without words where the text has none."""
    cleaned = given_texts.clean(given)
    unread = _unread(classifier, cleaned.text)
    words = tuple(_read_part(match.span(), unread) for match in WORD.finditer(cleaned.text))
    return Passage(given, cleaned, tuple(word for word in words if word[0] < word[1]), unread)


def _unread(classifier: Classifier, text: str) -> tuple[Offsets, ...]:
    """Return the stretches that are never read: of a model made of others, those that none of them reads."""
    if isinstance(classifier, SumsLogOdds):
        parts = [_unread(member, text) for member in classifier.members]
        return functools.reduce(_in_both, parts)
    spans = classifier.spans(text) if isinstance(classifier, ShowsTruncation) else []
    return tuple((start, end) for start, end, read in spans if not read)


def _in_both(one: tuple[Offsets, ...], other: tuple[Offsets, ...]) -> tuple[Offsets, ...]:
    pairs = ((max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other)
    return tuple((start, end) for start, end in pairs if start < end)


def _read_part(word: Offsets, unread: tuple[Offsets, ...]) -> Offsets:
    """Return a word without what of it is never read: reading may stop inside one."""
    start, end = word
    for first, last in unread:
        if first <= start < last:
            start = min(last, end)
        if start < first < end:
            end = first
    return start, end
