"""Making the vectors of a split: in chunks of like length, each kept, so that what was done is not lost."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.embeddings import encoder, keeping
from sentiment_core.embeddings.vectors import Floats, Vectors
from sentiment_core.errors import DamagedFile, DataError
from sentiment_core.schema import Dataset
from sentiment_core.storage import workspace

#: Texts of a chunk: about ten seconds of work, which is what a kill can cost.
CHUNK = 256
PARTS = "parts"
#: One core reads a full review of 128 tokens in 35 ms; used until vectors were made in this workspace.
SECONDS_A_TOKEN = 35e-3 / 128
#: To import torch and load the weights.
SECONDS_TO_LOAD = 5.0
#: All-MiniLM's word pieces of English: 250 words are about 330.
_TOKENS_A_WORD = 1.3
_READING = "reading the reviews"


def seconds(texts: Sequence[str]) -> float:
    """Return about how long `make` takes for these texts, at the speed of the last time if there was one."""
    measured = (record["seconds"] / record["tokens"] for record in keeping.manifests() if record["tokens"])
    return SECONDS_TO_LOAD + _tokens(texts) * next(measured, SECONDS_A_TOKEN)


def make(data: Dataset, split: str, progress: Progress = no_progress) -> Vectors:
    """Return the vectors of a split's reviews: those that are kept, else made now and kept.

    Equal texts are read once. What an interrupted call finished is used: the vectors are the same as those of
    an uninterrupted one.

    Args:
        data: the data set; the vectors belong to its fingerprint.
        split: train, validation or test.
        progress: called after each batch; raises Cancelled to stop.

    Raises:
        DataError: the split has no reviews.
        ResourceMissing: the encoder's package is not installed.
    """
    found = keeping.kept(data.fingerprint, split)
    if found is not None:
        progress(1, 1, "vectors are here")
        return found
    rows = data.split(split)
    if rows.empty:
        raise DataError(f"data set '{data.name}' has no {split} reviews to make vectors of")
    place = keeping.folder(data.fingerprint, split)
    began = time.monotonic()
    codes, texts = pd.factorize(rows["text"])
    of_unique, new = _in_chunks([str(text) for text in texts], place / PARTS, progress)
    ids = rows["example_id"].astype(str).to_numpy(dtype=object)
    vectors = Vectors(ids, of_unique[codes], rows["label"].to_numpy(np.int64))
    keeping.keep(place, vectors, time.monotonic() - began, _tokens([texts[i] for i in new]))
    shutil.rmtree(place / PARTS, ignore_errors=True)
    return keeping.kept(data.fingerprint, split) or vectors


def _tokens(texts: Sequence[str]) -> int:
    """Return about how many tokens are read of these texts, without tokenizing them."""
    return round(sum(min(encoder.TOKENS, 2 + _TOKENS_A_WORD * len(text.split())) for text in texts))


def _in_chunks(texts: list[str], parts: Path, progress: Progress) -> tuple[Floats, list[int]]:
    """Return float32 [n, d] of distinct texts, and which of them were read now, not found in `parts`."""
    order = sorted(range(len(texts)), key=lambda place: (-len(texts[place]), place))
    found = np.zeros((len(texts), encoder.WIDTH), dtype=np.float32)
    new: list[int] = []
    for number, start in enumerate(range(0, len(order), CHUNK)):
        chunk = order[start : start + CHUNK]
        file = parts / f"{number:05d}.npy"
        part = _part(file, len(chunk))
        if part is None:
            part = _read([texts[place] for place in chunk], start, len(order), progress)
            new += chunk
            with workspace.unless_read_only():
                keeping.write_array(file, part)
        found[chunk] = part
    progress(1, 1, _READING)
    return found, new


def _read(texts: list[str], before: int, n: int, progress: Progress) -> Floats:
    return encoder.of_texts(texts, lambda done: progress(before + done, n, _READING))


def _part(file: Path, n: int) -> Floats | None:
    """Return a chunk that was read before; None where there is none, or it is no n vectors of length 1."""
    try:
        part = keeping.read_array(file, (n, encoder.WIDTH))
    except (FileNotFoundError, DamagedFile):
        return None
    lengths = np.linalg.norm(part, axis=1)
    return part if bool(np.all(np.abs(lengths - 1) < 1e-4)) else None
