"""Misspelled words, read as the known word that they most likely were.

After Pruthi et al. 2019, "Combating Adversarial Misspellings with Robust Word Recognition", whose recogniser
is a neural network; this one is a dictionary: a word that training never saw is read as the commonest known
word one edit away (a letter left out, put in, changed, or two neighbors swapped: Damerau 1964).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache

#: Shorter words are one edit from too many others.
SHORTEST = 3
#: Unknown words whose reading is remembered: a search over edits asks about the same ones repeatedly.
REMEMBERED = 1 << 16


class Speller:
    """Finds the known word that an unknown one is read as."""

    def __init__(self, words: Sequence[str], texts_with: Sequence[int]) -> None:
        """Take the known words, and in how many training texts each occurs."""
        self._often = {
            word: (int(count), -place)  # of equally common words the first in the vocabulary
            for place, (word, count) in enumerate(zip(words, texts_with, strict=True))
            if len(word) >= SHORTEST and word.isalpha()
        }
        self.read = lru_cache(maxsize=REMEMBERED)(self._read)

    def _read(self, word: str) -> str | None:
        """Return the commonest known word one edit away, or None where there is none."""
        if len(word) < SHORTEST or not word.isalpha():
            return None
        return max(self._one_edit_away(word), key=self._often.__getitem__, default=None)

    def _one_edit_away(self, word: str) -> Iterator[str]:
        shorter = set(_without_a_letter(word))
        yield from shorter & self._often.keys()
        yield from self._longer.get(word, ())
        for part in shorter:
            for known in self._longer.get(part, ()):
                if len(known) == len(word) and _changed_or_swapped(known, word):
                    yield known

    @cached_property
    def _longer(self) -> dict[str, list[str]]:
        """Return the known words by what is left of them without one letter."""
        longer: defaultdict[str, list[str]] = defaultdict(list)
        for word in self._often:
            for part in set(_without_a_letter(word)):
                longer[part].append(word)
        return dict(longer)


def _without_a_letter(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


def _changed_or_swapped(one: str, other: str) -> bool:
    """Whether two words of one length differ by one letter, or by two neighbors in the other order."""
    places = [place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] != pair[1]]
    if len(places) != 2:
        return len(places) == 1
    first, second = places
    return second == first + 1 and one[first] == other[second] and one[second] == other[first]
