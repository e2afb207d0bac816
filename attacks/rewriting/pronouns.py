"""What a pronoun means: whether a name nearby ties it to somebody, and which form "her" and "his" stand for.

"Boll ... he" cannot become "Boll ... she". A "her" becomes "his" before a noun and "him" elsewhere, and a
"his" becomes "her" or "hers": what follows decides.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
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


_SENTENCE_ENDS = re.compile(r"[.!?\u2026]+[\"')\u201d\u2019]*\s+|\n+|<br\s*/?>|[.!?]{2,}")
_CAPITALISED = re.compile(r"(?<![\w'\u2019])[A-Z\u00c0-\u00de][\w'\u2019.-]*[a-z\u00df-\u00ff][\w'\u2019-]*")
#: Capitals that name nobody.
_NOBODY = words_in(
    """
    american british english french german italian russian chinese japanese indian mexican irish scottish
    spanish european african asian canadian australian jewish christian muslim catholic america hollywood
    england britain france germany italy russia china japan india mexico ireland scotland spain europe africa
    asia canada australia london paris york new los angeles chicago texas california vietnam monday tuesday
    wednesday thursday friday saturday sunday january february march april may june july august september
    october november december christmas halloween easter oscar oscars academy award awards imdb dvd vhs tv
    internet god i'm i've i'd i'll nazi nazis western westerns north south east west war world ii
    """
)


def may_be_named(text: str, places: Iterable[tuple[int, int]]) -> bool:
    """Return whether a name stands in the sentence of one of the places or in the two before it."""
    ends = [found.end() for found in _SENTENCE_ENDS.finditer(text)]
    passages = {_around(ends, start, len(text)) for start, _ in places}
    return any(
        _names_somebody(word, opens)
        for first, last in passages
        for word, opens in _capitals(text[first:last])
    )


def _around(ends: Sequence[int], start: int, length: int) -> tuple[int, int]:
    """Return where the second sentence before begins and where the sentence of a place ends."""
    before = bisect_right(ends, start)
    return (ends[before - 3] if before > 2 else 0), (ends[before] if before < len(ends) else length)


def _capitals(passage: str) -> list[tuple[str, bool]]:
    """Return the capitalised words of a passage, and whether each opens a sentence."""
    opening = {0} | {found.end() for found in _SENTENCE_ENDS.finditer(passage)}
    found_words = []
    for found in _CAPITALISED.finditer(passage):
        lead = passage[: found.start()].rstrip("\"'(\u201c*_- ")
        opens = any(len(lead) <= place <= found.start() for place in opening)
        found_words.append((found[0], opens))
    return found_words


def _names_somebody(word: str, opens: bool) -> bool:
    plain = re.sub(r"['\u2019]s$", "", word).lower().rstrip(".")
    return plain not in _NOBODY and not (opens and _in_dictionary(plain))


@lru_cache(maxsize=8192)
def _in_dictionary(word: str) -> bool:
    """Return whether a word that opens a sentence is a word of the language rather than a name."""
    from lemminflect import getAllLemmas

    return not word.isalpha() or len(word) < 4 or bool(getAllLemmas(word)) or word in _FUNCTION_WORDS


_FUNCTION_WORDS = words_in(
    """
    this that these those there their they them then than when what where which while with without within
    whose whom whoever whatever after before because although though unless until upon under over into from
    about above across against along among around behind below beneath beside between beyond despite during
    except inside outside through throughout toward towards your yours ours mine here hers herself himself
    itself themselves ourselves myself yourself everyone everybody everything someone somebody something
    anyone anybody anything nobody nothing none neither either both each every some such many much more most
    other another could would should might must shall will does yeah okay since once also thus hence however
    otherwise meanwhile maybe perhaps instead whether yet only even just well still
    """
)
