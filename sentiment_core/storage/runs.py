"""Run folders: create, finish, list, open; `journal` has what a run writes while it is at work.

`runs/<kind>/<run_id>/` holds `spec.json` from the start and `manifest.json` from the end; a folder without
a manifest is not finished. A finished run never changes, so it may be cached by its id. A damaged run
hides no other: `list_runs` gives those whose files are as they must be, `damaged_runs` says what the others
lack.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentiment_core.errors import DamagedFile, RunError
from sentiment_core.schema import Estimate
from sentiment_core.storage import kept, locks, workspace
from sentiment_core.storage.kept import Damaged, Shape
from sentiment_core.storage.unchanged import Remembered

if TYPE_CHECKING:
    import pandas as pd

SPEC, MANIFEST = "spec.json", "manifest.json"
LOCK = "lock"
#: Of a name in a run's id, which is a folder's name: 255 bytes at most for all of it.
LONGEST_PART = 100

_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")
#: Specs and manifests as they were read last; a thousand batches of a hundred reviews are some 15 MB of them.
_remembered = Remembered(most_bytes=64 * 2**20)


@dataclass(frozen=True, eq=False)
class Form:
    """What the files of one kind of run must be like, as far as listing such runs relies on it.

    `tables` are the Parquet files of a finished run; that they are whole is looked at in `damaged_runs`.
    """

    spec: Shape = dict
    manifest: Shape = dict
    tables: tuple[str, ...] = ()


ANY = Form()


@dataclass(frozen=True, eq=False)
class Run:
    """One run folder as it is on disk; `manifest` is None until the run is finished.

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
        """Return when the run was started, ISO 8601 in UTC, from its id; empty for an id of another form."""
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

    Ids sort by time. Characters that a file name should not hold become dashes; long names are cut.
    """
    now = datetime.now(UTC)
    time = f"{now:%Y%m%dt%H%M%S}{now.microsecond // 1000:03d}"
    names = [re.sub(r"[^0-9A-Za-z._]+", "-", name[:LONGEST_PART]).strip("-.") for name in (what, model)]
    return "-".join([time, *(name for name in names if name), spec_hash(spec)])


def create(kind: str, run_id: str, spec: Mapping[str, Any]) -> Path:
    """Make the folder of a new run and write its spec; RunError if that run is already there."""
    folder = workspace.runs_folder(kind) / run_id
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError:
        raise RunError(f"run {run_id!r} exists already; a run is never overwritten; start again") from None
    workspace.write_json(folder / SPEC, json_ready(spec))
    return folder


def unfinished_again(folder: Path, form: Form, what: str) -> dict[str, Any]:
    """Remove a run's manifest, which is damaged, and return its spec.

    Args:
        folder: of the run.
        form: of its files.
        what: the run in a word or two, for the message.

    Raises:
        RunError: the spec, which says what the run does, is damaged too, or nothing is damaged and a newer
            version wrote it. Then the manifest stays.
    """
    check_not_newer(folder)
    try:
        spec: dict[str, Any] = kept.read_json(folder / SPEC, form.spec)
    except (FileNotFoundError, DamagedFile) as error:
        run_id = folder.name
        raise RunError(
            f"{what} {run_id!r} cannot be repaired: its {SPEC}, which says what it does, is lost; "
            f"`python -m sentiment_core runs remove {run_id}` removes it"
        ) from error
    (folder / MANIFEST).unlink(missing_ok=True)
    return spec


def check_not_newer(folder: Path) -> None:
    """Raise RunError where a newer version wrote a run: this one would take its files for damaged ones."""
    if any(kept.is_newer(folder / name) for name in (SPEC, MANIFEST)):
        raise RunError(f"run {folder.name!r} is not damaged: {kept.NEWER}; use that version to work on it")


def finish(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest, which makes the run a finished one; its files must all be there by now."""
    known = {"run_id": folder.name, "kind": folder.parent.name, "finished": workspace.utc_now()}
    workspace.write_json(folder / MANIFEST, known | json_ready(manifest))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only process at work on a run, so that `is_running` is true; RunError if there is another."""
    lock = locks.try_lock(folder / LOCK)
    if lock is None:
        raise RunError(f"run {folder.name!r} is running already; wait for it, or cancel its job")
    locks.keep_from_children(lock)
    try:
        yield
    finally:
        locks.release(lock)


def is_running(folder: Path) -> bool:
    """Whether a process is at work on a run that was started with `alone`."""
    return locks.is_locked(folder / LOCK)


def list_runs(kind: str | None = None, form: Form = ANY) -> list[Run]:
    """Return the runs of one kind, or of all, newest first; `damaged_runs` has those that are left out."""
    runs = [run for path in _paths(kind) if (run := _whole(path, form)) is not None]
    return sorted(runs, key=lambda run: run.run_id, reverse=True)


def damaged_runs(kind: str | None = None, form: Form = ANY) -> list[Damaged]:
    """Return what is wrong with the runs of one kind, or of all, whose files are not as they must be."""
    found = [(folder, trouble) for folder in map(Path, _paths(kind)) if (trouble := trouble_of(folder, form))]
    return [damaged(folder, trouble) for folder, trouble in sorted(found, reverse=True)]


def damaged(folder: Path, trouble: str) -> Damaged:
    """Return the entry of a damaged run in a list."""
    return Damaged(f"{folder.parent.name} run", folder.name, trouble, how_to_help(folder.name))


def how_to_help(run_id: str) -> str:
    """Return the commands for a damaged run."""
    command = "python -m sentiment_core runs"
    return (
        f"`{command} repair {run_id}` rebuilds what its files allow, `{command} remove {run_id}` removes it"
    )


def trouble_of(folder: Path, form: Form = ANY) -> str:
    """Return what is wrong with a run's files; nothing where they are right or just being made."""
    try:
        run = _known(str(folder), form)
    except FileNotFoundError:
        return f"{SPEC} is missing" if any(not _is_hidden(path) for path in folder.iterdir()) else ""
    except DamagedFile as error:
        return error.in_its_folder
    tables = form.tables if run.finished else ()
    return next(filter(None, (kept.table_trouble(folder / name) for name in tables)), "")


def open_run(run_id: str, form: Form = ANY) -> Run:
    """Return the run of that id, whatever its kind; RunError if there is none or its files are damaged."""
    folder = folder_of(run_id)
    try:
        return _known(str(folder), form)
    except FileNotFoundError:
        raise RunError(damaged(folder, f"{SPEC} is missing").sentence) from None
    except DamagedFile as error:
        raise RunError(damaged(folder, error.in_its_folder).sentence) from error


def folder_of(run_id: str) -> Path:
    """Return the folder of a run, damaged or not; RunError if there is none of that id."""
    folder = _folder_named(run_id)
    if folder is None:
        raise RunError(f"run {run_id!r} is not known; `python -m sentiment_core runs list` lists them")
    return folder


def read_table(run: Run, name: str, columns: Sequence[str] = ()) -> pd.DataFrame:
    """Return a table of a finished run; RunError where it is not the one that was written."""
    recorded = (run.manifest or {}).get("hashes")
    expected = recorded.get(name) if isinstance(recorded, Mapping) else None
    try:
        return kept.read_table(run.folder / name, columns, expected if isinstance(expected, str) else None)
    except FileNotFoundError:
        raise RunError(damaged(run.folder, f"{name} is missing").sentence) from None
    except DamagedFile as error:
        raise RunError(damaged(run.folder, error.in_its_folder).sentence) from error


def remove(run_id: str) -> list[Path]:
    """Remove a run and the verdicts on it, and return what is gone; RunError if it is running."""
    folder = folder_of(run_id)
    gone = parts_of(run_id)
    with alone(folder):
        aside = workspace.hidden_beside(folder)
        folder.rename(aside)  # a reader sees it whole or not at all
        shutil.rmtree(aside)
    for path in gone[1:]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return gone


def parts_of(run_id: str) -> list[Path]:
    """Return what `remove` removes: the run's folder, and the files or the folder of verdicts on it."""
    verdicts = workspace.home() / "verdicts"
    beside = [*verdicts.glob(f"*/{run_id}"), *verdicts.glob(f"*/{run_id}.*")]
    return [folder_of(run_id), *sorted(beside)]


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
    if kind is not None and not _ID.fullmatch(kind):
        return
    root = workspace.home() / "runs"
    for parent in [root / kind] if kind else root.glob("*"):
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(parent) as entries:
            yield from (entry.path for entry in entries if _ID.fullmatch(entry.name) and entry.is_dir())


def _folder_named(run_id: str) -> Path | None:
    root = workspace.home() / "runs"
    if not _ID.fullmatch(run_id) or not root.is_dir():
        return None
    return next((kind / run_id for kind in sorted(root.iterdir()) if (kind / run_id).is_dir()), None)


def _known(path: str, form: Form) -> Run:
    """Return the run in a folder, read again only where its spec or manifest is another than before.

    FileNotFoundError without a spec, DamagedFile where a file is not as it must be.
    """
    files = (f"{path}/{SPEC}", f"{path}/{MANIFEST}")
    return _remembered.of((path, form), files, lambda: _read(Path(path), form))


def _read(folder: Path, form: Form) -> Run:
    spec = kept.read_json(folder / SPEC, dict)
    _require(spec, form.spec, folder / SPEC)
    try:
        manifest = kept.read_json(folder / MANIFEST, dict)
        _require(manifest, form.manifest, folder / MANIFEST)
    except FileNotFoundError:
        manifest = None
    return Run(folder.parent.name, folder.name, folder, spec, manifest)


def _require(record: dict[str, Any], shape: Shape, path: Path) -> None:
    wrong = kept.misfit(record, shape)
    if wrong:
        raise DamagedFile(f"{path.parent.name}/{path.name}", wrong)


def _whole(path: str, form: Form) -> Run | None:
    try:
        return _known(path, form)
    except (FileNotFoundError, DamagedFile):
        return None


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".")
