"""One JSON list, read item by item: what is held in memory is one item and a piece of the text."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from sentiment_core.data.files.rows import MAX_ROW_CHARACTERS
from sentiment_core.errors import DataError

_PIECE = 65_536
_BLANK = " \t\r\n"


def json_items(stream: io.TextIOBase, filename: str) -> Iterator[tuple[str, Any]]:
    """Yield every item of the list as it is written and as it is read; DataError where it is none."""
    window = _Window(stream, filename)
    if window.following() != "[":
        raise window.broken()
    window.skip(1)
    if window.following() == "]":
        return
    while True:
        window.following()
        yield window.item()
        mark = window.following()
        if mark == "]":
            return
        if mark != ",":
            raise window.broken()
        window.skip(1)


class _Window:
    """A piece of the text and a place in it."""

    def __init__(self, stream: io.TextIOBase, filename: str) -> None:
        self._stream, self._filename = stream, filename
        self._text, self._place, self._items = "", 0, 0
        self._decode = json.JSONDecoder().raw_decode

    def following(self) -> str:
        """Return the next character that is not blank, and stand at it; "" at the end."""
        while True:
            while self._place < len(self._text) and self._text[self._place] in _BLANK:
                self._place += 1
            if self._place < len(self._text):
                return self._text[self._place]
            if not self._more(_PIECE):
                return ""

    def skip(self, n: int) -> None:
        """Go on by n characters."""
        self._place += n

    def item(self) -> tuple[str, Any]:
        """Return the item at this place; the piece grows until it is whole, to twice its size each time."""
        self._items += 1
        while True:
            try:
                value, end = self._decode(self._text, self._place)
                if end < len(self._text) or not self._more(_PIECE):
                    written, self._place = self._text[self._place : end], end
                    return written, value
            except RecursionError:
                raise self.broken() from None
            except ValueError:
                if len(self._text) - self._place > MAX_ROW_CHARACTERS:
                    raise DataError(
                        f"{self._filename}, row {self._items}: more than {MAX_ROW_CHARACTERS:,} characters "
                        "in one row, or no JSON from here on"
                    ) from None
                if not self._more(len(self._text) - self._place):
                    raise self.broken() from None

    def broken(self) -> DataError:
        """Return what is wrong, with the item at which it shows."""
        return DataError(
            f"{self._filename}, row {max(1, self._items)}: the JSON list ends or breaks off here; "
            "write a list of objects [{...}, ...], or one object per line"
        )

    def _more(self, n: int) -> bool:
        """Read a further piece; what is behind is let go."""
        piece = self._stream.read(max(_PIECE, n))
        if piece:
            self._text, self._place = self._text[self._place :] + piece, 0
        return bool(piece)
