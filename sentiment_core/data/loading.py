"""From a name or a path to a data set: read, cleaned, split, fingerprinted, and kept for the next time."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from sentiment_core.data import hub_datasets, names
from sentiment_core.data.cleaning import clean_frame
from sentiment_core.data.columns import labeled_rows
from sentiment_core.data.files.bad_rows import BadRows, shown
from sentiment_core.data.files.tables import TABLE_SUFFIXES, Table, read_bytes, read_noted
from sentiment_core.data.folders import folder_identity, folder_rows, review_files
from sentiment_core.data.sources import DATASETS, DatasetSource
from sentiment_core.data.splitting import limited
from sentiment_core.data.storing import by_fingerprint, make_dataset, remember, remembered
from sentiment_core.errors import DataError
from sentiment_core.schema import LABEL_NAMES, Dataset, Dropped, Reading
from sentiment_core.storage import workspace

#: Raw rows, what was left out of them, and how they were read.
Rows = tuple[pd.DataFrame, tuple[Dropped, ...], Reading | None]

#: Raised whenever a file is read into other rows, so that what was read before is read again.
READING_VERSION = 3


def load(
    name_or_path: str,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    skip_bad: bool = False,
    reading: Reading | None = None,
) -> Dataset:
    """Return a data set by its name in DATASETS, a path, or the fingerprint or given name of a stored one.

    A path is a .csv, .tsv, .jsonl or .parquet file or an aclImdb folder; what is no path may be a data set of
    the hub (`load_from_hub`). Texts are cleaned and empty ones
    dropped; duplicates stay (`clean` drops them). Without a split column all rows are "test". `limit` keeps
    a seeded sample of at most that many rows in each split, stratified by label. `skip_bad` leaves out rows
    that cannot be used and reports them in `.dropped`; without it the first one raises DataError. `reading`
    says which column is which and what label values mean, where it is not obvious; `.read` says what was
    read. `text_column` and `label_column` are its fields of these names.
    """
    _check_sample(limit, seed)
    asked = _asked(reading, text_column, label_column)
    if name_or_path in DATASETS:
        dataset = _named(DATASETS[name_or_path])
    elif is_stored(name_or_path):
        dataset = by_fingerprint(name_or_path)
    elif not os.path.exists(name_or_path) and (named := names.fingerprint_of_name(name_or_path)):
        dataset = by_fingerprint(named)
    else:
        dataset = _from_path(name_or_path, asked, skip_bad)
    return limited(dataset, limit, seed) if limit is not None else dataset


def load_content(
    content: bytes, filename: str, *, reading: Reading | None = None, skip_bad: bool = False
) -> Dataset:
    """Return the data set in a file's bytes, an upload's; it is kept under its fingerprint.

    `filename` is the data set's name, and may decide how the bytes are read. Raises DataError as `load` does.
    """
    name = Path(filename).name
    asked = reading or Reading()
    bad = BadRows(name, skip_bad)

    def read() -> Rows:
        return _labeled(read_noted(content, name, bad=bad), bad, asked, Path(name).stem)

    identity = ["file", hashlib.sha256(content).hexdigest(), *_settings(name, asked, skip_bad)]
    return _prepared(identity, name, read)


def load_from_hub(name: str, *, reading: Reading | None = None, skip_bad: bool = False) -> Dataset:
    """Return a data set of the hub, `OWNER/NAME` or `OWNER/NAME:CONFIG`; it is fetched once.

    Raises DataError as `load` does, ResourceMissing where the hub does not have it or does not answer.
    """
    asked = reading or Reading()
    repository, config = hub_datasets.parsed(name)
    bad = BadRows(name, skip_bad)

    def read() -> Rows:
        return _labeled(hub_datasets.table(repository, config), bad, asked, name)

    return _prepared(["hub", repository, config, *_settings(name, asked, skip_bad)], name, read)


def _labeled(table: Table, bad: BadRows, asked: Reading, source: str) -> Rows:
    if table.frame.empty:
        raise DataError(f"{bad.filename} holds no usable row; {_first_bad(bad)}")
    noted = replace(asked, notes=(*asked.notes, *table.notes))
    return labeled_rows(table.frame, bad, noted, source, table.label_names)


def _first_bad(bad: BadRows) -> str:
    why, count = next(iter(bad.counts.items()))
    return f"{count:,} have {why}, the first: {bad.found[why][0]}"


def _asked(reading: Reading | None, text_column: str | None, label_column: str | None) -> Reading:
    asked = reading or Reading()
    return replace(
        asked,
        text_column=asked.text_column if text_column is None else text_column,
        label_column=asked.label_column if label_column is None else label_column,
    )


def _settings(name: str, asked: Reading, skip_bad: bool) -> list[str]:
    """Return what, beside its content, decides what a file becomes."""
    return [str(READING_VERSION), name, json.dumps(asked.to_json(), sort_keys=True), str(skip_bad)]


def _check_sample(limit: int | None, seed: int) -> None:
    if limit is not None and limit < 2:
        raise DataError(f"limit {limit} is too small; give 2 or more, one review of each label")
    if seed < 0:
        raise DataError(f"seed {seed} is negative; give 0 or more")


def is_stored(name: str) -> bool:
    """Whether this is the fingerprint of a data set in the workspace."""
    known = re.fullmatch(r"[0-9a-f]{16}", name)
    return bool(known) and (workspace.datasets_folder() / name / "manifest.json").exists()


def _named(source: DatasetSource) -> Dataset:
    def read() -> Rows:
        return source.read(), (), None

    return _prepared([source.name, source.identity()], source.name, read, source.assign)


def _from_path(given: str, asked: Reading, skip_bad: bool) -> Dataset:
    path = Path(os.path.expanduser(given))
    # os.path answers no, where pathlib raises, for what can be no path: too long a name, a NUL in it.
    if os.path.isdir(path):
        return _from_folder(path, skip_bad)
    if not os.path.isfile(path) and hub_datasets.is_name(given):
        return load_from_hub(given, reading=asked, skip_bad=skip_bad)
    if not os.path.isfile(path):
        raise DataError(
            f"data set {shown(path)} is neither a known name nor a file; known: "
            f"{', '.join(sorted(DATASETS))}; or give the path of a {', '.join(TABLE_SUFFIXES)} file, "
            "an aclImdb folder, or OWNER/NAME of a data set on the hub"
        )
    return load_content(read_bytes(path, path.name), path.name, reading=asked, skip_bad=skip_bad)


def _from_folder(path: Path, skip_bad: bool) -> Dataset:
    bad = BadRows(path.name, skip_bad)
    files = review_files(path)

    def read() -> Rows:
        return (*folder_rows(files, bad), None)

    return _prepared(
        ["folder", folder_identity(files, path), path.name, "", "", str(skip_bad)], path.name, read
    )


def _test_without_splits(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(split=frame["split"].where(frame["split"] != "", "test"))


def _prepared(
    identity: list[str],
    name: str,
    read: Callable[[], Rows],
    assign: Callable[[pd.DataFrame], pd.DataFrame] = _test_without_splits,
) -> Dataset:
    """Return what was prepared from this content before, or read, clean, split and remember it."""
    known = remembered(identity, name)
    if known is not None:
        return known
    raw, left_out, how = read()
    frame, empty = clean_frame(raw)
    _check_labels(frame, name)
    return remember(identity, make_dataset(name, assign(frame), (*left_out, *empty), how))


def _check_labels(frame: pd.DataFrame, name: str) -> None:
    if frame.empty:
        raise DataError(
            f"{name} holds no usable review; give labeled texts ({', '.join(LABEL_NAMES.values())})"
        )
    labels = frame["label"].unique()
    if len(labels) == 1:
        only = LABEL_NAMES[int(labels[0])]
        raise DataError(f"{name}: all {len(frame):,} reviews are {only}; reviews of both labels are needed")
