"""A perturbed review as a reader takes it in: readable misspellings corrected, the rest unchanged."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from attacks.language.spelling import as_seen, is_known, is_readable
from attacks.language.word_alignment import (
    DELETED,
    REPLACED,
    Change,
    Word,
    changed_words,
    is_punctuation,
    words_of,
)

#: Words around a change in which its meaning is compared: the window of TextFooler's code (Jin et al. 2020).
WINDOW = 15


@dataclass(frozen=True)
class Reading:
    """An original, what an attack made of it, and what a reader reads there.

    Attributes:
        read: the perturbed text with each readable misspelling replaced by the word that is read.
        changes: from the original to the perturbed text.
        left: the changes that a reader notices: from the original to `read`.
        unreadable: (original word or "", what is written) where it is not a word and cannot be read as one.
    """

    original: str
    perturbed: str
    read: str
    changes: tuple[Change, ...]
    left: tuple[Change, ...]
    unreadable: tuple[tuple[str, str], ...]

    @property
    def share_changed(self) -> float:
        """Return changed words over the original's words, at most 1; punctuation counts as neither."""
        words = sum(not is_punctuation(word.text) for word in words_of(self.original))
        changed = sum(is_word(change.original) or is_word(change.perturbed) for change in self.changes)
        return min(1.0, changed / max(words, 1))

    @property
    def substitutions(self) -> list[Change]:
        """Return the changes that put one known word in the place of another."""
        return [
            change
            for change in self.left
            if change.op == REPLACED and is_word(change.original) and is_known(as_seen(change.perturbed))
        ]

    def windows(self) -> list[tuple[str, str]]:
        """Return for each change left the words around it in the original and in what is read."""
        before, after = words_of(self.original), words_of(self.read)
        starts = [word.start for word in after]
        pairs = []
        for change in self.left:
            place = bisect_left(starts, change.perturbed_start)
            pairs.append((_around(self.original, before, change.position), _around(self.read, after, place)))
        return pairs


def reading(original: str, perturbed: str) -> Reading:
    """Return how a reader takes in what an attack made of a review."""
    changes = changed_words(original, perturbed)
    read, unreadable = perturbed, []
    for change in reversed(changes):
        if change.op == DELETED or not is_word(change.perturbed):
            continue
        if change.op == REPLACED and is_readable(change.original, change.perturbed):
            read = read[: change.perturbed_start] + change.original + read[change.perturbed_end :]
        elif not all(is_known(as_seen(word)) for word in change.perturbed.split()):
            unreadable.append((change.original, change.perturbed))
    left = changed_words(original, read)
    return Reading(original, perturbed, read, tuple(changes), tuple(left), tuple(reversed(unreadable)))


def is_word(text: str) -> bool:
    """Whether this is a word rather than nothing or punctuation."""
    return bool(text) and not is_punctuation(text)


def _around(text: str, words: list[Word], place: int) -> str:
    chosen = words[max(0, place - WINDOW // 2) : place + WINDOW // 2 + 1]
    return text[chosen[0].start : chosen[-1].end] if chosen else ""
