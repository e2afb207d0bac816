"""A run's journal: one record per line, written as the work goes on, so that a kill loses one at most."""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment_core.errors import DamagedFile
from sentiment_core.storage import kept, runs
from sentiment_core.storage.kept import Shape

FILE = "journal.jsonl"
_CHECKSUM = re.compile(rb'(\{.*?)(?:, )?"crc": "([0-9a-f]{8})"\}', re.DOTALL)


@dataclass(frozen=True)
class Journal:
    """A journal's records in order, and how many of its lines cannot be read."""

    records: list[dict[str, Any]]
    unreadable: int


def append(folder: Path, record: Mapping[str, Any]) -> None:
    """Add one record to the journal and wait until it is on the disk.

    A partial last line of a killed writer is cut off first: it would spoil the next one.
    """
    line = _with_checksum(json.dumps(runs.json_ready(record), ensure_ascii=False).encode()) + b"\n"
    with open(folder / FILE, "a+b") as file:
        _cut_torn_line(file.fileno())
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def records(folder: Path, shape: Shape = dict) -> list[dict[str, Any]]:
    """Return the journal's records in order; see `read`."""
    return read(folder, shape).records


def read(folder: Path, shape: Shape = dict) -> Journal:
    """Return the records of a journal that are of a shape, and how many lines hold none.

    A torn last line (the writer was killed) does not count. What a line that cannot be read held is as if it
    had not been done yet, so that a resumed run does it again.
    """
    try:
        lines = (folder / FILE).read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return Journal([], 0)
    except OSError as error:
        raise DamagedFile(f"{folder.name}/{FILE}", f"it cannot be read: {error.strerror}") from error
    found = [_record(line, shape) for line in lines]
    sound = [record for record in found if record is not None]
    return Journal(sound, len(found) - len(sound))


def unreadable_in_words(lines: int, one: str, several: str) -> str:
    """Return that lines of a journal cannot be read, and what happens to their content; nothing for none.

    Args:
        lines: how many.
        one: what happens to one line's content: "review is attacked".
        several: the same for several: "reviews are attacked".
    """
    if lines == 1:
        return f"1 line of the journal is unreadable; its {one} again on resume"
    return f"{lines:,} lines of the journal are unreadable; their {several} again on resume" if lines else ""


def _with_checksum(line: bytes) -> bytes:
    """Return a JSON object with its own CRC-32 as the last entry: one changed byte is seen."""
    separator = b", " if len(line) > 2 else b""
    return line[:-1] + separator + f'"crc": "{zlib.crc32(line):08x}"'.encode() + b"}"


def _record(line: bytes, shape: Shape) -> dict[str, Any] | None:
    """Return the record in a line, or None where it is damaged; lines of older runs have no checksum."""
    checked = _CHECKSUM.fullmatch(line)
    content = checked[1] + b"}" if checked else line
    if checked and f"{zlib.crc32(content):08x}".encode() != checked[2]:
        return None
    try:
        record: dict[str, Any] = kept.parse_json(content, FILE, shape)
    except DamagedFile:
        return None
    return record


def _cut_torn_line(descriptor: int) -> None:
    """Cut the file behind its last newline."""
    end = os.fstat(descriptor).st_size
    keep = end
    while keep > 0 and os.pread(descriptor, 1, keep - 1) != b"\n":
        keep -= 1
    if keep < end:
        os.ftruncate(descriptor, keep)
