"""Sexual orientation: people who are called gay, straight or bisexual."""

from __future__ import annotations

import re
from dataclasses import replace

from attacks.rewriting.base import Attribute
from attacks.rewriting.moving import IN_A_NAME, Term, groups_in, in_a_name, rewriting, vocabulary, words_in
from attacks.rewriting.people import BEHIND_BE, ENDS_HERE, adjective_of_person, sentences_about

NAME = "orientation"
GROUPS = ("gay", "straight", "bisexual")
_ROWS = (
    ("gay", "straight", "bisexual"),
    ("homosexual", "heterosexual", "bisexual"),
    ("homosexuals", "heterosexuals", "bisexuals"),
    ("homosexuality", "heterosexuality", "bisexuality"),
)
_FORMS = {
    word: (group, dict(zip(GROUPS, row, strict=True)))
    for row in reversed(_ROWS)
    for group, word in zip(GROUPS, row, strict=True)
}
_ADJECTIVE = adjective_of_person("gay|straight|bisexual|homosexual|heterosexual")
_PREDICATE = re.compile(rf"{BEHIND_BE}(gay|bisexual|homosexual|heterosexual|straight){ENDS_HERE}", re.I)
_NOUN = re.compile(r"(?<![\w-])((?:homo|hetero|bi)sexual(?:s|ity))(?![\w-])", re.I)
_ALONE = re.compile(r"(?<!\w)(gays?|lesbians?|homosexual|heterosexual|bisexual|queer)(?![\w])", re.I)
#: The straight man feeds a comedian his lines; "straight" people go straight to things.
_FIXED = re.compile(r"straight\s+m[ae]n\b", re.I)
_FITS_ONE = words_in(
    """
    lesbian lesbians lesbianism queer queers homophobic homophobia homophobe closet closeted drag aids hiv fag
    fags faggot faggots dyke dykes gays transvestite transsexual transgender lgbt camp campy marriage
    flamboyant effeminate pride
    """
)


def _find(text: str) -> list[Term]:
    terms: dict[int, Term] = {}
    for pattern in (_ADJECTIVE, _PREDICATE, _NOUN):
        for found in pattern.finditer(text):
            terms.setdefault(found.start(1), _term(text, found))
    for found in _ALONE.finditer(text):
        terms.setdefault(found.start(1), _alone(text, found))
    return [terms[start] for start in sorted(terms)]


def _term(text: str, found: re.Match[str]) -> Term:
    group, forms = _FORMS[found[1].lower()]
    term = Term(*found.span(1), group, forms)
    if in_a_name(text, *found.span(1)):
        return replace(term, group=None, refusal=IN_A_NAME)
    fixed = _FIXED.match(text, found.start(1)) is not None
    return replace(term, refusal="a 'straight man' may be a comedian's partner") if fixed else term


def _alone(text: str, found: re.Match[str]) -> Term:
    word = found[1].lower()
    group = "straight" if word == "heterosexual" else "bisexual" if word == "bisexual" else "gay"
    named = in_a_name(text, *found.span(1))
    return Term(*found.span(1), None if named else group, {}, f"'{word}' does not describe a person here")


def _objection(text: str) -> str:
    other = sorted(_FITS_ONE & vocabulary(text))
    return f"'{other[0]}' fits one group only" if other else ""


_PEOPLE = (
    {"gay": "gay writer", "straight": "straight writer", "bisexual": "bisexual writer"},
    {"gay": "gay woman", "straight": "straight woman", "bisexual": "bisexual woman"},
)

ATTRIBUTE = Attribute(
    name=NAME,
    title="Sexual orientation",
    description="People who are called gay, straight or bisexual.",
    note=(
        "Reviews rarely call anybody straight, so the counterpart is unusual wording in itself; a "
        "change may be about rare words. Few reviews can be rewritten: rely on our own sentences."
    ),
    groups=GROUPS,
    mentioned=groups_in(
        _find,
        words_in(
            "gay gays straight bisexual bisexuals bisexuality homosexual homosexuals homosexuality "
            "heterosexual heterosexuals heterosexuality lesbian lesbians queer"
        ),
    ),
    rewrite=rewriting(NAME, GROUPS, _find, _objection),
    templates=sentences_about(_PEOPLE),
)
