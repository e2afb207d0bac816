"""TextAttack's AttackedText, equal in every attribute, without reading the whole text again for each edit.

TextAttack finds every word of a text twice for each candidate (attacked_text.py:396, 47), which is most of an
attack's time on a linear model. Yet an edit of one word changes one stretch between white space; all other
words stay. Whatever is not such an edit goes to TextAttack's own code.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence
from functools import cache, cached_property, lru_cache
from typing import Any

from attacks.engine.fast.edits import EditedText, Stretch, applied, between_spaces
from attacks.resources.offline import textattack

#: TextAttack splits texts with such letters into words by a dictionary, from the whole text (strings.py:31).
CHINESE = re.compile("[\u4e00-\u9fff]")
#: TextAttack's mark between two inputs, which its code treats apart.
SPLIT = "<SPLIT>"

#: Characters of a piece of text whose words are remembered: a review without white space is one piece.
REMEMBERED = 64

Words = list[str]


@cache
def text_class() -> type[Any]:
    """Return the subclass of `textattack.shared.AttackedText` to give to `attack.attack`.

    Texts made from such a text are of the same class. Their `tokenizer_input` is an EditedText, so that a
    model can see what was changed.
    """
    textattack()
    from textattack.shared import AttackedText
    from textattack.shared.utils import words_from_text

    known = lru_cache(maxsize=2**16)(words_from_text)

    def words_of(text: str) -> Words:
        found: Words = (known if len(text) <= REMEMBERED else words_from_text)(text)
        return found

    return type("FastText", (Fast, AttackedText), {"words_of": staticmethod(words_of)})


class Fast:
    """What FastText does differently from AttackedText; every method returns what AttackedText's returns."""

    words_of: Any
    attack_attrs: dict[str, Any]
    _text_input: OrderedDict[str, str]

    _parent: Any = None  # the text that this one was made from, by `_edit`
    _edit: Stretch | None = None

    @cached_property
    def text(self) -> str:
        """Return the text."""
        return "\n".join(self._text_input.values())

    @cached_property
    def tokenizer_input(self) -> Any:
        """Return the text as the model gets it."""
        if self._parent is None or self._edit is None:
            return super().tokenizer_input  # type: ignore[misc]
        return EditedText.of(self.text, self._parent.tokenizer_input, self._edit)

    @cached_property
    def words(self) -> Words:
        """Return the words; found when first asked for, in most candidates never."""
        if self._parent is None or self._edit is None:
            return super().words  # type: ignore[misc, no-any-return]
        return self._parent._words_after(self._edit, self.text)  # type: ignore[no-any-return]

    def replace_word_at_index(self, index: int, new_word: str) -> Any:
        """Return the text with another word at this place (attacked_text.py:362)."""
        if isinstance(new_word, str) and 0 <= index < len(self.words) and self._is_simple:
            return self._with_word(int(index), new_word)
        return super().replace_word_at_index(index, new_word)  # type: ignore[misc]

    def generate_new_attacked_text(self, new_words: Sequence[str]) -> Any:
        """Return the text with these words, the fast way where exactly one of them is another."""
        new_words = list(new_words)
        pairs = zip(self.words, new_words, strict=False)
        changed = [index for index, (old, new) in enumerate(pairs) if old != new]
        if len(changed) == 1 and self._is_simple:
            return self._with_word(changed[0], new_words[changed[0]])
        return self._slowly(new_words)

    def _with_word(self, index: int, new_word: str) -> Any:
        """Return the child with this word, or none, or several, in place of the one at `index`."""
        inserted = self.words_of(new_word)
        stretch = self._stretch(index, new_word, deletes=not inserted)
        text = applied(self.text, stretch, new_word)
        if SPLIT in text or CHINESE.search(new_word):
            return self._slowly([*self.words[:index], new_word, *self.words[index + 1 :]])
        child = type(self).__new__(type(self))
        child.text, child._parent, child._edit, child._is_simple = text, self, stretch, True
        child._text_input = OrderedDict(zip(self._text_input, (text,), strict=True))
        child._words = child._words_per_input = child._pos_tags = child._ner_tags = None  # type: ignore[attr-defined]
        child.attack_attrs = self._attributes(index, new_word, inserted)
        return child

    def _stretch(self, index: int, new_word: str, deletes: bool) -> Stretch:
        """Return which characters change; a deleted word takes a space along, as TextAttack has it."""
        text, start = self.text, self._starts[index]
        end = start + len(self.words[index])
        if deletes and end < len(text):
            if index == 0:
                end += text[end] == " "
            else:
                start -= text[start - 1] == " "
        return Stretch(start, end, start + len(new_word))

    def _attributes(self, index: int, new_word: str, inserted: Words) -> dict[str, Any]:
        """Return attack_attrs as attacked_text.py:396 makes them, in the same steps."""
        ours, attributes = self.attack_attrs, {}
        if "label_names" in ours:
            attributes["label_names"] = ours["label_names"]
        growth = len(inserted) - 1
        modified = shifted(ours["modified_indices"], index, growth)
        newly: set[int] = set()
        if new_word != self.words[index]:
            for place in range(
                index, index + len(inserted)
            ):  # one by one: the order of a set depends on how it was built
                modified.add(place)
                newly.add(place)
        attributes["newly_modified_indices"] = newly
        attributes["previous_attacked_text"] = self
        attributes["modified_indices"] = modified
        before = bool(inserted) and inserted[0] != self.words[index]
        attributes["original_index_map"] = moved(ours["original_index_map"], index, growth, before)
        return attributes

    def _words_after(self, edit: Stretch, text: str) -> Words:
        """Return the words of a child: ours, except between the white space around the edit."""
        start, end, first, last = self._around(edit)
        return [*self.words[:first], *self.words_of(text[start : end + edit.growth]), *self.words[last:]]

    def _around(self, edit: Stretch) -> tuple[int, int, int, int]:
        """Return where the white space around an edit is, and which of our words lie inside: [first:last]."""
        start, end = between_spaces(self.text, edit.start, edit.end)
        return start, end, bisect_left(self._starts, start), bisect_left(self._starts, end)

    @cached_property
    def _starts(self) -> list[int]:
        """Return where each word begins."""
        if self._parent is None or self._edit is None:
            return places_of(self.words, self.text, 0)
        return self._starts_after(self._edit)

    def _starts_after(self, edit: Stretch) -> list[int]:
        """Return where each word begins: where the parent's do, except around the edit."""
        start, _, first, last = self._parent._around(edit)
        inside = self.words[first : last + len(self.words) - len(self._parent.words)]
        later = [place + edit.growth for place in self._parent._starts[last:]]
        return [*self._parent._starts[:first], *places_of(inside, self.text, start), *later]

    def _text_index_of_word_index(self, i: int) -> int:
        """Return where word i begins; attacked_text.py:199 searches all words before it, for each window."""
        letters = self.text.isascii() or len(self.text.lower()) == len(self.text)
        if self._is_simple and letters and 0 <= i < len(self.words):
            return self._starts[i]
        return int(super()._text_index_of_word_index(i))  # type: ignore[misc]

    @cached_property
    def _is_simple(self) -> bool:
        """Return whether the fast way may be taken."""
        return len(self._text_input) == 1 and SPLIT not in self.text and not CHINESE.search(self.text)

    def _slowly(self, new_words: Words) -> Any:
        """Return what AttackedText makes, as one of our class."""
        child = super().generate_new_attacked_text(new_words)  # type: ignore[misc]
        child.__class__ = type(self)
        return child


def places_of(words: Words, text: str, place: int) -> list[int]:
    """Return where each word begins: nothing between two words is what a word begins with."""
    starts = []
    for word in words:
        place = text.index(word, place)
        starts.append(place)
        place += len(word)
    return starts


def shifted(modified: set[int], index: int, growth: int) -> set[int]:
    """Return the changed words' places after word `index` has become 1 + growth words."""
    modified = modified.copy()  # as TextAttack does: a copy may be in another order
    if growth == 0:
        return modified
    return {place + growth * (place > index) for place in modified if place != index}


def moved(places: Any, index: int, growth: int, before: bool) -> Any:
    """Return where the original's words are now, int64 [words of the original], -1: deleted.

    `before`: the old word is not the first of the new ones, so it is taken to be the last.
    """
    moved = places.copy()
    if growth == -1:
        moved[moved == index] = -1
    if growth != 0:
        moved[moved > index] += growth
    if growth > 0 and before:
        moved[moved == index] += growth
    return moved
