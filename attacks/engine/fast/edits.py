"""A text that remembers which one stretch was changed to make it from another text."""

from __future__ import annotations

from typing import NamedTuple


class Stretch(NamedTuple):
    """source[start:end] became text[start:new_end]; everything else is the same."""

    start: int
    end: int
    new_end: int

    @property
    def growth(self) -> int:
        """Return how many characters longer the text became."""
        return self.new_end - self.end


class EditedText(str):
    """A string, equal to any other of the same characters, that also knows where it came from."""

    source: str
    stretch: Stretch

    @classmethod
    def of(cls, text: str, source: str, stretch: Stretch) -> EditedText:
        """Return `text`, made from `source` (itself perhaps an EditedText) by changing one stretch."""
        edited = cls(text)
        edited.source, edited.stretch = source, stretch
        return edited


def between_spaces(text: str, start: int, end: int) -> tuple[int, int]:
    """Return start and end moved outwards to the nearest white space, or the end of the text.

    What `str.split`, or a regular expression that never matches white space, finds outside of this stretch
    does not depend on what is inside.
    """
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end


def applied(source: str, stretch: Stretch, inserted: str) -> str:
    """Return the source with the stretch replaced."""
    return f"{source[: stretch.start]}{inserted}{source[stretch.end :]}"
