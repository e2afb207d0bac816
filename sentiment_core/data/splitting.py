"""Seeded, stratified splits that never separate two copies of one text."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from sentiment_core.data.storing import make_dataset
from sentiment_core.schema import SPLITS, Dataset


def all_test(frame: pd.DataFrame) -> pd.DataFrame:
    """Put every row in the test split."""
    return frame.assign(split="test")


def split_off(frame: pd.DataFrame, sizes: Mapping[str, int], seed: int) -> pd.DataFrame:
    """Give each split in `sizes` that many rows, as many of each label as its share; the rest is train.

    Rows whose words occur more than once (case and punctuation aside) all stay in train, so validation and
    test hold texts that occur nowhere else. The rows keep their order.
    """
    split = np.full(len(frame), "train", dtype=object)
    rng = np.random.default_rng(seed)
    unique = ~frame["text"].map(_words_only).duplicated(keep=False).to_numpy()
    labels = frame["label"].to_numpy()
    pools = {
        label: rng.permutation(np.flatnonzero(unique & (labels == label))) for label in np.unique(labels)
    }
    for name, size in sizes.items():
        for label, count in proportional({k: int((labels == k).sum()) for k in pools}, size).items():
            split[pools[label][:count]] = name
            pools[label] = pools[label][count:]
    return frame.assign(split=split.astype(str))


def _words_only(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold())) or text


def proportional(counts: Mapping[int, int], size: int) -> dict[int, int]:
    """Share `size` rows out over labels in proportion to `counts` (largest remainders, low label first).

    Never more than there are of a label.
    """
    total = sum(counts.values())
    size = min(size, total)
    exact = {label: size * count / total for label, count in counts.items()} if total else {}
    shares = {label: int(share) for label, share in exact.items()}
    by_remainder = sorted(exact, key=lambda label: (shares[label] - exact[label], label))
    for label in by_remainder[: size - sum(shares.values())]:
        shares[label] += 1
    return shares


def with_splits(dataset: Dataset, seed: int = 0) -> Dataset:
    """Return the data set with a seeded, stratified 80/10/10 split, whatever split its rows had before."""
    tenth = len(dataset.examples) // 10
    frame = split_off(dataset.examples, {"validation": tenth, "test": tenth}, seed)
    return make_dataset(dataset.name, frame, dataset.dropped, dataset.read)


def limited(dataset: Dataset, limit: int, seed: int) -> Dataset:
    """Return at most `limit` rows of each split, stratified by label and seeded, in their old order.

    With one seed, a smaller limit gives a part of what a larger one gives (as near as rounding lets it).
    """
    chosen = [
        _sampled(dataset.examples, dataset.examples["split"] == split, limit, [seed, number])
        for number, split in enumerate(SPLITS)
    ]
    frame = dataset.examples.iloc[np.sort(np.concatenate(chosen))]
    return make_dataset(dataset.name, frame, dataset.dropped, dataset.read)


def _sampled(frame: pd.DataFrame, member: pd.Series, limit: int, seed: list[int]) -> np.ndarray:
    rng = np.random.default_rng(seed)
    labels = frame["label"].to_numpy()
    pools = {
        label: rng.permutation(np.flatnonzero(member.to_numpy() & (labels == label)))
        for label in np.unique(labels)
    }
    shares = proportional({label: len(pool) for label, pool in pools.items()}, limit)
    taken = [pools[label][:count] for label, count in shares.items()]
    return np.concatenate([np.empty(0, dtype=np.int64), *taken])
