"""The original aclImdb folder: one review per file, train|test / pos|neg / ID_RATING.txt."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from sentiment_core.data.files.bad_rows import BadRows
from sentiment_core.data.files.tables import MAX_FILE_BYTES, MAX_ROWS
from sentiment_core.errors import DataError
from sentiment_core.schema import NEGATIVE, POSITIVE, Dropped

_PLACES = tuple(
    (split, polarity, label)
    for split in ("train", "test")
    for polarity, label in (("neg", NEGATIVE), ("pos", POSITIVE))
)
_NAME = re.compile(r"(\d+)_(\d+)\.txt")


class ReviewFile(NamedTuple):
    """One review's file and what its place and name say about it."""

    path: Path
    split: str
    polarity: str
    label: int
    number: int
    rating: int


def review_files(folder: Path) -> list[ReviewFile]:
    """Return the labeled reviews in order; `unsup` and files with other names are ignored.

    Raises DataError when there are none, or when they are too large together.
    """
    found = [
        file for place in _PLACES for file in sorted(_in(folder, *place), key=lambda f: (f.number, f.rating))
    ]
    if not found:
        raise DataError(
            f"folder {folder.name!r} is not an aclImdb folder; it needs train/pos, train/neg, test/pos or "
            "test/neg with files named like 0_9.txt"
        )
    if len(found) > MAX_ROWS:
        raise DataError(
            f"folder {folder.name!r} holds {len(found):,} reviews, over the limit of {MAX_ROWS:,}; "
            "leave some out"
        )
    size = sum(file.path.stat().st_size for file in found)
    if size > MAX_FILE_BYTES:
        raise DataError(
            f"folder {folder.name!r} holds {size / 1024**2:,.1f} MB of reviews, over the limit of "
            f"{MAX_FILE_BYTES // 1024**2} MB; leave some out"
        )
    return found


def _in(folder: Path, split: str, polarity: str, label: int) -> Iterator[ReviewFile]:
    place = folder / split / polarity
    for path in place.iterdir() if place.is_dir() else ():
        named = _NAME.fullmatch(path.name)
        if named:
            yield ReviewFile(path, split, polarity, label, int(named.group(1)), int(named.group(2)))


def folder_identity(files: list[ReviewFile], folder: Path) -> str:
    """Return a hash of every file's place, size and time of change."""
    digest = hashlib.sha256()
    for file in files:
        facts = file.path.stat()
        digest.update(f"{file.path.relative_to(folder)} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def folder_rows(files: list[ReviewFile], bad: BadRows) -> tuple[pd.DataFrame, tuple[Dropped, ...]]:
    """Return raw rows with the star rating (1 to 10) as a further column."""
    rows = [(file, _read(place, file, bad)) for place, file in enumerate(files, start=1)]
    records = [
        {
            "example_id": f"{file.split}-{file.polarity}-{file.path.stem}",
            "text": text,
            "label": file.label,
            "split": file.split,
            "source": "imdb",
            "rating": file.rating,
        }
        for file, text in rows
        if text is not None
    ]
    return pd.DataFrame(records), bad.report()


def _read(place: int, file: ReviewFile, bad: BadRows) -> str | None:
    try:
        return file.path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        name = f"{file.split}/{file.polarity}/{file.path.name}"
        detail = f"{name}: byte 0x{error.object[error.start]:02x} is not UTF-8"
        bad.note(place, None, "wrong encoding", detail, "save the file as UTF-8")
        return None
