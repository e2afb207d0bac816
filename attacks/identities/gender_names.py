"""Gendered first names, moved together with the gendered words of the text."""

from __future__ import annotations

import re
from dataclasses import replace

from attacks.rewriting import first_names, gender_terms
from attacks.rewriting.base import Attribute
from attacks.rewriting.film_sentences import PATTERNS, PRONOUNS, filled
from attacks.rewriting.first_names import FEMALE, MALE
from attacks.rewriting.moving import IN_A_NAME, WORD, Term, rewriting, spelt

NAME = "gender-names"
_LISTS = {
    "female": """
        Sarah Emily Amy Megan Susan Kate Karen Linda Nancy Julie Helen Anne Mary Jane Eileen Lucy Wendy Anna
        Maria Betty Barbara Diane Rachel Pamela Lisa Jennifer Jenny Carol Ellen Martha Margaret Catherine
        Ruth Rita Judy Abby Claire Molly Sophie Veronica Nina Tina Christine Stella Louise Jessica Michelle
        Joan
    """,
    "male": """
        David Peter Kyle Keith Steve Jack Kevin Larry Henry Jim Harold Alan John Joe Arthur Luke Edward Adam
        Marcus Bobby Brad Daniel Robert Richard Paul George Tommy Carl Eddie Marvin Michael Charlie Ralph
        Roger Johnny Andy Ben Dennis Tobias Vincent Neil Tim Christopher Stanley Leo Jason Matthew Jerry
    """,
}
_NAMES = first_names.counterparts(_LISTS)
_find_names = first_names.finder(_NAMES)


def _all_names(text: str) -> list[Term]:
    """Return every gendered first name, those without a counterpart in our list refused."""
    terms = [_told_once(text, term) for term in _find_names(text)]
    known = {term.start for term in terms}
    for found in WORD.finditer(text):
        word = re.sub(r"['\u2019]s$", "", found[0])
        group = _gender_of(word)
        if group is not None and found.start() not in known:
            reason = f"'{word}' has no counterpart in the list"
            terms.append(Term(found.start(), found.start() + len(word), group, {}, reason))
    return sorted(terms, key=lambda term: term.start)


def _told_once(text: str, term: Term) -> Term:
    """Return a name, refused in brackets, where it is an actor's ("a soldier (Luke)")."""
    around = text[term.start - 1 : term.start] + text[term.end : term.end + 1]
    return replace(term, refusal=IN_A_NAME) if around == "()" else term


def _gender_of(word: str) -> str | None:
    if not word[:1].isupper() or word.lower() in _NAMES:
        return None
    return "female" if word.lower() in FEMALE else "male" if word.lower() in MALE else None


def _find(text: str) -> list[Term]:
    """Return the names and, where there are any, the gendered words that have to agree."""
    if not _mentioned(text):
        return []
    names = _all_names(text)
    taken = {term.start for term in names}
    words = [term for term in gender_terms.find(text) if term.start not in taken]
    return sorted([*names, *words], key=lambda term: term.start)


def _lower_if_listed(found: re.Match[str]) -> str:
    return found[0].lower() if found[0].lower() in _NAMES else found[0]


def _objection(text: str) -> str:
    """Return why the gendered words cannot follow the name; names of the list count as nobody else's."""
    listed = re.sub(r"[A-Z][a-z]+", _lower_if_listed, text)
    return gender_terms.objection(text) or gender_terms.pronouns_objection(listed)


_GROUP_NAMES = {
    group: frozenset(name.title() for name in names | set(_LISTS[group].lower().split()))
    for group, names in (("female", FEMALE), ("male", MALE))
}


def _mentioned(text: str) -> frozenset[str]:
    words = spelt(text)
    return frozenset(group for group, names in _GROUP_NAMES.items() if not words.isdisjoint(names))


def _people() -> list[dict[str, dict[str, str]]]:
    lists = {group: names.split() for group, names in _LISTS.items()}
    return [
        {group: {"name": lists[group][place]} | PRONOUNS[group] for group in gender_terms.GROUPS}
        for place in (1, 4, 28)
    ]


ATTRIBUTE = Attribute(
    name=NAME,
    title="Gendered first names",
    description="A first name of the other gender, and with it every pronoun and gendered word of the text.",
    note=(
        "Names carry age, class and fame besides gender, and only names that stand alone are changed, "
        "which in reviews are mostly characters; full names of actors keep a text out."
    ),
    groups=gender_terms.GROUPS,
    mentioned=_mentioned,
    rewrite=rewriting(NAME, gender_terms.GROUPS, _find, _objection, _mentioned),
    templates=filled(PATTERNS, _people()),
)
