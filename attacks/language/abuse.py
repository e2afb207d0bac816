"""Abuse in reviews: which words count, and what a text says without them.

The milder words stand here, the harsher ones as hashes only (see `toxic_hashes`). Whole words count, so
neither Scunthorpe nor Van Dyke is abuse, and words that are also names ("Dick Tracy") count in small letters
only: after a capital they are missed. Left out for having too many innocent uses: "hell", "bloody", "suck",
"ass" ("kick-ass" praises), "queer", "chink", "nip", "stupid" and what else is an opinion of a film. A
lexicon knows words, not intent: a review that quotes abuse counts, and abuse in polite words does not.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections import Counter

import numpy as np

from attacks.language import abuse_hashes
from attacks.resources.stopwords import STOPWORDS

SLURS, INSULTS, SWEARING = "slurs", "insults", "swearing"
CATEGORIES = (SLURS, INSULTS, SWEARING)

MILD = {
    INSULTS: """
idiot idiots moron morons imbecile imbeciles dimwit dimwits halfwit halfwits nitwit nitwits cretin cretins
dolt dolts bimbo bimbos dumbo loser losers scum sleazebag sleazebags weirdo weirdos simpleton simpletons
twit twits lowlife lowlifes numbskull numbskulls airhead airheads nincompoop nincompoops
""",
    SWEARING: """
damn damned damnit dammit crap crappy arse arses turd turds freaking freakin frigging friggin fricking
bleeping bleep effing
""",
}

#: A word with what stands inside it in place of letters: "s**t", "f@ck", "n***a".
_WORD = re.compile(r"[^\W\d_](?:[\w'’]|[*@#$!&]+(?=[\w*]))*\**")
_DIGITS = 16


def hash_of(word: str) -> str:
    """Return what `toxic_hashes` keeps of a word."""
    return hashlib.sha256(word.lower().encode()).hexdigest()[:_DIGITS]


def toxic(text: str) -> int:
    """Return the number of abusive words in a text: slurs, insults and swearing."""
    return sum(counts(text).values())


def counts(text: str) -> Counter[str]:
    """Return the number of words by category; a category without any is absent."""
    return Counter(category for match in _WORD.finditer(text) if (category := category_of(match.group())))


@functools.lru_cache(maxsize=200_000)  # reviews have some 100,000 distinct words, a hash each
def category_of(word: str) -> str | None:
    """Return the category in CATEGORIES of a word as it is written, or None."""
    plain = word.replace("’", "'").removesuffix("'s")
    for form in dict.fromkeys((plain, plain.rstrip("*").rstrip("'"))):
        found = _plain().get(form.lower()) or _hashed().get(hash_of(form))
        if found is None and form.islower():
            found = _hashed_in_small_letters().get(hash_of(form))
        if found is not None:
            return found
    return None


def without(text: str) -> str:
    """Return a text with its abusive words taken out and the gaps closed; its grammar may suffer."""
    return _taken_out(text, [match.span() for match in _WORD.finditer(text) if category_of(match.group())])


def without_others(text: str, seed: int) -> str:
    """Return a text without as many other words, drawn at random: what taking out words does by itself.

    The words have three letters or more and are no function words, so that they matter about as much.
    """
    found = [(match.span(), match.group()) for match in _WORD.finditer(text)]
    number = sum(category_of(word) is not None for _, word in found)
    others = [span for span, word in found if _is_ordinary(word)]
    drawn = np.random.default_rng(seed).permutation(len(others))[:number]
    return _taken_out(text, [others[place] for place in sorted(drawn)])


def _is_ordinary(word: str) -> bool:
    return len(word) >= 3 and word.lower() not in STOPWORDS and category_of(word) is None


def _taken_out(text: str, spans: list[tuple[int, int]]) -> str:
    parts, end = [], 0
    for start, stop in spans:
        parts.append(text[end:start])
        end = stop
    shorter = "".join([*parts, text[end:]])
    if not spans:
        return text
    return re.sub(r" +(?=[.,;:!?)])", "", re.sub(r" {2,}", " ", shorter)).strip()


@functools.cache
def _plain() -> dict[str, str]:
    return {word: category for category, words in MILD.items() for word in words.split()}


@functools.cache
def _hashed() -> dict[str, str]:
    listed = {
        SLURS: abuse_hashes.SLURS,
        INSULTS: abuse_hashes.INSULTS,
        SWEARING: abuse_hashes.SWEARING,
    }
    return {item: category for category, hashes in listed.items() for item in hashes.split()}


@functools.cache
def _hashed_in_small_letters() -> dict[str, str]:
    listed = {
        SLURS: abuse_hashes.SLURS_IN_SMALL_LETTERS,
        INSULTS: abuse_hashes.INSULTS_IN_SMALL_LETTERS,
    }
    return {item: category for category, hashes in listed.items() for item in hashes.split()}
