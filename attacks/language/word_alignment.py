"""Which words differ between a review and what an attack made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

#: A word is a run without white space and sentence punctuation, so that "b@d", "o'clock" and a word with an
#: invisible character inside are one word each; a run of punctuation counts as a word of its own.
_STOPS = r"\.,;:!?()\[\]{}\"“”«»<>/\\|…—–"
_WORD = re.compile(rf"[^\s{_STOPS}]+|[{_STOPS}]+")
_PUNCTUATION = re.compile(rf"[{_STOPS}]+")

REPLACED, INSERTED, DELETED = "replaced", "inserted", "deleted"


class Word(NamedTuple):
    """One word text[start:end]."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Change:
    """One word that differs; offsets are in characters of each text.

    Attributes:
        op: replaced, inserted or deleted.
        original: the word in the original text; empty when inserted.
        perturbed: the word in the perturbed text ("go od" where "good" was torn apart); empty when deleted.
        position: which word of the original it is, from 0; for an insertion the word it stands before.
    """

    op: str
    original: str
    perturbed: str
    original_start: int
    original_end: int
    perturbed_start: int
    perturbed_end: int
    position: int


def words_of(text: str) -> list[Word]:
    """Return the words of a text and its runs of punctuation, in order."""
    return [Word(found.group(), *found.span()) for found in _WORD.finditer(text)]


def is_punctuation(word: str) -> bool:
    """Whether this is a run of punctuation rather than a word."""
    return _PUNCTUATION.fullmatch(word) is not None


def changed_words(original: str, perturbed: str) -> list[Change]:
    """Return the fewest words to replace, insert and delete that turn one text into the other, in order.

    White space does not count. A word that was torn into two, or two that were joined, is one replacement.
    2,000 words take some milliseconds.
    """
    before, after = words_of(original), words_of(perturbed)
    return [_change(original, perturbed, before, after, block) for block in _blocks(before, after)]


class _Block(NamedTuple):
    """before[start:end] became after[new_start:new_end]."""

    start: int
    end: int
    new_start: int
    new_end: int


def _blocks(before: Sequence[Word], after: Sequence[Word]) -> Iterator[_Block]:
    neighbours: list[_Block] = []
    for edit in _edits(before, after):
        if neighbours and (neighbours[-1].end, neighbours[-1].new_end) != (edit.start, edit.new_start):
            yield from _joined(neighbours, before, after)
            neighbours = []
        neighbours.append(edit)
    yield from _joined(neighbours, before, after)


def _edits(before: Sequence[Word], after: Sequence[Word]) -> Iterator[_Block]:
    """Yield single edits by Levenshtein's distance over words (Wagner & Fischer 1974)."""
    from rapidfuzz.distance import Levenshtein

    edits = Levenshtein.editops([word.text for word in before], [word.text for word in after])
    for edit in edits:
        start, new_start = edit.src_pos, edit.dest_pos
        yield _Block(start, start + (edit.tag != "insert"), new_start, new_start + (edit.tag != "delete"))


def _joined(edits: Sequence[_Block], before: Sequence[Word], after: Sequence[Word]) -> Iterator[_Block]:
    """Put two neighbouring edits into one where only a space came in or went."""
    position = 0
    while position < len(edits):
        edit = edits[position]
        following = edits[position + 1] if position + 1 < len(edits) else None
        both = following and _Block(edit.start, following.end, edit.new_start, following.new_end)
        if both and _letters(before[both.start : both.end]) == _letters(after[both.new_start : both.new_end]):
            edit, position = both, position + 1
        yield edit
        position += 1


def _letters(words: Sequence[Word]) -> str:
    return "".join(word.text for word in words)


def _change(
    original: str, perturbed: str, before: Sequence[Word], after: Sequence[Word], block: _Block
) -> Change:
    old, new = before[block.start : block.end], after[block.new_start : block.new_end]
    start, end = _stretch(old, before, block.start, original)
    new_start, new_end = _stretch(new, after, block.new_start, perturbed)
    op = REPLACED if old and new else INSERTED if new else DELETED
    return Change(
        op, original[start:end], perturbed[new_start:new_end], start, end, new_start, new_end, block.start
    )


def _stretch(chosen: Sequence[Word], words: Sequence[Word], position: int, text: str) -> tuple[int, int]:
    """Return where the chosen words stand; where there are none, the place before the next word."""
    if chosen:
        return chosen[0].start, chosen[-1].end
    place = words[position].start if position < len(words) else len(text)
    return place, place
