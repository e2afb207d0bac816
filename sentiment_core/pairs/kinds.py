"""What an edit did that turned a review's label, as far as simple rules can tell.

The rules look at the stretches of words that differ. An edit of several places may be of several kinds; one
of none is "other". The kinds are those that Kaushik et al. 2020 name (table 5), as far as words show them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Kind:
    """A kind of edit: its title, and the rule that tells it, in a sentence."""

    title: str
    rule: str


OTHER = "other"
KINDS: Mapping[str, Kind] = {
    "negation": Kind("Negation", "A negation came or went: not, no, never, nothing, hardly, n't."),
    "turned": Kind(
        "Sentiment word replaced",
        "Words of praise stand where words of blame stood, or the other way round (textblob's lexicon).",
    ),
    "sentiment": Kind(
        "Sentiment word added or removed",
        "A word of praise or blame came or went, and none of the other side is in its place.",
    ),
    "intensifier": Kind("Intensifier", "Words of degree differ: very, so, slightly, somewhat, almost."),
    "rating": Kind("Rating", "A rating in figures differs: 3/10, 8 out of 10, four stars."),
    "hoped": Kind(
        "Recast as hoped for", "Words of wish came or went: should, would, could, wish, hoped, supposed to."
    ),
    "sarcasm": Kind(
        "Marked as sarcasm", "Signs of irony came or went: a word in quotation marks, yeah right, so-called."
    ),
    OTHER: Kind("Other", "None of these rules holds."),
}

NEGATIONS = "not no never none nothing nobody nowhere neither nor cannot without hardly barely scarcely n't"
_DEGREES = """very so too really quite rather fairly pretty extremely incredibly absolutely totally completely
utterly truly deeply highly especially particularly somewhat slightly mildly almost nearly merely only just
more most less least much"""
_WISHES = """should would could might wish wished wishing hope hoped hoping expected supposed intended meant
if unless ought"""
_RATING = re.compile(
    r"\b\d+(?:[.,]\d+)?\s*(?:/|out of)\s*\d+|\b(?:\d+|one|two|three|four|five|ten)[- ]stars?\b", re.IGNORECASE
)
_IRONY = re.compile(
    r"[\"“](?:[\w'’-]+\s?){1,3}[\"”]|\byeah,? right\b|\boh,? (?:great|joy|boy)\b|\bso-called\b|\bsupposedly\b"
    r"|\ballegedly\b|\bas if\b|\.\.\.\s*not!",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w'’-]+")
#: Under this, textblob's polarity (-1 to 1) says little: "only" has 0.0, "long" -0.05.
_LEAST_POLARITY = 0.1


def kinds_of(original: str, edited: str) -> tuple[str, ...]:
    """Return the kinds of an edit, in the order of KINDS; (OTHER,) where no rule holds."""
    blocks = changed_stretches(original, edited)
    found = {
        "negation": any(_differ(block, _is_negation) for block in blocks),
        "turned": any(_polarity(old) * _polarity(new) < 0 for old, new in blocks),
        "sentiment": any((_polarity(old) != 0) != (_polarity(new) != 0) for old, new in blocks),
        "intensifier": any(_differ(block, _DEGREES.split().__contains__) for block in blocks),
        "rating": _matches(_RATING, original) != _matches(_RATING, edited),
        "hoped": any(_differ(block, _WISHES.split().__contains__) for block in blocks),
        "sarcasm": _matches(_IRONY, original) != _matches(_IRONY, edited),
    }
    return tuple(kind for kind in KINDS if found.get(kind)) or (OTHER,)


def changed_stretches(original: str, edited: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return (words before, words after) of every stretch that differs, in small letters and in order."""
    from rapidfuzz.distance import Levenshtein

    before, after = (tuple(_WORD.findall(text.lower())) for text in (original, edited))
    stretches: list[list[int]] = []
    for step in Levenshtein.opcodes(before, after):
        place = [step.src_start, step.src_end, step.dest_start, step.dest_end]
        if step.tag == "equal":
            continue
        if stretches and (stretches[-1][1], stretches[-1][3]) == (place[0], place[2]):
            stretches[-1][1], stretches[-1][3] = place[1], place[3]
        else:
            stretches.append(place)
    return [(before[a:b], after[c:d]) for a, b, c, d in stretches]


def joined(kinds: Sequence[str]) -> str:
    """Return several kinds as one cell of a table."""
    return "; ".join(kinds)


def split(cell: str) -> tuple[str, ...]:
    """Return what `joined` joined."""
    return tuple(str(cell).split("; "))


def _differ(block: tuple[Sequence[str], Sequence[str]], counts: object) -> bool:
    """Whether the two sides of a stretch differ in the words that count."""
    old, new = (Counter(word for word in side if counts(word)) for side in block)  # type: ignore[operator]
    return old != new


def _is_negation(word: str) -> bool:
    return word in NEGATIONS.split() or word.endswith(("n't", "n’t"))


def _matches(pattern: re.Pattern[str], text: str) -> Counter[str]:
    return Counter(found.group().lower() for found in pattern.finditer(text))


def _polarity(words: Sequence[str]) -> int:
    """Return the side of most of the words: 1 praise, -1 blame, 0 neither or as many of each."""
    lexicon = _lexicon()
    total = sum(lexicon.get(word.strip("'’-"), 0) for word in words)
    return (total > 0) - (total < 0)


@cache
def _lexicon() -> dict[str, int]:
    """Return the side of each word that textblob's lexicon (of pattern.en) knows to take one.

    Its entries by part of speech are averaged there under None. Words of degree and negations are left out:
    they have a polarity there, and kinds of their own here.
    """
    from textblob.en import sentiment

    sentiment.load()
    apart = frozenset(_DEGREES.split())
    sides = {}
    for word, entries in dict.items(sentiment):
        polarity = entries[None][0] if isinstance(entries, dict) else entries[0]
        if abs(polarity) >= _LEAST_POLARITY and word not in apart and not _is_negation(word):
            sides[word] = 1 if polarity > 0 else -1
    return sides
