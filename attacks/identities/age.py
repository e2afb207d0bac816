"""Age: young or old people, teenagers or pensioners."""

from __future__ import annotations

import re
from dataclasses import replace

from attacks.rewriting.base import Attribute
from attacks.rewriting.moving import IN_A_NAME, Term, groups_in, in_a_name, rewriting, vocabulary, words_in
from attacks.rewriting.people import adjective_of_person, sentences_about

NAME = "age"
GROUPS = ("young", "old")
_PAIRS = (
    ("young", "old"),
    ("younger", "older"),
    ("teenager", "pensioner"),
    ("teenagers", "pensioners"),
)
_FORMS = {
    word: (group, dict(zip(GROUPS, pair, strict=True)))
    for pair in _PAIRS
    for group, word in zip(GROUPS, pair, strict=True)
}
_ADJECTIVE = adjective_of_person("younger|young|older|old")
_NOUN = re.compile(r"(?<![\w-])(teenagers?|pensioners?)(?![\w-])", re.I)
_ALONE = re.compile(
    r"(?<![\w-])(elderly|youngsters?|senior citizens?|teens?|adolescents?|toddlers?"
    r"|the (?:young|old)(?=\s*(?:[.,;!?]|and\b|are\b|who\b)))\b",
    re.I,
)
_OLD_ALONE = words_in("elderly senior")
#: "her old man" is a father or a husband, "some old guy" no more than some guy.
_SAID_OTHERWISE = re.compile(r"\b(?:my|your|his|her|our|their|same|good|grumpy|dirty|plain|any|'s)\s+$", re.I)
#: Beside these the other age would be nonsense.
_TELLS_AGE = words_in(
    """
    boy boys girl girls child children kid kids baby babies teen teens teenage adolescent adolescents youth
    youthful youngster youngsters childhood school college highschool student students elderly aged aging
    ageing senile retired retirement grandmother grandfather grandma grandpa grandparents grandson
    granddaughter grandchildren age ages wrinkled wrinkles senior seniors born adult adults mature twenties
    thirties forties fifties sixties seventies virgin puberty prom son sons daughter daughters
    """
)
_YEARS = re.compile(
    r"\b\d+[- ]?(?:years?|yrs?)?[- ]?old\b|\bin (?:his|her|their) (?:\d0|teens)|\b\w+[- ]years?[- ]old\b"
    r"|\b(?:almost|nearly|about|over|under|past|turned|aged?|at) \d\d\b(?!\s*(?:%|minutes?|mins?|years))",
    re.I,
)


def _find(text: str) -> list[Term]:
    places = [*_ADJECTIVE.finditer(text), *_NOUN.finditer(text)]
    terms = [_term(text, found) for found in places] + [_alone(found) for found in _ALONE.finditer(text)]
    return sorted(terms, key=lambda term: term.start)


def _term(text: str, found: re.Match[str]) -> Term:
    group, forms = _FORMS[found[1].lower()]
    term = Term(*found.span(1), group, forms)
    if in_a_name(text, *found.span(1)):
        return replace(term, group=None, refusal=IN_A_NAME)
    if group == "old" and _SAID_OTHERWISE.search(text[max(0, term.start - 12) : term.start]):
        return replace(term, refusal="'old' may say something else than an age")
    return term


def _alone(found: re.Match[str]) -> Term:
    group = "old" if found[1].lower().split()[-1] in (*_OLD_ALONE, "old", "citizen", "citizens") else "young"
    return Term(*found.span(1), group, {}, f"'{found[1].lower()}' has no counterpart")


def _objection(text: str) -> str:
    if _YEARS.search(text):
        return "an age in years is in the text"
    other = sorted(_TELLS_AGE & vocabulary(text))
    return f"'{other[0]}' gives an age" if other else ""


_PEOPLE = (
    {"young": "young woman", "old": "old woman"},
    {"young": "young man", "old": "old man"},
    {"young": "teenager", "old": "pensioner"},
)

ATTRIBUTE = Attribute(
    name=NAME,
    title="Age",
    description="Young or old people, teenagers or pensioners.",
    note=(
        "Two ends of a scale, and only where a person is called so: 'old' films and friends are not "
        "ages. Ages in years, children and most relatives are left out."
    ),
    groups=GROUPS,
    mentioned=groups_in(
        _find,
        words_in(
            "young younger old older teenager teenagers pensioner pensioners elderly youngster "
            "youngsters senior teen teens adolescent adolescents toddler toddlers"
        ),
    ),
    rewrite=rewriting(NAME, GROUPS, _find, _objection),
    templates=sentences_about(_PEOPLE),
)
