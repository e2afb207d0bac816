"""Whether a pronoun may speak of somebody who is named: "Boll ... he" cannot become "Boll ... she"."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache

from attacks.rewriting.moving import words_in

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
