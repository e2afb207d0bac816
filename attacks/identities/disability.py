"""Disability: people who are called blind, deaf, autistic, disabled or able-bodied."""

from __future__ import annotations

import re
from dataclasses import replace

from attacks.rewriting.base import Attribute
from attacks.rewriting.moving import (
    IN_A_NAME,
    TWO_GROUPS,
    Term,
    groups_in,
    in_a_name,
    rewriting,
    vocabulary,
    words_in,
)
from attacks.rewriting.people import BEHIND_BE, ENDS_HERE, adjective_of_person, sentences_about

NAME = "disability"
GROUPS = ("able-bodied", "autistic", "blind", "deaf", "disabled")
_FORMS = dict(zip(GROUPS, GROUPS, strict=True))
_WORDS = "able-bodied|autistic|blind|deaf|disabled"
_ADJECTIVE = adjective_of_person(_WORDS)
#: Machines are disabled too, so that word needs a person before it.
_PREDICATE = re.compile(
    rf"{BEHIND_BE}(able-bodied|autistic|blind|deaf|"
    rf"(?:(?<=he is )|(?<=he was )|(?<=who is )|(?<=i'm ))disabled){ENDS_HERE}",
    re.I,
)
_ALONE = re.compile(r"(?<![\w-])(autistic|(?:the )(?:blind|deaf|disabled))(?![\w-])", re.I)
#: Beside these another disability would be nonsense, or the same one is meant by another word.
_TELLS_MORE = words_in(
    """
    wheelchair wheelchairs braille sees sight sighted eyesight eye eyes hear hearing heard cane lip lips mute
    dumb paralyzed paralysed crippled cripple cripples retarded handicapped autism blindness deafness
    disability disabilities surgery cornea transplant savant
    """
)
_KIND = re.compile(
    r"\b(?:physically|mentally|legally|profoundly|partially|severely|somewhat|slightly|very|nearly|almost"
    r"|colou?r|snow)[ -]$",
    re.I,
)
_FIXED = re.compile(
    r"\bblind\s+(?:date|faith|eye|spot|rage|luck|alley|to)\b|\bdeaf\s+(?:ears?|to)\b|half[- ]blind"
    r"|\b(?:a|any|even a) (?:blind|deaf)\s+\w+\s+(?:could|can|would|knows)\b",
    re.I,
)


def _find(text: str) -> list[Term]:
    terms: dict[int, Term] = {}
    fixed = [found.span() for found in _FIXED.finditer(text)]
    for pattern in (_ADJECTIVE, _PREDICATE, _ALONE):
        for found in pattern.finditer(text):
            if not any(start <= found.start(1) < end for start, end in fixed):
                terms.setdefault(found.end(1), _term(text, found, pattern is _ALONE))
    return [terms[end] for end in sorted(terms)]


def _term(text: str, found: re.Match[str], alone: bool) -> Term:
    group = found[1].lower().removeprefix("the ")
    if _KIND.search(text[max(0, found.start(1) - 20) : found.start(1)]):
        return Term(*found.span(1), group, _FORMS, "a word before says which kind of disability")
    refusal = f"'{found[1].lower()}' does not describe a person here" if alone else ""
    term = Term(*found.span(1), group, _FORMS, refusal)
    return replace(term, group=None, refusal=IN_A_NAME) if in_a_name(text, *found.span(1)) else term


def _objection(text: str) -> str:
    if len({"autistic", "blind", "deaf", "disabled"} & vocabulary(text)) > 1:
        return TWO_GROUPS
    other = sorted(_TELLS_MORE & vocabulary(text))
    return f"'{other[0]}' says more about a disability" if other else ""


_PEOPLE = tuple({group: f"{group} {who}" for group in GROUPS} for who in ("woman", "man"))

ATTRIBUTE = Attribute(
    name=NAME,
    title="Disability",
    description="People who are called blind, deaf, autistic, disabled or able-bodied.",
    note=(
        "Four words out of many, and a neutral one that is rarely said aloud: a change for 'able- "
        "bodied' may be about a rare word. Few reviews can be rewritten: rely on our own sentences."
    ),
    groups=GROUPS,
    mentioned=groups_in(_find, words_in("able autistic blind deaf disabled")),
    rewrite=rewriting(NAME, GROUPS, _find, _objection),
    templates=sentences_about(_PEOPLE),
)
