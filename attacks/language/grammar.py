"""Small checks of grammar: enough to see whether an attack broke a sentence, not a grammar checker.

Each looks at two or three words and reports what is nearly always wrong. They err alike on a review and on
what an attack made of it, so only what was *added* is of use.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

from attacks.language.articles import takes_an
from attacks.language.word_alignment import is_punctuation, words_of

_MAY_DOUBLE = "that had very really so no ha bye blah yes long far much many more never too"
_ONE_ONLY = "a an this each every another"
_SEVERAL = "these those many few several both"
_BASE_FORM_FOLLOWS = (
    "to will would can could should must might shall cannot "
    "didn't doesn't don't won't wouldn't can't couldn't shouldn't"
)


def errors(text: str) -> list[str]:
    """Return the errors in a text, a short description each, in order; repeated errors are repeated."""
    words = [word.text for word in words_of(text)]
    found = [*_broken(words)]
    for first, second in zip(words, words[1:], strict=False):
        if not (is_punctuation(first) or is_punctuation(second)):
            found.extend(_wrong_pair(first, second))
    return found


def errors_added(original: str, perturbed: str) -> list[str]:
    """Return the errors that the perturbed text has more than the original."""
    return sorted((Counter(errors(perturbed)) - Counter(errors(original))).elements())


def forms(word: str) -> frozenset[str]:
    """Return the Penn tags that a word's form can have ("loved": VBD, VBN); empty where it is not known."""
    return _forms(word.lower())


def parts(word: str) -> frozenset[str]:
    """Return the parts of speech that the dictionary has for a word (NOUN, VERB, ADJ, ADV)."""
    from lemminflect import getAllLemmas

    return frozenset(getAllLemmas(word.lower()))


def _wrong_pair(first: str, second: str) -> Iterator[str]:
    before, after = first.lower(), second.lower()
    if before == after and before not in _MAY_DOUBLE.split() and before.isalpha():
        yield f"'{before} {after}': doubled word"
    if before in ("a", "an") and _wants_an(second) not in (None, before == "an"):
        yield f"'{before} {after}': a or an"
    if before in _ONE_ONLY.split() and _is_only(after, "NNS"):
        yield f"'{before} {after}': one of several"
    if before in _SEVERAL.split() and _is_only(after, "NN"):
        yield f"'{before} {after}': several of one"
    if before in _BASE_FORM_FOLLOWS.split() and _is_only(after, "VBD", "VBN", "VBZ"):
        yield f"'{before} {after}': verb form"


def _wants_an(word: str) -> bool | None:
    """Whether "an" belongs before this word; None where letters do not show it (numbers, abbreviations)."""
    if not word[:1].isalpha() or not word[:1].isascii() or len(word) < 2 or word.isupper():
        return None
    return takes_an(word)


def _is_only(word: str, *tags: str) -> bool:
    found = forms(word)
    return bool(found) and found <= set(tags)


@cache
def _forms(word: str) -> frozenset[str]:
    from lemminflect import getAllInflections, getAllLemmas

    found: set[str] = set()
    for part, lemmas in getAllLemmas(word).items():
        others = [lemma for lemma in lemmas if lemma != word]
        for lemma in (others or lemmas) if part == "NOUN" else lemmas:  # "movies" is no singular of its own
            inflections = getAllInflections(lemma, upos=part)
            found |= {tag for tag, written in inflections.items() if word in written}
            if "VBD" in found and "VBN" not in inflections:  # left out where it is the same as the past
                found.add("VBN")
    return frozenset(found)


def _broken(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        if any(_is_broken(char) for char in word):
            yield f"{ascii(word)}: broken characters"
        elif len(_alphabets(word)) > 1:
            yield f"{ascii(word)}: letters of two alphabets"


def _is_broken(char: str) -> bool:
    return char == "\ufffd" or unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn")


def _alphabets(word: str) -> set[str]:
    if word.isascii():
        return set()
    names = (unicodedata.name(char, "").split(" ")[0] for char in word if char.isalpha())
    return {name for name in names if name in ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN")}
