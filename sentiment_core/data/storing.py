"""A data set's permanent name (its content hash), and where its prepared rows are kept."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from sentiment_core.data import names
from sentiment_core.errors import DamagedFile, DataError
from sentiment_core.schema import EXAMPLE_COLUMNS, Dataset, Dropped, Reading
from sentiment_core.storage import kept, provenance, workspace
from sentiment_core.storage.kept import Damaged, Shape

#: Raised whenever cleaning or splitting gives other rows, so that nothing prepared before is used again.
CLEANING_VERSION = 1

MANIFEST, EXAMPLES = "manifest.json", "examples.parquet"
FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_DROPPED: Shape = [{"why": str, "count": int, "examples": [str]}]
_SHAPE: Shape = {
    "name": str,
    "fingerprint": str,
    "n": int,
    "splits": {...: int},
    "labels?": {...: int},
    "dropped": _DROPPED,
    "created": str,
    "sha256?": str,
    "own_columns?": str,
    "read?": dict,
}
#: What a file's content became, so that it is not prepared twice.
_INDEX: Shape = {"fingerprint": str, "dropped": _DROPPED, "own_columns?": str, "read?": dict}
#: Beside the rows: the columns that the fingerprint does not cover, as another file of the reviews has them.
_COLUMNS = re.compile(r"columns-([0-9a-f]{16})\.parquet")
#: What the fingerprint covers.
_COVERED = ("example_id", "text", "label", "split")


def fingerprint_of(frame: pd.DataFrame) -> str:
    """Return 16 hex digits of the SHA-256 over (example_id, text, label, split) of all rows in order."""
    digest = hashlib.sha256()
    for row in zip(frame["example_id"], frame["text"], frame["label"], frame["split"], strict=True):
        example_id, text, label, split = row
        line = json.dumps([str(example_id), text, int(label), str(split)], ensure_ascii=False)
        digest.update(line.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()[:16]


def make_dataset(
    name: str, frame: pd.DataFrame, dropped: Iterable[Dropped] = (), read: Reading | None = None
) -> Dataset:
    """Put the columns in their order, number the rows afresh and fingerprint them."""
    further = [column for column in frame.columns if column not in EXAMPLE_COLUMNS]
    examples = frame[[*EXAMPLE_COLUMNS, *further]].reset_index(drop=True)
    return Dataset(name, fingerprint_of(examples), examples, tuple(dropped), read)


def store(dataset: Dataset) -> Path:
    """Keep the data set under its fingerprint, so that `by_fingerprint` finds it; return its folder.

    The same reviews may come from files with other further columns: those are kept beside them.
    """
    folder = workspace.datasets_folder() / dataset.fingerprint
    if kept.is_newer(folder / MANIFEST):
        raise DataError(_damaged(folder, _trouble_of(folder)).sentence)
    if _trouble_of(folder):
        shutil.rmtree(folder, ignore_errors=True)  # a damaged one is stored again: the rows are here
        try:
            with workspace.written_aside(folder) as aside:
                dataset.examples.to_parquet(aside / EXAMPLES, index=False)
                written = {"sha256": provenance.sha256(aside / EXAMPLES)}
                workspace.write_json(aside / MANIFEST, _manifest(dataset) | written)
        except OSError:
            # Another process may have stored the same rows a moment earlier.
            if not (folder / MANIFEST).exists():
                raise
    _store_columns(folder, dataset)
    return folder


def _store_columns(folder: Path, dataset: Dataset) -> None:
    """Keep the columns that the fingerprint does not cover, where those of the first file are others."""
    manifest = _read_manifest(folder)
    key = own_columns(dataset.examples)
    file = folder / f"columns-{key}.parquet"
    first = manifest.get("own_columns") or own_columns(_rows(folder, manifest))
    if key != first and not file.exists():
        workspace.write_parquet(file, dataset.examples.drop(columns=list(_COVERED)))


def own_columns(frame: pd.DataFrame) -> str:
    """Return 16 hex digits over the columns that the fingerprint does not cover: source and further ones."""
    own = frame.drop(columns=list(_COVERED))
    digest = hashlib.sha256(json.dumps([str(name) for name in own.columns]).encode())
    for name in own.columns:
        digest.update(pd.util.hash_array(own[name].astype(object).map(_plain).to_numpy()).tobytes())
    return digest.hexdigest()[:16]


def _plain(value: object) -> str:
    """Return a cell in the form in which it is compared, whatever type Parquet gives back."""
    missing = value is None or value is pd.NA or (isinstance(value, float) and value != value)
    return "" if missing else f"={value}"


def by_fingerprint(fingerprint: str) -> Dataset:
    """Return a stored data set; raises DataError when there is none or its files are damaged.

    Where several files held these reviews it has the further columns of all, of one name the last one's.
    """
    folder = workspace.datasets_folder() / fingerprint
    if not FINGERPRINT.fullmatch(fingerprint) or not folder.is_dir():
        raise DataError(
            f"data set with fingerprint {fingerprint!r} is not in this workspace; load it by its name or path"
        )
    try:
        manifest = _read_manifest(folder)
        rows = _rows(folder, manifest)
        for file in sorted(_column_files(folder), key=lambda file: file.stat().st_mtime_ns):
            rows = _with_columns(rows, _columns_of(file, len(rows)))
        return Dataset(manifest["name"], fingerprint, rows, _dropped_from(manifest), _reading_from(manifest))
    except (FileNotFoundError, DamagedFile) as error:
        trouble = _what(error)
        raise DataError(_damaged(folder, trouble).sentence) from error


def _column_files(folder: Path) -> list[Path]:
    return [file for file in folder.glob("columns-*.parquet") if _COLUMNS.fullmatch(file.name)]


def _columns_of(file: Path, n: int) -> pd.DataFrame:
    own = kept.read_table(file, ["source"])
    if len(own) != n or set(own.columns) & set(_COVERED):
        raise DamagedFile(f"{file.parent.name}/{file.name}", "it does not belong to these reviews")
    return own


def _with_columns(rows: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with these columns as well, in place of those of the same name."""
    further = [name for name in own.columns if name not in rows.columns]
    return rows.assign(**{str(name): own[name] for name in own.columns})[[*rows.columns, *further]]


def _as_in_its_file(folder: Path, key: str) -> pd.DataFrame:
    """Return the rows with the columns of one file only; `key` names them."""
    manifest = _read_manifest(folder)
    rows = _rows(folder, manifest)
    if key == (manifest.get("own_columns") or own_columns(rows)):
        return rows
    own = _columns_of(folder / f"columns-{key}.parquet", len(rows))
    return _with_columns(rows[list(_COVERED)], own)[[*EXAMPLE_COLUMNS, *own.columns.drop("source")]]


def remembered(identity: Sequence[str], name: str) -> Dataset | None:
    """Return what was prepared from this content before, or None when there is nothing or it is damaged."""
    try:
        record = kept.read_json(_index_file(identity), _INDEX)
    except (FileNotFoundError, DamagedFile):
        return None
    fingerprint = record["fingerprint"]
    # The index is only a file: a name that is no fingerprint must not say what is read or removed.
    if not FINGERPRINT.fullmatch(fingerprint):
        return None
    folder = workspace.datasets_folder() / fingerprint
    try:
        if key := record.get("own_columns"):
            rows = _as_in_its_file(folder, key)
        else:
            rows = by_fingerprint(fingerprint).examples
    except FileNotFoundError:
        return None
    except (DamagedFile, DataError):
        if not kept.is_newer(folder / MANIFEST):
            shutil.rmtree(folder, ignore_errors=True)
        return None
    return Dataset(name, fingerprint, rows, _dropped_from(record), _reading_from(record))


def remember(identity: Sequence[str], dataset: Dataset) -> Dataset:
    """Store the data set and note which content it was prepared from.

    In a read-only workspace nothing is kept; the reviews can still be described.
    """
    record = {
        "fingerprint": dataset.fingerprint,
        "dropped": dropped_to(dataset.dropped),
        "own_columns": own_columns(dataset.examples),
        **_reading_to(dataset.read),
    }
    with workspace.unless_read_only():
        store(dataset)
        workspace.write_json(_index_file(identity), record)
    return dataset


def is_remembered(identity: Sequence[str]) -> bool:
    """Return whether this content was prepared before."""
    return _index_file(identity).exists()


def _index_file(identity: Sequence[str]) -> Path:
    key = hashlib.sha256(json.dumps([CLEANING_VERSION, *identity]).encode()).hexdigest()[:32]
    return workspace.cache_folder("prepared") / f"{key}.json"


def list_stored() -> list[dict[str, Any]]:
    """Return the manifests of all stored data sets, oldest first; `damaged_datasets` has the others."""
    manifests = []
    for folder in _folders():
        with suppress(FileNotFoundError, DamagedFile):
            manifests.append(_read_manifest(folder))
    return sorted(manifests, key=lambda manifest: (manifest["created"], manifest["fingerprint"]))


def damaged_datasets() -> list[Damaged]:
    """Return what is wrong with stored data sets whose files are not as they must be."""
    found = [(folder, trouble) for folder in sorted(_folders()) if (trouble := _trouble_of(folder))]
    return [_damaged(folder, trouble) for folder, trouble in found]


def _folders() -> list[Path]:
    return [folder for folder in workspace.datasets_folder().glob("[!.]*") if folder.is_dir()]


def _damaged(folder: Path, trouble: str) -> Damaged:
    fix = f"load it again by its name or path, or remove {folder}"
    return Damaged("stored data set", folder.name, trouble, fix)


def _trouble_of(folder: Path) -> str:
    """Return what is wrong with a stored data set, or that there is none; nothing where it is right."""
    try:
        _read_manifest(folder)
    except (FileNotFoundError, DamagedFile) as error:
        return _what(error)
    tables = [folder / EXAMPLES, *_column_files(folder)]
    return next(filter(None, map(kept.table_trouble, tables)), "")


def _what(error: FileNotFoundError | DamagedFile) -> str:
    """Return what is wrong with one of a data set's files, without the data set's name."""
    if isinstance(error, DamagedFile):
        return error.in_its_folder
    return f"{Path(str(error.filename)).name} is missing"


def _read_manifest(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = kept.read_json(folder / MANIFEST, _SHAPE)
    if manifest["fingerprint"] != folder.name:
        raise DamagedFile(f"{folder.name}/{MANIFEST}", "it belongs to another data set")
    return manifest | {"name": names.name_of(folder.name, manifest["name"])}


def _rows(folder: Path, manifest: dict[str, Any]) -> pd.DataFrame:
    frame = kept.read_table(folder / EXAMPLES, EXAMPLE_COLUMNS, manifest.get("sha256"))
    if len(frame) != manifest["n"]:
        raise DamagedFile(f"{folder.name}/{EXAMPLES}", f"it has {len(frame)} rows, not {manifest['n']}")
    return frame


def _manifest(dataset: Dataset) -> dict[str, Any]:
    frame = dataset.examples
    return {
        "name": dataset.name,
        "fingerprint": dataset.fingerprint,
        "n": len(frame),
        "splits": {str(name): int(count) for name, count in frame["split"].value_counts(sort=False).items()},
        "labels": {str(name): int(count) for name, count in frame["label"].value_counts(sort=False).items()},
        "dropped": dropped_to(dataset.dropped),
        "created": workspace.utc_now(),
        "own_columns": own_columns(frame),
        **_reading_to(dataset.read),
    }


def _reading_to(read: Reading | None) -> dict[str, Any]:
    return {} if read is None else {"read": read.to_json()}


def _reading_from(record: dict[str, Any]) -> Reading | None:
    try:
        return Reading.from_json(record["read"]) if record.get("read") else None
    except TypeError:  # written by a later version
        return None


def dropped_to(dropped: Iterable[Dropped]) -> list[dict[str, Any]]:
    """Return the report as plain JSON types."""
    return [{"why": item.why, "count": item.count, "examples": list(item.examples)} for item in dropped]


def _dropped_from(record: dict[str, Any]) -> tuple[Dropped, ...]:
    """Read what `dropped_to` wrote under "dropped"."""
    return tuple(Dropped(item["why"], item["count"], tuple(item["examples"])) for item in record["dropped"])
