"""Files of rows: CSV, TSV, JSONL, Parquet and plain text, from a path or from an upload's bytes.

A table's index holds each row's number in its file, as an editor or a spreadsheet counts: the header of
a CSV file is row 1. Messages name rows by it.

A file says how large it is only once it is read, so every format is read in pieces and reading ends at the
first limit that is passed: what is held in memory is what is kept, and never more than the limits allow.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from sentiment_core.data.bad_rows import BadRows, shown
from sentiment_core.data.cleaning import clean_text
from sentiment_core.data.columns import storable, text_column_of
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
_LOOKED_AT = 4

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")

Quoting = Literal[0, 3]  # csv.QUOTE_MINIMAL, csv.QUOTE_NONE

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_UNDECODED = re.compile(r"[\udc80-\udcff]")
_UNQUOTED = "double the quotation marks inside a quoted text"


class TooManyRows(DataError):
    """A file has more rows than its reader takes; `most` is how many that is."""

    def __init__(self, filename: str, most: int) -> None:
        super().__init__(f"{filename} has more than {most:,} rows, the most that are read; split the file")
        self.most = most


def read_table(
    source: Path | bytes,
    filename: str | None = None,
    *,
    bad: BadRows | None = None,
    max_bytes: int = MAX_FILE_BYTES,
    max_rows: int = MAX_ROWS,
) -> pd.DataFrame:
    """Return all columns of a file as object values; the index holds row numbers.

    `filename` decides the format and is required with bytes. `bad` collects unusable rows; without it the
    first one raises DataError, as do an empty, too large, unreadable or wrongly named file, and TooManyRows
    as soon as `max_rows` are passed, without reading the rest.
    """
    name = filename or (source.name if isinstance(source, Path) else "")
    content = read_bytes(source, name, max_bytes) if isinstance(source, Path) else source
    _check_size(len(content), name, max_bytes)
    bad = bad or BadRows(name, skip=False)
    kept = _Kept(name, max_rows, max(MAX_CELLS, len(content) // BYTES_A_CELL))
    suffix = Path(name).suffix.lower()
    if suffix == ".parquet":
        table = _parquet(content, kept, max_bytes)
    elif suffix in (".csv", ".tsv"):
        table = _separated(_Text(content, name), bad, kept, "\t" if suffix == ".tsv" else ",")
    elif suffix in (".jsonl", ".ndjson"):
        table = _json_lines(_Text(content, name), bad, kept)
    elif suffix == ".txt":
        table = _plain_lines(_Text(content, name), bad, kept)
    else:
        raise DataError(f"format of file {shown(name)} is not known; known: {', '.join(TABLE_SUFFIXES)}")
    if table.empty and not bad.found:
        raise DataError(f"{name} holds no rows; give a file with a header and at least one row")
    return table


def read_bytes(path: Path, name: str, max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """Return a file's content; its size is looked at first, and not believed."""
    try:
        _check_size(path.stat().st_size, name, max_bytes)
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise DataError(
            f"{name} cannot be read: {error.strerror}; check the path and its permissions"
        ) from None
    _check_size(len(content), name, max_bytes)
    return content


def _check_size(size: int, name: str, max_bytes: int) -> None:
    if size == 0:
        raise DataError(f"{name} is empty; give a file with a header and at least one row")
    if size > max_bytes:
        raise DataError(
            f"{name} has {size / 1024**2:,.1f} MB, over the limit of {max_bytes // 1024**2} MB; "
            "split the file"
        )


class _Kept:
    """The rows that are kept, column by column; raises as soon as there are too many of anything."""

    def __init__(self, filename: str, max_rows: int, max_cells: int) -> None:
        self.filename, self.max_rows, self.max_cells = filename, max_rows, max_cells
        self.columns: dict[str, list[Any]] = {}
        self.numbers: list[int] = []
        self.nested = 0

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
        if number > _LOOKED_AT * self.max_rows + 1:
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


class _Text:
    """A file's content as lines, as often as it is asked for; the whole is never decoded at once.

    Bytes that are not UTF-8 stay in it as lone surrogates, for `_misencoded` to find.
    """

    def __init__(self, content: bytes, filename: str) -> None:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise DataError(f"{filename} is written in UTF-16; save it as UTF-8")
        self.content, self.filename = content, filename

    def lines(self, newline: str) -> _Lines:
        """Return the lines with their ends; `newline` as `open` takes it."""
        stream = io.TextIOWrapper(
            io.BytesIO(self.content), encoding="utf-8-sig", errors="surrogateescape", newline=newline
        )
        return _Lines(stream, self.filename)


class _Lines:
    """Lines for a reader that may need several for a row; a row that never ends raises DataError."""

    def __init__(self, stream: io.TextIOWrapper, filename: str) -> None:
        self._stream, self._filename = stream, filename
        self._row, self._taken = 1, 0

    def begin(self, row: int) -> None:
        """Note that what is read from here on belongs to another row."""
        self._row, self._taken = row, 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(MAX_ROW_CHARACTERS + 1)
        self._taken += len(line)
        if not line:
            raise StopIteration
        if self._taken > MAX_ROW_CHARACTERS:
            raise DataError(
                f"{self._filename}, row {self._row}: more than {MAX_ROW_CHARACTERS:,} characters in one row; "
                "shorten it, or close its quotation mark"
            )
        return line


def _misencoded(row: int, cells: dict[str, object], bad: BadRows) -> bool:
    for column, cell in cells.items():
        found = _UNDECODED.search(cell) if isinstance(cell, str) else None
        if found:
            byte = ord(found.group()) - 0xDC00
            detail = f"byte 0x{byte:02x} is not UTF-8"
            bad.note(row, column, "wrong encoding", detail, "save the file as UTF-8")
            return True
    return False


def _too_long(row: int, cells: dict[str, object], bad: BadRows) -> bool:
    for column, cell in cells.items():
        if isinstance(cell, str) and len(cell) > MAX_CELL_CHARACTERS:
            detail = f"{len(cell):,} characters, over the limit of {MAX_CELL_CHARACTERS:,}"
            bad.note(row, column, "too long", detail, "shorten it")
            return True
    return False


def _separated(text: _Text, bad: BadRows, kept: _Kept, delimiter: str) -> pd.DataFrame:
    delimiter = _delimiter(text, delimiter)
    quoting: Quoting = csv.QUOTE_MINIMAL
    if delimiter == "\t" and not _well_quoted(text, kept, delimiter):
        quoting = csv.QUOTE_NONE  # many TSV files hold quotation marks that quote nothing
    records = _records(text, bad, delimiter, quoting)
    header = next(records, (1, []))[1]
    kept.check_columns(len(header))
    header = _header(header, bad.filename)
    kept.add_columns(header)
    for number, cells in records:
        kept.look_at(number)
        if cells and _fits(number, cells, header, bad):
            kept.add(number, cells)
    return kept.frame()


def _delimiter(text: _Text, usual: str) -> str:
    first = next(text.lines("\n"), "")
    others = [mark for mark in ("\t", ";", ",") if mark in first]
    return usual if usual in first or not others else others[0]


def _well_quoted(text: _Text, kept: _Kept, delimiter: str) -> bool:
    """Whether the rows that are looked at are all of one width when quotation marks quote."""
    probe, width = BadRows("", skip=True), None
    for number, cells in _records(text, probe, delimiter, csv.QUOTE_MINIMAL):
        width = width or len(cells)
        if probe.found or (cells and len(cells) != width):
            return False
        if number > kept.max_rows:
            break
    return not probe.found


def _records(text: _Text, bad: BadRows, delimiter: str, quoting: Quoting) -> Iterator[tuple[int, list[str]]]:
    """Yield (row number, cells); a row whose quotation marks do not match is noted as bad."""
    # The csv module allows 128 KiB per cell, for the whole process.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL_CHARACTERS))
    lines = text.lines("")
    reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=True)
    number = 0
    while True:
        number += 1
        lines.begin(number)
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            detail = f"quotation marks do not match ({error})"
            if "field limit" in str(error):
                detail = (
                    f"more than {MAX_CELL_CHARACTERS:,} characters in one cell, or an open quotation mark"
                )
            bad.note(number, None, "malformed row", detail, _UNQUOTED)


def _header(cells: list[str], filename: str) -> list[str]:
    names = [cell.strip() or f"column {place}" for place, cell in enumerate(cells, start=1)]
    if any(_UNDECODED.search(name) for name in names):
        raise DataError(f"{filename}, row 1: the header is not UTF-8; save the file as UTF-8")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"{filename}, row 1: column {shown(twice)} is repeated; rename one of them")
    return names


def _fits(row: int, cells: list[str], header: list[str], bad: BadRows) -> bool:
    if len(cells) != len(header):
        detail = f"{len(cells)} cells where the header has {len(header)}"
        bad.note(row, None, "malformed row", detail, "quote texts that hold the separator")
        return False
    named: dict[str, object] = dict(zip(header, cells, strict=True))
    return not _misencoded(row, named, bad) and not _too_long(row, named, bad)


def _json_lines(text: _Text, bad: BadRows, kept: _Kept) -> pd.DataFrame:
    lines = text.lines("\n")
    for number, line in enumerate(lines, start=1):
        lines.begin(number + 1)
        kept.look_at(number)
        if not line.strip() or _misencoded(number, {"": line}, bad):
            continue
        record = _json_object(line)
        if record is None:
            advice = "write one object {...} per line"
            bad.note(number, None, "malformed row", "not a JSON object", advice)
        elif not _too_long(number, record, bad):
            kept.add_record(number, record)
    return kept.frame()


def _json_object(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return {_whole(k): _whole(v) for k, v in record.items()} if isinstance(record, dict) else None


def _whole(value: Any) -> Any:
    """Replace halves of characters, which JSON's escapes can name and nothing can store."""
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value


def _plain_lines(text: _Text, bad: BadRows, kept: _Kept) -> pd.DataFrame:
    kept.add_columns(["text"])
    for number, line in enumerate(_split(text), start=1):
        kept.look_at(number)
        named: dict[str, object] = {"": line}
        if line.strip() and not _misencoded(number, named, bad) and not _too_long(number, named, bad):
            kept.add(number, [line])
    return kept.frame()


def _split(text: _Text) -> Iterator[str]:
    """Yield lines as `str.splitlines` ends them, at more characters than a file's lines end with."""
    lines = text.lines("")
    for number, line in enumerate(lines, start=1):
        lines.begin(number + 1)
        yield from line.splitlines()


def _parquet(content: bytes, kept: _Kept, max_bytes: int) -> pd.DataFrame:
    from sentiment_core.data import unpacking

    frame = unpacking.unpacked(content, kept.filename, max_bytes, MAX_COLUMNS, kept.check_rows)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    own = [column for column in frame.columns if not str(column).startswith("__index_level_")]
    return frame[own].rename(columns=str).astype(object)


def texts_from_upload(
    content: bytes,
    filename: str,
    text_column: str | None = None,
    *,
    max_bytes: int = MAX_UPLOAD_BYTES,
    max_rows: int = MAX_ROWS,
    as_given: bool = False,
) -> pd.DataFrame:
    """Return one row per text, in the file's order: `text` (cleaned) first, then the file's other columns.

    With `as_given`, texts are as the file has them, for who must say where in the file's text something is.

    Every row stays, one with an empty text too, so that answers can be put beside the file. A `.txt` file
    is one text a line. Raises DataError with one line for a person when the file cannot be read, TooManyRows
    when it holds more than `max_rows`.
    """
    name = Path(filename).name
    bad = BadRows(name, skip=False, offer_skip=False)
    table = read_table(content, name, bad=bad, max_bytes=max_bytes, max_rows=max_rows)
    chosen = text_column_of(table, text_column, name)
    given = [value if isinstance(value, str) else "" for value in table[chosen]]
    texts = given if as_given else [clean_text(text) for text in given]
    further = {column: storable(table[column]) for column in table.columns if column not in (chosen, "text")}
    return pd.DataFrame({"text": texts, **further}, index=table.index).reset_index(drop=True)
