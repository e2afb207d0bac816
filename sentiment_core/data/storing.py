"""A data set's name for good (its content hash), and where its prepared rows are kept."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sentiment_core import workspace
from sentiment_core.errors import DataError
from sentiment_core.schema import EXAMPLE_COLUMNS, Dataset, Dropped

#: Raised whenever cleaning or splitting gives other rows, so that nothing prepared before is used again.
CLEANING_VERSION = 1


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
    if _read_manifest(folder) is None:
        shutil.rmtree(folder, ignore_errors=True)  # a folder without its manifest is not finished
        try:
            with workspace.written_aside(folder) as aside:
                dataset.examples.to_parquet(aside / "examples.parquet", index=False)
                workspace.write_json(aside / "manifest.json", _manifest(dataset))
        except OSError:
            # Another process may have stored the same rows a moment earlier.
            if not (folder / "manifest.json").exists():
                raise
    return folder


def by_fingerprint(fingerprint: str) -> Dataset:
    """Return a stored data set; raises DataError when there is none or its files are damaged."""
    folder = workspace.datasets_folder() / fingerprint
    manifest = _read_manifest(folder) if re.fullmatch(r"[0-9a-f]{16}", fingerprint) else None
    if manifest is None:
        raise DataError(
            f"data set with fingerprint {fingerprint!r} is not in this workspace; load it by its name or path"
        )
    return Dataset(manifest["name"], fingerprint, _rows(folder, manifest["n"]), _dropped_from(manifest))


def remembered(identity: Sequence[str], name: str) -> Dataset | None:
    """Return what was prepared from this content before, or None when there is nothing or it is damaged."""
    index = _index_file(identity)
    if not index.exists():
        return None
    try:
        record = workspace.read_json(index)
        stored = by_fingerprint(record["fingerprint"])
    except ValueError:
        return None
    except DataError:
        shutil.rmtree(workspace.datasets_folder() / record["fingerprint"], ignore_errors=True)
        return None
    return Dataset(name, stored.fingerprint, stored.examples, _dropped_from(record))


def remember(identity: Sequence[str], dataset: Dataset) -> Dataset:
    """Store the data set and note which content it was prepared from."""
    store(dataset)
    record = {"fingerprint": dataset.fingerprint, "dropped": dropped_to(dataset.dropped)}
    workspace.write_json(_index_file(identity), record)
    return dataset


def is_remembered(identity: Sequence[str]) -> bool:
    """Return whether this content was prepared before."""
    return _index_file(identity).exists()


def _index_file(identity: Sequence[str]) -> Path:
    key = hashlib.sha256(json.dumps([CLEANING_VERSION, *identity]).encode()).hexdigest()[:32]
    return workspace.cache_folder("prepared") / f"{key}.json"


def list_stored() -> list[dict[str, Any]]:
    """Return the manifests of all stored data sets, oldest first."""
    folders = workspace.datasets_folder().glob("[!.]*")
    manifests = [manifest for folder in folders if (manifest := _read_manifest(folder))]
    return sorted(manifests, key=lambda manifest: (manifest["created"], manifest["fingerprint"]))


def _read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest, or None where there is none that can be read."""
    try:
        manifest = workspace.read_json(folder / "manifest.json")
    except (OSError, ValueError):
        return None
    return manifest if isinstance(manifest, dict) else None


def _rows(folder: Path, n: int) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(folder / "examples.parquet")
    except (OSError, ValueError) as error:
        raise DataError(f"stored data set {folder.name} is damaged ({error}); remove {folder}") from None
    if len(frame) != n:
        raise DataError(f"stored data set {folder.name} has {len(frame)} rows, not {n}; remove {folder}")
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
