"""How a text's surface goes wrong: capitals, punctuation, white space, what is left of a web page."""

from __future__ import annotations

import re

import numpy as np

from attacks.probing.typing_noise import some

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
