"""Files of rows: CSV, TSV, JSONL, Parquet and plain text, from a path or from an upload's bytes.

A table's index holds each row's number in its file, as an editor or a spreadsheet counts: the header of
a CSV file is row 1. Messages name rows by it.

A file says how large it is only once it is read, so every format is read in pieces and reading ends at the
first limit that is passed: what is held in memory is what is kept, and never more than the limits allow.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from sentiment_core.data.answers import with_room
from sentiment_core.data.cleaning import clean_text
from sentiment_core.data.columns import storable
from sentiment_core.data.files.bad_rows import BadRows, shown
from sentiment_core.data.files.formats import TABLE_SUFFIXES, content_of
from sentiment_core.data.files.json_lists import json_items
from sentiment_core.data.files.rows import (
    BYTES_A_CELL,
    MAX_CELL_CHARACTERS,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_FILE_BYTES,
    MAX_ROWS,
    MAX_UPLOAD_BYTES,
    Kept,
    Text,
    TooManyRows,
    misencoded,
    too_long,
)
from sentiment_core.data.files.separated import read_separated
from sentiment_core.data.roles import text_column_of
from sentiment_core.errors import DataError

__all__ = [
    "MAX_CELL_CHARACTERS",
    "MAX_FILE_BYTES",
    "MAX_ROWS",
    "MAX_UPLOAD_BYTES",
    "TABLE_SUFFIXES",
    "Table",
    "TooManyRows",
    "read_bytes",
    "read_noted",
    "read_table",
    "texts_from_upload",
]

_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True)
class Table:
    """The rows of a file, as `read_table` returns them, and what a person should know of them.

    `notes` are one line each. `label_names` are the file's own names of the values 0, 1, ... by column.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    label_names: Mapping[str, Sequence[str]] = field(default_factory=dict)


def read_table(
    source: Path | bytes,
    filename: str | None = None,
    *,
    bad: BadRows | None = None,
    max_bytes: int = MAX_FILE_BYTES,
    max_rows: int = MAX_ROWS,
    unpack: bool = True,
) -> pd.DataFrame:
    """Return all columns of a file as object values; the index holds row numbers.

    `filename` helps to find the format and is required with bytes. `bad` collects unusable rows; without it
    the first one raises DataError, as do an empty, too large or unreadable file, and TooManyRows
    as soon as `max_rows` are passed, without reading the rest. `unpack` allows gzip and zip of one file.
    """
    return read_noted(source, filename, bad=bad, max_bytes=max_bytes, max_rows=max_rows, unpack=unpack).frame


def read_noted(
    source: Path | bytes,
    filename: str | None = None,
    *,
    bad: BadRows | None = None,
    max_bytes: int = MAX_FILE_BYTES,
    max_rows: int = MAX_ROWS,
    unpack: bool = True,
) -> Table:
    """Return what `read_table` returns, with what a person should know of it."""
    name = filename or (source.name if isinstance(source, Path) else "")
    data = read_bytes(source, name, max_bytes) if isinstance(source, Path) else source
    _check_size(len(data), name, max_bytes)
    content = content_of(data, name, max_bytes, unpack=unpack)
    bad = bad or BadRows(name, skip=False)
    kept = Kept(name, max_rows, max(MAX_CELLS, len(content.data) // BYTES_A_CELL))
    if content.kind == "parquet":
        table, label_names = _parquet(content.data, kept, max_bytes)
    else:
        table, label_names = _from_text(Text(content.data, name), content.kind, bad, kept), {}
    if table.empty and not bad.found:
        raise DataError(f"{name} holds no rows; give a file with a header and at least one row")
    return Table(table, (*content.notes, *kept.notes), label_names)


def _from_text(text: Text, kind: str, bad: BadRows, kept: Kept) -> pd.DataFrame:
    if kind in ("csv", "tsv"):
        read_separated(text, bad, kept, "\t" if kind == "tsv" else ",")
    elif kind == "txt":
        _plain_lines(text, bad, kept)
    elif kind == "json":
        _json_list(text, bad, kept)
    else:
        _json_lines(text, bad, kept)
    return kept.frame()


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


def _json_lines(text: Text, bad: BadRows, kept: Kept) -> None:
    lines = text.lines("\n")
    for number, line in enumerate(lines, start=1):
        lines.begin(number + 1)
        kept.look_at(number)
        if not line.strip() or misencoded(number, {"": line}, bad):
            continue
        record = _json_object(line)
        if record is None:
            advice = "write one object {...} per line"
            bad.note(number, None, "malformed row", "not a JSON object", advice)
        elif not too_long(number, record, bad):
            kept.add_record(number, record)


def _json_list(text: Text, bad: BadRows, kept: Kept) -> None:
    """Keep the objects of one list, read piece by piece; `[]` counts its objects from 1."""
    for number, (written, value) in enumerate(json_items(text.stream("\n"), bad.filename), start=1):
        kept.look_at(number)
        if misencoded(number, {"": written}, bad):
            continue
        if not isinstance(value, dict):
            bad.note(number, None, "malformed row", "not a JSON object", "write a list of objects {...}")
            continue
        record = {_whole(name): _whole(cell) for name, cell in value.items()}
        if not too_long(number, record, bad):
            kept.add_record(number, record)


def _json_object(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return {_whole(k): _whole(v) for k, v in record.items()} if isinstance(record, dict) else None


def _whole(value: Any) -> Any:
    """Replace halves of characters, which JSON's escapes can name and nothing can store."""
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value


def _plain_lines(text: Text, bad: BadRows, kept: Kept) -> None:
    """Keep a text per line; a line ends as in any editor, not at every mark that Unicode knows."""
    kept.add_columns(["text"])
    lines = text.lines("")
    for number, line in enumerate(lines, start=1):
        lines.begin(number + 1)
        kept.look_at(number)
        line = line.rstrip("\r\n")
        named: dict[str, object] = {"": line}
        if line.strip() and not misencoded(number, named, bad) and not too_long(number, named, bad):
            kept.add(number, [line])


def _parquet(content: bytes, kept: Kept, max_bytes: int) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]]]:
    from sentiment_core.data.files import unpacking

    frame, label_names = unpacking.unpacked(content, kept.filename, max_bytes, MAX_COLUMNS, kept.check_rows)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    own = [place for place, name in enumerate(frame.columns) if not str(name).startswith("__index_level_")]
    frame = frame.iloc[:, own].rename(columns=str)
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise DataError(f"{kept.filename}: column {shown(twice[0])} is repeated; rename one of them")
    return frame.astype(object), label_names


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

    Every row stays, so that answers can be put beside the file: a missing text is "", and what is no text (a
    number, a list, bytes) is None. Where another column is chosen, the file's own `text` becomes
    `text_in_file`. A `.txt` file is one text a line. Raises DataError with one line for a person when the
    file cannot be read, TooManyRows when it holds more than `max_rows`.
    """
    name = Path(filename).name
    bad = BadRows(name, skip=False, offer_skip=False)
    table = read_table(content, name, bad=bad, max_bytes=max_bytes, max_rows=max_rows)
    chosen = text_column_of(table, text_column, name)
    cell = _given if as_given else _cleaned
    texts = pd.Series([cell(value) for value in table[chosen]], index=table.index, dtype=object)
    given = with_room(table.drop(columns=chosen), ("text",))
    further = {column: storable(given[column]) for column in given.columns}
    return pd.DataFrame({"text": texts, **further}, index=table.index).reset_index(drop=True)


def _cleaned(value: object) -> str | None:
    given = _given(value)
    return None if given is None else clean_text(given)


def _given(value: object) -> str | None:
    if isinstance(value, str):
        return value
    return "" if pd.api.types.is_scalar(value) and pd.isna(value) else None
