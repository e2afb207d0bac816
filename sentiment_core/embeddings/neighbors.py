"""The reviews nearest to one, with their labels: near-duplicates, and labels that contradict it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core.data.near_duplicates import THRESHOLD, near_duplicate_pairs
from sentiment_core.embeddings.vectors import Floats, Vectors, nearest

K = 10


@dataclass(frozen=True)
class Neighbor:
    """A review near to another.

    Attributes:
        cosine: of their vectors, in [-1, 1].
        overlap: Jaccard similarity of their runs of five words, where it is THRESHOLD or more; else 0.
    """

    example_id: str
    text: str
    label: int
    split: str
    cosine: float
    overlap: float

    @property
    def duplicate(self) -> bool:
        """Whether it is nearly the same text."""
        return self.overlap >= THRESHOLD


def neighbors_of(
    text: str,
    query: Floats,
    kept: Mapping[str, Vectors],
    examples: pd.DataFrame,
    *,
    k: int = K,
    without: str | None = None,
) -> list[Neighbor]:
    """Return the k nearest reviews of all splits together, near-duplicates first, then by their cosine.

    Args:
        text: of the review asked about.
        query: its vector.
        kept: the vectors by split, where there are any.
        examples: EXAMPLE_COLUMNS of the data set.
        k: at most so many; near-duplicates among the 5 k nearest count first.
        without: the review's own id.
    """
    found = [
        (split, name, cosine)
        for split, vectors in kept.items()
        for name, cosine in nearest(vectors, query, 5 * k, without=without)
    ]
    found = sorted(found, key=lambda one: -one[2])[: 5 * k]
    rows = examples[examples["example_id"].astype(str).isin([name for _, name, _ in found])]
    by_id = rows.set_index(rows["example_id"].astype(str))
    texts = [str(by_id.at[name, "text"]) for _, name, _ in found]
    overlap = {other: jaccard for _, other, jaccard in near_duplicate_pairs([text], texts)}
    made = [
        Neighbor(name, texts[place], int(by_id.at[name, "label"]), split, cosine, overlap.get(place, 0.0))
        for place, (split, name, cosine) in enumerate(found)
    ]
    return sorted(made, key=lambda one: (-one.overlap, -one.cosine))[:k]


def equal_texts(text: str, examples: pd.DataFrame, without: str | None = None) -> list[Neighbor]:
    """Return the reviews of exactly this text, which need no vectors to be found."""
    same = examples[(examples["text"] == text) & (examples["example_id"].astype(str) != str(without))]
    return [
        Neighbor(str(row.example_id), str(row.text), int(row.label), str(row.split), 1.0, 1.0)
        for row in same.itertuples()
    ]


def first_said(label: int, found: Sequence[Neighbor]) -> str:
    """Return in a sentence what matters most: duplicates and the labels that contradict the review's."""
    same = [one for one in found if one.duplicate]
    against = [one for one in same if one.label != label]
    if same:
        words = f"{len(same)} near-duplicate{'' if len(same) == 1 else 's'} of it"
        return f"{words}, {len(against) or 'none'} with the other label"
    others = sum(one.label != label for one in found)
    return f"{others} of the {len(found)} nearest reviews have the other label" if found else ""


def to_json(found: Sequence[Neighbor]) -> list[dict[str, Any]]:
    """Return plain JSON types."""
    return [{**vars(one), "duplicate": one.duplicate} for one in found]


def vector_of(example_id: str, kept: Mapping[str, Vectors]) -> Floats | None:
    """Return a review's kept vector, None where its split has none."""
    found = (vectors.of(example_id) for vectors in kept.values())
    return next((np.asarray(vector) for vector in found if vector is not None), None)
