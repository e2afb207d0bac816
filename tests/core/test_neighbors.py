"""The nearest reviews with their labels, near-duplicates first; against a sort by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sentiment_core.embeddings import neighbors
from sentiment_core.embeddings.vectors import Vectors

SAME = "the plot is thin and the jokes fall flat all evening long"


def examples() -> pd.DataFrame:
    rows = [
        ("a", SAME, 0, "test"),
        ("b", f"{SAME} again", 1, "train"),
        ("c", "a warm and moving film", 1, "train"),
        ("d", "an old car on a green hill", 0, "test"),
        ("e", SAME, 0, "train"),
    ]
    return pd.DataFrame(rows, columns=["example_id", "text", "label", "split"]).assign(source="made")


def kept(angles: dict[str, float]) -> dict[str, Vectors]:
    rows = examples()
    found = {}
    for split in ("train", "test"):
        part = rows[rows["split"] == split]
        turned = np.array([angles[name] for name in part["example_id"]])
        vectors = np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)
        found[split] = Vectors(part["example_id"].to_numpy(object), vectors, part["label"].to_numpy("int64"))
    return found


ANGLES = {"a": 0.0, "b": 1.0, "c": 0.2, "d": 0.1, "e": 1.5}


def found(k: int = 4) -> list[neighbors.Neighbor]:
    vectors = kept(ANGLES)
    query = neighbors.vector_of("a", vectors)
    return neighbors.neighbors_of(SAME, query, vectors, examples(), k=k, without="a")


def test_near_duplicates_come_first_and_the_others_by_their_angle():
    near = found()
    assert [one.example_id for one in near] == ["e", "b", "d", "c"]
    assert [one.duplicate for one in near] == [True, True, False, False]
    assert np.allclose([one.cosine for one in near], np.cos([1.5, 1.0, 0.1, 0.2]))
    assert near[0].overlap == 1 and near[2].overlap == 0


def test_the_review_itself_is_never_its_neighbor_and_splits_are_searched_together():
    assert {one.split for one in found()} == {"train", "test"}
    assert "a" not in [one.example_id for one in found()] and len(found(2)) == 2


def test_conflicting_labels_of_duplicates_are_said_first():
    assert neighbors.first_said(0, found()) == "2 near-duplicates of it, 1 with the other label"
    assert neighbors.first_said(0, found()[2:]) == "1 of the 2 nearest reviews have the other label"
    assert neighbors.first_said(0, []) == ""
    assert neighbors.first_said(0, found()[:1]) == "1 near-duplicate of it, none with the other label"


def test_equal_texts_are_found_without_vectors():
    (only,) = neighbors.equal_texts(SAME, examples(), "a")
    assert (only.example_id, only.duplicate) == ("e", True)
    assert neighbors.equal_texts("nothing like it", examples()) == []


def test_a_review_without_a_vector_has_none():
    assert neighbors.vector_of("nobody", kept(ANGLES)) is None
    assert neighbors.to_json(found())[0]["duplicate"] is True
