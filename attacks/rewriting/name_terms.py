"""First names that stand alone in a text, and the counterparts that may replace them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from attacks.rewriting.moving import IN_A_NAME, Term, quoted, words_in

_HONORIFICS = words_in("St. Dr. Mr. Mrs. Ms. Sgt. Capt. Lt. Col. Gen. Prof. Rev. Sr. Jr.")
#: A word that ends with these has no part in the name behind it.
_ENDS_SENTENCE = (".", "!", "?", ">", '"', ":", ";", ")", "\u201d", "-")
#: Words that often open a sentence, and have a capital then.
_PLAIN = words_in(
    """
    and but or when then if so as for with while after before because though although where i is was did does
    will can could would now here how why what that this poor only even in on at by to from like unlike once
    later there seeing watching without until since my our his her their the not yes no well oh also both
    """
)


#: A surname, an initial, "of Arc", "the Great", "del Toro", a nickname, an aside before the surname.
_MORE_BEHIND = re.compile(
    r"(?:\s+|\s*&\s*)[A-Z]|\s+(?:of|del?|van|von|la|da|di|le|the\s+[A-Z]\w*)\b|/|\s+[\"\u201c'][A-Z]"
    r"|\s+\([^()]{1,40}\)\s+[A-Z]"
)
#: Openings of titles that end with a first name.
_TITLE_OPENS = re.compile(
    r"\b(?:something about|educating|raising|regarding|chasing|driving|bob and|love,|the|an?) $", re.I
)
_GO_ON = words_in(
    """
    who whom whose that which and but nor for with without from into onto about when while where because than
    then too also again alone himself herself may might must can could will would shall should not never
    always often still ever just only both all there here now soon once really actually simply even though
    although since until before after during like back has had was did does get gets got
    """
)
#: Two names that are one title.
_PAIR = re.compile(
    r"(?:Tom (?:and|&) Jerry|Tom, Dick|Jack (?:and|&) Sarah"
    r"|Bill (?:and|&) Ted|Jack (?:and|&) Jill|Mary (?:and|&) Max)\b",
    re.I,
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
    if _MORE_BEHIND.match(text, end) or _PAIR.match(text, start) or _surname_in_lower_case(text, end):
        return True
    words = text[max(0, start - 40) : start].split()
    joined = text[max(0, start - 1) : start] not in ("", " ", "\n", "\t", "(", ">", '"', "'")
    titled = _TITLE_OPENS.search(text[max(0, start - 20) : start]) is not None
    return joined or titled or _title_before(words) or quoted(text, start, end)


def _surname_in_lower_case(text: str, end: int) -> bool:
    """Return whether the next word may be a surname without a capital ("Ben stiller")."""
    found = re.match(r" ([a-z]{3,})", text[end : end + 25])
    if found is None or found[1] in _GO_ON:
        return False
    from attacks.language.tagging import universal_tags

    return universal_tags(["John", found[1]])[1] in ("NOUN", "ADJ", "X")


def _title_before(words: Sequence[str]) -> bool:
    """Return whether the word before may be part of the name ("San", "King"): it has a capital."""
    if not words or not words[-1].strip("(\"'")[:1].isupper() or words[-1].endswith((",", ":", ";")):
        return False
    if words[-1] in _HONORIFICS:
        return True
    return words[-1].strip("(\"'").lower() not in _PLAIN and not words[-1].endswith(_ENDS_SENTENCE)
