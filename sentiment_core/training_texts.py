"""Which texts a model was trained on, kept beside it as hashes, so that other data can be asked for them."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core.schema import Dataset

FILE = "training_texts.npz"
TRAIN, VALIDATION = "train", "validation"
Keys = NDArray[np.uint64]


@dataclass(frozen=True)
class TrainingTexts:
    """Hashes of the texts that a model was trained on, and of those that it was tuned on: sorted, uint64.

    `edited` are those of the originals whose edits, which turn the label, it was trained on.
    """

    train: Keys
    validation: Keys
    edited: Keys = field(default_factory=lambda: np.array([], dtype=np.uint64))

    @classmethod
    def of(cls, train: Iterable[str], validation: Iterable[str]) -> TrainingTexts:
        """Return the hashes of these cleaned texts."""
        return cls(np.unique(keys(train)), np.unique(keys(validation)))

    @classmethod
    def of_data(cls, dataset: Dataset) -> TrainingTexts:
        """Return what a model trained on this data set has seen; a share of `train` may have tuned it."""
        return cls.of(dataset.split(TRAIN)["text"], dataset.split(VALIDATION)["text"])

    def joined(self, other: TrainingTexts) -> TrainingTexts:
        """Return what was seen in this training or in another."""
        return TrainingTexts(
            np.union1d(self.train, other.train),
            np.union1d(self.validation, other.validation),
            np.union1d(self.edited, other.edited),
        )

    def write(self, folder: Path) -> None:
        """Write FILE into a model's folder."""
        arrays = {"train": self.train, "validation": self.validation}
        arrays |= {"edited": self.edited} if len(self.edited) else {}
        np.savez_compressed(folder / FILE, **arrays)  # type: ignore[arg-type]

    @classmethod
    def read(cls, folder: Path) -> TrainingTexts | None:
        """Read what `write` wrote; None where there is no such file, or it is damaged."""
        try:
            with np.load(folder / FILE, allow_pickle=False) as kept:
                names = ("train", "validation", *(("edited",) if "edited" in kept else ()))
                return cls(*(kept[name].astype(np.uint64) for name in names))
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            return None

    def seen(self, texts: Iterable[str]) -> NDArray[Any]:
        """Return for each cleaned text TRAIN, VALIDATION or "" where the model never saw it: str [n]."""
        return self.seen_keys(keys(texts))

    def seen_keys(self, asked: Keys) -> NDArray[Any]:
        """Do what `seen` does, with the texts' keys: hashing many texts takes longer than looking them up."""
        tuned = np.where(np.isin(asked, self.validation), VALIDATION, "")
        return np.where(np.isin(asked, self.train), TRAIN, tuned)


def keys(texts: Iterable[str]) -> Keys:
    """Return a hash of each cleaned text, the same for texts that differ in white space only: uint64 [n]."""
    return np.fromiter(map(_key, texts), dtype=np.uint64)


def _key(text: str) -> int:
    words = " ".join(text.split()).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(words, digest_size=8).digest(), "little")
