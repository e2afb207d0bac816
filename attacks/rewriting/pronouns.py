"""Which of "his" and "him" a "her" stands for, and which of "her" and "hers" a "his": by what follows."""

from __future__ import annotations

import re
from functools import lru_cache

from attacks.rewriting.moving import WORD, words_in

#: After a possessive there is a noun, sooner or later; before these words there is none.
_NO_NOUN_STARTS_WITH = words_in("""
    a an the this these those to and or but nor in on at from with of by as for into onto about over after
    before during through against until till because since when while where who whom whose which that if
    than though although is was are were be been has had have does did do will would can could should may
    might must not n't so too also again away up out off down along either anymore anyway alone and then
    there here how why what however instead i you he she it we they me him us them my your his its our their
    isn't wasn't doesn't didn't won't can't couldn't
""")
#: May begin both: "her back", "her like", "her well", "her own" is clear and not here.
_UNCLEAR = words_in("""
    back like well that out up down round around past better best right wrong less more most all both no
    some any home
""")
#: Verbs after which "her" may be whom it is done to: "gave her money", "made her angry", "saw her cry".
_TAKES_TWO = words_in("""
    give gives gave given giving make makes made making let lets letting help helps helped helping see sees
    saw seen seeing watch watches watched watching hear hears heard hearing tell tells told telling call
    calls called calling show shows showed shown showing offer offers offered offering buy buys bought
    buying teach teaches taught teaching find finds found finding send sends sent sending want wants wanted
    wanting keep keeps kept keeping leave leaves left leaving get gets got getting cost costs pay pays paid
    ask asks asked asking have has had having feel feels felt bring brings brought lend owe grant grants
    promise promises deny denies consider considers considered think thinks thought believe believes name
    names named catch catches caught notice notices noticed render renders drive drives drove cast casts
    play plays teach taught win wins won earn earns earned bid wish wishes wished
""")
#: What may stand right behind for the next words to tell: no bracket, quotation or dots.
_ENDS_OR_GOES_ON = re.compile(r"\s*$|\s+[^\W\d_]|[.,;:!?)](?![.\w])")
_NOUNS, _BEFORE_NOUN = ("NOUN",), ("ADJ", "NUM", "ADV", "VERB", "NOUN", "CONJ")


def stands_before_noun(text: str, start: int, end: int) -> bool | None:
    """Return whether the pronoun at text[start:end] is a possessive before its noun; None where unclear."""
    if not _ENDS_OR_GOES_ON.match(text, end):
        return None
    following = _following(text, end)
    if not following or following[0] in _NO_NOUN_STARTS_WITH:
        return False
    if following[0] == "own":
        return True
    if following[0] in _UNCLEAR:
        return None
    return _reaches_noun(tuple(following), _preceding(text, start) in _TAKES_TWO)


def _following(text: str, end: int) -> list[str]:
    """Return the next words up to the next punctuation, at most 4, in lower case."""
    rest = re.match(r"[\w\s'\u2019]*", text[end : end + 60])
    words = WORD.findall(rest[0].lower()) if rest else []
    cut = end + 60 < len(text) and rest is not None and len(rest[0]) == 60
    return (words[:-1] if cut else words)[:4]


def _preceding(text: str, start: int) -> str:
    before = re.search(r"([^\W\d_]+)\s+$", text[max(0, start - 20) : start])
    return before[1].lower() if before else ""


@lru_cache(maxsize=4096)
def _reaches_noun(following: tuple[str, ...], after_two_place_verb: bool) -> bool | None:
    from attacks.language.tagging import universal_tags

    if after_two_place_verb:
        return None
    tags = universal_tags(["her", *following])[1:]
    for tag in tags[:3]:
        if tag in _NOUNS:
            return True
        if tag not in _BEFORE_NOUN:
            return None
    return None
