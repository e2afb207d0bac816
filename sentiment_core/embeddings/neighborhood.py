"""Which reviews are near to which: the nearest ones, clusters of near-duplicates, labels that disagree."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.embeddings.vectors import Floats, Vectors

#: Of each review, itself included: UMAP's default number.
NEIGHBORS = 15
#: Cosine from which two reviews are called near-duplicates. Of the 4,000 embedded test reviews one pair is
#: above it, the same text twice; the three pairs from .85 on are of one film or series each, in other words.
NEAR_DUPLICATE = 0.95
#: Rows compared at once: with 25,000 reviews a block takes 50 MB.
_BLOCK = 512


class Neighbors(NamedTuple):
    """The nearest reviews of each review, itself first: places int32 [n, k], cosines float32 [n, k]."""

    places: NDArray[np.int32]
    cosines: Floats


def neighbors(vectors: Floats, k: int = NEIGHBORS, progress: Progress = no_progress) -> Neighbors:
    """Return the `k` nearest of each row, itself first (fewer where there are fewer); none is skipped."""
    n = len(vectors)
    k = min(k, n)
    found = Neighbors(np.zeros((n, k), np.int32), np.zeros((n, k), np.float32))
    for start in range(0, n, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, n))
        cosines = np.asarray(vectors[rows] @ vectors.T, dtype=np.float32)
        cosines[np.arange(len(rows)), rows] = 2.0  # before a copy of itself
        nearest = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
        near = np.take_along_axis(cosines, nearest, axis=1)
        order = np.lexsort((nearest, -near), axis=1)
        found.places[rows] = np.take_along_axis(nearest, order, axis=1)
        found.cosines[rows] = np.clip(np.take_along_axis(near, order, axis=1), -1, 1)
        progress(int(rows[-1]) + 1, n, "comparing the reviews")
    return found


def described(vectors: Vectors, near: Neighbors) -> pd.DataFrame:
    """Return what the neighbors of each review say of it, a row per review.

    Columns: `other_label`, the share of its nearest reviews (itself left out) that have the other label, NaN
    where it has none; `cluster`, the number of its cluster of near-duplicates, -1 where it is alone;
    `conflict`, whether the labels in that cluster differ.
    """
    others = vectors.labels[near.places[:, 1:]] != vectors.labels[:, None]
    share = others.mean(axis=1) if near.places.shape[1] > 1 else np.full(len(vectors), np.nan)
    cluster = clusters(near)
    labels = pd.Series(vectors.labels).groupby(cluster).transform("nunique").to_numpy()
    return pd.DataFrame({"other_label": share, "cluster": cluster, "conflict": (cluster >= 0) & (labels > 1)})


def clusters(near: Neighbors, at_least: float = NEAR_DUPLICATE) -> NDArray[np.int64]:
    """Return the cluster of each review, int64 [n]: reviews joined by cosines of `at_least`, largest first.

    A review that is joined to no other has -1. A cluster of more than k copies of one text is found whole
    where its reviews' nearest ones overlap.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n, k = near.places.shape
    joined = near.cosines.ravel() >= at_least
    rows, columns = np.repeat(np.arange(n), k)[joined], near.places.ravel()[joined]
    graph = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(n, n))
    _, component = connected_components(graph, directed=False)
    sizes = np.bincount(component)
    order = np.argsort(-sizes, kind="stable")
    number = np.empty(len(sizes), np.int64)
    number[order] = np.arange(len(sizes))
    found: NDArray[np.int64] = np.where(sizes[component] > 1, number[component], -1)
    return found
