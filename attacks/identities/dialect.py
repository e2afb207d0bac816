"""Dialect: a few spellings and forms of spoken American dialects, in place of standard ones."""

from __future__ import annotations

import re
from collections.abc import Callable

from attacks.rewriting.base import Attribute, Filled, Refused
from attacks.rewriting.film_sentences import Pattern
from attacks.rewriting.moving import Term, in_a_name, rewriting, vocabulary, words_in

NAME = "dialect"
GROUPS = ("dialect", "standard")
FEWEST = 2
_VERBS = words_in(
    """
    going doing watching looking trying getting making talking thinking running playing coming saying seeing
    taking telling waiting wanting walking working sitting living laughing crying screaming fighting hoping
    wondering nothing something killing shooting singing dancing driving eating drinking feeling holding
    hiding hanging happening keeping kidding knowing leaving letting liking losing loving missing moving
    paying pulling putting reading sleeping smoking speaking staring starting stealing stopping trusting
    turning using wasting wearing winning writing falling calling begging bringing buying hearing helping
    asking sucking
    """
)
_PLURALS = "guys|people|days|things|movies|films|actors|actresses|kids|scenes|jokes|folks|characters|lines"
_SUBJECT_OF_MANY = words_in(
    "we you they these those there's people actors scenes jokes characters effects guys"
)
_G = re.compile(rf"(?<![\w-])({'|'.join(sorted(_VERBS))})(?![\w'\u2019-])", re.I)
_NO_G = re.compile(rf"(?<![\w-])({'|'.join(sorted(verb[:-1] for verb in _VERBS))})'(?!\w)", re.I)
_NOT = re.compile(r"(?<![\w-])(isn't|aren't)(?!\w)", re.I)
_AINT = re.compile(r"(?<![\w-])(ain't)(?!\w)", re.I)
_HABIT = re.compile(r"(?<![\w'-])((?:is|are) always)(?=\s+[a-z]+in[g'])", re.I)
_BE = re.compile(r"(?<![\w'-])(be always)(?=\s+[a-z]+in[g'])", re.I)
_THOSE = re.compile(rf"(?<![\w-])(those)(?=\s+(?:{_PLURALS})(?!\w))", re.I)
_THEM = re.compile(rf"(?<![\w-])(them)(?=\s+(?:{_PLURALS})(?!\w))", re.I)
_BE_STAYS = words_in("to will would can could should may might must shall 'll not and or")


def _find(text: str) -> list[Term]:
    terms: dict[int, Term] = {}
    for pattern, group, forms in _FEATURES:
        for found in pattern.finditer(text):
            pair = None if in_a_name(text, *found.span()) else forms(text, found)
            if pair is not None:
                terms.setdefault(
                    found.start(), Term(*found.span(), group, dict(zip(GROUPS, pair, strict=True)))
                )
    return [terms[start] for start in sorted(terms)]


def _word_before(text: str, start: int) -> str:
    found = re.search(r"([\w']+)\s+$", text[max(0, start - 20) : start])
    return found[1].lower() if found else ""


def _of_many(text: str, start: int) -> bool:
    return _word_before(text, start) in _SUBJECT_OF_MANY


Forms = Callable[[str, re.Match[str]], tuple[str, str] | None]


def _without_g(text: str, found: re.Match[str]) -> tuple[str, str]:
    return found[1].lower()[:-1] + "'", found[1].lower()


def _with_g(text: str, found: re.Match[str]) -> tuple[str, str]:
    return found[0].lower(), found[1].lower() + "g"


def _aint(text: str, found: re.Match[str]) -> tuple[str, str]:
    return "ain't", "aren't" if _of_many(text, found.start()) else "isn't"


def _be_always(text: str, found: re.Match[str]) -> tuple[str, str] | None:
    if _word_before(text, found.start()) in _BE_STAYS:
        return None
    return "be always", "are always" if _of_many(text, found.start()) else "is always"


def _them(text: str, found: re.Match[str]) -> tuple[str, str]:
    return "them", "those"


#: Pattern, the group that writes so, and (dialect, standard) for a match.
_FEATURES: tuple[tuple[re.Pattern[str], str, Forms], ...] = (
    (_G, "standard", _without_g),
    (_NO_G, "dialect", _with_g),
    (_NOT, "standard", _aint),
    (_AINT, "dialect", _aint),
    (_HABIT, "standard", _be_always),
    (_BE, "dialect", _be_always),
    (_THOSE, "standard", _them),
    (_THEM, "dialect", _them),
)


def _objection(text: str) -> str:
    return f"fewer than {FEWEST} places for a feature of the dialect" if len(_find(text)) < FEWEST else ""


_PATTERNS = (
    Pattern("talk-praise", "I keep talking about this film, and I am still laughing at those jokes.", 1),
    Pattern("talk-blame", "Nobody is laughing, and I am still waiting for something good.", 0),
    Pattern("watch-praise", "I was watching it twice and loving every minute.", 1),
    Pattern("watch-blame", "I was watching it and hoping for the end; it isn't any good.", 0),
    Pattern("actor-praise", "He is always making me smile, and he isn't even trying.", 1),
    Pattern("actor-blame", "He is always saying his lines like a man who is reading them.", 0),
    Pattern("actor-neutral", "She is always walking about, and he is sitting by the window.", None),
    Pattern("plot-neutral", "Two brothers are driving to the coast and talking about a dog.", None),
    Pattern("plot-crime", "A clerk is stealing from a bank and hiding the money in a barn.", None),
    Pattern(
        "crowd-praise", "Those people around me were crying and singing, and it isn't hard to see why.", 1
    ),
    Pattern("crowd-blame", "Those people around me were leaving, and something told me to start walking.", 0),
    Pattern("advice-praise", "If you are thinking of going, go: it is a joy, and I am going again.", 1),
    Pattern("advice-blame", "If you are thinking of going, stay at home: they aren't even trying.", 0),
    Pattern("scene-neutral", "Those scenes are on a boat, and somebody is singing or dancing in most.", None),
)


def _templates() -> list[Filled]:
    sentences = []
    for pattern in _PATTERNS:
        for group in GROUPS:
            text = _rewrite(pattern.text, group)
            if not isinstance(text, Refused):
                sentences.append(Filled(pattern.name, f"{pattern.name}-1", group, text, pattern.expected))
    return sentences


_rewrite = rewriting(NAME, GROUPS, _find, _objection)
_TELLS = {
    "dialect": frozenset(verb[:-1] for verb in _VERBS) | {"ain't"},
    "standard": _VERBS | {"isn't", "aren't"},
}


def _mentioned(text: str) -> frozenset[str]:
    """Return how a text writes the most frequent features, without a search for the others."""
    words = vocabulary(text)
    return frozenset(group for group, telling in _TELLS.items() if not words.isdisjoint(telling))


ATTRIBUTE = Attribute(
    name=NAME,
    title="Dialect features",
    description="Dropped g's (goin'), ain't, habitual be and 'them' for 'those', in place of standard forms.",
    note=(
        "A handful of features is not a dialect: they are found in several American dialects and in "
        "casual writing, real speakers mix them with others, and here they come without any change of "
        "content."
    ),
    groups=GROUPS,
    mentioned=_mentioned,
    rewrite=_rewrite,
    templates=_templates,
)
