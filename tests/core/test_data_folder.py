"""The original aclImdb folder is read with its star ratings."""

from __future__ import annotations

import pytest

from sentiment_core import data
from sentiment_core.errors import DataError


@pytest.fixture
def acl_imdb(tmp_path):
    folder = tmp_path / "aclImdb"
    reviews = {
        "train/pos/10_9.txt": "Lovely.<br /><br />Truly.",
        "train/pos/2_7.txt": "Fine.",
        "train/neg/0_1.txt": "Dreadful.",
        "test/pos/0_10.txt": "Perfect.",
        "test/neg/0_2.txt": "Poor.",
        "train/unsup/0_0.txt": "Nobody said.",
        "train/pos/notes.txt": "not a review",
        "README": "about",
    }
    for name, text in reviews.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_places_give_labels_and_splits_and_names_give_ratings(acl_imdb):
    examples = data.load(str(acl_imdb)).examples
    assert examples[["example_id", "label", "split", "rating"]].values.tolist() == [
        ["train-neg-0_1", 0, "train", 1],
        ["train-pos-2_7", 1, "train", 7],
        ["train-pos-10_9", 1, "train", 9],
        ["test-neg-0_2", 0, "test", 2],
        ["test-pos-0_10", 1, "test", 10],
    ]
    assert examples["text"][2] == "Lovely.\n\nTruly."


def test_a_changed_review_is_read_again(acl_imdb):
    before = data.load(str(acl_imdb))
    (acl_imdb / "test/neg/0_2.txt").write_text("Very poor indeed.")
    assert data.load(str(acl_imdb)).fingerprint != before.fingerprint


def test_a_review_in_a_wrong_encoding_is_named_or_left_out(acl_imdb):
    (acl_imdb / "test/pos/1_8.txt").write_bytes("Un caf\xe9.".encode("latin-1"))
    with pytest.raises(DataError, match="test/pos/1_8.txt: byte 0xe9 is not UTF-8"):
        data.load(str(acl_imdb))
    skipped = data.load(str(acl_imdb), skip_bad=True)
    assert len(skipped.examples) == 5 and skipped.dropped[0].count == 1


def test_another_folder_is_said_to_be_none(tmp_path):
    (tmp_path / "photos").mkdir()
    with pytest.raises(DataError, match="folder 'photos' is not an aclImdb folder"):
        data.load(str(tmp_path / "photos"))
