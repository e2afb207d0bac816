"""Words for where people come from or what they believe: adjective, one person, many people, a faith."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from attacks.rewriting.moving import IN_A_NAME, WORD, Term, quoted, words_in

#: Right before a singular noun: "a German who", "every Italian is".
_BEFORE_ONE = words_in("a an one another every each any some the this that")
_BE = words_in("is was are were be been being am very both all not i'm he's she's they're it's")
_ENDS_A_PHRASE = words_in(
    """
    who whom whose which that and or but in on at from with of by as to for is was are were has had have does
    did will would can could should because when while where so if than though although i you he she it we
    they too himself herself
    """
)
IN_A_PHRASE = "a term is part of a fixed phrase"
UNCLEAR = "the word may be an adjective or a noun here"


@dataclass(frozen=True)
class Origin:
    """How a group is called; one and many stand for people, faith is "" where there is none."""

    adjective: str
    one: str
    many: str
    faith: str = ""

    def forms(self) -> tuple[tuple[str, str], ...]:
        """Return (kind, form), the longer forms first."""
        kinds = (("many", self.many), ("one", self.one), ("faith", self.faith), ("adjective", self.adjective))
        return tuple((kind, form) for kind, form in kinds if form)


def finder(origins: Mapping[str, Origin], fixed: re.Pattern[str]) -> Callable[[str], Sequence[Term]]:
    """Return a `find` for words like these; `fixed` are phrases in which they say something else."""
    by_kind = {
        kind: {group: dict(origin.forms())[kind] for group, origin in origins.items()}
        for kind in ("adjective", "one", "many", "faith")
        if all(dict(origin.forms()).get(kind) for origin in origins.values())
    }
    kinds: dict[str, tuple[str, str]] = {}
    for group, origin in origins.items():
        for kind, form in origin.forms():
            kinds[form.lower()] = (group, kind)
    alternatives = "|".join(sorted(map(re.escape, kinds), key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w])(?:{alternatives})(?!\w)", re.I)

    def find(text: str) -> list[Term]:
        return [
            _term(text, found, *kinds[found[0].lower()], by_kind, fixed) for found in pattern.finditer(text)
        ]

    return find


def _term(
    text: str,
    found: re.Match[str],
    group: str,
    kind: str,
    by_kind: Mapping[str, Mapping[str, str]],
    fixed: re.Pattern[str],
) -> Term:
    start, end = found.span()
    term = Term(start, end, group, by_kind[kind])
    if _named(text, start, end):
        return replace(term, group=None, refusal=IN_A_NAME)
    if _in_a_phrase(text, start, end, fixed):
        return replace(term, refusal=IN_A_PHRASE)
    if kind in ("many", "faith"):
        return term
    read = _kind_here(text, start, end)
    differs = by_kind["adjective"][group] != by_kind["one"][group]
    if read is None or (read != kind and differs):
        return replace(term, refusal=UNCLEAR)
    return replace(term, forms=by_kind[read])


def _in_a_phrase(text: str, start: int, end: int, fixed: re.Pattern[str]) -> bool:
    """Return whether a word is part of a compound or of one of the fixed phrases around it."""
    first, last = max(0, start - 20), min(len(text), end + 30)
    around = text[first:last]  # searched alone: the phrases are many, and most of a text has none
    phrases = [(first + place.start(), first + place.end()) for place in fixed.finditer(around)]
    joined = "-" in (text[max(0, start - 1) : start], text[end : end + 1])
    return joined or any(begin <= start < stop for begin, stop in phrases)


def _named(text: str, start: int, end: int) -> bool:
    """Return whether a word that always has a capital stands in a longer name, or in a short quotation."""
    after = re.match(r"\s+[A-Z][\w']", text[end : end + 10])
    before = re.search(r"(\S+)\s+([A-Z][\w'.]*)\s+$", text[max(0, start - 40) : start])
    inside = before is not None and not before[1].endswith((".", "!", "?", ">", '"', ":"))
    return after is not None or inside or quoted(text, start, end)


def _kind_here(text: str, start: int, end: int) -> str | None:
    """Return "adjective" or "one", by the words around; None where they do not tell."""
    rest = re.match(r"\s+([a-z]+(?:'[a-z]+)?)", text[end : end + 30])
    words = WORD.findall(text[max(0, start - 20) : start].lower())
    before = words[-1] if words else ""
    if rest is not None and rest[1] not in _ENDS_A_PHRASE:
        return "adjective" if _before_a_noun(rest[1]) else None
    if before in ("a", "an", "another", "every"):
        return "one"
    return "adjective" if before in _BE else None


def _before_a_noun(word: str) -> bool:
    from attacks.language.tagging import universal_tags

    return universal_tags(["the", "German", word])[2] in ("NOUN", "ADJ")
