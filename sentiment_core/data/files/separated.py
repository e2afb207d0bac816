"""CSV and TSV as people and programs write them: what separates, whether there is a header, what is quoted.

Reading starts with a look at the first lines. Where a quotation mark that nobody closed would swallow rows,
the row it stands in is named, and the rows behind it are read as rows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sentiment_core.data.files.bad_rows import BadRows, shown
from sentiment_core.data.files.rows import (
    MAX_CELL_CHARACTERS,
    UNDECODED,
    Kept,
    Lines,
    RowWithoutEnd,
    Text,
    misencoded,
    too_long,
)
from sentiment_core.data.label_values import LABELS, MOST_VALUES, label_key
from sentiment_core.data.roles import LABEL_NAMES, SPLIT_FLAGS, SPLIT_NAMES, TEXT_NAMES
from sentiment_core.errors import DataError

Quoting = Literal[0, 3]  # csv.QUOTE_MINIMAL, csv.QUOTE_NONE

_UNQUOTED = "double the quotation marks inside a quoted text"
_KNOWN_NAMES = frozenset(
    (*TEXT_NAMES, *LABEL_NAMES, *SPLIT_NAMES, *SPLIT_FLAGS, "example_id", "id", "source")
)
_MARKS = ("\t", ";", ",", "|")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_WORD = re.compile(r"\w+")
#: A lone column is taken for texts without a header where its first cell is a sentence of so many words.
_SENTENCE_WORDS = 5
_SHORT = 20


@dataclass(frozen=True)
class Form:
    """How a file writes its rows.

    Attributes:
        delimiter: what separates cells.
        skipped: lines before the first row: blank ones, and Excel's `sep=;`.
        header: the names of the columns.
        has_header: whether the first row holds them.
        spaced: whether a blank follows each delimiter.
        categories: the few short values that a column has in the first rows, for those that have few.
    """

    delimiter: str
    skipped: int
    header: tuple[str, ...]
    has_header: bool = True
    spaced: bool = False
    categories: tuple[frozenset[str], ...] = field(default=())


def read_separated(text: Text, bad: BadRows, kept: Kept, usual: str) -> None:
    """Add the rows of a CSV or TSV file to `kept`; `usual` is its kind's own delimiter."""
    # The csv module allows 128 KiB per cell, for the whole process.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL_CHARACTERS))
    form = _form(text, bad, usual)
    kept.check_columns(len(form.header))
    _check_header(form, bad.filename)
    kept.add_columns(list(form.header))
    if not form.has_header:
        kept.notes.append("the file has no header: its first row is read as a review")
    records = _Records(text, form, bad, kept)
    for number, cells in records:
        kept.look_at(number)
        fitted = _fitted(number, cells, form, bad) if cells else None
        if fitted is not None:
            kept.add(number, fitted)
    if records.literal:
        kept.notes.append(
            f"quotation marks are read as they stand in {records.literal:,} rows, where they quote nothing"
        )


# --- the form -------------------------------------------------------------------------------------


def _form(text: Text, bad: BadRows, usual: str) -> Form:
    lines = text.head()
    skipped = next((place for place, line in enumerate(lines) if line.strip()), 0)
    told = re.fullmatch(r"\s*\"?sep=(.)\"?\s*", lines[skipped]) if lines else None
    if told:
        usual, skipped = told.group(1), skipped + 1
    lines = lines[skipped:]
    commented = len(lines) > 1 and lines[0].startswith("#")
    if commented and not _cells(lines[0], usual)[1:] and _cells(lines[1], usual)[1:]:
        raise DataError(
            f"{bad.filename}, row {skipped + 1}: this looks like a comment, not like a header; remove it"
        )
    delimiter = usual if told else _delimiter(lines, usual)
    spaced = bool(lines) and all(cell.startswith(" ") for cell in _cells(lines[0], delimiter)[1:])
    records = [row for row in _parsed(lines, delimiter, spaced) if row] or [[]]
    return _with_names(records, Form(delimiter, skipped, (), spaced=spaced))


def _cells(line: str, delimiter: str) -> list[str]:
    return next(_parsed([line], delimiter, False), [])


def _parsed(lines: Sequence[str], delimiter: str, spaced: bool) -> Iterator[list[str]]:
    """Yield the cells of the first rows, whatever is wrong with them."""
    reader = csv.reader([f"{line}\n" for line in lines], delimiter=delimiter, skipinitialspace=spaced)
    try:
        yield from reader
    except csv.Error:
        return


def _delimiter(lines: Sequence[str], usual: str) -> str:
    """Return the mark that the header has; of several, the one that gives columns of known names."""
    if not lines:
        return usual
    found = [mark for mark in dict.fromkeys((usual, *_MARKS)) if len(_cells(lines[0], mark)) > 1]
    return max(found, key=lambda mark: _plausible(lines, mark)) if found else usual


def _plausible(lines: Sequence[str], mark: str) -> int:
    """Return how many columns are called or filled as columns of reviews are; the first best mark wins."""
    records = [row for row in _parsed(lines, mark, False) if row]
    header, rows = records[0], [row for row in records[1:] if len(row) == len(records[0])]
    known = sum(name.strip().casefold() in _KNOWN_NAMES for name in header)
    labels = sum(_are_labels([row[place] for row in rows]) for place in range(len(header)))
    return known + labels if 2 * len(rows) >= len(records) - 1 else -1


def _are_labels(cells: Sequence[str]) -> bool:
    keys = {label_key(cell) for cell in cells}
    return bool(keys) and keys <= LABELS.keys()


def _with_names(records: list[list[str]], form: Form) -> Form:
    """Return the form with the columns' names: from the header, or numbers where the first row is none."""
    header, rows = records[0], records[1:]
    if _is_no_header(header, rows):
        names = [f"column {place}" for place in range(1, len(header) + 1)]
        return Form(
            form.delimiter, form.skipped, tuple(names), False, form.spaced, _categories(len(names), records)
        )
    names = [cell.strip() or f"column {place}" for place, cell in enumerate(header, start=1)]
    if _has_row_names(len(header), rows):
        names = ["row" if "row" not in names else "row name", *names]  # as R writes them
    return Form(form.delimiter, form.skipped, tuple(names), True, form.spaced, _categories(len(names), rows))


def _has_row_names(width: int, rows: list[list[str]]) -> bool:
    """Whether each row starts with its number, which the header has no name for."""
    numbers = {row[0] for row in rows if len(row) == width + 1 and row[-1].strip() and row[0].isdecimal()}
    return len(rows) > 1 and len(numbers) == len(rows)


def _is_no_header(header: Sequence[str], rows: list[list[str]]) -> bool:
    """Whether the first row is a review: no known name in it, and a cell that is a value of its column."""
    whole = [row for row in rows if len(row) == len(header)]
    if not whole or any(cell.strip().casefold() in _KNOWN_NAMES for cell in header):
        return False
    if len(header) == 1:
        first = header[0].strip()
        return len(_WORD.findall(first)) >= _SENTENCE_WORDS and not first.endswith(("?", ":"))
    values = [place for place in range(len(header)) if _is_value(place, header, whole)]
    others = [cell for place, cell in enumerate(header) if place not in values]
    return bool(values) and any(_WORD.search(cell) and not _NUMBER.fullmatch(cell.strip()) for cell in others)


def _is_value(place: int, header: Sequence[str], rows: list[list[str]]) -> bool:
    keys = {label_key(row[place]) for row in rows}
    own = label_key(header[place])
    few = len(keys) <= min(MOST_VALUES, max(2, len(rows) // 2))
    return own in keys and few and all(key in LABELS or _NUMBER.fullmatch(key) for key in keys)


def _categories(width: int, rows: list[list[str]]) -> tuple[frozenset[str], ...]:
    whole = [row for row in rows if len(row) == width]
    found = [frozenset(row[place] for row in whole) for place in range(width)]
    few = [
        len(values) <= MOST_VALUES and all(0 < len(value) <= _SHORT for value in values) for values in found
    ]
    return tuple(values if yes else frozenset() for values, yes in zip(found, few, strict=True))


def _check_header(form: Form, filename: str) -> None:
    row = form.skipped + 1
    if any(UNDECODED.search(name) for name in form.header):
        raise DataError(f"{filename}, row {row}: the header is not UTF-8; save the file as UTF-8")
    twice = next((name for name in form.header if form.header.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"{filename}, row {row}: column {shown(twice)} is repeated; rename one of them")


# --- the rows -------------------------------------------------------------------------------------


class _Records:
    """The rows of a file with their numbers, the header left out; `literal` counts those read unquoted."""

    def __init__(self, text: Text, form: Form, bad: BadRows, kept: Kept) -> None:
        self._text, self._form, self._bad = text, form, bad
        self.literal = 0
        # Many TSV files hold quotation marks that quote nothing: then a line is a row.
        self._free = form.delimiter == "\t"
        self._quoting: Quoting = csv.QUOTE_MINIMAL
        if self._free and self._lines_are_rows(kept.max_rows):
            self._quoting = csv.QUOTE_NONE

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        lines = self._lines()
        reader = self._reader(lines)
        number = self._form.skipped
        begun = not self._form.has_header
        while True:
            number += 1
            lines.begin(number)
            try:
                cells = next(reader)
                if len(lines.of_row) > 1 and self._swallowed(lines.of_row):
                    cells = self._first_only(number, lines, "it is closed only behind rows of their own")
            except StopIteration:
                return
            except (csv.Error, RowWithoutEnd) as error:
                if not lines.of_row:  # a single line without end
                    raise
                cells = self._first_only(number, lines, str(error))
                reader = self._reader(lines)
            if begun:
                yield number, cells
            begun = True

    def _lines(self) -> Lines:
        lines = self._text.lines("")
        for _ in range(self._form.skipped):
            next(lines)
        return lines

    def _reader(self, lines: Lines) -> Iterator[list[str]]:
        return csv.reader(
            lines,
            delimiter=self._form.delimiter,
            quoting=self._quoting,
            strict=True,
            skipinitialspace=self._form.spaced,
        )

    def _lines_are_rows(self, most: int) -> bool:
        """Whether every line is of one width, and some of them hold quotation marks that quote nothing."""
        marks, quotes = len(self._form.header) - 1, False
        for number, line in enumerate(self._lines()):
            if line.strip() and line.count("\t") != marks and (number or self._form.header[0] != "row"):
                return False
            quotes = quotes or '"' in line
            if number > most:
                break
        return quotes and not self._quotes_within_lines()

    def _quotes_within_lines(self) -> bool:
        """Whether every quoted cell ends in its line."""
        lines = self._lines()
        reader = csv.reader(lines, delimiter="\t", strict=True)
        try:
            return all(len(lines.of_row) == number for number, _ in enumerate(reader, start=1))
        except (csv.Error, RowWithoutEnd):
            return False

    def _swallowed(self, lines: list[str], closed: bool = True) -> bool:
        """Whether a row of several lines holds lines that are rows of their own.

        Of its first line only what is behind the opening mark counts, of its last what is before the closing:
        a text has as many delimiters as a row often enough.
        """
        first, *others = lines
        if self._ends_as_row(first):
            return True
        if closed and others and self._begins_as_row(others.pop()):
            return True
        return any(map(self._is_row, others))

    def _ends_as_row(self, line: str) -> bool:
        """Whether the cells behind the one with the opening mark are there, if the mark quotes nothing."""
        if self._free:
            return self._is_row(line) and '"' not in line.rpartition(self._form.delimiter)[2]
        width, cells = len(self._form.header), line.rstrip("\r\n").split(self._form.delimiter)
        opened = line.partition('"')[0].count(self._form.delimiter)
        behind = range(opened + 1 - width, 0)
        return len(cells) >= width and any(cells[place] in self._form.categories[place] for place in behind)

    def _begins_as_row(self, line: str) -> bool:
        """Whether the cells before the one with the closing mark are there, if the mark quotes nothing."""
        *cells, _ = line.partition('"')[0].split(self._form.delimiter)
        if self._free or not cells:
            return bool(cells) and self._is_row(line)
        known = (cell in values for cell, values in zip(cells, self._form.categories, strict=False))
        return self._is_row(line) and any(known)

    def _is_row(self, line: str) -> bool:
        width = len(self._form.header)
        if line.count(self._form.delimiter) != width - 1 and '"' not in line:
            return False
        cells = line.rstrip("\r\n").split(self._form.delimiter)
        if len(cells) != width:
            cells = _cells(line.rstrip("\r\n"), self._form.delimiter)
        known = (cell in values for cell, values in zip(cells, self._form.categories, strict=False))
        return len(cells) == width and (self._free or any(known))

    def _is_whole(self, line: str) -> bool:
        """Whether a line alone is a row, with all its quotation marks closed."""
        reader = csv.reader(
            [line], delimiter=self._form.delimiter, strict=True, skipinitialspace=self._form.spaced
        )
        try:
            return len(next(reader, [])) == len(self._form.header)
        except csv.Error:
            return False

    def _first_only(self, number: int, lines: Lines, why: str) -> list[str]:
        """Return what the first line of a broken row says, and give back the lines that it had taken.

        In a TSV file it is read as it stands. Elsewhere it is a bad row.
        """
        first, *others = lines.of_row
        literal = first.rstrip("\r\n").split(self._form.delimiter)
        taken = self._free and len(literal) == len(self._form.header)
        if not taken:
            self._note(number, first, why)
        closed = "end of data" not in why
        if others and (taken or self._swallowed(lines.of_row, closed) or self._is_whole(others[-1])):
            lines.give_back(others)
        self.literal += taken
        return literal if taken else []

    def _note(self, number: int, first: str, why: str) -> None:
        detail, advice = f"quotation marks do not match ({why})", _UNQUOTED
        if "field limit" in why:
            detail = f"more than {MAX_CELL_CHARACTERS:,} characters in one cell, or an open quotation mark"
        elif "characters in one row" in why:
            detail = why.partition(": ")[2].partition(";")[0]
            advice = "shorten it, or close its quotation mark"
        elif '\\"' in first:
            detail = "a quotation mark after a backslash ends the quoted text"
        self._bad.note(number, None, "malformed row", detail, advice)


def _fitted(row: int, cells: list[str], form: Form, bad: BadRows) -> list[str] | None:
    """Return a row of the header's width, or None for a bad one; empty cells behind it are no cells."""
    width = len(form.header)
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        cells = cells[:width]
    if len(cells) != width:
        detail = f"{len(cells)} cells where the header has {width}"
        bad.note(
            row, None, "malformed row", detail, 'quote texts that hold the separator, with " around them'
        )
        return None
    named: dict[str, object] = dict(zip(form.header, cells, strict=True))
    return None if misencoded(row, named, bad) or too_long(row, named, bad) else cells
