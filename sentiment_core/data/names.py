"""Names that people give to stored data sets, kept beside them: what a run recorded is never rewritten."""

from __future__ import annotations

import re
from pathlib import Path

from sentiment_core.data.files.bad_rows import shown
from sentiment_core.errors import DamagedFile, DataError
from sentiment_core.storage import kept, locks
from sentiment_core.storage.unchanged import Remembered
from sentiment_core.storage.workspace import datasets_folder, write_json

MOST_CHARACTERS = 100
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
#: What would break a line, a path or a terminal.
_NOT_ALLOWED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff/\\\\]")
_remembered = Remembered(most_bytes=2**20)


def given() -> dict[str, str]:
    """Return the names that people gave, by fingerprint; nothing where the file is missing or damaged."""
    path = _file()
    try:
        found = _remembered.of(str(path), (str(path),), lambda: dict(kept.read_json(path, dict)))
    except (FileNotFoundError, DamagedFile):
        return {}
    return {fingerprint: name for fingerprint, name in found.items() if isinstance(name, str)}


def name_of(fingerprint: str, recorded: str) -> str:
    """Return the name a person gave to a data set, else the one that was recorded when it was read."""
    return given().get(fingerprint, recorded)


def fingerprint_of_name(name: str) -> str | None:
    """Return the data set to which a person gave this name."""
    return next((fingerprint for fingerprint, own in given().items() if own == name), None)


def check(name: str) -> str:
    """Return a name without white space at its ends; DataError where it cannot be one."""
    name = name.strip()
    if not name or len(name) > MOST_CHARACTERS or _NOT_ALLOWED.search(name) or _FINGERPRINT.fullmatch(name):
        raise DataError(
            f"name {shown(name)} cannot be used; allowed: 1 to {MOST_CHARACTERS} characters without line "
            "breaks and slashes, and not the form of a fingerprint"
        )
    return name


def give(fingerprint: str, name: str | None) -> None:
    """Keep a name for a data set, or with None forget the one that it has."""
    datasets_folder().mkdir(parents=True, exist_ok=True)
    # read, change, write: two at once would lose one
    with locks.locked(datasets_folder() / ".names.lock"):
        left = {known: own for known, own in given().items() if known != fingerprint}
        write_json(_file(), left if name is None else left | {fingerprint: name})


def _file() -> Path:
    return datasets_folder() / "names.json"
