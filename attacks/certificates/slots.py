"""A text as slots: stretches that a model reads by themselves, each with every way it may be written."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sentiment_core.classifiers.linear.ngrams import lowered

#: What the words of `ngrams.TOKEN` are made of. Nothing beyond such a stretch changes how it is read, and
#: each mark of punctuation is read by itself.
_STRETCH = re.compile(r"[\w'’]+|[^\w\s'’]")
#: A letter whose small form depends on letters that are not beside it (Unicode's final sigma).
_FINAL_SIGMA = "Σ"
#: Ways of writing one slot, at most; several words in one are rare ("his/her" has two slots, "don’t" one).
MOST_VARIANTS = 20_000
#: Letters of a word whose edits are tried, at most; no word of English comes near.
LONGEST_WORD = 100


class Uncertifiable(Exception):
    """A text cannot be looked at completely; the message says why, in half a sentence."""


class Variant(NamedTuple):
    """One way of writing a slot, and how many of its words are changed for it."""

    text: str
    changes: int


@dataclass(frozen=True)
class Slot:
    """text[start:end], and its variants; the first is what is there now."""

    start: int
    end: int
    variants: tuple[Variant, ...]


class Word(NamedTuple):
    """A word as the attacker sees it: text[start:end]."""

    text: str
    start: int
    end: int


def slots(
    text: str, words: Sequence[Word], candidates: Callable[[str], Sequence[str]], most_changes: int
) -> list[Slot]:
    """Return the text's slots in order; what is between them is white space.

    Args:
        text: the review.
        words: the attacker's, in order; one may be several of the model's ("well-made").
        candidates: word -> what may stand in its place, nothing where it must stay.
        most_changes: ways of writing a slot that change more words are left out.

    Raises:
        Uncertifiable: there are more ways than can be looked at.
    """
    if _FINAL_SIGMA in text:
        raise Uncertifiable("it has a Σ, whose small form depends on the letters around it")
    found, inside = [], list(words)
    for start, end in _merged(text, words):
        here = []
        while inside and inside[0].start < end:
            here.append(inside.pop(0))
        found.append(Slot(start, end, _variants(text[start:end], start, here, candidates, most_changes)))
    return found


def written(text: str, slots: Sequence[Slot], chosen: Sequence[int]) -> str:
    """Return the text with one variant of each slot."""
    parts, end = [], 0
    for slot, variant in zip(slots, chosen, strict=True):
        parts += [text[end : slot.start], slot.variants[variant].text]
        end = slot.end
    return "".join([*parts, text[end:]])


def _merged(text: str, words: Sequence[Word]) -> list[tuple[int, int]]:
    """Return (start, end) of what is read together: stretches, and those that one word goes across."""
    spans = [match.span() for match in _STRETCH.finditer(lowered(text))]
    merged: list[tuple[int, int]] = []
    for start, end in sorted([*spans, *((word.start, word.end) for word in words)]):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _variants(
    slot: str,
    offset: int,
    words: Sequence[Word],
    candidates: Callable[[str], Sequence[str]],
    most_changes: int,
) -> tuple[Variant, ...]:
    ways = [[word.text, *_candidates(word.text, candidates)] for word in words]
    if math.prod(map(len, ways)) > MOST_VARIANTS:
        raise Uncertifiable(f"one stretch without a space has more than {MOST_VARIANTS:,} ways of writing it")
    found = {slot: 0}
    for chosen in itertools.product(*(range(len(way)) for way in ways)):
        changes = sum(place > 0 for place in chosen)
        if 0 < changes <= most_changes:
            new = _replaced(
                slot, offset, words, [way[place] for way, place in zip(ways, chosen, strict=True)]
            )
            found[new] = min(changes, found.get(new, changes))
    return tuple(Variant(text, changes) for text, changes in found.items())


def _candidates(word: str, candidates: Callable[[str], Sequence[str]]) -> Sequence[str]:
    if len(word) > LONGEST_WORD:
        raise Uncertifiable(f"it has a word of {len(word):,} letters; {LONGEST_WORD} are looked at")
    return candidates(word)


def _replaced(slot: str, offset: int, words: Sequence[Word], new: Sequence[str]) -> str:
    parts, end = [], 0
    for word, text in zip(words, new, strict=True):
        parts += [slot[end : word.start - offset], text]
        end = word.end - offset
    return "".join([*parts, slot[end:]])
