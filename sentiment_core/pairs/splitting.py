"""A seeded part of the pairs for training and the rest for measuring; a pair is never on both sides."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core.errors import DataError
from sentiment_core.training_texts import keys


def parts(pairs: pd.DataFrame, share: float, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (trained on, held out): `share` of the pairs, and the others.

    Pairs that have a text in common (an original with two edits) stay together. Which part a pair is in
    depends on its texts and the seed, not on its place in the file.

    Raises:
        DataError: the share is not above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise DataError(f"the share of pairs to train on is {share:g}; give more than 0 and at most 1")
    groups, names = _groups(pairs), _names(pairs, seed)
    first = pd.Series(names).groupby(groups).transform("min").to_numpy()
    order = np.lexsort((names, first))
    places = pd.Series(np.arange(len(pairs)))
    before = places.groupby(groups[order]).transform("min").to_numpy()  # pairs in front of each one's group
    taken = np.zeros(len(pairs), dtype=bool)
    taken[order[before < round(share * len(pairs))]] = True
    return pairs[taken].reset_index(drop=True), pairs[~taken].reset_index(drop=True)


def _groups(pairs: pd.DataFrame) -> NDArray[np.int64]:
    """Return a number for each pair, the same for pairs that are joined by equal texts: int64 [pairs]."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = len(pairs)
    sides = np.concatenate([keys(pairs["original"]), keys(pairs["edited"])])
    texts = np.unique(sides, return_inverse=True)[1]
    rows = np.tile(np.arange(n), 2)
    size = n + (int(texts.max()) + 1 if n else 0)
    graph = coo_matrix((np.ones(2 * n, dtype=np.int8), (rows, n + texts)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1][:n], dtype=np.int64)


def _names(pairs: pd.DataFrame, seed: int) -> NDArray[np.str_]:
    """Return the seeded hash of each pair's texts, by which the pairs are put in order."""
    texts = zip(pairs["original"], pairs["edited"], strict=True)
    return np.array(
        [
            hashlib.blake2b(f"{seed}\0{one}\0{other}".encode(), digest_size=8).hexdigest()
            for one, other in texts
        ],
        dtype=str,
    )
