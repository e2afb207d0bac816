"""The article "a" or "an", by the sound of the next word as far as its spelling shows it."""

from __future__ import annotations

import re

#: Vowel letters that sound like a consonant: "a European", "a one-off", "a user"; but "an unimportant".
_SOUNDS_LIKE_CONSONANT = re.compile(
    r"(uni([^nm]|$)|us(e|a|u)|eu|one|once|ubiq|utop|uti|ura|uk)", re.IGNORECASE
)
_SILENT_H = re.compile(r"(hour|honest|honou?r|heir)", re.IGNORECASE)
_NUMBER_WITH_AN = re.compile(r"(?:8|11\b|18\b)")


def takes_an(word: str) -> bool:
    """Return whether a word or number takes "an"; a known slip is "onerous"."""
    if _SILENT_H.match(word) or _NUMBER_WITH_AN.match(word):
        return True
    return word[:1].lower() in tuple("aeiou") and not _SOUNDS_LIKE_CONSONANT.match(word)


def article_for(word: str) -> str:
    """Return "a" or "an"."""
    return "an" if takes_an(word) else "a"
