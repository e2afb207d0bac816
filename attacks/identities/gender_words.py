"""Gendered words: pronouns, kinship, titles and callings, moved together."""

from __future__ import annotations

from functools import cache

from attacks.rewriting import gender_terms
from attacks.rewriting.base import Attribute
from attacks.rewriting.film_sentences import Pattern, filled
from attacks.rewriting.first_names import FEMALE, MALE
from attacks.rewriting.moving import rewriting, spelt, vocabulary

NAME = "gender-words"

_PATTERNS = (
    Pattern("writer-praise", "As {a person} who loves the cinema, I can only recommend this film warmly.", 1),
    Pattern("writer-blame", "I am {a person} with plenty of patience, and I still found this film awful.", 0),
    Pattern("actor-praise", "The lead is played by a young {performer}, and {subject} is simply superb.", 1),
    Pattern(
        "actor-blame", "The {performer} in the main part is dreadful, and {possessive} lines fall flat.", 0
    ),
    Pattern(
        "character-neutral",
        "The story follows {a person} who returns to {possessive} village after a war.",
        None,
    ),
    Pattern(
        "family-neutral", "{A parent} and {possessive} {child} spend one night in an empty station.", None
    ),
    Pattern("director-praise", "{Subject} directed this with a sure hand, and I admire {object} for it.", 1),
    Pattern("director-blame", "{Subject} wrote and directed it {reflexive}, and it is a tedious mess.", 0),
    Pattern("child-praise", "The {child} is the heart of the story, and I loved {possessive} last scene.", 1),
    Pattern("child-blame", "The {child} never says a true word, and {subject} bored me to tears.", 0),
    Pattern(
        "person-murder", "{A person} is found dead, and nobody knows {object} or {possessive} name.", None
    ),
    Pattern("neighbour-blame", "{A person} beside me left early, and {subject} was right.", 0),
    Pattern("spouse-neutral", "My {spouse} chose the film, and we watched it on a Sunday.", None),
    Pattern("spouse-praise", "I saw it with my {spouse}, and both of us adored every minute.", 1),
)
_PRONOUNS = {
    "female": {"subject": "she", "object": "her", "possessive": "her", "reflexive": "herself"},
    "male": {"subject": "he", "object": "him", "possessive": "his", "reflexive": "himself"},
}
_NOUNS = (
    ("woman man", "actress actor", "mother father", "daughter son", "wife husband"),
    ("girl boy", "actress actor", "grandmother grandfather", "granddaughter grandson", "sister brother"),
    ("lady gentleman", "actress actor", "widow widower", "niece nephew", "girlfriend boyfriend"),
)


def _people() -> list[dict[str, dict[str, str]]]:
    slots = ("person", "performer", "parent", "child", "spouse")
    return [
        {
            group: _PRONOUNS[group]
            | {slot: words.split()[place].replace("_", " ") for slot, words in zip(slots, row, strict=True)}
            for place, group in enumerate(gender_terms.GROUPS)
        }
        for row in _NOUNS
    ]


def _objection(text: str) -> str:
    """Return why a text cannot change its gendered words: a name beside them would contradict."""
    named = not (spelt(text).isdisjoint(_FIRST_NAMES) and vocabulary(text).isdisjoint(_only_names()))
    if named:
        return "a first name in the text suggests a gender"
    return gender_terms.objection(text) or gender_terms.pronouns_objection(text)


@cache
def _only_names() -> frozenset[str]:
    """Return the first names that are no other word, so that they tell a gender without a capital."""
    from lemminflect import getAllLemmas

    return frozenset(name for name in FEMALE | MALE if len(name) > 3 and not getAllLemmas(name))


_FIRST_NAMES = frozenset(name.title() for name in FEMALE | MALE)


ATTRIBUTE = Attribute(
    name=NAME,
    title="Gendered words",
    description="She or he, actress or actor, wife or husband: every gendered word of a text moves together.",
    note=(
        "Two groups only, as English pronouns name two; texts with names or words that fit one gender "
        "are left out, so the reviews that remain are plainer than most."
    ),
    groups=gender_terms.GROUPS,
    mentioned=gender_terms.mentioned,
    rewrite=rewriting(NAME, gender_terms.GROUPS, gender_terms.find, _objection, gender_terms.mentioned),
    templates=filled(_PATTERNS, _people()),
)
