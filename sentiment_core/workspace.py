"""Where results live, and how a file is written so that nobody ever reads half of one."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def home() -> Path:
    """Return the folder of all results: $REELCHECK_HOME, else artifacts/ beside the packages."""
    chosen = os.environ.get("REELCHECK_HOME")
    return Path(os.path.expanduser(chosen)) if chosen else Path(__file__).resolve().parents[1] / "artifacts"


def datasets_folder() -> Path:
    """Return the folder of prepared data sets, one folder a fingerprint."""
    return home() / "datasets"


def models_folder() -> Path:
    """Return the folder of trained models, one folder a model id."""
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


def write_text(path: Path, text: str) -> None:
    """Write a whole text file or, if anything fails, leave what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_json(path: Path, record: Any) -> None:
    """Write one JSON document, whole or not at all; NaN is refused, so that every reader can read it."""
    write_text(path, json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_parquet(path: Path, frame: pd.DataFrame) -> None:
    """Write a table without its index, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        frame.to_parquet(aside, index=False, compression="zstd")
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def read_json(path: Path) -> Any:
    """Read one JSON document."""
    return json.loads(path.read_text(encoding="utf-8"))


@contextmanager
def written_aside(target: Path) -> Iterator[Path]:
    """Yield a temporary sibling folder that becomes `target` when the block ends without an exception."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        yield aside
        aside.chmod(0o755)
        aside.rename(target)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
