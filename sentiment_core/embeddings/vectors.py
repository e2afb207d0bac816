"""The vectors of a split's reviews, and which of them are nearest to another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Vectors:
    """What is known of n reviews, row by row; join with `example_ids`.

    Attributes:
        example_ids: object [n], of str.
        vectors: float32 [n, d], rows of length 1; may be memory-mapped, and is read-only.
        labels: int64 [n].
    """

    example_ids: NDArray[np.object_]
    vectors: Floats
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of reviews."""
        return len(self.example_ids)

    def of(self, example_id: str) -> Floats | None:
        """Return a review's vector, float32 [d]; None where it is not among them."""
        places = np.flatnonzero(self.example_ids == example_id)
        return np.asarray(self.vectors[places[0]]) if len(places) else None


def nearest(
    vectors: Vectors, query: Floats, k: int, *, without: str | None = None
) -> list[tuple[str, float]]:
    """Return the `k` reviews nearest to a vector, nearest first, each with its cosine in [-1, 1].

    Every review is compared, none is passed over (3 ms for 25,000). Equal cosines keep the reviews'
    order. `without` names a review that is left out: the one that is asked about.
    """
    cosines = np.asarray(vectors.vectors @ np.asarray(query, dtype=np.float32).ravel(), dtype=np.float64)
    if without is not None:
        cosines[vectors.example_ids == without] = -np.inf
    order = np.argsort(-cosines, kind="stable")[: max(0, k)]
    found = [(str(vectors.example_ids[place]), float(cosines[place])) for place in order]
    return [(name, float(np.clip(cosine, -1, 1))) for name, cosine in found if np.isfinite(cosine)]
