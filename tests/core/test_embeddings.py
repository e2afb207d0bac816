"""Vectors of reviews: what the encoder gives, what is kept, what a damaged file costs, who is near."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import NearestNeighbors

from sentiment_core import embeddings
from sentiment_core.__main__ import main
from sentiment_core.data.storing import make_dataset, store
from sentiment_core.embeddings import encoder, keeping, making, maps, neighborhood
from sentiment_core.errors import Cancelled, DataError
from sentiment_core.schema import Dataset

EDGE = ("", "word " * 10_000, "🎬🙂", "فيلم رائع جدا", "<script>alert(1)</script>", "x" * 50_000)


def dataset(texts, split="test"):
    frame = pd.DataFrame({"text": list(texts), "split": split, "source": "made"})
    frame = frame.assign(
        example_id=[f"r-{place}" for place in range(len(frame))], label=np.arange(len(frame)) % 2
    )
    return make_dataset("made.csv", frame)


def stand_in(calls=None):
    """Return an encoder that costs nothing: a seeded direction for each word, added up."""

    def of_texts(texts, step=lambda done: None):
        rows = [
            sum(np.random.default_rng(zlib.crc32(word.encode())).normal(size=384) for word in text.split())
            for text in texts
        ]
        for done in range(1, len(texts) + 1):
            if calls is not None:
                calls.append(texts[done - 1])
            step(done)
        return np.stack([row / np.linalg.norm(row) for row in rows]).astype(np.float32)

    return of_texts


@pytest.fixture
def calls(monkeypatch):
    """The texts that the encoder was asked for, in chunks of five."""
    asked: list[str] = []
    monkeypatch.setattr(encoder, "of_texts", stand_in(asked))
    monkeypatch.setattr(making, "CHUNK", 5)
    return asked


def some(n=23):
    return [f"film number {place} was {'very ' * (place % 7)}good" for place in range(n)]


def test_a_planted_near_duplicate_and_its_original_are_each_others_nearest():
    texts = [
        "A tender story of two brothers who run a bakery in Lyon.",
        "The car chase goes on for an hour and nothing is at stake.",
        "My children laughed from beginning to end.",
        "A tender story of two brothers, who run a small bakery in Lyon!",
        "The music is too loud and the jokes are older than I am.",
    ]
    found = embeddings.make(dataset(texts), "test")
    for here, other in (("r-0", "r-3"), ("r-3", "r-0")):
        ((name, cosine),) = embeddings.nearest(found, found.of(here), 1, without=here)
        assert name == other and 0.9 < cosine < 1


def test_vectors_are_the_normalized_mean_over_the_first_tokens():
    import torch
    from transformers import AutoModel, AutoTokenizer

    from sentiment_core.classifiers.transformer.pretrained import embedded_folder

    model = AutoModel.from_pretrained(embedded_folder(), local_files_only=True).eval()
    tokenizer = AutoTokenizer.from_pretrained(embedded_folder(), local_files_only=True)
    texts = ["A fine film.", "good " * 300]
    found = embeddings.of_texts(texts)
    for text, row in zip(texts, found, strict=True):
        batch = tokenizer([text], return_tensors="pt", truncation=True, max_length=embeddings.TOKENS)
        with torch.no_grad():
            mean = model(**batch).last_hidden_state[0].mean(0)
        np.testing.assert_allclose(row, torch.nn.functional.normalize(mean, dim=0).numpy(), atol=2e-6)


def test_every_text_has_a_vector_of_length_one():
    rows = embeddings.of_texts(EDGE)
    assert rows.shape == (len(EDGE), 384) and rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert embeddings.of_texts([]).shape == (0, 384)


def test_nearest_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ids = np.array([f"r-{place}" for place in range(200)], dtype=object)
    vectors = embeddings.Vectors(ids, rows, np.zeros(200, np.int64))
    model = NearestNeighbors(n_neighbors=7, metric="cosine", algorithm="brute").fit(rows)
    for query in rng.normal(size=(5, 384)).astype(np.float32):
        query /= np.linalg.norm(query)
        distances, places = model.kneighbors(query[None])
        found = embeddings.nearest(vectors, query, 7)
        assert [name for name, _ in found] == ids[places[0]].tolist()
        np.testing.assert_allclose([cosine for _, cosine in found], 1 - distances[0], atol=1e-5)


def test_nearest_gives_no_more_than_there_are_and_leaves_out_whom_it_is_told(calls):
    found = embeddings.make(dataset(some(3)), "test")
    assert len(embeddings.nearest(found, found.of("r-0"), 10)) == 3
    assert [name for name, _ in embeddings.nearest(found, found.of("r-0"), 10, without="r-0")] != []
    assert "r-0" not in dict(embeddings.nearest(found, found.of("r-0"), 10, without="r-0"))
    assert embeddings.nearest(found, found.of("r-0"), 0) == [] and found.of("nobody") is None


def test_vectors_are_kept_and_not_made_twice(calls):
    data = dataset(some())
    made = embeddings.make(data, "test")
    asked = len(calls)
    kept = embeddings.kept(data.fingerprint, "test")
    assert kept is not None and isinstance(kept.vectors, np.memmap)
    assert kept.example_ids.tolist() == data.examples["example_id"].tolist()
    assert kept.labels.tolist() == data.examples["label"].tolist()
    np.testing.assert_array_equal(kept.vectors, made.vectors)
    embeddings.make(data, "test")
    assert len(calls) == asked
    assert embeddings.kept(data.fingerprint, "train") is None
    assert embeddings.kept("../../etc", "test") is None and embeddings.kept(data.fingerprint, "..") is None


def test_rows_are_those_of_their_reviews_and_equal_texts_are_read_once(calls):
    texts = some(9)
    found = embeddings.make(dataset([*texts, texts[4]]), "test")
    np.testing.assert_array_equal(found.of("r-9"), found.of("r-4"))
    assert len(calls) == 9
    np.testing.assert_array_equal(np.asarray(found.vectors)[:9], stand_in()(texts))


def test_an_interrupted_embedding_resumes_to_the_same_vectors(calls):
    data = dataset(some())

    def stop_at_the_twelfth(done, total, what):
        if done >= 12:
            raise Cancelled

    with pytest.raises(Cancelled):
        embeddings.make(data, "test", stop_at_the_twelfth)
    assert embeddings.kept(data.fingerprint, "test") is None and embeddings.damaged() == []
    before = list(calls)
    resumed = embeddings.make(data, "test")
    assert calls[len(before)] == before[10], "two chunks of five were kept, the third is read again"
    assert len(calls) == len(before) + 13
    np.testing.assert_array_equal(resumed.vectors, stand_in()(some()))
    assert not (keeping.folder(data.fingerprint, "test") / making.PARTS).exists()


def test_a_damaged_part_is_read_again(calls):
    data = dataset(some())
    with pytest.raises(Cancelled):
        embeddings.make(data, "test", lambda done, total, what: _stop(done >= 12))
    parts = sorted((keeping.folder(data.fingerprint, "test") / making.PARTS).glob("*.npy"))
    parts[0].write_bytes(parts[0].read_bytes()[:-9])
    np.save(parts[1], np.full((5, 384), np.nan, np.float32))
    np.testing.assert_array_equal(embeddings.make(data, "test").vectors, stand_in()(some()))


def _stop(now):
    if now:
        raise Cancelled


@pytest.mark.parametrize("name", [keeping.VECTORS, keeping.ROWS, keeping.MANIFEST])
def test_damaged_vectors_are_said_and_made_again(calls, name):
    data = dataset(some())
    embeddings.make(data, "test")
    file = keeping.folder(data.fingerprint, "test") / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    assert embeddings.kept(data.fingerprint, "test") is None
    (said,) = embeddings.damaged()
    assert name in said.sentence and "embed" in said.sentence
    embeddings.make(data, "test")
    assert embeddings.damaged() == [] and embeddings.kept(data.fingerprint, "test") is not None


def test_a_split_without_reviews_is_refused_in_one_line(calls):
    with pytest.raises(DataError, match="no train reviews"):
        embeddings.make(dataset(some()), "train")


def test_the_expected_time_is_that_of_the_last_time_scaled_to_the_tokens(calls):
    texts = some()
    assert embeddings.seconds(texts) > making.SECONDS_TO_LOAD
    data: Dataset = dataset(texts)
    place = keeping.folder(data.fingerprint, "test")
    keeping.keep(place, embeddings.make(data, "test"), 30.0, 1_000)
    tokens = making._tokens(texts)
    assert embeddings.seconds(texts) == pytest.approx(making.SECONDS_TO_LOAD + 0.03 * tokens)


def test_the_command_keeps_vectors_and_says_what_it_expected(calls, capsys):
    data = dataset(some(7))
    store(data)
    assert main(["embed", "--data", data.fingerprint, "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["n"] == 7 and first["expected_seconds"] > 0
    assert first["near_duplicates"] >= first["in_conflict"] >= 0 and "points" not in first
    assert main(["embed", "--data", data.fingerprint, "--points", "--json"]) == 0
    points = json.loads(capsys.readouterr().out)["points"]
    assert {point["example_id"] for point in points} == set(data.examples["example_id"])
    asked = len(calls)
    assert main(["embed", "--data", data.fingerprint]) == 0
    assert "7 reviews of made.csv test" in capsys.readouterr().out and len(calls) == asked
    assert main(["embed", "--data", data.fingerprint, "--split", "train"]) == 2
    assert "'test'" not in capsys.readouterr().out


# --- neighbors and the map -----------------------------------------------------------------------


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_the_neighbors_of_every_review_are_those_of_scikit_learn_itself_first(monkeypatch):
    monkeypatch.setattr(neighborhood, "_BLOCK", 7)
    rows = unit(np.random.default_rng(0).normal(size=(40, 8)))
    near = neighborhood.neighbors(rows, 6)
    distances, places = (
        NearestNeighbors(n_neighbors=6, metric="cosine", algorithm="brute").fit(rows).kneighbors(rows)
    )
    np.testing.assert_array_equal(near.places, places)
    np.testing.assert_allclose(near.cosines, 1 - distances, atol=1e-5)


def test_clusters_join_near_duplicates_and_conflicts_are_clusters_of_both_labels():
    rows = unit(np.random.default_rng(0).normal(size=(9, 64)))
    rows[1], rows[2], rows[5] = rows[0], unit(rows[:1] + 0.01)[0], rows[4]
    ids = np.array([f"r-{place}" for place in range(9)], dtype=object)
    labels = np.array([0, 0, 1, 1, 1, 1, 0, 0, 0])
    found = neighborhood.described(embeddings.Vectors(ids, rows, labels), neighborhood.neighbors(rows, 4))
    assert found["cluster"].tolist() == [0, 0, 0, -1, 1, 1, -1, -1, -1]
    assert found["conflict"].tolist() == [True] * 3 + [False] * 6
    assert found["other_label"].between(0, 1).all()


def test_a_map_is_kept_beside_the_vectors_and_equal_texts_are_at_one_place(calls):
    places = ("attic", "bakery", "cellar", "desert", "engine", "forest")
    texts = [f"{place} {place}s {place}ly" for place in places]
    data = dataset([*texts, texts[3]])
    vectors = embeddings.make(data, "test")
    assert embeddings.kept_map(data.fingerprint, "test") is None
    embeddings.make_map(data.fingerprint, "test", vectors)
    found = embeddings.kept_map(data.fingerprint, "test")
    assert found["example_id"].tolist() == vectors.example_ids.tolist()
    assert np.isfinite(found[["x", "y"]].to_numpy()).all()
    np.testing.assert_allclose(found[["x", "y"]].to_numpy()[6], found[["x", "y"]].to_numpy()[3], atol=1e-5)
    assert found["conflict"].tolist() == [False, False, False, True, False, False, True]
    assert sum(embeddings.seconds_missing(data.fingerprint, "test", texts)) == 0


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_handful_of_reviews_has_a_map_too(calls, n):
    data = dataset(some(n))
    found = embeddings.make_map(data.fingerprint, "test", embeddings.make(data, "test"))
    assert len(found) == n and np.isfinite(found[["x", "y"]].to_numpy()).all()


def test_a_damaged_map_is_said_and_made_again_and_the_vectors_stay(calls):
    data = dataset(some(7))
    vectors = embeddings.make(data, "test")
    embeddings.make_map(data.fingerprint, "test", vectors)
    (keeping.folder(data.fingerprint, "test") / maps.MAP).write_bytes(b"PAR1 no map PAR1")
    assert embeddings.kept_map(data.fingerprint, "test") is None
    assert embeddings.kept(data.fingerprint, "test") is not None
    (said,) = embeddings.damaged()
    assert maps.MAP in said.sentence
    embeddings.make_map(data.fingerprint, "test", vectors)
    assert embeddings.damaged() == [] and embeddings.kept_map(data.fingerprint, "test") is not None


def test_a_map_of_other_vectors_is_not_shown(calls):
    data = dataset(some(7))
    vectors = embeddings.make(data, "test")
    embeddings.make_map(data.fingerprint, "test", vectors)
    place = keeping.folder(data.fingerprint, "test")
    turned = embeddings.Vectors(vectors.example_ids, np.array(vectors.vectors)[::-1], vectors.labels)
    keeping.keep(place, turned, 1.0, 10)
    assert embeddings.kept_map(data.fingerprint, "test") is None and embeddings.damaged() == []


DRAW = """
import numpy as np
from sentiment_core.embeddings import neighborhood, projection
rng = np.random.default_rng(0)
rows = rng.normal(size=(12, 8)) * 0.3 + np.repeat(np.eye(8)[:2] * 4, 6, axis=0)
rows[5] = rows[3]
rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
near = neighborhood.neighbors(rows, 4)
print([projection.project(rows, near).tolist() for _ in range(2)])
"""


@pytest.mark.slow
def test_umap_draws_two_groups_apart_equal_vectors_together_and_the_same_again():
    # Compiling takes far longer than the work on 12 points, so that it is left out.
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-c", DRAW], capture_output=True, text=True, env=environment)
    first, again = np.array(json.loads(done.stdout))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first[5], first[3])
    near = NearestNeighbors(n_neighbors=4).fit(first).kneighbors(first, return_distance=False)[:, 1:] // 6
    assert (near == np.repeat([0, 1], 6)[:, None]).all()
