"""First names that stand alone in a text, and the counterparts that may replace them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from attacks.slices.rewriting import IN_A_NAME, Term, quoted, words_in

#: A capital before a name is a title or another name ("King George"), but at a sentence's start a plain word.
_ENDS_SENTENCE = (".", "!", "?", ">", '"', ":", ";", ")", "\u201d", "-")
_PLAIN = words_in("and but or when then if so as for with while after before because though although where i")


#: Two names that are one title.
_PAIR = re.compile(
    r"(?:Tom (?:and|&) Jerry|Bill (?:and|&) Ted|Jack (?:and|&) Jill|Mary (?:and|&) Max)\b", re.I
)


@dataclass(frozen=True)
class Name:
    """A name's group and its counterpart in every group."""

    group: str
    forms: Mapping[str, str]


def counterparts(lists: Mapping[str, str]) -> dict[str, Name]:
    """Return lower-case name -> Name from lists of one gender, one a group, whose places correspond."""
    columns = {group: names.split() for group, names in lists.items()}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return {name.lower(): Name(group, row) for row in rows for group, name in row.items()}


def finder(names: Mapping[str, Name]) -> Callable[[str], Sequence[Term]]:
    """Return a `find` for names with a capital, with whatever stands in a longer name refused."""
    alternatives = "|".join(re.escape(name.title()) for name in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w-])(?:{alternatives})(?![\w-])")

    def find(text: str) -> list[Term]:
        return [_term(text, found, names[found[0].lower()]) for found in pattern.finditer(text)]

    return find


def _term(text: str, found: re.Match[str], name: Name) -> Term:
    term = Term(*found.span(), name.group, name.forms)
    return replace(term, refusal=IN_A_NAME) if stands_in_a_longer_name(text, *found.span()) else term


def stands_in_a_longer_name(text: str, start: int, end: int) -> bool:
    """Return whether a name has another name, an initial or a title beside it, or stands in a quotation."""
    after = text[end : end + 12]
    if re.match(
        r"(?:\s+|\s*&\s*)[A-Z]|\s+[\"\u201c'(][A-Z][a-z]+[\"\u201d']|\s+the\s+[A-Z]|/", after
    ) or _PAIR.match(text, start):
        return True
    words = text[max(0, start - 40) : start].split()
    joined = text[start - 1 : start] not in ("", " ", "\n", "\t", "(", ">", '"', "'")
    return joined or _title_before(words) or quoted(text, start, end)


def _title_before(words: Sequence[str]) -> bool:
    """Return whether the word before is part of the name: it has a capital in the middle of a sentence."""
    if not words or not words[-1].strip("(\"'")[:1].isupper() or words[-1].endswith((",", ":", ";")):
        return False
    if words[-1].lower() in _PLAIN:
        return False
    return words[-1] in ("Dr.", "Mr.", "Mrs.", "St.", "Sgt.", "Capt.") or not (
        words[-1].endswith(_ENDS_SENTENCE) or len(words) < 2 or words[-2].endswith(_ENDS_SENTENCE)
    )
