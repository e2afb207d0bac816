"""The shelf of stored data sets: find one by its name, rename or remove it, and list what came of it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment_core import models
from sentiment_core.data import DATASETS, names
from sentiment_core.data.describing import facts_file
from sentiment_core.data.files.bad_rows import shown
from sentiment_core.data.storing import damaged_datasets, list_stored
from sentiment_core.errors import DataError
from sentiment_core.jobs import jobs
from sentiment_core.storage import runs
from sentiment_core.storage.workspace import datasets_folder, hidden_beside


@dataclass(frozen=True)
class Uses:
    """What was made from a data set.

    Attributes:
        runs: finished runs on it: their ids by kind. They keep their figures when it is removed.
        trained: short names of the models that were trained on it.
    """

    runs: Mapping[str, tuple[str, ...]]
    trained: tuple[str, ...]

    @property
    def sentences(self) -> list[str]:
        """Say what depends on it and what removing it means, one line each."""
        said = []
        if self.runs:
            counts = ", ".join(_counted(len(ids), kind) for kind, ids in sorted(self.runs.items()))
            said.append(f"measured on it: {counts}; they keep their figures, but not the texts to read")
        if self.trained:
            said.append(f"trained on it: {', '.join(self.trained)}; these models keep working")
        return said or ["nothing was measured on it or trained on it"]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {"runs": {kind: list(ids) for kind, ids in self.runs.items()}, "trained": list(self.trained)}


def find(name: str) -> str:
    """Return the fingerprint of the stored data set with this fingerprint or name.

    Raises:
        DataError: none has it, or several have; the message lists them.
    """
    stored = _stored()
    damaged = [item.name for item in damaged_datasets()]
    if name in stored or name in damaged:
        return name
    found = [fingerprint for fingerprint, own in stored.items() if own == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise DataError(
            f"{len(found)} data sets are named {shown(name)}; give one's fingerprint: {', '.join(found)}"
        )
    known = ", ".join([f"{own} ({fingerprint})" for fingerprint, own in stored.items()][:10]) or "none yet"
    raise DataError(f"no stored data set is named {shown(name)}; stored: {known}")


def rename(name: str, new: str) -> dict[str, str]:
    """Give a stored data set another name; what runs recorded stays. Return fingerprint, old and new name.

    Raises:
        DataError: there is no such data set, the name cannot be one, or another data set has it.
    """
    fingerprint, new = find(name), names.check(new)
    stored = _stored()
    old = stored.get(fingerprint, "")
    if old in DATASETS:
        raise DataError(f"{old} is a name that every installation knows; it cannot be changed")
    if new in DATASETS or any(own == new and other != fingerprint for other, own in stored.items()):
        raise DataError(f"another data set is named {shown(new)}; give a name that is free")
    names.give(fingerprint, new)
    return {"fingerprint": fingerprint, "old": old, "name": new}


def _stored() -> dict[str, str]:
    """Return the names of whole stored data sets by fingerprint, oldest first."""
    return {str(manifest["fingerprint"]): str(manifest["name"]) for manifest in list_stored()}


def uses(fingerprint: str) -> Uses:
    """Return the finished runs on a data set and the models that were trained on it."""
    kinds: dict[str, list[str]] = {}
    for run in runs.list_runs(None):
        if run.finished and run.kind != jobs.KIND and fingerprint in read_by(run):
            kinds.setdefault(run.kind, []).append(run.run_id)
    trained = [
        card.short_name for card in models.list_models() if card.trained_on.get("fingerprint") == fingerprint
    ]
    return Uses({kind: tuple(ids) for kind, ids in kinds.items()}, tuple(trained))


def remove(name: str) -> Path:
    """Remove a stored data set, damaged or not, and its name; return the folder that is gone.

    Raises:
        DataError: there is none, or a running job reads it.
    """
    fingerprint = find(name)
    reading = next((job for job in jobs.list_jobs(active_only=True) if fingerprint in job.argv), None)
    if reading is not None:
        raise DataError(f"job {reading.run_id!r} is working on this data set; cancel it or wait for its end")
    folder = datasets_folder() / fingerprint
    aside = hidden_beside(folder)
    folder.rename(aside)  # a reader sees it whole or not at all
    shutil.rmtree(aside)
    names.give(fingerprint, None)
    facts_file(fingerprint).unlink(missing_ok=True)
    return folder


def read_by(run: runs.Run) -> set[str]:
    """Return the fingerprints of the data that a run names, in its spec or in its manifest."""
    found = set()
    for record in (run.spec, run.manifest or {}):
        data = record.get("data")
        inside = data.get("fingerprint") if isinstance(data, Mapping) else None
        found |= {value for value in (record.get("fingerprint"), inside) if isinstance(value, str)}
    return found


def _counted(n: int, kind: str) -> str:
    return f"{n:,} {kind} run{'' if n == 1 else 's'}"
