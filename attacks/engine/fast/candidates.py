"""A search's candidates: filtered and sorted as TextAttack does it, without all their texts at once.

Stock keeps every candidate with its text in the keys of its caches (attack.py:309, 347), and sorts by a list
of all texts (attack.py:379). Here the keys are short, and candidates of one parent are compared where they
first differ from it.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from attacks.engine.fast.long_text import LONG

#: Characters behind the first difference that candidates are compared by before whole texts are.
BESIDE = 16
#: Further than any character of a text is.
_FURTHEST = 10**12 - 1
#: Candidates that are kept to be asked for again, of all texts together.
MOST_CANDIDATES = 2**15
#: Pairs of a text and its candidate whose verdict is kept; TextAttack's own number.
MOST_VERDICTS = 2**15
#: More candidates than this at once are those of the whole text, which are not asked for again.
MOST_AGAIN = 2**12


def key_of(text: str) -> Any:
    """Return the key of a text in a table: itself, or for a long one 128 bits of its BLAKE2b hash."""
    if len(text) < LONG:
        return text
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class Recent(OrderedDict[Any, Any]):
    """A table of what was used most recently: its values' sizes add up to about `most`."""

    def __init__(self, most: int, size: Callable[[Any], int] = lambda value: 1) -> None:
        super().__init__()
        self.most, self.size, self.used = most, size, 0

    def __setitem__(self, key: Any, value: Any) -> None:
        if key in self:
            self.used -= self.size(self[key])
        super().__setitem__(key, value)
        super().move_to_end(key)
        self.used += self.size(value)
        while self.used > self.most and len(self) > 1:
            _, last = super().popitem(last=False)
            self.used -= self.size(last)

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self.used = 0


class Filter:
    """`filter_transformations` of a `textattack.Attack`, for long texts; shorter ones go to stock's.

    Follows attack.py:379, 347: candidates equal to the current text are dropped, then those that a constraint
    refuses, and the rest is sorted by text. A surprise: stock remembers verdicts by what AttackedText
    compares, which is the text and the *number* of attributes (attacked_text.py:76), and so does this.
    """

    def __init__(self, attack: Any) -> None:
        self.attack, self.stock = attack, attack.filter_transformations
        self.clear_stock = attack.clear_cache
        self.verdicts = Recent(MOST_VERDICTS)

    def install(self) -> None:
        """Filter in place of the attack's own method; and keep fewer candidates of texts seen before."""
        attack = self.attack
        attack.filter_transformations = attack.search_method.filter_transformations = self.filtered
        attack.clear_cache = self.clear_cache
        attack.transformation_cache = Recent(MOST_CANDIDATES, lambda texts: 1 + len(texts))

    def clear_cache(self, recursive: bool = True) -> None:
        """Forget the verdicts, as attack.py:166 does."""
        self.verdicts.clear()
        self.clear_stock(recursive)

    def filtered(self, texts: Sequence[Any], current: Any, original_text: Any = None) -> list[Any]:
        """Return the texts that may be tried, in order."""
        if len(current.text) < LONG:
            return list(self.stock(texts, current, original_text=original_text))
        changed = [text for text in texts if differs(text, current)]
        return in_order(self._passing(changed, current, original_text), current)

    def _passing(self, texts: list[Any], current: Any, original: Any) -> list[Any]:
        if not self.attack.constraints:
            return texts
        if len(texts) > MOST_AGAIN:
            return self._judged(texts, current, original)
        here = key_of(current.text), len(current.attack_attrs)
        new, passing = [], []
        for text in texts:
            verdict = self.verdicts.get((here, _compared_by(text)))
            if verdict is None:
                new.append(text)
            elif verdict:
                passing.append(text)
        passed = self._judged(new, current, original)
        for verdict, judged in ((False, new), (True, passed)):
            for text in judged:
                self.verdicts[here, _compared_by(text)] = verdict
        return passing + passed

    def _judged(self, texts: list[Any], current: Any, original: Any) -> list[Any]:
        left = texts[:]
        for constraint in self.attack.constraints:
            if left:
                left = constraint.call_many(
                    left, original if constraint.compare_against_original else current
                )
        return list(left)


def _compared_by(text: Any) -> Any:
    return key_of(text.text), len(text.attack_attrs)


def differs(text: Any, current: Any) -> bool:
    """Whether a text is another than the one it was made from."""
    if text is not current and _is_edit_of(text, current):
        return _first_difference(text, current) is not None
    return bool(text.text != current.text)


def in_order(texts: list[Any], current: Any) -> list[Any]:
    """Return the texts in the order of their characters; equal ones stay as they are.

    A text that differs from the current one by a smaller character comes before it, the sooner the further to
    the front; by a greater one after it, the sooner the further to the back.
    """
    if len(texts) < 2:
        return texts
    if not all(_is_edit_of(text, current) for text in texts):
        return sorted(texts, key=_ByText)
    texts = sorted(texts, key=lambda text: _place(text, current))
    ordered: list[Any] = []
    for _, alike in groupby(texts, key=lambda text: _place(text, current)):
        same = list(alike)
        ordered += same if len(same) < 2 else sorted(same, key=_ByText)
    return ordered


class _ByText:
    """Compares texts by their characters, of two of them at a time."""

    __slots__ = ("text",)

    def __init__(self, text: Any) -> None:
        self.text = text

    def __lt__(self, other: _ByText) -> bool:
        return bool(self.text.text < other.text.text)


def _is_edit_of(text: Any, current: Any) -> bool:
    return getattr(text, "_is_edit", False) and text._parent is current


def _place(text: Any, current: Any) -> str:
    """Return what sorts edits of one text: whether it is greater than it, where, which characters come."""
    found = _first_difference(text, current)
    assert found is not None
    place, coming, stood = found
    greater = coming[:1] > stood[:1]
    return f"{greater:d}{_FURTHEST - place if greater else place:012d}{coming}"


def _first_difference(text: Any, current: Any) -> tuple[int, str, str] | None:
    """Return where an edit first differs from its source, and BESIDE characters of both from there."""
    text._memory.look()
    start, end, new_end = text._edit
    word, source = text._new_word, current.text
    shift, new = new_end - end, word + source[end : end + 2 * BESIDE]
    old = source[start : start + len(new)]
    same = _alike(new, old)
    if same < min(len(new), len(old)):
        place = start + same
    else:
        place = _first_apart(source, start + same, shift)
        if place >= len(source) and place - shift >= len(source):
            return None
    return place, _characters(source, start, end, word, place), source[place : place + BESIDE]


def _characters(source: str, start: int, end: int, word: str, place: int) -> str:
    """Return BESIDE characters of source[:start] + word + source[end:] from a place not before the start."""
    inside = word[place - start : place - start + BESIDE]
    behind = max(0, place - start - len(word)) + end
    return inside + source[behind : behind + BESIDE - len(inside)]


def _first_apart(source: str, place: int, shift: int) -> int:
    """Return the first place from `place` on where the source moved by `shift` is another character."""
    if shift == 0:
        return len(source) + 1  # they stay alike to the end
    step = BESIDE
    while place < len(source) and place - shift < len(source):
        old, new = source[place : place + step], source[place - shift : place - shift + step]
        same = _alike(new, old)
        if same < min(len(old), len(new)):
            return place + same
        place, step = place + same, 2 * step
    return place


def _alike(first: str, second: str) -> int:
    """Return the length of the longest common beginning."""
    low, high = 0, min(len(first), len(second))
    if first[:high] == second[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if first[low:middle] == second[low:middle] else (low, middle)
    return low


class Results(Sequence[Any]):
    """Results of a goal function, each made when it is asked for: a search of a long review has 100,000s."""

    def __init__(self, n: int, make: Callable[[int], Any]) -> None:
        self._n, self._make = n, make

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self._make(at) for at in range(*place.indices(self._n))]
        return self._make(range(self._n)[place])

    def __iter__(self) -> Iterator[Any]:
        return map(self._make, range(self._n))
