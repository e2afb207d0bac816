"""Moving the terms of a text to another group: capitals, a/an, and the proof that the way back is open."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from attacks.language.articles import article_for
from attacks.rewriting.base import Refused
from attacks.schema import SliceError

NOT_MENTIONED = "no term of the attribute is in the text"
TWO_GROUPS = "two groups are mentioned"
NOT_UNDONE = "the way back does not give the original"
IN_A_NAME = "a term is part of a title or a name"

WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_ARTICLE_BEFORE = re.compile(r"\b([Aa][Nn]?)(\s+)$")
_SENTENCE_END = re.compile(r"(?:[.!?:;\u2026][\"')\u201d\u2019]*|>|\n|[-*\u2022(\"\u201c])\s*$")
_OPENED = re.compile(r"(?:^|[\s(>])[\"\u201c'*_][^\"\u201c\u201d\n.!?]*$")
_CLOSED = re.compile(r"[^\"\u201c\u201d\n.!?]*?[.,!?]?[\"\u201d'*_](?!\w)")
_CAPITAL_AFTER = re.compile(r"\s+[A-Z][a-z]")


@dataclass(frozen=True)
class Term:
    """A place in a text that speaks of a group.

    Attributes:
        group: the group, or None where a title or a name only looks like it.
        forms: what would stand there for each group.
        refusal: why this place cannot be rewritten; "" where it can.
    """

    start: int
    end: int
    group: str | None
    forms: Mapping[str, str]
    refusal: str = ""


#: Finds the terms of an attribute in a text, in order, not overlapping.
Find = Callable[[str], Sequence[Term]]
#: Says why a text as a whole cannot be rewritten, "" where it can.
Objection = Callable[[str], str]


def words_in(text: str) -> frozenset[str]:
    """Return a list that is written as words with spaces between."""
    return frozenset(text.split())


@lru_cache(maxsize=4096)
def spelt(text: str) -> frozenset[str]:
    """Return the words of a text as they are spelt, without a possessive 's."""
    words = WORD.findall(text.replace("\u2019", "'") if "\u2019" in text else text)
    return frozenset(word[:-2] if word.endswith("'s") else word for word in words)


@lru_cache(maxsize=4096)
def vocabulary(text: str) -> frozenset[str]:
    """Return the words of a text in lower case (a quick look before a search)."""
    return frozenset(map(str.lower, spelt(text)))


def groups_in(
    find: Find, words: frozenset[str], words_of: Callable[[str], frozenset[str]] = vocabulary
) -> Callable[[str], frozenset[str]]:
    """Return an attribute's `mentioned`: no search in texts that hold none of `words`."""

    def mentioned(text: str) -> frozenset[str]:
        if words.isdisjoint(words_of(text)):
            return frozenset()
        return frozenset(term.group for term in find(text) if term.group is not None)

    return mentioned


def rewriting(
    name: str,
    groups: Sequence[str],
    find: Find,
    objection: Objection | None = None,
    mentioned: Callable[[str], frozenset[str]] | None = None,
) -> Callable[[str, str], str | Refused]:
    """Return an attribute's `rewrite`; `mentioned` is asked first where that is quicker than `find`.

    A rewrite stands only if it can be undone: a text whose terms do not come back as they were has been
    changed in more than the group, or was read wrongly.
    """

    def rewrite(text: str, wanted: str) -> str | Refused:
        if wanted not in groups:
            raise SliceError(f"{name} has no group '{wanted}'; it has: {', '.join(groups)}")
        if mentioned is not None and len(mentioned(text)) > 1:
            return Refused(TWO_GROUPS)
        objected = objection(text) if objection else ""
        terms = find(text)
        there = {term.group for term in terms if term.group is not None}
        reason = _reason(terms, there) or objected
        if reason:
            return Refused(reason)
        (group,) = there
        if group == wanted:
            return text
        moved = replaced(text, terms, wanted)
        return moved if _undone(moved, group, wanted, find) == text else Refused(NOT_UNDONE)

    return rewrite


def _reason(terms: Sequence[Term], there: set[str]) -> str:
    if not there:
        return NOT_MENTIONED
    if len(there) > 1:
        return TWO_GROUPS
    return next((term.refusal for term in terms if term.refusal), "")


def _undone(moved: str, group: str, wanted: str, find: Find) -> str | None:
    terms = find(moved)
    if any(term.refusal or term.group != wanted for term in terms):
        return None
    return replaced(moved, terms, group)


def replaced(text: str, terms: Sequence[Term], wanted: str) -> str:
    """Return the text with each term's form for the wanted group; its capitals and a/an are kept right."""
    pieces: list[str] = []
    at = 0
    for term in terms:
        form = in_case_of(text[term.start : term.end], term.forms[wanted])
        pieces.append(_with_article(text[at : term.start], text[term.start : term.end], form))
        pieces.append(form)
        at = term.end
    return "".join([*pieces, text[at:]])


def in_case_of(original: str, form: str) -> str:
    """Return a form written as the original was: lower case, Capital or CAPITALS."""
    if original.islower():
        return form.lower()
    if original.isupper() and sum(map(str.isalpha, original)) > 1:
        return form.upper()
    return form[:1].upper() + form[1:]


def _with_article(before: str, original: str, form: str) -> str:
    """Return the text before a term with its a/an right for the new form, where it stands next to it."""
    found = _ARTICLE_BEFORE.search(before)
    if found is None or article_for(original) == article_for(form):
        return before
    article = in_case_of(found[1], article_for(form))
    return before[: found.start(1)] + article + before[found.start(2) :]


def in_a_name(text: str, start: int, end: int) -> bool:
    """Return whether a capitalised word looks like part of a title or a name.

    Seen by a capital in the middle of a sentence, or by a neighbour with a capital ("Pretty Woman"), or by
    a short quotation around it.
    """
    if quoted(text, start, end):
        return True
    word = text[start:end]
    if not word[:1].isupper():
        return False
    if word.isupper() and len(word) > 1:
        return _shouted_beside(text, start, end) and not _shouted_sentence(text, start, end)
    before, after = text[max(0, start - 40) : start], text[end : end + 40]
    opens = not before.strip() or _SENTENCE_END.search(before) is not None
    return not opens or _CAPITAL_AFTER.match(after) is not None


def _shouted_beside(text: str, start: int, end: int) -> bool:
    before, after = WORD.findall(text[max(0, start - 25) : start]), WORD.findall(text[end : end + 25])
    return any(len(word) > 1 and word.isupper() for word in (*before[-1:], *after[:1]))


def _shouted_sentence(text: str, start: int, end: int) -> bool:
    """Return whether a sentence is shouted, not a title: four words around or more, most in capitals."""
    around = WORD.findall(text[max(0, start - 60) : end + 60])
    return bool(sum(word.isupper() for word in around) >= max(4, 0.8 * len(around)))


def quoted(text: str, start: int, end: int) -> bool:
    """Return whether a quotation of at most 40 characters stands around text[start:end]."""
    before, after = text[max(0, start - 40) : start], text[end : end + 40]
    return bool(_OPENED.search(before) and _CLOSED.match(after))
