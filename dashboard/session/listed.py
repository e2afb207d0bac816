"""What a page may use on this machine: the clusters and files that the server's operator has listed.

A page has no password, so what it takes from a browser must not reach further: a Dask scheduler runs code
in the processes that ask it, and a path could be any file of the machine. The command line takes both freely.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from dashboard import public
from sentiment_core.errors import DataError, ModelError

#: Addresses of Dask schedulers, separated by commas.
CLUSTERS = "REELCHECK_CLUSTERS"
#: One folder, with the files and the model folders that pages may offer.
FILES = "REELCHECK_FILES"
#: A longer picker would be unusable; a folder with more entries is not read to its end.
MOST_LISTED, MOST_LOOKED_AT = 500, 20_000
MODEL_FILE = "config.json"
#: Of an aclImdb folder: train/pos, test/neg, ...
REVIEWS, REVIEW_SPLITS = ("pos", "neg"), ("train", "test")

NO_CLUSTER = (
    f"Work runs on this machine. To use a Dask scheduler here, its address must be in {CLUSTERS} when the "
    "server starts; the command line takes any, with --cluster."
)
NO_FILES = (
    f"To use files of the server here, {FILES} must name their folder when the server starts; the command "
    "line takes any path."
)


def clusters() -> list[str]:
    """Return the addresses that are listed, in their order; none in public."""
    if public.is_public():
        return []
    return list(
        dict.fromkeys(part.strip() for part in os.environ.get(CLUSTERS, "").split(",") if part.strip())
    )


def check_cluster(address: str) -> None:
    """Raise DataError unless the address is listed."""
    if address not in clusters():
        raise DataError(f"this cluster is not listed; pages take those that {CLUSTERS} lists on the server")


def files(suffixes: Sequence[str]) -> dict[str, str]:
    """Return the listed folder's files with these endings: absolute path to the name in the folder."""
    found = (path for path in _inside() if path.is_file() and path.suffix.lower() in suffixes)
    return _named(found)


def model_folders() -> dict[str, str]:
    """Return the folders in the listed folder that hold a model's config.json, as `files` does."""
    return _named(path.parent for path in _inside() if path.name == MODEL_FILE)


def review_folders() -> dict[str, str]:
    """Return the folders in the listed folder that hold reviews as aclImdb does, as `files` does."""
    found = (
        path.parents[1] for path in _inside() if path.name in REVIEWS and path.parent.name in REVIEW_SPLITS
    )
    return _named(iter(dict.fromkeys(found)))


def check_review_folder(path: str) -> None:
    """Raise DataError unless `review_folders` offers this path."""
    if path not in review_folders():
        raise DataError(
            f"this folder is not available here; pages take those in the folder that {FILES} names"
        )


def check_file(path: str, suffixes: Sequence[str]) -> None:
    """Raise DataError unless `files` offers this path."""
    if path not in files(suffixes):
        raise DataError(f"this file is not available here; pages take files in the folder that {FILES} names")


def check_model_folder(path: str) -> None:
    """Raise ModelError unless `model_folders` offers this path."""
    if path not in model_folders():
        raise ModelError(
            f"this folder is not available here; pages take those in the folder that {FILES} names"
        )


def _named(paths: Iterator[Path]) -> dict[str, str]:
    root = _root()
    found = sorted(path for _, path in zip(range(MOST_LISTED), paths, strict=False))
    return {str(path): str(path.relative_to(root)) for path in found if root and path != root}


def _inside() -> Iterator[Path]:
    """Yield what is in the folder at any depth; links that lead out of it, and hidden files, are not."""
    root = _root()
    if root is None:
        return
    entries = (Path(folder, name) for folder, names, more in os.walk(root) for name in (*names, *more))
    for _, path in zip(range(MOST_LOOKED_AT), entries, strict=False):
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        if not hidden and path.resolve().is_relative_to(root):
            yield path


def _root() -> Path | None:
    named = "" if public.is_public() else os.environ.get(FILES, "").strip()
    folder = Path(os.path.expanduser(named)).resolve() if named else None
    return folder if folder is not None and folder.is_dir() else None
