"""From a name or a path to a data set: read, cleaned, split, fingerprinted, and kept for the next time."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from sentiment_core import workspace
from sentiment_core.data.cleaning import CLEANING_VERSION, clean_frame
from sentiment_core.data.sources import DATASETS, DatasetSource
from sentiment_core.data.splitting import limited
from sentiment_core.data.storing import (
    by_fingerprint,
    dropped_from,
    dropped_to,
    forget,
    make_dataset,
    store,
)
from sentiment_core.errors import DataError
from sentiment_core.schema import Dataset


def load(
    name_or_path: str,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    skip_bad: bool = False,
) -> Dataset:
    """Return a data set by its name or the path of a file or folder."""
    if name_or_path not in DATASETS:
        raise DataError(f"data set {name_or_path!r} is not known; known: {', '.join(sorted(DATASETS))}")
    dataset = _named(DATASETS[name_or_path])
    return limited(dataset, limit, seed) if limit is not None else dataset


def _named(source: DatasetSource) -> Dataset:
    index = _index_file([source.name, source.identity()])
    remembered = _remembered(index, source.name)
    if remembered is not None:
        return remembered
    frame, dropped = clean_frame(source.read())
    return _remember(make_dataset(source.name, source.assign(frame), dropped), index)


def _index_file(identity: list[str]) -> Path:
    key = hashlib.sha256(json.dumps([CLEANING_VERSION, *identity]).encode()).hexdigest()[:32]
    return workspace.cache_folder("prepared") / f"{key}.json"


def _remembered(index: Path, name: str) -> Dataset | None:
    """Return what an earlier load prepared, or None when there is nothing or it is damaged."""
    if not index.exists():
        return None
    record = workspace.read_json(index)
    try:
        stored = by_fingerprint(record["fingerprint"])
    except DataError:
        forget(record["fingerprint"])
        return None
    return Dataset(name, stored.fingerprint, stored.examples, dropped_from(record))


def _remember(dataset: Dataset, index: Path) -> Dataset:
    store(dataset)
    workspace.write_json(index, {"fingerprint": dataset.fingerprint, "dropped": dropped_to(dataset.dropped)})
    return dataset
