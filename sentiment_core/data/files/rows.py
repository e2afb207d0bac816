"""The rows of a file as they are kept: in pieces, under limits, every row with its number in the file."""

from __future__ import annotations

import io
import re
from collections import deque
from typing import Any

import pandas as pd

from sentiment_core.data.files.bad_rows import BadRows
from sentiment_core.errors import DataError

MAX_FILE_BYTES = 200 * 1024**2
#: What an upload may have; larger files are read from the command line.
MAX_UPLOAD_BYTES = 50 * 1024**2
#: Rows that are kept of one file; each costs some 200 bytes beside its text until it is cleaned and stored.
MAX_ROWS = 500_000
MAX_COLUMNS = 200
#: Cells that are kept, or one for every 10 bytes of the file, whichever is more: each costs 60 bytes or more.
MAX_CELLS, BYTES_A_CELL = 2_000_000, 10
#: The longest review of IMDb has 13,704.
MAX_CELL_CHARACTERS = 1_000_000
#: One row as written in its file; JSON writes six characters for each letter of some alphabets.
MAX_ROW_CHARACTERS = 4_000_000
#: Blank and unusable rows are looked at too, up to this many times the rows that may be kept.
LOOKED_AT = 4
#: Lines that an open quotation mark took are read again, up to this many times the longest row in all.
PATIENCE = 50

UNDECODED = re.compile(r"[\udc80-\udcff]")
#: Marks of byte order at the start: UTF-8's own, and what becomes of it where it is read as Latin-1.
_ORDER_MARKS = (b"\xef\xbb\xbf", "\u00ef\u00bb\u00bf".encode())


class TooManyRows(DataError):
    """A file has more rows than its reader takes; `most` is how many that is."""

    def __init__(self, filename: str, most: int) -> None:
        super().__init__(f"{filename} has more than {most:,} rows, the most that are read; split the file")
        self.most = most


class Kept:
    """The rows that are kept, column by column; raises as soon as there are too many of anything."""

    def __init__(self, filename: str, max_rows: int, max_cells: int) -> None:
        self.filename, self.max_rows, self.max_cells = filename, max_rows, max_cells
        self.columns: dict[str, list[Any]] = {}
        self.numbers: list[int] = []
        self.nested = 0
        self.notes: list[str] = []

    def add_columns(self, names: list[str]) -> None:
        """Add columns, empty in the rows so far."""
        self.check_columns(len(self.columns) + len(names))
        self.columns |= {name: [float("nan")] * len(self.numbers) for name in names}

    def check_columns(self, n: int) -> None:
        """Raise DataError where a table of n columns is not read."""
        if n > MAX_COLUMNS:
            raise DataError(
                f"{self.filename} has more than {MAX_COLUMNS} columns, the most that are read; "
                "leave out those that are not needed"
            )

    def check_rows(self, n: int, columns: int) -> None:
        """Raise DataError where n rows are not read."""
        if n > self.max_rows:
            raise TooManyRows(self.filename, self.max_rows)
        if n * columns + self.nested > self.max_cells:
            raise DataError(
                f"{self.filename} has more than {self.max_cells:,} cells, the most that are read of a file "
                "of this size; leave out columns that are not needed, or split the file"
            )

    def look_at(self, number: int) -> None:
        """Raise TooManyRows beyond the rows that are looked at, blank and unusable ones included."""
        if number > LOOKED_AT * self.max_rows + 1:
            raise TooManyRows(self.filename, self.max_rows)

    def add(self, number: int, cells: list[str]) -> None:
        """Keep a row with a cell for each column."""
        self._count(number)
        for column, cell in zip(self.columns.values(), cells, strict=True):
            column.append(cell)

    def add_record(self, number: int, record: dict[str, Any]) -> None:
        """Keep a row whose cells are named; it may name columns that no row before it had."""
        self.nested += sum(_nested_values(value) for value in record.values())
        self.add_columns([name for name in record if name not in self.columns])
        self._count(number)
        for name, column in self.columns.items():
            column.append(record.get(name, float("nan")))

    def _count(self, number: int) -> None:
        self.check_rows(len(self.numbers) + 1, len(self.columns))
        self.numbers.append(number)

    def frame(self) -> pd.DataFrame:
        """Return the rows."""
        return pd.DataFrame(self.columns, index=self.numbers, dtype=object)


def _nested_values(value: Any) -> int:
    """Return how many values are inside a list or an object."""
    count, inside = 0, [value]
    while inside:
        item = inside.pop()
        if isinstance(item, dict):
            count += 2 * len(item)
            inside.extend(item.values())
        elif isinstance(item, list):
            count += len(item)
            inside.extend(item)
    return count


class Text:
    """A file's content as lines, as often as it is asked for; the whole is never decoded at once.

    Bytes that are not UTF-8 stay in it as lone surrogates, for `misencoded` to find.
    """

    def __init__(self, content: bytes, filename: str) -> None:
        self.content, self.filename = content, filename
        self._start = _after_order_marks(content)

    def stream(self, newline: str) -> io.TextIOWrapper:
        """Return the characters; `newline` as `open` takes it."""
        file = io.BytesIO(self.content)
        file.seek(self._start)
        return io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline=newline)

    def lines(self, newline: str) -> Lines:
        """Return the lines with their ends; `newline` as `open` takes it."""
        return Lines(self.stream(newline), self.filename)

    def head(self, most: int = 200, characters: int = 200_000) -> list[str]:
        """Return the first lines without their ends, up to so many of each; the last may be torn."""
        read = self.stream("").read(characters)
        lines = read.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if len(read) < characters:
            return lines[:most]
        if len(lines) > 1:
            return lines[:-1][:most]  # the last is torn
        if characters > MAX_ROW_CHARACTERS:
            raise row_without_end(self.filename, 1)
        return self.head(most, MAX_ROW_CHARACTERS + 1)


def _after_order_marks(content: bytes) -> int:
    start = 0
    while mark := next((mark for mark in _ORDER_MARKS if content.startswith(mark, start)), b""):
        start += len(mark)
    return start


class Lines:
    """Lines for a reader that may need several for a row, and may give back those that were not its own.

    A line, or a row of many, without end raises DataError. What is given back is read again: `patience` is
    how many characters that may be in all.
    """

    def __init__(self, stream: io.TextIOWrapper, filename: str) -> None:
        self._stream, self._filename = stream, filename
        self._row, self._taken = 1, 0
        self._again: deque[str] = deque()
        self.patience = PATIENCE * MAX_ROW_CHARACTERS
        #: The lines of the row so far.
        self.of_row: list[str] = []

    def begin(self, row: int) -> None:
        """Note that what is read from here on belongs to another row."""
        self._row, self._taken = row, 0
        self.of_row.clear()

    def give_back(self, lines: list[str]) -> None:
        """Let these be the next lines; raises DataError where that happens without end."""
        self.patience -= sum(map(len, lines))
        if self.patience < 0:
            raise DataError(
                f"{self._filename}, row {self._row}: quotation marks do not match, here and in many rows "
                "before; double the quotation marks inside quoted texts, or leave them out"
            )
        self._again.extendleft(reversed(lines))

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._stream.readline(MAX_ROW_CHARACTERS + 1)
        self._taken += len(line)
        if not line:
            raise StopIteration
        if self._taken > MAX_ROW_CHARACTERS:
            raise row_without_end(self._filename, self._row)
        self.of_row.append(line)
        return line


class RowWithoutEnd(DataError):
    """A row has more characters than any may have."""


def row_without_end(filename: str, row: int) -> RowWithoutEnd:
    """Return the error for a row of too many characters."""
    return RowWithoutEnd(
        f"{filename}, row {row}: more than {MAX_ROW_CHARACTERS:,} characters in one row; "
        "shorten it, or close its quotation mark"
    )


def misencoded(row: int, cells: dict[str, object], bad: BadRows) -> bool:
    """Whether a cell holds bytes that are not UTF-8, which is noted."""
    for column, cell in cells.items():
        found = UNDECODED.search(cell) if isinstance(cell, str) else None
        if found:
            byte = ord(found.group()) - 0xDC00
            detail = f"byte 0x{byte:02x} is not UTF-8"
            bad.note(row, column, "wrong encoding", detail, "save the file as UTF-8")
            return True
    return False


def too_long(row: int, cells: dict[str, object], bad: BadRows) -> bool:
    """Whether a cell has more characters than are kept, which is noted."""
    for column, cell in cells.items():
        if isinstance(cell, str) and len(cell) > MAX_CELL_CHARACTERS:
            detail = f"{len(cell):,} characters, over the limit of {MAX_CELL_CHARACTERS:,}"
            bad.note(row, column, "too long", detail, "shorten it")
            return True
    return False
