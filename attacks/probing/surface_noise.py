"""How a text's surface goes wrong: letters, capitals, punctuation, white space, what is left of a web page.

A reader reads over all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

#: Share of the words that a severity changes, at least one.
SHARE = {1: 0.02, 2: 0.05, 3: 0.10}

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
#: How far each row of an ANSI keyboard is set off to the right, in keys.
_OFFSETS = (0.0, 0.25, 0.75)
_LONG_WORD = re.compile(r"(?<![\w'])[A-Za-z]{4,}(?![\w'])")
_ANY_WORD = re.compile(r"(?<![\w'])[A-Za-z]{2,}(?![\w'])")

#: What a scanner takes a letter, or two, for.
_SCANNED = (
    ("rn", "m"),
    ("m", "rn"),
    ("cl", "d"),
    ("d", "cl"),
    ("h", "b"),
    ("e", "c"),
    ("l", "1"),
    ("O", "0"),
    ("o", "0"),
    ("S", "5"),
    ("B", "8"),
    ("i", "l"),
    ("vv", "w"),
    ("w", "vv"),
)


def keyboard_neighbours() -> dict[str, str]:
    """Return the letters at most 1.3 keys away from each letter."""
    places = {
        letter: (offset + column, row)
        for row, (letters, offset) in enumerate(zip(_ROWS, _OFFSETS, strict=True))
        for column, letter in enumerate(letters)
    }
    return {
        letter: "".join(
            other
            for other, (x2, y2) in places.items()
            if other != letter and (x - x2) ** 2 + (y - y2) ** 2 <= 1.3**2
        )
        for letter, (x, y) in places.items()
    }


_NEIGHBOURS = keyboard_neighbours()


def typos(text: str, severity: int, rng: np.random.Generator) -> str:
    """Hit a neighbouring key, swap two letters, leave one out or type one twice, inside longer words."""
    return _change_words(text, _LONG_WORD, severity, rng, _mistyped)


def doubled_letters(text: str, severity: int, rng: np.random.Generator) -> str:
    """Draw a letter out, the more the severer: "goood"."""

    def draw_out(word: str, rng: np.random.Generator) -> str:
        place = int(rng.integers(1, len(word)))
        return word[:place] + word[place] * severity + word[place:]

    return _change_words(text, _LONG_WORD, severity, rng, draw_out)


def ocr(text: str, severity: int, rng: np.random.Generator) -> str:
    """Take letters for others that look like them, as scanners do: "filrn", "d0wn"."""
    return _change_words(text, _ANY_WORD, severity, rng, _scanned)


def some(places: Sequence[int], share: float, rng: np.random.Generator) -> set[int]:
    """Return about that share of the places, at least one where there is one."""
    if not places:
        return set()
    number = max(1, round(share * len(places)))
    return {int(place) for place in rng.choice(places, size=number, replace=False)}


def _change_words(
    text: str,
    words: re.Pattern[str],
    severity: int,
    rng: np.random.Generator,
    change: Callable[[str, np.random.Generator], str],
) -> str:
    found = list(words.finditer(text))
    share = SHARE[severity] * len(text.split()) / max(len(found), 1)
    chosen = some(range(len(found)), min(share, 1.0), rng)
    for place in sorted(chosen, reverse=True):
        match = found[place]
        text = text[: match.start()] + change(match.group(), rng) + text[match.end() :]
    return text


def _mistyped(word: str, rng: np.random.Generator) -> str:
    """Change one letter behind the first, which people see to."""
    place = int(rng.integers(1, len(word) - 1))
    how = int(rng.integers(4))
    if how == 0:
        return word[:place] + _neighbour(word[place], rng) + word[place + 1 :]
    if how == 1:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if how == 2:
        return word[:place] + word[place + 1 :]
    return word[:place] + _neighbour(word[place], rng) + word[place:]


def _neighbour(letter: str, rng: np.random.Generator) -> str:
    key = str(rng.choice(list(_NEIGHBOURS[letter.lower()])))
    return key.upper() if letter.isupper() else key


def _scanned(word: str, rng: np.random.Generator) -> str:
    possible = [(seen, taken) for seen, taken in _SCANNED if seen in word]
    if not possible:
        return word
    seen, taken = possible[int(rng.integers(len(possible)))]
    return word.replace(seen, taken, 1)


_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_GAP = re.compile(r"(?<=\S) (?=\S)")
_SENTENCE_GAP = re.compile(r"(?<=[.!?]) (?=\S)")
#: Never those inside figures ("2.5", "7/10"), of emoticons (":-)"), or of stars ("***").
_LIGHT = re.compile(r"[,;:](?![-\d)(DP])|(?<!\d)[,;:](?=\d)")
_QUOTES = re.compile(r"[\"“”\[\]_]|(?<![:;-])[()]|(?<!\*)\*(?!\*)|--+|(?<=\s)[-–—](?=\s)")
_ENDS = re.compile(r"[.!?…]+(?=\s|$)|['‘’]")


def case(text: str, severity: int, rng: np.random.Generator) -> str:
    """Write all small (1), every fifth word in capitals (2), all in capitals (3)."""
    if severity == 1:
        return text.lower()
    if severity == 3:
        return text.upper()
    words = list(_WORD.finditer(text))
    chosen = some(range(len(words)), 0.2, rng)
    for place in sorted(chosen, reverse=True):
        start, end = words[place].span()
        text = text[:start] + text[start:end].upper() + text[end:]
    return text


def punctuation(text: str, severity: int, rng: np.random.Generator) -> str:
    """Leave out commas (1), also quotation marks, brackets and dashes (2), also ends and apostrophes (3)."""
    for pattern in (_LIGHT, _QUOTES, _ENDS)[:severity]:
        text = pattern.sub("", text)
    return re.sub(r" {2,}", " ", text).strip()


def whitespace(text: str, severity: int, rng: np.random.Generator) -> str:
    """Type blanks twice (1), break lines too (2), run words together too (3)."""
    text = _at_gaps(text, 0.05, "  ", rng)
    if severity >= 2:
        text = _at_gaps(text, 0.03, "\n", rng)
    return _at_gaps(text, 0.03, "", rng) if severity == 3 else text


def html_remnants(text: str, severity: int, rng: np.random.Generator) -> str:
    """Leave breaks in (1), entities too (2), tags and attributes too (3)."""
    gaps = [match.start() for match in _SENTENCE_GAP.finditer(text)]
    for place in sorted(some(gaps, 0.3, rng), reverse=True):
        text = f"{text[:place]}<br /><br />{text[place + 1 :]}"
    if severity == 1:
        return text if gaps else f"{text}<br />"
    text = text.replace('"', "&quot;")
    text = _at_gaps(text, 0.04, "&nbsp;", rng)
    return text if severity == 2 else f'<div class="review-text"><p>{_italics(text, rng)}</p></div>'


def _italics(text: str, rng: np.random.Generator) -> str:
    words = list(re.finditer(r"(?<= )[A-Za-z]{3,}(?= )", text))
    for place in sorted(some(range(len(words)), 0.03, rng), reverse=True):
        start, end = words[place].span()
        text = f"{text[:start]}<i>{text[start:end]}</i>{text[end:]}"
    return text


def _at_gaps(text: str, share: float, instead: str, rng: np.random.Generator) -> str:
    """Put something else in place of some single blanks between words."""
    gaps = [match.start() for match in _GAP.finditer(text)]
    for place in sorted(some(gaps, share, rng), reverse=True):
        text = text[:place] + instead + text[place + 1 :]
    return text
