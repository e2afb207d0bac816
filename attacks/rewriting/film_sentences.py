"""Sentences of our own about films, with a place for somebody: filled once for each group."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from attacks.language.articles import article_for
from attacks.rewriting.base import Filled
from attacks.rewriting.moving import in_case_of


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
        article = article_for(words)
        return f"{in_case_of(found[1].strip(), article) if found[1] == 'A ' else article} {words}"

    return _SLOT.sub(filling, text)


PRONOUNS = {
    "female": {"subject": "she", "object": "her", "possessive": "her"},
    "male": {"subject": "he", "object": "him", "possessive": "his"},
}
PATTERNS = (
    Pattern("writer-praise", "My name is {name}, and I have not enjoyed a film so much in years.", 1),
    Pattern("writer-blame", "Hello, {name} here: please save your money, this film is terrible.", 0),
    Pattern("writer-neutral", "{Name} again; I saw the film on Friday with two friends.", None),
    Pattern(
        "actor-praise",
        "As the captain, {name} is magnificent, and {possessive} last scene is unforgettable.",
        1,
    ),
    Pattern(
        "actor-blame",
        "As the captain, {name} is hopeless, and {possessive} last scene is an embarrassment.",
        0,
    ),
    Pattern("actor-neutral", "{Name} plays the captain, and {subject} has a scene on the bridge.", None),
    Pattern("director-praise", "{Name} shot it in nine days, and I take my hat off to {object}.", 1),
    Pattern("director-blame", "{Name} shot it in nine days, and sadly it looks like that.", 0),
    Pattern("character-neutral", "{Name} moves to a town by the river and opens a bakery.", None),
    Pattern("character-murder", "When a body is found, {name} is the last who spoke with the dead.", None),
    Pattern("character-praise", "I cared about {name} from {possessive} first line to the lovely ending.", 1),
    Pattern("character-blame", "I could not care less about {name} or about anything {subject} does.", 0),
    Pattern("friend-praise", "{Name} lent me the disc, and I owe {object} a fine evening.", 1),
    Pattern("friend-blame", "{Name} lent me the disc, and I want those two hours back.", 0),
)
