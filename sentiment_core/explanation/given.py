"""Cleaning changes a text; where each character that is left stood in the text as it was given.

The steps are those of `data.cleaning`, with the place of each character carried along. A test holds that the
texts are equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sentiment_core.data import cleaning


@dataclass(frozen=True)
class Cleaned:
    """A cleaned text; character i stood at given[starts[i]:ends[i]]."""

    text: str
    starts: list[int]
    ends: list[int]

    def in_given(self, start: int, end: int) -> tuple[int, int]:
        """Return where a stretch of the cleaned text stood; an empty one stays empty."""
        if start >= end:
            place = self.starts[start] if start < len(self.starts) else (self.ends or [0])[-1]
            return place, place
        return self.starts[start], self.ends[end - 1]


def clean(given: str) -> Cleaned:
    """Return `data.clean_text(given)` with the place of each character."""
    places = list(range(len(given)))
    if cleaning.clean_text(given) == given:
        return Cleaned(given, places, [place + 1 for place in places])
    now = Cleaned(given, places, [place + 1 for place in places])
    for _ in range(cleaning.MOST_NESTED):
        cleaned = _once(now)
        if cleaned.text == now.text:
            return now
        now = cleaned
    flat = now.text.replace("&", " ").replace("<", " ")
    return _once(_once(Cleaned(flat, now.starts, now.ends)))


def _once(now: Cleaned) -> Cleaned:
    now = _sub(now, r"\r\n?", lambda match: "\n")
    now = _sub(now, _CHANGED, lambda match: _translated(match.group()))
    now = _sub(now, cleaning._SURROGATE, lambda match: "\ufffd")
    now = _sub(now, cleaning._REPEATED_AMPERSAND, lambda match: "&")
    now = _sub(now, cleaning._ENTITY, cleaning._resolved)
    now = _sub(now, cleaning._BREAK, lambda match: "\n")
    now = _sub(now, cleaning._BLANKS, lambda match: " ")
    now = _sub(now, " \n", lambda match: "\n")
    now = _sub(now, "\n ", lambda match: "\n")
    now = _sub(now, cleaning._PARAGRAPHS, lambda match: "\n\n")
    return _stripped(now)


#: Every character that the table changes.
_CHANGED = re.compile("[" + "".join(re.escape(chr(code)) for code in cleaning._CHARACTERS) + "]")


def _translated(characters: str) -> str:
    return characters.translate(cleaning._CHARACTERS)


def _sub(now: Cleaned, pattern: str | re.Pattern[str], new: Callable[[re.Match[str]], str]) -> Cleaned:
    """Return the text with each match replaced; each new character stands for the whole match."""
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for match in re.finditer(pattern, now.text):
        first, last = match.span()
        put = new(match)
        text += [now.text[at:first], put]
        starts += now.starts[at:first] + [now.starts[first]] * len(put)
        ends += now.ends[at:first] + [now.ends[last - 1]] * len(put)
        at = last
    if not text:
        return now
    return Cleaned("".join(text) + now.text[at:], starts + now.starts[at:], ends + now.ends[at:])


def _stripped(now: Cleaned) -> Cleaned:
    first = len(now.text) - len(now.text.lstrip())
    last = len(now.text.rstrip())
    return Cleaned(now.text[first:last], now.starts[first:last], now.ends[first:last])
