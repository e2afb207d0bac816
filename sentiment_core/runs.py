"""Run folders: create, journal, finish, list, open.

`runs/<kind>/<run_id>/` holds `spec.json` from the start and `manifest.json` from the end; a folder without
a manifest is not finished. A finished run never changes, so a page may cache it by its id.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sentiment_core import locks, workspace
from sentiment_core.errors import RunError
from sentiment_core.schema import Estimate
from sentiment_core.unchanged import Remembered

JOURNAL = "journal.jsonl"
LOCK = "lock"

_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")
#: Specs and manifests as they were read last; a thousand batches of a hundred reviews are some 15 MB of them.
_remembered = Remembered(most_bytes=64 * 2**20)


@dataclass(frozen=True, eq=False)
class Run:
    """One run folder as it stands on the disk; `manifest` is None until the run is finished.

    It is shared by all who ask for it, and the same object until a file changes: do not write into it.
    """

    kind: str
    run_id: str
    folder: Path
    spec: dict[str, Any]
    manifest: dict[str, Any] | None

    @property
    def finished(self) -> bool:
        """Whether the run came to its end."""
        return self.manifest is not None

    @property
    def created(self) -> str:
        """Return when the run began, ISO 8601 in UTC, as its id says; empty for an id of another form."""
        try:
            began = datetime.strptime(self.run_id.split("-")[0], "%Y%m%dt%H%M%S%f")
        except ValueError:
            return ""
        return began.strftime("%Y-%m-%dT%H:%M:%SZ")


def spec_hash(spec: Mapping[str, Any]) -> str:
    """Return 8 hex digits that name a spec's content, whatever the order of its keys."""
    canonical = json.dumps(json_ready(spec), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:8]


def new_run_id(what: str, model: str, spec: Mapping[str, Any]) -> str:
    """Return UTC time to the millisecond, what is done, to which model, and the spec's hash.

    Ids sort by time. Characters that a file name should not hold become dashes.
    """
    now = datetime.now(UTC)
    time = f"{now:%Y%m%dt%H%M%S}{now.microsecond // 1000:03d}"
    names = [re.sub(r"[^0-9A-Za-z._]+", "-", name).strip("-.") for name in (what, model)]
    return "-".join([time, *(name for name in names if name), spec_hash(spec)])


def create(kind: str, run_id: str, spec: Mapping[str, Any]) -> Path:
    """Make the folder of a new run and write its spec; RunError if that run is already there."""
    folder = workspace.runs_folder(kind) / run_id
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError:
        raise RunError(f"run {run_id!r} exists already; a run is never written twice: start again") from None
    workspace.write_json(folder / "spec.json", json_ready(spec))
    return folder


def finish(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest, which makes the run a finished one; its files must all be there by now."""
    known = {"run_id": folder.name, "kind": folder.parent.name, "finished": workspace.utc_now()}
    workspace.write_json(folder / "manifest.json", known | json_ready(manifest))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only process at work on a run, and let `is_running` say so; RunError where another one is."""
    lock = locks.try_lock(folder / LOCK)
    if lock is None:
        raise RunError(f"run {folder.name!r} is running already; wait for it, or cancel its job")
    locks.keep_from_children(lock)
    try:
        yield
    finally:
        locks.release(lock)


def is_running(folder: Path) -> bool:
    """Whether a process is at work on a run that began with `alone`."""
    return locks.is_locked(folder / LOCK)


def list_runs(kind: str | None = None) -> list[Run]:
    """Return the runs of one kind, or of all, newest first; damaged folders are left out."""
    runs = [run for path in _paths(kind) if (run := _known(path)) is not None]
    return sorted(runs, key=lambda run: run.run_id, reverse=True)


def open_run(run_id: str) -> Run:
    """Return the run of that id, whatever its kind; RunError if there is none or its files are damaged."""
    folder = _folder_named(run_id)
    if folder is None:
        raise RunError(
            f"run {run_id!r} is not known; `python -m sentiment_core runs list` names those there are"
        )
    run = _known(str(folder))
    if run is None:
        raise RunError(
            f"run {run_id!r} is damaged: its spec or manifest is not readable JSON; start it again"
        )
    return run


def append_line(folder: Path, record: Mapping[str, Any]) -> None:
    """Add one record to the journal and wait until it is on the disk.

    What a killed writer left of its last line is cut off first: it would spoil the next one.
    """
    line = json.dumps(json_ready(record), ensure_ascii=False).encode() + b"\n"
    with open(folder / JOURNAL, "a+b") as file:
        _cut_torn_line(file.fileno())
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def read_journal(folder: Path) -> list[dict[str, Any]]:
    """Return the journal's records in order; a torn last line (the writer was killed) is not among them."""
    path = folder / JOURNAL
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]
    try:
        return [json.loads(line) for line in lines]
    except ValueError as error:
        raise RunError(
            f"the journal of run {folder.name!r} is damaged: {error}; start the run again"
        ) from error


def json_ready(value: Any) -> Any:
    """Return plain JSON types: NaN and infinity become null, numpy scalars numbers, paths and times text."""
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Estimate):
        return value.to_json()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return json_ready({field.name: getattr(value, field.name) for field in dataclasses.fields(value)})
    if isinstance(value, Mapping):
        return {str(key): json_ready(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [json_ready(item) for item in value]
    if hasattr(value, "tolist"):  # numpy and pandas: scalars and arrays
        return json_ready(value.tolist())
    return str(value)


def _paths(kind: str | None) -> Iterator[str]:
    """Yield run folders; names that cannot be ids (hidden, half-made) are passed over."""
    root = workspace.home() / "runs"
    for parent in [root / kind] if kind else root.glob("*"):
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(parent) as entries:
            yield from (entry.path for entry in entries if _ID.fullmatch(entry.name) and entry.is_dir())


def _folder_named(run_id: str) -> Path | None:
    root = workspace.home() / "runs"
    if not _ID.fullmatch(run_id) or not root.is_dir():
        return None
    return next((kind / run_id for kind in root.iterdir() if (kind / run_id).is_dir()), None)


def _known(path: str) -> Run | None:
    """Return the run in a folder, read again only where its spec or manifest is another than before."""
    return _remembered.of(path, (f"{path}/spec.json", f"{path}/manifest.json"), lambda: _read(Path(path)))


def _read(folder: Path) -> Run | None:
    """Return the run in a folder, or None where its JSON cannot be read."""
    try:
        spec = workspace.read_json(folder / "spec.json")
        manifest = (
            workspace.read_json(folder / "manifest.json") if (folder / "manifest.json").exists() else None
        )
    except (OSError, ValueError):
        return None
    return Run(folder.parent.name, folder.name, folder, spec, manifest)


def _cut_torn_line(descriptor: int) -> None:
    """Cut the file behind its last newline."""
    end = os.fstat(descriptor).st_size
    keep = end
    while keep > 0 and os.pread(descriptor, 1, keep - 1) != b"\n":
        keep -= 1
    if keep < end:
        os.ftruncate(descriptor, keep)
