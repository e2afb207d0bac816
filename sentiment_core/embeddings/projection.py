"""Two dimensions for reviews: UMAP of their vectors, seeded, so that the same vectors give the same map."""

from __future__ import annotations

import warnings

import numpy as np

from sentiment_core.embeddings.neighborhood import NEIGHBORS, Neighbors
from sentiment_core.embeddings.vectors import Floats

#: McInnes et al. 2018 ("UMAP", section 4.3): small values draw clusters tighter. The library's default.
MIN_DIST = 0.1
SEED = 0
#: Fewer distinct reviews have no neighborhoods to keep: they are drawn by their two main directions.
LEAST = 10


def project(vectors: Floats, near: Neighbors) -> Floats:
    """Return float32 [n, 2]: near reviews are drawn near each other; equal vectors at the same place.

    The neighbors are given, so that they are exact and need not be searched for again. It starts from the two
    main directions (PCA) and has one thread, since UMAP gives the same map again only then.
    """
    n = len(vectors)
    first = _first_of_equals(vectors)
    if len(np.unique(first)) < LEAST:
        return _main_directions(vectors)
    import umap

    k = min(NEIGHBORS, near.places.shape[1])
    distances = np.maximum(1.0 - near.cosines[:, :k], 0.0).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that precomputed neighbors cannot place new reviews
        model = umap.UMAP(
            n_neighbors=k, min_dist=MIN_DIST, metric="cosine", init="pca", random_state=SEED, n_jobs=1,
            precomputed_knn=(near.places[:, :k].astype(np.int64), distances),
        )  # fmt: skip
        found = np.asarray(model.fit_transform(np.asarray(vectors)), dtype=np.float32)
    assert found.shape == (n, 2)
    placed: Floats = found[first]
    return placed


def _first_of_equals(vectors: Floats) -> np.ndarray:
    """Return for each row the first row that is equal to it, int [n]."""
    import pandas as pd

    codes, _ = pd.factorize(np.array([row.tobytes() for row in np.asarray(vectors)], dtype=object))
    firsts = np.unique(codes, return_index=True)[1]
    return np.asarray(firsts[codes])


def _main_directions(vectors: Floats) -> Floats:
    centered = np.asarray(vectors, dtype=np.float64) - np.mean(vectors, axis=0)
    left, sizes, _ = np.linalg.svd(centered, full_matrices=False)
    found = np.zeros((len(vectors), 2), dtype=np.float32)
    width = min(2, left.shape[1])
    found[:, :width] = left[:, :width] * sizes[:width]
    return found
