"""Files of rows: CSV, TSV, JSONL, Parquet and plain text, from a path or from an upload's bytes.

A table's index holds each row's number in its file, as an editor or a spreadsheet counts: the header of
a CSV file is row 1. Messages name rows by it.
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
from sentiment_core.errors import DataError

MAX_FILE_BYTES = 200 * 1024**2
#: What a page takes; a larger file belongs on the command line.
MAX_UPLOAD_BYTES = 50 * 1024**2
#: Parquet is compressed: how many times the file limit its columns may fill once they are unpacked.
_UNPACKED = 5

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")

Quoting = Literal[0, 3]  # csv.QUOTE_MINIMAL, csv.QUOTE_NONE

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_UNDECODED = re.compile(r"[\udc80-\udcff]")


def read_table(
    source: Path | bytes,
    filename: str | None = None,
    *,
    bad: BadRows | None = None,
    max_bytes: int = MAX_FILE_BYTES,
) -> pd.DataFrame:
    """Return all columns of a file as object values; the index holds row numbers.

    `filename` decides the format and is required with bytes. `bad` collects unusable rows; without it the
    first one raises DataError, as do an empty, too large, unreadable or wrongly named file.
    """
    name = filename or (source.name if isinstance(source, Path) else "")
    content = read_bytes(source, name, max_bytes) if isinstance(source, Path) else source
    _check_size(len(content), name, max_bytes)
    bad = bad or BadRows(name, skip=False)
    suffix = Path(name).suffix.lower()
    if suffix == ".parquet":
        table = _parquet(content, bad, max_bytes)
    elif suffix in (".csv", ".tsv"):
        table = _separated(_decoded(content, bad), bad, "\t" if suffix == ".tsv" else ",")
    elif suffix in (".jsonl", ".ndjson"):
        table = _json_lines(_decoded(content, bad), bad)
    elif suffix == ".txt":
        table = _plain_lines(_decoded(content, bad), bad)
    else:
        raise DataError(f"format of file {name!r} is not known; known: {', '.join(TABLE_SUFFIXES)}")
    if table.empty and not bad.found:
        raise DataError(f"{name} holds no rows; give a file with a header and at least one row")
    return table


def read_bytes(path: Path, name: str, max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """Return a file's content; its size is looked at first."""
    try:
        _check_size(path.stat().st_size, name, max_bytes)
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{name} cannot be read: {error.strerror}; check the path and its permissions"
        ) from None


def _check_size(size: int, name: str, max_bytes: int) -> None:
    if size == 0:
        raise DataError(f"{name} is empty; give a file with a header and at least one row")
    if size > max_bytes:
        raise DataError(
            f"{name} has {size / 1024**2:,.1f} MB, over the limit of {max_bytes // 1024**2} MB; "
            "split the file"
        )


def _decoded(content: bytes, bad: BadRows) -> str:
    """Return the text; bytes that are not UTF-8 stay in it as lone surrogates, for `_misencoded` to find."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError(f"{bad.filename} is written in UTF-16; save it as UTF-8")
    return content.decode("utf-8-sig", errors="surrogateescape")


def _misencoded(row: int, cells: dict[str, object], bad: BadRows) -> bool:
    for column, cell in cells.items():
        found = _UNDECODED.search(cell) if isinstance(cell, str) else None
        if found:
            byte = ord(found.group()) - 0xDC00
            detail = f"byte 0x{byte:02x} is not UTF-8"
            bad.note(row, column, "wrong encoding", detail, "save the file as UTF-8")
            return True
    return False


def _separated(text: str, bad: BadRows, delimiter: str) -> pd.DataFrame:
    delimiter = _delimiter(text, delimiter)
    quoting: Quoting = csv.QUOTE_MINIMAL
    if delimiter == "\t" and not _well_quoted(text, delimiter):
        quoting = csv.QUOTE_NONE  # many TSV files hold quotation marks that quote nothing
    records = _records(text, bad, delimiter, quoting)
    header = _header(next(records, (1, []))[1], bad.filename)
    rows: dict[int, list[str]] = {}
    for number, cells in records:
        if cells and _fits(number, cells, header, bad):
            rows[number] = cells
    return pd.DataFrame(list(rows.values()), columns=header, index=list(rows), dtype=object)


def _delimiter(text: str, usual: str) -> str:
    first = text.split("\n", 1)[0]
    others = [mark for mark in ("\t", ";", ",") if mark in first]
    return usual if usual in first or not others else others[0]


def _well_quoted(text: str, delimiter: str) -> bool:
    probe = BadRows("", skip=True)
    widths = {len(cells) for _, cells in _records(text, probe, delimiter, csv.QUOTE_MINIMAL) if cells}
    return not probe.found and len(widths) <= 1


def _records(text: str, bad: BadRows, delimiter: str, quoting: Quoting) -> Iterator[tuple[int, list[str]]]:
    """Yield (row number, cells); a row whose quotation marks do not match is noted as bad."""
    # The csv module allows 128 KiB a cell, for the whole process; here the size of the file is the bound.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_FILE_BYTES))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, strict=True)
    number = 0
    while True:
        number += 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            detail = f"quotation marks do not match ({error})"
            bad.note(number, None, "malformed row", detail, "double the quotation marks inside a quoted text")


def _header(cells: list[str], filename: str) -> list[str]:
    names = [cell.strip() or f"column {place}" for place, cell in enumerate(cells, start=1)]
    if any(_UNDECODED.search(name) for name in names):
        raise DataError(f"{filename}, row 1: the header is not UTF-8; save the file as UTF-8")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"{filename}, row 1: column {shown(twice)} stands twice; rename one of them")
    return names


def _fits(row: int, cells: list[str], header: list[str], bad: BadRows) -> bool:
    if len(cells) != len(header):
        detail = f"{len(cells)} cells where the header has {len(header)}"
        bad.note(row, None, "malformed row", detail, "quote texts that hold the separator")
        return False
    return not _misencoded(row, dict(zip(header, cells, strict=True)), bad)


def _json_lines(text: str, bad: BadRows) -> pd.DataFrame:
    rows: dict[int, dict[str, Any]] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        if _misencoded(number, {"": line}, bad):
            continue
        record = _json_object(line)
        if record is None:
            advice = "write one object {...} a line"
            bad.note(number, None, "malformed row", "not a JSON object", advice)
        else:
            rows[number] = record
    return pd.DataFrame(list(rows.values()), index=list(rows), dtype=object)


def _json_object(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return {_whole(k): _whole(v) for k, v in record.items()} if isinstance(record, dict) else None


def _whole(value: Any) -> Any:
    """Replace halves of characters, which JSON's escapes can name and nothing can store."""
    return _SURROGATE.sub("\ufffd", value) if isinstance(value, str) else value


def _plain_lines(text: str, bad: BadRows) -> pd.DataFrame:
    lines = {number: line for number, line in enumerate(text.splitlines(), start=1) if line.strip()}
    kept = {number: line for number, line in lines.items() if not _misencoded(number, {"": line}, bad)}
    return pd.DataFrame({"text": list(kept.values())}, index=list(kept), dtype=object)


def _parquet(content: bytes, bad: BadRows, max_bytes: int) -> pd.DataFrame:
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(io.BytesIO(content))
        unpacked = sum(file.metadata.row_group(i).total_byte_size for i in range(file.num_row_groups))
        _check_size(max(1, unpacked // _UNPACKED), bad.filename, max_bytes)
        frame = file.read().to_pandas(ignore_metadata=True)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{bad.filename} is not a Parquet file that can be read ({reason})") from None
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    own = [column for column in frame.columns if not str(column).startswith("__index_level_")]
    return frame[own].rename(columns=str).astype(object)
