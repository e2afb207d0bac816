"""Any labeled data set of the hub by its name: its files are fetched into the workspace, and read as tables.

Only files of data are fetched: no code of a repository can run (and `datasets` runs none since 4.0).
"""

from __future__ import annotations

import re
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import pandas as pd

from sentiment_core.data import hub
from sentiment_core.data.files.bad_rows import shown
from sentiment_core.data.files.rows import MAX_COLUMNS, MAX_ROWS, TooManyRows
from sentiment_core.data.files.tables import TABLE_SUFFIXES, Table
from sentiment_core.data.roles import SPLITS, UNLABELED_SPLITS
from sentiment_core.errors import DataError, ResourceMissing
from sentiment_core.naming.repositories import PART
from sentiment_core.storage import workspace

if TYPE_CHECKING:
    from huggingface_hub.hf_api import DatasetInfo

#: What a repository's files of data may have together.
MAX_BYTES = 500 * 1024**2

_NAME = re.compile(rf"({PART}/{PART})(?::([A-Za-z0-9][A-Za-z0-9._+-]{{0,95}}))?")
_FILES = ("*.parquet", "*.csv", "*.tsv", "*.json", "*.jsonl", "*.csv.gz", "*.jsonl.gz", "*.json.gz")
_NO_FILES = (*TABLE_SUFFIXES, ".txt", ".json", ".ndjson", ".gz", ".zip", ".xlsx")


def is_name(given: str) -> bool:
    """Whether this may be a data set of the hub: OWNER/NAME or OWNER/NAME:CONFIG, and no file's name."""
    found = _NAME.fullmatch(given)
    return bool(found and ".." not in given and PurePath(found.group(1)).suffix.lower() not in _NO_FILES)


def parsed(given: str) -> tuple[str, str]:
    """Return repository and configuration ("" for its only or default one)."""
    found = _NAME.fullmatch(given)
    if not found or not is_name(given):
        raise DataError(f"{shown(given)} is no data set of the hub; write OWNER/NAME or OWNER/NAME:CONFIG")
    return found.group(1), found.group(2) or ""


def table(repository: str, config: str = "") -> Table:
    """Return all rows of a data set with their splits, and the names of its classes.

    Raises:
        ResourceMissing: the hub does not have it, or does not answer within seconds.
        DataError: it has several configurations, too many rows or too large files, or no table.
    """
    if trouble := hub.silence(repository, repository):
        raise ResourceMissing(trouble)
    try:
        parts = _parts(_fetched(repository), repository, config)
    except (OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:160]
        raise ResourceMissing(
            f"data set {shown(repository)} could not be read from the hub ({reason}); "
            "download one of its files and give that"
        ) from None
    return Table(_frame(parts, repository), (f"fetched from the hub: {repository}",), _label_names(parts))


def _fetched(repository: str) -> Path:
    from huggingface_hub import HfApi, snapshot_download

    info = HfApi().dataset_info(repository, files_metadata=True, timeout=hub.PATIENCE_SECONDS)
    _check_size(info, repository)
    folder = snapshot_download(
        repository,
        repo_type="dataset",
        revision=info.sha,
        allow_patterns=["README.md", *_FILES],
        cache_dir=workspace.cache_folder("hub"),
    )
    return Path(folder)


def _check_size(info: DatasetInfo, repository: str) -> None:
    files = [
        file for file in info.siblings or () if any(PurePath(file.rfilename).match(one) for one in _FILES)
    ]
    size = sum(file.size or 0 for file in files)
    if not files:
        raise DataError(
            f"data set {shown(repository)} has no table (Parquet, CSV, JSON); download it and write one"
        )
    if size > MAX_BYTES:
        raise DataError(
            f"data set {shown(repository)} has {size / 1024**2:,.0f} MB of files, over the limit of "
            f"{MAX_BYTES // 1024**2} MB; download the file that you need and give that"
        )


def _parts(folder: Path, repository: str, config: str) -> Any:
    """Return the splits by name, as `datasets.Dataset`s."""
    import datasets

    names = datasets.get_dataset_config_names(str(folder))
    if config and config not in names:
        raise DataError(
            f"data set {shown(repository)} has no configuration {shown(config)}; its own: {_listed(names)}"
        )
    chosen = config or (names[0] if len(names) == 1 else "default")
    if chosen not in names:
        raise DataError(
            f"data set {shown(repository)} has several configurations: {_listed(names)}; "
            f"give one, such as {repository}:{names[0]}"
        )
    return datasets.load_dataset(  # nosec B615  # a local folder
        str(folder), chosen, cache_dir=str(workspace.cache_folder("datasets"))
    )


def _listed(names: list[str]) -> str:
    return ", ".join(shown(name) for name in names[:10]) + (
        f" and {len(names) - 10} more" if names[10:] else ""
    )


def _frame(parts: Any, repository: str) -> pd.DataFrame:
    known = {name: SPLITS.get(name, name) for name in parts}
    strange = [name for name, split in known.items() if split not in (*SPLITS.values(), *UNLABELED_SPLITS)]
    if strange and len(parts) > 1:
        raise DataError(
            f"data set {shown(repository)} has splits that are none of ours: {_listed(strange)}; download "
            "the file that you need and give that"
        )
    if sum(len(part) for part in parts.values()) > MAX_ROWS:
        raise TooManyRows(repository, MAX_ROWS)
    if any(len(part.column_names) > MAX_COLUMNS for part in parts.values()):
        raise DataError(f"data set {shown(repository)} has more than {MAX_COLUMNS} columns")
    rows = [
        part.to_pandas().assign(split="test" if name in strange else known[name]).astype(object)
        for name, part in parts.items()
    ]
    frame = pd.concat(rows, ignore_index=True)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return frame


def _label_names(parts: Any) -> dict[str, tuple[str, ...]]:
    features = next(iter(parts.values())).features
    return {
        column: tuple(map(str, one.names)) for column, one in features.items() if getattr(one, "names", None)
    }
