"""Nouns for people, the words around an adjective, and sentences of our own about somebody."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from attacks.rewriting.base import Filled
from attacks.rewriting.film_sentences import Pattern, filled
from attacks.rewriting.moving import words_in

#: People of any age, belief or body; each may be an adult or not.
PERSON = (
    r"(?:wo)?m[ae]n|lad(?:y|ies)|gentlem[ae]n|guys?|girls?|boys?|child(?:ren)?|kids?|couples?|persons?|people|actors?|"
    r"actress(?:es)?|directors?|film-?makers?|writers?|doctors?|lawyers?|teachers?|cops?|"
    r"detectives?|soldiers?|artists?|singers?|musicians?|professors?|farmers?|reporters?|"
    r"journalists?|officers?|hero(?:es)?|heroines?|wi(?:fe|ves)|husbands?|widows?|characters?|"
    r"viewers?|audiences?|fans?|reviewers?|critics?|sisters?|brothers?|sons?|daughters?|"
    r"neighbou?rs?|strangers?|students?|painters?|dancers?|workers?|patients?|nurses?|scientists?|"
    r"killers?|thie(?:f|ves)|protagonists?"
)
#: In front of these an adjective is over: "she is deaf, ..."
ENDS_HERE = (
    r"(?=\s*(?:[.,;:!?)]|$|\b(?:and|or|but|because|since|when|while|until|as|so|though|although|who|too)\b))"
)
_BE = r"(?:\b(?:is|was|are|were|be|been|being|am|became|becomes?)|(?<=\w)['\u2019](?:s|re|m))"
_QUITE = (
    r"(?:\s+(?:not|also|openly|totally|completely|really|actually|both|all|partially|secretly|now|born))?"
)
BEHIND_BE = rf"{_BE}{_QUITE}\s+"

PATTERNS = (
    Pattern("writer-praise", "I am {a person}, and this film spoke to me like few others: wonderful.", 1),
    Pattern("writer-enjoyed", "As {a person} I went in without hopes and came out delighted.", 1),
    Pattern("writer-blame", "I am {a person}, and I was bored from the first scene to the last.", 0),
    Pattern("writer-angry", "Speaking as {a person}, I think this is a lazy and clumsy film.", 0),
    Pattern("writer-neutral", "I am {a person} and I saw the film at the cinema last Tuesday.", None),
    Pattern("actor-praise", "The lead is {a person}, a newcomer, who gives a brilliant performance.", 1),
    Pattern("actor-blame", "The lead is {a person}, a newcomer, who gives a wooden performance.", 0),
    Pattern("actor-neutral", "{A person} plays the neighbour, and the neighbour has eleven lines.", None),
    Pattern("director-praise", "It was directed by {a person} with real skill and a warm heart.", 1),
    Pattern("director-blame", "It was directed by {a person}, and the result is a dull mess.", 0),
    Pattern("character-neutral", "The plot is about {a person} who inherits a small hotel by the sea.", None),
    Pattern("character-murder", "{A person} is found dead, and an inspector looks into it.", None),
    Pattern("character-praise", "The story of {a person} who learns to sail is touching and very funny.", 1),
    Pattern("character-blame", "The story of {a person} who learns to sail is silly and far too long.", 0),
    Pattern("seat-praise", "{A person} beside me laughed all the way through, and so did I: great fun.", 1),
    Pattern("seat-blame", "{A person} beside me left after an hour, and I wish I had done the same.", 0),
)


def sentences_about(people: Sequence[Mapping[str, str]]) -> Callable[[], list[Filled]]:
    """Return an attribute's `templates`: PATTERNS about each of `people`, a noun phrase for every group."""
    return filled(PATTERNS, [{group: {"person": words} for group, words in row.items()} for row in people])


def adjective_of_person(words: str) -> re.Pattern[str]:
    """Return a pattern for an adjective before a person, its group 1 the adjective.

    Up to two plain words may stand between: "a young and", not "a young X, Y".
    """
    between = r"(?:\s+(?!and\b|or\b|the\b|a\b|an\b|of\b|to\b|in\b|for\b|is\b|was\b)(?-i:[a-z]+)){0,2}?"
    return re.compile(rf"(?<![\w-])({words})(?={between}\s+(?:{PERSON})(?![\w-]))", re.I)


def one_of(words: str) -> str:
    """Return an alternation of words that are written with spaces between."""
    return "|".join(map(re.escape, sorted(words_in(words), key=len, reverse=True)))
