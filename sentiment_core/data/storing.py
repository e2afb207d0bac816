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

from sentiment_core.errors import DamagedFile, DataError
from sentiment_core.schema import EXAMPLE_COLUMNS, Dataset, Dropped
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
}
#: What a file's content became, so that it is not prepared twice.
_INDEX: Shape = {"fingerprint": str, "dropped": _DROPPED}


def fingerprint_of(frame: pd.DataFrame) -> str:
    """Return 16 hex digits of the SHA-256 over (example_id, text, label, split) of all rows in order."""
    digest = hashlib.sha256()
    for row in zip(frame["example_id"], frame["text"], frame["label"], frame["split"], strict=True):
        example_id, text, label, split = row
        line = json.dumps([str(example_id), text, int(label), str(split)], ensure_ascii=False)
        digest.update(line.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()[:16]


def make_dataset(name: str, frame: pd.DataFrame, dropped: Iterable[Dropped] = ()) -> Dataset:
    """Put the columns in their order, number the rows afresh and fingerprint them."""
    further = [column for column in frame.columns if column not in EXAMPLE_COLUMNS]
    examples = frame[[*EXAMPLE_COLUMNS, *further]].reset_index(drop=True)
    return Dataset(name, fingerprint_of(examples), examples, tuple(dropped))


def store(dataset: Dataset) -> Path:
    """Keep the data set under its fingerprint, so that `by_fingerprint` finds it; return its folder."""
    folder = workspace.datasets_folder() / dataset.fingerprint
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
    return folder


def by_fingerprint(fingerprint: str) -> Dataset:
    """Return a stored data set; raises DataError when there is none or its files are damaged."""
    folder = workspace.datasets_folder() / fingerprint
    if not FINGERPRINT.fullmatch(fingerprint) or not folder.is_dir():
        raise DataError(
            f"data set with fingerprint {fingerprint!r} is not in this workspace; load it by its name or path"
        )
    try:
        manifest = _read_manifest(folder)
        return Dataset(manifest["name"], fingerprint, _rows(folder, manifest), _dropped_from(manifest))
    except (FileNotFoundError, DamagedFile) as error:
        trouble = _what(error)
        raise DataError(_damaged(folder, trouble).sentence) from error


def remembered(identity: Sequence[str], name: str) -> Dataset | None:
    """Return what was prepared from this content before, or None when there is nothing or it is damaged."""
    try:
        record = kept.read_json(_index_file(identity), _INDEX)
        stored = by_fingerprint(record["fingerprint"])
    except (FileNotFoundError, DamagedFile):
        return None
    except DataError:
        # The index is only a file: a name that is no fingerprint must not say what is removed.
        if FINGERPRINT.fullmatch(record["fingerprint"]):
            shutil.rmtree(workspace.datasets_folder() / record["fingerprint"], ignore_errors=True)
        return None
    return Dataset(name, stored.fingerprint, stored.examples, _dropped_from(record))


def remember(identity: Sequence[str], dataset: Dataset) -> Dataset:
    """Store the data set and note which content it was prepared from.

    In a read-only workspace nothing is kept; the reviews can still be described.
    """
    record = {"fingerprint": dataset.fingerprint, "dropped": dropped_to(dataset.dropped)}
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
    return kept.table_trouble(folder / EXAMPLES)


def _what(error: FileNotFoundError | DamagedFile) -> str:
    """Return what is wrong with one of a data set's files, without the data set's name."""
    if isinstance(error, DamagedFile):
        return error.in_its_folder
    return f"{Path(str(error.filename)).name} is missing"


def _read_manifest(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = kept.read_json(folder / MANIFEST, _SHAPE)
    if manifest["fingerprint"] != folder.name:
        raise DamagedFile(f"{folder.name}/{MANIFEST}", "it belongs to another data set")
    return manifest


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
    }


def dropped_to(dropped: Iterable[Dropped]) -> list[dict[str, Any]]:
    """Return the report as plain JSON types."""
    return [{"why": item.why, "count": item.count, "examples": list(item.examples)} for item in dropped]


def _dropped_from(record: dict[str, Any]) -> tuple[Dropped, ...]:
    """Read what `dropped_to` wrote under "dropped"."""
    return tuple(Dropped(item["why"], item["count"], tuple(item["examples"])) for item in record["dropped"])
