"""Where the vectors of a split are kept: a memory-mapped array, its rows, and a manifest written last."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core.data.storing import FINGERPRINT
from sentiment_core.embeddings.encoder import KIND, WIDTH
from sentiment_core.embeddings.vectors import Floats, Vectors
from sentiment_core.errors import DamagedFile, DataError
from sentiment_core.schema import SPLITS
from sentiment_core.storage import kept as kept_files
from sentiment_core.storage import provenance, workspace
from sentiment_core.storage.kept import Damaged, Shape
from sentiment_core.storage.unchanged import Remembered

VECTORS, ROWS, MANIFEST = "vectors.npy", "rows.parquet", "manifest.json"
_SHAPE: Shape = {"n": int, "sha256": str, "rows_sha256": str, "seconds": float, "tokens": int, "created": str}
#: Files are hashed when they are first opened, not at each look; the arrays themselves stay on disk.
_opened = Remembered(most_bytes=2**30)


def kept(fingerprint: str, split: str) -> Vectors | None:
    """Return the vectors of a split; None where there are none, or they are damaged (`damaged` says how)."""
    if not _is_named(fingerprint, split):
        return None
    place = folder(fingerprint, split)
    files = [str(place / name) for name in (VECTORS, ROWS, MANIFEST)]
    try:
        return _opened.of(str(place), files, lambda: _read(place))
    except (FileNotFoundError, DamagedFile):
        return None


def damaged() -> list[Damaged]:
    """Return what is wrong with kept vectors; those that are not finished have nothing wrong."""
    return [damaged_item(place, trouble) for place in folders() if (trouble := _trouble(place))]


def damaged_item(place: Path, trouble: str) -> Damaged:
    """Return a folder of vectors as one damaged item."""
    return Damaged("vectors", place.name, trouble, f"`embed` makes them again, or remove {place}")


def folders() -> list[Path]:
    """Return the folders of vectors, finished or not."""
    return sorted(place for place in _home().glob("[!.]*-*") if place.is_dir())


def folder(fingerprint: str, split: str) -> Path:
    """Return the folder of a split's vectors; DataError where these name none."""
    if not _is_named(fingerprint, split):
        raise DataError(f"{fingerprint!r} {split!r} names no split of a data set")
    return _home() / f"{fingerprint}-{split}"


def keep(place: Path, vectors: Vectors, seconds: float, tokens: int) -> None:
    """Keep the vectors of a split; a reader sees those before or these, whole."""
    import pandas as pd

    with workspace.unless_read_only():
        (place / MANIFEST).unlink(missing_ok=True)
        write_array(place / VECTORS, vectors.vectors)
        rows = pd.DataFrame({"example_id": vectors.example_ids.astype(str), "label": vectors.labels})
        workspace.write_parquet(place / ROWS, rows)
        record = {
            "n": len(vectors),
            "sha256": provenance.sha256(place / VECTORS),
            "rows_sha256": provenance.sha256(place / ROWS),
            "seconds": seconds,
            "tokens": tokens,
            "created": workspace.utc_now(),
        }
        workspace.write_json(place / MANIFEST, record)


def hash_of(place: Path) -> str:
    """Return the hash of the vectors in a folder, as their manifest has it; FileNotFoundError without one."""
    return str(kept_files.read_json(place / MANIFEST, _SHAPE)["sha256"])


def manifests() -> list[dict[str, Any]]:
    """Return the manifests that can be read, newest first."""
    found = []
    for file in _home().glob(f"[!.]*/{MANIFEST}"):
        try:
            found.append(kept_files.read_json(file, _SHAPE))
        except (FileNotFoundError, DamagedFile):
            continue
    return sorted(found, key=lambda record: str(record["created"]), reverse=True)


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Write an array whole or, if anything fails, leave what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = workspace.hidden_beside(path)
    try:
        with aside.open("xb") as file:
            np.save(file, array, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def read_array(path: Path, shape: tuple[int, ...], *, mapped: bool = False) -> Floats:
    """Return an array that `write_array` wrote; DamagedFile where it is not one of this shape."""
    name = f"{path.parent.name}/{path.name}"
    try:
        array = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, EOFError) as error:
        raise DamagedFile(name, f"it is not an array ({type(error).__name__})") from None
    if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype != np.float32:
        raise DamagedFile(name, "it is an array of something else")
    return array


def _read(place: Path) -> Vectors:
    manifest = kept_files.read_json(place / MANIFEST, _SHAPE)
    rows = kept_files.read_table(place / ROWS, ["example_id", "label"], manifest["rows_sha256"])
    if len(rows) != manifest["n"]:
        raise DamagedFile(f"{place.name}/{ROWS}", f"it has {len(rows)} rows, not {manifest['n']}")
    vectors = read_array(place / VECTORS, (manifest["n"], WIDTH), mapped=True)
    if provenance.sha256(place / VECTORS) != manifest["sha256"]:
        raise DamagedFile(f"{place.name}/{VECTORS}", "it is not the file that was written")
    ids = rows["example_id"].astype(str).to_numpy(dtype=object)
    return Vectors(ids, vectors, rows["label"].to_numpy(np.int64))


def _trouble(place: Path) -> str:
    """Return what is wrong with finished vectors; unfinished ones have no manifest, and nothing wrong."""
    try:
        kept_files.read_json(place / MANIFEST, _SHAPE)
        _opened.of(
            str(place), [str(place / name) for name in (VECTORS, ROWS, MANIFEST)], lambda: _read(place)
        )
    except FileNotFoundError as error:
        lost = Path(str(error.filename)).name
        return "" if lost == MANIFEST else f"{lost} is missing"
    except DamagedFile as error:
        return error.in_its_folder
    return ""


def _is_named(fingerprint: str, split: str) -> bool:
    return bool(FINGERPRINT.fullmatch(fingerprint)) and split in SPLITS


def _home() -> Path:
    return workspace.cache_folder("embeddings") / KIND
