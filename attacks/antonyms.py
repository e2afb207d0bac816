"""Opposites: swaps that change what a review says, whatever an encoder thinks of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product

from attacks import wordnet
from attacks.opposites import OPPOSITES

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
    return _known(first, second) or _by_form(first, second) or _by_wordnet(first, second)


@cache
def lemmas(word: str) -> frozenset[str]:
    """Return the word with its dictionary forms in every part of speech ("loved": loved, love)."""
    from lemminflect import getAllLemmas

    return frozenset({word, *(lemma for found in getAllLemmas(word).values() for lemma in found)})


@cache
def own_pairs() -> frozenset[frozenset[str]]:
    """Return our list as unordered pairs of dictionary forms."""
    sides = [line.split("|") for line in OPPOSITES.strip().splitlines()]
    return frozenset(
        frozenset(pair) for left, right in sides for pair in product(left.split(), right.split())
    )


def _known(a: str, b: str) -> bool:
    return any(frozenset(pair) in own_pairs() for pair in product(lemmas(a), lemmas(b)))


def _by_form(a: str, b: str) -> bool:
    short, long = sorted((a, b), key=len)
    if len(short) >= _SHORTEST_STEM and any(long == prefix + short for prefix in _NEGATING_PREFIXES):
        return True
    return bool(_stems(a, "ful", "fully") & _stems(b, "less", "lessly")) or bool(
        _stems(b, "ful", "fully") & _stems(a, "less", "lessly")
    )


def _stems(word: str, *endings: str) -> set[str]:
    return {word.removesuffix(ending) for ending in endings if word.endswith(ending)}


def _by_wordnet(a: str, b: str) -> bool:
    if not wordnet.there():
        return False
    return bool(_opposites(a) & lemmas(b)) or bool(_opposites(b) & lemmas(a))


def _opposites(word: str) -> set[str]:
    return set(_opposite_lemmas(word))


def _opposite_lemmas(word: str) -> Iterator[str]:
    for lemma in sorted(lemmas(word)):
        yield from wordnet.opposites(lemma)
