"""Opposites: swaps that change what a review says, whatever their similarity to an encoder."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from itertools import product

from attacks.language import wordnet
from attacks.language.opposites import BLAME, OPPOSITES, PRAISE

#: "watchable" and "unwatchable": what makes an opposite by standing in front of a word.
_NEGATING_PREFIXES = ("un", "non", "non-", "dis", "in", "im", "ir", "il")
_SHORTEST_STEM = 4


def are_antonyms(a: str, b: str) -> bool:
    """Whether the two words, in any inflection, are opposites by our list, by form, or by WordNet.

    A word is not its own opposite. Without WordNet on the machine the first two still answer.
    """
    first, second = a.lower(), b.lower()
    if not first or not second or first == second:
        return False
    by_meaning = opposites(first) & lemmas(second) or opposites(second) & lemmas(first)
    return bool(by_meaning) or opposite_by_form(first, second)


def opposite_by_form(a: str, b: str) -> bool:
    """Whether one word negates the other by its form: watchable and unwatchable, hopeful and hopeless."""
    short, long = sorted((a, b), key=len)
    if len(short) >= _SHORTEST_STEM and any(long == prefix + short for prefix in _NEGATING_PREFIXES):
        return True
    return bool(_stems(a, "ful", "fully") & _stems(b, "less", "lessly")) or bool(
        _stems(b, "ful", "fully") & _stems(a, "less", "lessly")
    )


@cache
def opposites(word: str) -> frozenset[str]:
    """Return dictionary forms of the opposites of a lower-case word, by our list and by WordNet."""
    forms = sorted(lemmas(word))
    ours = frozenset(other for form in forms for other in _own().get(form, ()))
    if not wordnet.there():
        return ours
    return ours.union(*(wordnet.opposites(form) for form in forms))


@cache
def lemmas(word: str) -> frozenset[str]:
    """Return the word with its dictionary forms in every part of speech ("loved": loved, love)."""
    from lemminflect import getAllLemmas

    return frozenset({word, *(lemma for found in getAllLemmas(word).values() for lemma in found)})


@cache
def _own() -> dict[str, frozenset[str]]:
    """Return our list as each word's opposites."""
    found: dict[str, set[str]] = defaultdict(set)
    for line in (f"{PRAISE} | {BLAME}".replace("\n", " "), *OPPOSITES.strip().splitlines()):
        left, right = (side.split() for side in line.split("|"))
        for one, other in product(left, right):
            found[one].add(other)
            found[other].add(one)
    return {word: frozenset(others) for word, others in found.items()}


def _stems(word: str, *endings: str) -> set[str]:
    return {word.removesuffix(ending) for ending in endings if word.endswith(ending)}
