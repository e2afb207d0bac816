"""The map of a split: where each review is drawn, and what its neighbors say; kept beside the vectors."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.embeddings import keeping, making, neighborhood, projection
from sentiment_core.embeddings.vectors import Vectors
from sentiment_core.errors import DamagedFile
from sentiment_core.storage import kept as kept_files
from sentiment_core.storage import provenance, workspace
from sentiment_core.storage.kept import Damaged, Shape
from sentiment_core.storage.unchanged import Remembered

MAP, RECORD = "map.parquet", "map.json"
#: In the `attrs` of a kept map: a hash that names it, for whoever caches what is made of it.
NAME = "name"
COLUMNS = ("example_id", "label", "x", "y", "other_label", "cluster", "conflict")
#: Raised where the same vectors give another map.
VERSION = 1
_SHAPE: Shape = {"version": int, "sha256": str, "of": str, "seconds": float, "created": str}
#: Importing and compiling, and then a review: one idle core takes 11 s for 4,000 and 25 s for 25,000 reviews,
#: and some 20 s more on its first time, when UMAP's code is compiled.
SECONDS_TO_COMPILE, SECONDS_A_REVIEW = 20.0, 1e-3
_LAYING = "laying out the map"
_opened = Remembered(most_bytes=2**28)


def kept_map(fingerprint: str, split: str) -> pd.DataFrame | None:
    """Return the map of a split, COLUMNS, a row per review in the vectors' order; read-only.

    None where there is none, where it is damaged, or where the vectors are others since.
    """
    if keeping.kept(fingerprint, split) is None:
        return None
    place = keeping.folder(fingerprint, split)
    files = [str(place / name) for name in (MAP, RECORD, keeping.MANIFEST)]
    try:
        return _opened.of(str(place), files, lambda: _read(place))
    except (FileNotFoundError, DamagedFile):
        return None


def damaged() -> list[Damaged]:
    """Return what is wrong with kept vectors and maps; an unfinished or an outdated one has nothing wrong."""
    found = keeping.damaged()
    for place in keeping.folders():
        if place.name in {item.name for item in found}:
            continue
        try:
            _read(place)
        except FileNotFoundError:
            continue
        except DamagedFile as error:
            found.append(keeping.damaged_item(place, error.in_its_folder))
    return found


class Expected(NamedTuple):
    """About how many seconds are left for the vectors and for the map of a split; 0 for what is kept."""

    vectors: float
    map: float


def seconds_missing(fingerprint: str, split: str, texts: Sequence[str]) -> Expected:
    """Return about how long `make` and `make_map` take for a split with these texts."""
    return Expected(
        0.0 if keeping.kept(fingerprint, split) else making.seconds(texts),
        0.0 if kept_map(fingerprint, split) is not None else _seconds_of_map(len(texts)),
    )


def _seconds_of_map(n: int) -> float:
    return SECONDS_TO_COMPILE + n * SECONDS_A_REVIEW


def make_map(
    fingerprint: str, split: str, vectors: Vectors, progress: Progress = no_progress
) -> pd.DataFrame:
    """Return the map of a split's vectors: the one that is kept, else made now and kept.

    Args:
        fingerprint: of the data set.
        split: of it.
        vectors: of this split, of `making.make`.
        progress: called while the reviews are compared; raises Cancelled to stop. UMAP itself reports
            nothing.
    """
    found = kept_map(fingerprint, split)
    if found is not None:
        progress(1, 1, "the map is here")
        return found
    began, expected = time.monotonic(), _seconds_of_map(len(vectors))
    near = neighborhood.neighbors(vectors.vectors, progress=progress)
    progress(0, 1, f"{_LAYING}, about {expected:.0f} s")
    xy = projection.project(vectors.vectors, near)
    frame = pd.DataFrame(
        {"example_id": vectors.example_ids.astype(str), "label": vectors.labels, "x": xy[:, 0], "y": xy[:, 1]}
    )
    frame = pd.concat([frame, neighborhood.described(vectors, near)], axis=1)
    keep_map(keeping.folder(fingerprint, split), frame, time.monotonic() - began)
    progress(1, 1, _LAYING)
    return frame


def keep_map(place: Path, frame: pd.DataFrame, seconds: float) -> None:
    """Keep a map, COLUMNS, beside the vectors that it is of."""
    with workspace.unless_read_only():
        workspace.write_parquet(place / MAP, frame)
        record = {
            "version": VERSION,
            "sha256": provenance.sha256(place / MAP),
            "of": keeping.hash_of(place),
            "seconds": seconds,
            "created": workspace.utc_now(),
        }
        workspace.write_json(place / RECORD, record)


def _read(place: Path) -> pd.DataFrame | None:
    """Return the map in a folder, None where it is not of the vectors there."""
    record = kept_files.read_json(place / RECORD, _SHAPE)
    frame = kept_files.read_table(place / MAP, COLUMNS, record["sha256"])
    frame.attrs[NAME] = record["sha256"]
    return frame if (record["version"], record["of"]) == (VERSION, keeping.hash_of(place)) else None
