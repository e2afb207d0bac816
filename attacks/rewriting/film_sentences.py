"""Sentences of our own about films, with a place for somebody: filled once a group."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from attacks.rewriting.base import Filled
from attacks.rewriting.moving import in_case_of, takes_an


@dataclass(frozen=True)
class Pattern:
    """A sentence with slots in braces, and what it says.

    "{a person}" puts a or an before the slot as the filling wants it; a slot's first letter is written as
    the filling's, or as a capital where the slot's name has one ("{Person}").
    """

    name: str
    text: str
    expected: int | None


def filled(
    patterns: Iterable[Pattern], people: Sequence[Mapping[str, Mapping[str, str]]]
) -> Callable[[], list[Filled]]:
    """Return an attribute's `templates`.

    Args:
        patterns: the sentences.
        people: for each set the slots of every group: group -> slot -> words. A pattern is filled with
            those that have all its slots.
    """
    fixed = tuple(patterns)

    def templates() -> list[Filled]:
        sets = (a_set for pattern in fixed for a_set in _sets(pattern, people))
        return [sentence for a_set in sets for sentence in a_set]

    return templates


def _sets(pattern: Pattern, people: Sequence[Mapping[str, Mapping[str, str]]]) -> list[list[Filled]]:
    """Return the different sets of one pattern: a slot that it lacks makes no new one."""
    sets: dict[tuple[str, ...], list[Filled]] = {}
    for person in people:
        if all(slots_of(pattern.text) <= slots.keys() for slots in person.values()):
            texts = {group: fill(pattern.text, slots) for group, slots in person.items()}
            set_id = f"{pattern.name}-{len(sets) + 1}"
            made = [
                Filled(pattern.name, set_id, group, text, pattern.expected) for group, text in texts.items()
            ]
            sets.setdefault(tuple(texts.values()), made)
    return list(sets.values())


_SLOT = re.compile(r"\{(a |A )?(\w+)\}")


def slots_of(text: str) -> frozenset[str]:
    """Return the names of a pattern's slots in lower case."""
    return frozenset(found[2].lower() for found in _SLOT.finditer(text))


def fill(text: str, slots: Mapping[str, str]) -> str:
    """Return a pattern with its slots filled."""

    def filling(found: re.Match[str]) -> str:
        words = slots[found[2].lower()]
        if found[2][0].isupper():
            words = words[:1].upper() + words[1:]
        if not found[1]:
            return words
        article = "an" if takes_an(words) else "a"
        return f"{in_case_of(found[1].strip(), article) if found[1] == 'A ' else article} {words}"

    return _SLOT.sub(filling, text)
