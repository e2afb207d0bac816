"""Where results live, and how a file is written so that no reader sees half of one."""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sentiment_core
from sentiment_core.errors import DataError
from sentiment_core.storage import locks
from sentiment_core.storage.kept import read_json

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "cache_folder",
    "datasets_folder",
    "hidden_beside",
    "home",
    "models_folder",
    "read_json",
    "reserved",
    "runs_folder",
    "unless_read_only",
    "user_folder",
    "utc_now",
    "write_json",
    "write_parquet",
    "write_text",
    "written_aside",
]


#: The folder that holds our packages: a checkout, or where an installer put them.
_ROOT = Path(sentiment_core.__file__).resolve().parents[1]


def home() -> Path:
    """Return the folder of all results, the same from whatever folder a command is started.

    $REELCHECK_HOME; else `artifacts/` of the checkout that the code is run from; else, installed without
    one, the user's data folder: $XDG_DATA_HOME/reelcheck, by default ~/.local/share/reelcheck.
    """
    chosen = os.environ.get("REELCHECK_HOME")
    if chosen:
        return Path(os.path.expanduser(chosen))
    return _ROOT / "artifacts" if (_ROOT / "pyproject.toml").is_file() else user_folder()


def user_folder() -> Path:
    """Return the folder of what belongs to a person on this machine, whatever the workspace."""
    return _user_data() / "reelcheck"


def _user_data() -> Path:
    """Return where a user's programs keep data (XDG Base Directory Specification 0.8)."""
    named = Path(os.environ.get("XDG_DATA_HOME", ""))
    return named if named.is_absolute() else Path(os.path.expanduser("~/.local/share"))


def datasets_folder() -> Path:
    """Return the folder of prepared data sets, one folder per fingerprint."""
    return home() / "datasets"


def models_folder() -> Path:
    """Return the folder of trained models, one folder per model id."""
    return home() / "models"


def runs_folder(kind: str) -> Path:
    """Return the folder of one kind of run (evaluation, training, ...)."""
    return home() / "runs" / kind


def cache_folder(name: str) -> Path:
    """Return a folder for what can be made again; libraries are pointed here, not at the user's home."""
    return home() / "cache" / name


def utc_now(timespec: str = "seconds") -> str:
    """Return the time as ISO 8601 in UTC, to the second or, with "milliseconds", finer."""
    return datetime.now(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def check_out(out: Path, source: Path | None = None) -> None:
    """Raise DataError where --out can be no file, or is the file that is read."""
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise DataError(f"--out {str(out)!r} cannot be written: its folder must exist, and it must be a file")
    if source is not None and out.exists() and source.exists() and out.samefile(source):
        raise DataError(f"--out {str(out)!r} is the file that is read; give another name")


def write_text(path: Path, text: str) -> None:
    """Write a whole text file or, if anything fails, leave what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = hidden_beside(path)
    try:
        with temporary.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, record: Any) -> None:
    """Write one JSON document, whole or not at all; NaN is refused, so that every reader can read it."""
    write_text(path, json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_parquet(path: Path, frame: pd.DataFrame) -> None:
    """Write a table without its index, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = hidden_beside(path)
    try:
        with aside.open("xb") as file:  # by Python, not by Arrow, whose own opening no audit hook sees
            frame.to_parquet(file, index=False, compression="zstd")
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def unless_read_only() -> Iterator[None]:
    """Let a read-only workspace keep nothing, where what is kept can be made again."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise


def hidden_beside(path: Path) -> Path:
    """Return a fresh hidden name in the folder of `path`, for what is to be moved there when it is whole.

    Nothing is created: a file made under that name gets the mode that the umask says, so that a
    workspace that is shared can be read by those whom it is shared with (`tempfile` would keep them out).
    """
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")


@contextmanager
def written_aside(target: Path) -> Iterator[Path]:
    """Yield a temporary sibling folder that becomes `target` when the block ends without an exception."""
    with _made_aside(hidden_beside(target)) as aside:
        yield aside
        aside.rename(target)


@contextmanager
def reserved(candidates: Iterable[Path]) -> Iterator[tuple[Path, Path]]:
    """Yield the first path that is free, and a folder that becomes it at the block's end.

    The folder's hidden name is made of the path's, and two processes cannot both make it.
    """
    for target in candidates:
        try:
            with _made_aside(target.with_name(f".{target.name}.{_RESERVED}")) as aside:
                if not target.exists():
                    yield target, aside
                    aside.rename(target)
                    return
        except _Taken:
            continue


_RESERVED = "reserved"
#: What `hidden_beside` and `reserved` call folders; what is hidden under another name is not ours to clear.
_ASIDE = re.compile(r"\..+\.[a-z0-9_]{8}")


class _Taken(Exception):
    """Another process is making a folder of this name."""


@contextmanager
def _made_aside(aside: Path) -> Iterator[Path]:
    """Make a folder and lock it while the block lasts; what is left in its place at the end is removed."""
    aside.parent.mkdir(parents=True, exist_ok=True)
    # A folder that is made and not locked yet must not be seen: it would look abandoned.
    with locks.locked(aside.parent):
        _clear_abandoned(aside.parent)
        try:
            aside.mkdir()
        except FileExistsError:
            raise _Taken from None
        lock = locks.try_lock_folder(aside)
    assert lock is not None  # it is new, and who looks for abandoned folders waits
    locks.keep_from_children(lock)
    made = aside.stat().st_ino
    try:
        yield aside
    finally:
        if aside.exists() and aside.stat().st_ino == made:
            shutil.rmtree(aside, ignore_errors=True)
        locks.release(lock)


def _clear_abandoned(parent: Path) -> None:
    """Remove the hidden folders of processes that were killed: their lock is free."""
    for folder in parent.iterdir():
        with suppress(OSError):  # not ours to ask or remove
            if _ASIDE.fullmatch(folder.name) and folder.is_dir() and not locks.is_locked(folder):
                shutil.rmtree(folder, ignore_errors=True)
