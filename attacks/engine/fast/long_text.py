"""AttackedText for long reviews: a candidate is its parent and one edit, the rest is found when asked for.

A search makes one or more candidates for each word of a review. In stock each holds its own text, words and
places from its constructor on (attacked_text.py:47), so that memory grows with the square of the review's
length: 20 GB at 50,000 words. Here each takes some hundred bytes, and what was computed of a text is kept for
the texts used most recently.

Surprises that are kept: attack_attrs is written to from outside (by transformations and constraints), and its
length counts in equality (attacked_text.py:76); modified_indices is a set whose order decides searches.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, MutableMapping
from functools import cache
from typing import Any

import numpy as np

from attacks.engine.fast.edits import EditedText, Stretch, applied
from attacks.engine.fast.text import CHINESE, SPLIT, Fast, Words, moved, places_of, shifted, text_class

#: Characters from which a review is long: below it, remembering everything is faster and small enough.
LONG = 4096
#: Bytes, roughly, of what is kept of the texts of one review.
KEPT = 2**25
_SIZES = {"words": 8, "_sums": 8, "_powers": 8, "_starts": 40, "_modified": 60, "_map": 8}
#: Of a text's hash: an odd number, and what it wraps at.
_BASE, _MODULUS = 0x9E3779B97F4A7C15, 2**64
_BESIDE = len(SPLIT)
#: Seconds between two checks of the clock while candidates are made.
BETWEEN_LOOKS = 0.05


@cache
def long_text_class() -> type[Any]:
    """Return the subclass of AttackedText for long reviews; `look` is what checks the clock.

    Texts made from such a text are of the same class.
    """
    return type("LongText", (_Long, text_class()), {})


class Memory:
    """What was computed of the texts of one review, for the texts used most recently."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._facts: OrderedDict[tuple[int, str], tuple[Any, Any, int]] = OrderedDict()
        self._size, self._look, self._looked = 0, look, 0.0
        self._edited: Any = None
        self._parts: tuple[str, Words, list[int]] = ("", [], [])

    def look(self) -> None:
        """Check the clock and requests to stop; either one raises an exception."""
        now = time.monotonic()
        if now - self._looked > BETWEEN_LOOKS:
            self._looked = now
            self._look()

    def parts(self, text: Any) -> tuple[str, Words, list[int]]:
        """Return text, words and where they start, at once of the text that candidates are made of now."""
        if self._edited is not text:
            self._edited, self._parts = text, (text.text, text.words, text._starts)
        return self._parts

    def clear(self) -> None:
        """Forget everything."""
        self._facts.clear()
        self._size, self._edited = 0, None

    def has(self, text: Any, name: str) -> bool:
        """Whether this is known of a text."""
        return (id(text), name) in self._facts or name in vars(text)

    def get(self, text: Any, name: str, find: Callable[[Any], Any]) -> Any:
        """Return what is known of a text, or find it."""
        key = (id(text), name)
        known = self._facts.get(key)
        if known is not None:
            self._facts.move_to_end(key)
            return known[1]
        self.look()
        value = find(text)
        self.put(text, name, value)
        return value

    def put(self, text: Any, name: str, value: Any) -> None:
        """Keep what was found, for as long as there is room."""
        size = 64 + len(value) * _SIZES.get(name, 1)
        self._facts[id(text), name] = (text, value, size)
        self._size += size
        while self._size > KEPT and len(self._facts) > 1:
            _, (_, _, size) = self._facts.popitem(last=False)
            self._size -= size


class kept:  # noqa: N801 (used as a decorator)
    """A property that is remembered by the text's Memory instead of by the text."""

    def __init__(self, find: Callable[[Any], Any]) -> None:
        self.find, self.__doc__ = find, find.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, text: Any, owner: type | None = None) -> Any:
        return self if text is None else text._memory.get(text, self.name, self.find)


class asked:  # noqa: N801 (used as a decorator)
    """A property that is computed each time, unless the text has its own (TextAttack sets it)."""

    def __init__(self, find: Callable[[Any], Any]) -> None:
        self.find, self.__doc__ = find, find.__doc__

    def __get__(self, text: Any, owner: type | None = None) -> Any:
        return self if text is None else self.find(text)


class _Long(Fast):
    """What LongText does differently from FastText: every method returns what AttackedText's returns.

    A text is one of three kinds: a whole one, which TextAttack's code made; an edit, whose characters outside
    of one stretch are its parent's (`_start` is where); or another change of one word (`_start` is -1), which
    TextAttack's code (attacked_text.py:396) makes again whenever something is asked of it.
    """

    _memory: Memory
    _index: int
    _new_word: str
    _start: int
    _end: int
    _own: dict[str, Any] = {}  # never changed, only exchanged: candidates share it
    _words = _words_per_input = _pos_tags = _ner_tags = None

    def __init__(
        self, text_input: Any, attack_attrs: Any = None, look: Callable[[], None] = lambda: None
    ) -> None:
        self._memory = Memory(look)
        super().__init__(text_input, attack_attrs)  # type: ignore[call-arg]

    # --- candidates --------------------------------------------------------------------------------

    def replace_word_at_index(self, index: int, new_word: str) -> Any:
        """Return the text with another word at this place (attacked_text.py:362)."""
        child = super().replace_word_at_index(index, new_word)
        return child if child._parent is self else self._as_change(child, int(index), new_word)

    def _with_word(self, index: int, new_word: str) -> Any:
        text, words, starts = self._memory.parts(self)
        old = words[index]
        start = starts[index]
        end = start + len(old)
        if not (new_word.isalnum() or self.words_of(new_word)):
            start, end, _ = self._stretch(index, new_word, deletes=True)
        around = f"{text[max(0, start - _BESIDE) : start]}{new_word}{text[end : end + _BESIDE]}"
        plain = SPLIT not in around and (new_word.isascii() or not CHINESE.search(new_word))
        if plain and new_word != old and "label_names" not in self.attack_attrs:
            return self._child(index, new_word, start, end)
        return self._slowly([*words[:index], new_word, *words[index + 1 :]])

    def _slowly(self, new_words: Words) -> Any:
        self._memory.look()
        child = super()._slowly(new_words)
        child._memory = self._memory
        return child

    def _as_change(self, child: Any, index: int, new_word: str) -> Any:
        """Return a whole text that is another change of one word as that; so it can be forgotten."""
        if child.attack_attrs.get("label_names") is not None or len(child._text_input) > 1:
            return child
        return self._child(index, new_word, -1, -1)

    def _child(self, index: int, new_word: str, start: int, end: int) -> Any:
        self._memory.look()
        child = type(self).__new__(type(self))
        child._parent, child._memory = self, self._memory
        child._index, child._new_word, child._start, child._end = index, new_word, start, end
        return child

    @property
    def _is_edit(self) -> bool:
        return self._parent is not None and self._start >= 0

    @property
    def _edit(self) -> Stretch | None:  # type: ignore[override]
        if not self._is_edit:
            return None
        return Stretch(self._start, self._end, self._start + len(self._new_word))

    # --- what is asked of a text -------------------------------------------------------------------

    @kept
    def text(self) -> Any:
        """Return the text."""
        if self._parent is None:
            return "\n".join(self._text_input.values())
        self._older_first("text")
        if not self._is_edit:
            return self._again().text
        return applied(self._parent.text, self._edit, self._new_word)  # type: ignore[arg-type]

    @kept
    def words(self) -> Any:
        """Return the words."""
        if self._parent is None:
            return super().words
        parent, edit = self._parent, self._edit
        if edit is not None and self._memory.has(parent, "words"):
            return parent._words_after(edit, self.text)
        return self.words_of(self.text)

    @property
    def num_words(self) -> int:
        """Return the number of words (attacked_text.py:601), without making the list of them."""
        parent, edit = self._parent, self._edit
        if edit is None or parent is None or self._memory.has(self, "words"):
            return len(self.words)
        before, after = self._words_inside()
        return int(parent.num_words) + len(after) - len(before)

    @property
    def tokenizer_input(self) -> Any:
        """Return the text as the model gets it (attacked_text.py:560)."""
        if self._edit is None or self._parent is None:
            return self._source
        return EditedText.of(self.text, self._parent._source, self._edit)

    @kept
    def _source(self) -> Any:
        """Return the text as the model gets it where it is the source of others.

        It does not know where its own source came from: else the last text would keep all before it.
        """
        if self._edit is None or self._parent is None:
            inputs = tuple(self._text_input.values())
            return inputs[0] if len(inputs) == 1 else inputs
        return EditedText.of(self.text, self._parent.text, self._edit)

    @property
    def words_per_input(self) -> list[Words]:
        """Return the words of each input (attacked_text.py:578)."""
        return [self.words_of(text) for text in self._text_input.values()]

    @kept
    def _starts(self) -> Any:
        if self._edit is not None and self._memory.has(self._parent, "_starts"):
            return super()._starts_after(self._edit)
        return places_of(self.words, self.text, 0)

    @kept
    def _is_simple_(self) -> Any:
        return [Fast._is_simple.func(self)]  # type: ignore[attr-defined]

    @property
    def _is_simple(self) -> bool:
        return self._is_edit or self._is_simple_[0]

    @asked
    def _text_input(self) -> Any:
        return OrderedDict(text=self.text)

    @asked
    def attack_attrs(self) -> Any:
        return Attributes(self)

    # --- equality ----------------------------------------------------------------------------------

    def __hash__(self) -> int:
        """Return a hash of the text; an edit's is computed without the text (stock: attacked_text.py:90)."""
        self._memory.look()
        parent = self._parent
        if parent is None or not self._is_edit:
            sums = self._sums
            return hash((int(sums[-1]), len(sums)))
        sums, start, end, word = parent._sums, self._start, self._end, self._new_word
        growth = len(word) - (end - start)
        inside = _sum_of(word) * int(parent._powers[start])
        behind = (int(sums[-1]) - int(sums[end])) * pow(_BASE, growth, _MODULUS)
        return hash(((int(sums[start]) + inside + behind) % _MODULUS, len(sums) + growth))

    def __eq__(self, other: object) -> bool:
        return bool(super().__eq__(other))

    @kept
    def _sums(self) -> Any:
        """Return uint64 [characters + 1]: the sums up to each place of (code + 1) x base^place, mod 2^64."""
        codes = np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        terms = (codes.astype(np.uint64) + np.uint64(1)) * self._powers[:-1]
        return np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(terms, dtype=np.uint64)])

    @kept
    def _powers(self) -> Any:
        """Return uint64 [characters + 1]: the powers of the base, mod 2^64."""
        powers = np.full(len(self.text) + 1, _BASE, dtype=np.uint64)
        powers[0] = 1
        return np.cumprod(powers, dtype=np.uint64)

    # --- what differs from the parent --------------------------------------------------------------

    def words_differing(self, other: Any) -> int:
        """Return at how many places the words differ: the size of all_words_diff (attacked_text.py:249)."""
        self._memory.look()
        if self._is_edit and self._parent is other:
            before, after = self._words_inside()
            if len(before) == len(after):
                return sum(old != new for old, new in zip(before, after, strict=True))
        return sum(old != new for old, new in zip(self.words, other.words, strict=False))

    def _words_inside(self) -> tuple[Words, Words]:
        """Return the words between the white space around an edit, of the parent and of this text."""
        edit, parent = self._edit, self._parent
        assert edit is not None and parent is not None
        start, end, first, last = parent._around(edit)
        inside = f"{parent.text[start : edit.start]}{self._new_word}{parent.text[edit.end : end]}"
        return parent.words[first:last], self.words_of(inside)

    @kept
    def _modified(self) -> Any:
        """Return modified_indices, built in TextAttack's steps: the order of a set depends on them."""
        if self._parent is None:
            return self.attack_attrs["modified_indices"]
        if not self._is_edit:
            return self._again().attack_attrs["modified_indices"]
        self._older_first("_modified")
        inserted = self.words_of(self._new_word)
        modified = shifted(self._parent.attack_attrs["modified_indices"], self._index, len(inserted) - 1)
        for place in range(self._index, self._index + len(inserted)):
            modified.add(place)
        return modified

    @property
    def _newly(self) -> set[int]:
        if not self._is_edit:
            newly: set[int] = self._again().attack_attrs["newly_modified_indices"]
            return newly
        return set(range(self._index, self._index + len(self.words_of(self._new_word))))

    @kept
    def _map(self) -> Any:
        """Return original_index_map; a text with as many words as its parent has the same one, no copy."""
        if self._parent is None:
            return self.attack_attrs["original_index_map"]
        if not self._is_edit:
            return self._again().attack_attrs["original_index_map"]
        self._older_first("_map")
        inserted = self.words_of(self._new_word)
        old = self._parent.text[self._start : self._end]  # with a space, if any, only where a word goes
        before = bool(inserted) and inserted[0] != old
        places = self._parent.attack_attrs["original_index_map"]
        return moved(places, self._index, len(inserted) - 1, before) if len(inserted) != 1 else places

    def _older_first(self, name: str) -> None:
        """Compute this for the ancestors that lack it, the oldest first: no chain is too deep."""
        unknown, text = [], self._parent
        while text is not None and not self._memory.has(text, name):
            unknown.append(text)
            text = text._parent
        for text in reversed(unknown):
            getattr(text, name)

    def _again(self) -> Any:
        """Return what TextAttack's code makes of the parent and the new word."""
        parent = self._parent
        assert parent is not None
        words = [*parent.words[: self._index], self._new_word, *parent.words[self._index + 1 :]]
        return parent._slowly(words)


def _sum_of(word: str) -> int:
    """Return the sum of (code + 1) x base^place over a word."""
    total = 0
    for letter in reversed(word):
        total = (total * _BASE + ord(letter) + 1) % _MODULUS
    return total


class Attributes(MutableMapping[str, Any]):
    """attack_attrs of a candidate: computed when asked for, in the order of attacked_text.py:396."""

    _found = {
        "newly_modified_indices": "_newly",
        "previous_attacked_text": "_parent",
        "modified_indices": "_modified",
        "original_index_map": "_map",
    }

    def __init__(self, text: Any) -> None:
        self._text = text

    def __getitem__(self, name: str) -> Any:
        own = self._text._own
        return own[name] if name in own else getattr(self._text, self._found[name])

    def __setitem__(self, name: str, value: Any) -> None:
        self._text._own = _with(self._text._own, name, value)

    def __delitem__(self, name: str) -> None:
        self._text._own = {key: value for key, value in self._text._own.items() if key != name}

    def __contains__(self, name: object) -> bool:
        return name in self._found or name in self._text._own

    def __iter__(self) -> Iterator[str]:
        yield from self._found
        yield from (name for name in self._text._own if name not in self._found)

    def __len__(self) -> int:
        return len(self._found) + sum(name not in self._found for name in self._text._own)


_last: dict[str, Any] = {}


def _with(own: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """Return a text's own attributes and one more; candidates of one transformation share them."""
    global _last
    if own or name != "last_transformation":
        return own | {name: value}
    if _last.get(name) is not value:
        _last = {name: value}
    return _last
