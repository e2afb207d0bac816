"""What a file is by its content, whatever its name says; gzip and zip of one file are unpacked."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePath

from sentiment_core.data.files.bad_rows import shown
from sentiment_core.data.files.rows import Text
from sentiment_core.errors import DataError

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")
_JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
_PACKED_SUFFIXES = (".gz", ".gzip", ".zip")

_AS_CSV = "save the sheet as CSV (UTF-8)"
#: First bytes -> what the file is, and what to do.
_OTHERS = (
    (b"ARROW1", "an Arrow (Feather) file", "write it as Parquet or CSV"),
    (b"FEA1", "a Feather file", "write it as Parquet or CSV"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file", _AS_CSV),
    (b"%PDF", "a PDF", "give a table of reviews"),
    (b"BZh", "compressed with bzip2", "unpack it first, or use gzip"),
    (b"\xfd7zXZ\x00", "compressed with xz", "unpack it first, or use gzip"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "unpack it first, or use gzip"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first"),
    (b"Rar!", "a RAR archive", "unpack it first"),
    (b"\x80\x02", "a Python pickle, which is never opened", "write it as CSV, JSONL or Parquet"),
    (b"\x80\x03", "a Python pickle, which is never opened", "write it as CSV, JSONL or Parquet"),
    (b"\x80\x04", "a Python pickle, which is never opened", "write it as CSV, JSONL or Parquet"),
    (b"\x80\x05", "a Python pickle, which is never opened", "write it as CSV, JSONL or Parquet"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself", "fetch it with `git lfs pull`"),
)
_PAGES = (b"<!doctype html", b"<html", b"<head", b"<?xml")
#: Bytes that are looked at where a format shows in many of them.
_LOOKED_AT = 4096


@dataclass(frozen=True)
class Content:
    """What a file holds: its bytes (unpacked), the kind of table they are, and notes for a person.

    `kind` is csv, tsv, jsonl, json (one list), txt or parquet.
    """

    data: bytes
    kind: str
    notes: tuple[str, ...] = ()


def content_of(data: bytes, name: str, max_bytes: int, *, unpack: bool = True) -> Content:
    """Return what a file is; DataError says what it is instead, and what to do."""
    packed = _packed(data)
    if packed and unpack:
        inner, inner_name = (
            _unzipped(data, name, max_bytes) if packed == "zip" else _gunzipped(data, name, max_bytes)
        )
        if _packed(inner):
            raise DataError(f"{name} is packed more than once; unpack it first")
        if not inner:
            raise DataError(f"{name} is empty; give a file with a header and at least one row")
        return Content(inner, _kind(inner, inner_name, name), (f"unpacked from {packed}",))
    return Content(data, _kind(data, name, name))


def _packed(data: bytes) -> str:
    return "gzip" if data.startswith(b"\x1f\x8b") else "zip" if data.startswith(b"PK\x03\x04") else ""


def _gunzipped(data: bytes, name: str, max_bytes: int) -> tuple[bytes, str]:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            inner = file.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _torn(name, "gzip", error) from None
    _check_unpacked(inner, name, max_bytes)
    return inner, PurePath(name).stem if PurePath(name).suffix.lower() in _PACKED_SUFFIXES else name


def _unzipped(data: bytes, name: str, max_bytes: int) -> tuple[bytes, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            only = _only_file(archive, name)
            with archive.open(only) as file:
                inner = file.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise _torn(name, "zip", error) from None  # RuntimeError: it is encrypted
    _check_unpacked(inner, name, max_bytes)
    inner_name = PurePath(only.filename).name
    return inner, inner_name if PurePath(inner_name).suffix else name.removesuffix(".zip")


def _only_file(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    infos = archive.infolist()
    names = {info.filename for info in infos}
    if "[Content_Types].xml" in names:
        workbook = any(inside.startswith("xl/") for inside in names)
        what = "an Excel workbook" if workbook else "an Office document"
        raise DataError(f"{name} is {what}; {_AS_CSV}")
    files = [info for info in infos if not info.is_dir() and not _is_of_the_system(info.filename)]
    if len(files) != 1:
        raise DataError(f"{name} is a zip archive of {len(files):,} files; unpack it and give one of them")
    return files[0]


def _is_of_the_system(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePath(name).name in (".DS_Store", "Thumbs.db")


def _torn(name: str, what: str, error: Exception) -> DataError:
    return DataError(
        f"{name} is not a whole {what} file ({type(error).__name__}); get it again, or unpack it first"
    )


def _check_unpacked(inner: bytes, name: str, max_bytes: int) -> None:
    if len(inner) > max_bytes:
        raise DataError(
            f"{name} unpacks to more than {max_bytes // 1024**2} MB, over the limit; split the file"
        )


def _kind(data: bytes, name: str, shown_name: str) -> str:
    if data.startswith(b"PAR1"):
        return "parquet"
    suffix = PurePath(name).suffix.lower()
    _check_readable(data, shown_name)
    if suffix == ".parquet":
        raise DataError(
            f"{shown_name} is not a readable Parquet file (it does not start as one); if it is a text, "
            "give it the ending of its format, such as .csv"
        )
    kinds = {suffix_: suffix_[1:] for suffix_ in (".csv", ".tsv", ".txt")} | dict.fromkeys(
        _JSON_SUFFIXES, "jsonl"
    )
    if suffix not in kinds:
        raise DataError(
            f"format of file {shown(shown_name)} is not known; known: {', '.join(TABLE_SUFFIXES)}, "
            "also as .gz or .zip of one file"
        )
    return _kind_of_text(data, kinds[suffix], shown_name)


def _check_readable(data: bytes, name: str) -> None:
    """Raise DataError for what is no text of rows in UTF-8, as its first bytes show."""
    for start, what, advice in _OTHERS:
        if data.startswith(start):
            raise DataError(f"{name} is {what}; {advice}")
    encoding = _wide_encoding(data)
    if encoding:
        raise DataError(f"{name} is written in {encoding}; save it as UTF-8")
    head = data[:_LOOKED_AT].lstrip().lower()
    if head.startswith(_PAGES):
        raise DataError(
            f"{name} is a web page (HTML or XML), perhaps one that asks to sign in; download the file itself"
        )


def _wide_encoding(data: bytes) -> str:
    """Return UTF-16 or UTF-32 where the first bytes say so, or zeros in every second or fourth place do."""
    if data[:4] in (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff"):
        return "UTF-32"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "UTF-16"
    head = data[: min(_LOOKED_AT, len(data) // 4 * 4)]
    zeros = [head[place::4].count(0) * 4 / len(head) for place in range(4)] if head else [0.0] * 4
    often = [share > 0.6 for share in zeros]
    if often in ([False, True, True, True], [True, True, True, False]):
        return "UTF-32"
    return "UTF-16" if often in ([False, True, False, True], [True, False, True, False]) else ""


def _kind_of_text(data: bytes, kind: str, name: str) -> str:
    """Return the kind of a text; JSON is known by its first line even in a file that is called .csv."""
    first = next((line.strip() for line in Text(data, name).head(50) if line.strip()), "")
    if kind in ("csv", "tsv"):
        return "jsonl" if first.startswith("{") and _is_object(first) else kind
    if kind != "jsonl":
        return kind
    if first.startswith("["):
        return "json"
    if PurePath(name).suffix.lower() == ".json" and first.startswith("{") and not _has_more(data, name):
        raise DataError(f"{name} is one JSON object; write a list of objects, or one object per line")
    return kind


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _has_more(data: bytes, name: str) -> bool:
    """Whether the first line is an object of its own with another line behind it, or simply a row."""
    lines = [line for line in Text(data, name).head(50, 4_000_000) if line.strip()]
    found = _is_object(lines[0])
    return found and (
        len(lines) > 1 or not any(isinstance(v, dict | list) for v in json.loads(lines[0]).values())
    )
