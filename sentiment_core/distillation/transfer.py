"""Texts without labels that a student learns its teacher's answers on: data sets, and files of texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from sentiment_core import data
from sentiment_core.data.files.tables import read_bytes
from sentiment_core.data.near_duplicates import near_duplicate_pairs
from sentiment_core.errors import DataError
from sentiment_core.schema import EXAMPLE_COLUMNS
from sentiment_core.training_texts import keys

#: Compared with held-out texts at once: bounds the memory.
_CHUNK = 5_000


@dataclass(frozen=True)
class Transfer:
    """Texts to learn on, EXAMPLE_COLUMNS with label 0 and split train; and how many were left out, by why."""

    rows: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(EXAMPLE_COLUMNS)))
    names: tuple[str, ...] = ()
    left_out: Counter[str] = field(default_factory=Counter)


def read(named: Sequence[str], train: Sequence[str], held_out: Sequence[str]) -> Transfer:
    """Return the texts of data sets and files, without those that are trained on or held out already.

    A data set gives its training reviews or, where it has none, all. A file is a table with a column of
    texts, or a `.txt` file of one text a line; labels in it are not looked at.

    Raises:
        DataError: there is no such data set or file, or it holds no text.
    """
    if not named:
        return Transfer()
    parts = [(name, text) for name in named for text in _texts_of(name)]
    texts = pd.DataFrame(parts, columns=["source", "text"])
    hashes = keys(texts["text"])
    reasons = pd.Series("", index=texts.index)
    reasons[pd.Series(hashes).duplicated() | np.isin(hashes, keys(train))] = "trained on already"
    reasons[_near(texts["text"].tolist(), held_out)] = "equal, or nearly equal, to a held-out review"
    kept = texts[reasons == ""].reset_index(drop=True)
    rows = kept.assign(example_id=[f"transfer-{n}" for n in range(len(kept))], label=0, split="train")
    return Transfer(rows[list(EXAMPLE_COLUMNS)], tuple(named), Counter(reasons[reasons != ""]))


def _texts_of(name: str) -> list[str]:
    path = Path(name)
    texts = _file(path) if path.is_file() else _dataset(name)
    if not texts:
        raise DataError(f"'{name}' holds no text to learn on; name a file with texts, or leave it out")
    return texts


def _file(path: Path) -> list[str]:
    table = data.texts_from_upload(read_bytes(path, path.name), path.name)
    return [text for text in table["text"] if text]


def _dataset(name: str) -> list[str]:
    dataset = data.load(name)
    train = dataset.split("train")
    return list((dataset.examples if train.empty else train)["text"])


def _near(texts: list[str], held_out: Sequence[str]) -> list[bool]:
    near = {
        start + place
        for start in range(0, len(texts), _CHUNK)
        for place, _, _ in near_duplicate_pairs(texts[start : start + _CHUNK], held_out)
    }
    equal = set(keys(held_out).tolist())
    return [place in near or key in equal for place, key in enumerate(keys(texts).tolist())]
