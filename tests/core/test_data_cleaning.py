"""Cleaning gives plain text, never changes a clean one, and says what it left out."""

from __future__ import annotations

import random

import pandas as pd
import pytest

from sentiment_core import data
from sentiment_core.data.cleaning import clean_frame
from sentiment_core.data.storing import make_dataset

CLEANED = {
    "Great.<br /><br />Really.": "Great.\n\nReally.",
    "One<br>two<BR/>three< br / >four": "One\ntwo\nthree\nfour",
    "<p>A paragraph.</p><p>Another.</p>": "A paragraph.\n\nAnother.",
    "a<br/><br/><br/><br/>b": "a\n\nb",
    "Tom &amp; Jerry, 5 &lt; 6, caf&eacute;, &#233;, &#xe9;": "Tom & Jerry, 5 < 6, café, é, é",
    "twice &amp;amp;amp; escaped &amp;lt;br&amp;gt; break": "twice & escaped\nbreak",
    "AT&T and R&D; &notit; &A; stay": "AT&T and R&D; &notit; &A; stay",
    "  tabs\t\tand   spaces \u00a0 ": "tabs and spaces",
    "one\r\ntwo\rthree\u2028four": "one\ntwo\nthree\nfour",
    "a dash \x96 and \x91quotes\x92 and\x85": "a dash \u2013 and \u2018quotes\u2019 and\u2026",
    "bell \x07 null \x00 byte order \ufeffmark": "bell null byte order mark",
    "half a pair \ud83d alone": "half a pair \ufffd alone",
    "<script>alert(1)</script> <i>so</i> <3": "<script>alert(1)</script> <i>so</i> <3",
    "<br />": "",
    "": "",
    "x": "x",
    "?!...": "?!...",
    "one \U0001f468\u200d\U0001f467 family": "one \U0001f468\u200d\U0001f467 family",
    "فيلم رائع": "فيلم رائع",
}


@pytest.mark.parametrize("raw", CLEANED)
def test_a_text_comes_out_as_a_person_would_type_it(raw):
    assert data.clean_text(raw) == CLEANED[raw]


def test_cleaning_a_clean_text_changes_nothing():
    pieces = ["<br />", "<", "br", ">", "&", "amp;", "lt;", "#38;", " ", "\n", "\t", "\x85", "\u200b", "word"]
    rng = random.Random(0)
    for _ in range(3_000):
        cleaned = data.clean_text("".join(rng.choices(pieces, k=rng.randint(1, 12))))
        assert data.clean_text(cleaned) == cleaned


def test_a_long_text_keeps_its_words():
    words = [f"word{i}" for i in range(2_500)]
    assert data.clean_text("<br />".join(words)).split() == words


@pytest.mark.parametrize(
    ("hostile", "cleaned"),
    [
        ("&" + "amp;" * 200_000 + "lt;", "<"),
        ("<" + " " * 200_000 + "x", "< x"),
        ("<br" + "\n" * 200_000 + "x", "<br\n\nx"),
        ("<" * 200_000, "<" * 200_000),
        ("&" * 200_000, "&" * 200_000),
    ],
)
@pytest.mark.timeout(10)
def test_hostile_text_does_not_take_forever(hostile, cleaned):
    assert data.clean_text(hostile) == cleaned


def test_empty_rows_are_dropped_and_named():
    frame, dropped = clean_frame(_frame(["good", " <br /> ", "bad", ""], [1, 1, 0, 0]))
    assert list(frame["text"]) == ["good", "bad"]
    assert [(item.why, item.count, item.examples) for item in dropped] == [("empty text", 2, ("r1", "r3"))]


def test_of_equal_texts_the_first_stays():
    cleaned = data.clean(_dataset(["good", "bad", "good", "good"], [1, 0, 1, 1]))
    assert list(cleaned.examples["example_id"]) == ["r0", "r1"]
    assert [(item.why, item.count, item.examples) for item in cleaned.dropped] == [
        ("duplicate text", 2, ("r2", "r3"))
    ]


def test_a_text_with_both_labels_loses_all_its_rows():
    cleaned = data.clean(_dataset(["good", "so so", "bad", "so so", "so so"], [1, 0, 0, 1, 0]))
    assert list(cleaned.examples["example_id"]) == ["r0", "r2"]
    assert [(item.why, item.count) for item in cleaned.dropped] == [("same text with both labels", 3)]


def test_a_clean_data_set_keeps_its_fingerprint():
    dataset = _dataset(["good", "bad"], [1, 0])
    assert data.clean(dataset).fingerprint == dataset.fingerprint


def _frame(texts, labels):
    ids = [f"r{i}" for i in range(len(texts))]
    return pd.DataFrame({"example_id": ids, "text": texts, "label": labels, "split": "test", "source": "own"})


def _dataset(texts, labels):
    return make_dataset("own", _frame(texts, labels))
