"""Verdicts on adversarial texts, by examples whose verdict is plain to a reader."""

from __future__ import annotations

import re

import numpy as np
import pytest
from attack_frames import batch
from made_reviews import EDGE_TEXTS

from attacks.language import encoder
from attacks.language.polarity import polarity
from attacks.validity import criteria
from attacks.validity.criteria import CRITERIA
from attacks.validity.judging import VERDICT_COLUMNS, judge

REVIEW = "I saw this film last night. The acting was good and the story kept me watching. A great movie."


@pytest.fixture
def alike(monkeypatch):
    """Take every pair of texts for alike, so that only the other criteria speak."""
    monkeypatch.setattr(encoder, "similarities", lambda pairs: np.ones(len(pairs)))


def verdict(original, perturbed):
    (row,) = judge(batch({"outcome": "succeeded", "original": original, "perturbed": perturbed})).to_dict(
        "records"
    )
    return row


def broken(original, perturbed):
    return set(filter(None, verdict(original, perturbed)["criteria"].split("; ")))


def test_only_successes_get_a_verdict(alike):
    frame = batch(
        {"outcome": "succeeded"}, {"outcome": "failed"}, {"outcome": "skipped"}, {"outcome": "errored"}
    )
    found = judge(frame)
    assert tuple(found.columns) == VERDICT_COLUMNS
    assert found["example_id"].tolist() == ["r0"]
    assert judge(frame[1:]).empty and tuple(judge(frame[1:]).columns) == VERDICT_COLUMNS


def test_an_opposite_is_no_valid_change(alike):
    row = verdict(REVIEW, REVIEW.replace("good", "bad"))
    assert not row["valid"] and row["antonyms"] == "good > bad"
    assert "opposite: good > bad" in row["reasons"]
    assert broken(REVIEW, REVIEW.replace("good", "bad")) == {"opposites"}


@pytest.mark.parametrize("word", ["sub-par", "horrific", "Abysmal", "laughable"])
def test_praise_that_became_blame_is_no_valid_change(alike, word):
    assert "opposites" in broken(REVIEW, REVIEW.replace("great", word))
    assert "opposites" in broken(REVIEW.replace("great", word), REVIEW)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("great", 1),
        ("Loved", 1),
        ("marvelously", 1),
        ("horribly", -1),
        ("sloppily", -1),
        ("disappointed", -1),
        ("film", 0),
        ("only", 0),
        ("", 0),
        ("😀", 0),
    ],
)
def test_words_praise_blame_or_do_neither(word, expected):
    assert polarity(word) == expected


@pytest.mark.parametrize(
    "other", [REVIEW.replace("was good", "was not good"), REVIEW.replace("kept", "never kept")]
)
def test_a_negation_that_comes_or_goes_is_no_valid_change(alike, other):
    assert "negation" in broken(REVIEW, other)
    assert "negation" in broken(other, REVIEW)


def test_a_synonym_of_the_same_form_is_valid(alike):
    row = verdict(REVIEW, REVIEW.replace("film", "movie").replace("great", "wonderful"))
    assert row["valid"] and row["reasons"] == "" and row["pos_kept"] == 1 and row["grammar_added"] == 0


def test_another_part_of_speech_is_not(alike):
    row = verdict(REVIEW, REVIEW.replace("good", "beautifully"))
    assert "part of speech" in row["criteria"] and row["pos_kept"] == 0


def test_another_form_and_a_wrong_article_are_grammar_errors(alike):
    assert broken(REVIEW, REVIEW.replace("this film", "this movies")) == {"grammar"}
    row = verdict(REVIEW, REVIEW.replace("great", "amazing"))
    assert row["grammar_added"] == 1 and "'a amazing': a or an" in row["reasons"]


def test_misspellings_that_can_be_read_are_valid_and_leave_the_meaning_alone():
    row = verdict(REVIEW, REVIEW.replace("acting", "actnig").replace("great", "gre\u0430t"))
    assert row["valid"]
    assert row["similarity_around"] == 1 > row["similarity"]
    assert row["share_changed"] == pytest.approx(2 / 19)


def test_a_word_that_cannot_be_read_is_named(alike):
    row = verdict(REVIEW, REVIEW.replace("story", "xqzvk"))
    assert row["criteria"] == "readable" and row["unreadable"] == "story > xqzvk"
    assert "'xqzvk' for 'story'" in row["reasons"]


def test_a_text_of_which_little_is_left_is_not_valid(alike):
    row = verdict(REVIEW, "A great movie.")
    assert "share" in row["criteria"] and re.search(r"\d+ % of the words|\d+% of the words", row["reasons"])


def test_the_encoder_tells_a_synonym_from_another_thing():
    kept = verdict(REVIEW, REVIEW.replace("movie", "film"))
    lost = verdict(REVIEW, REVIEW.replace("acting was good", "sandwich was frozen"))
    assert kept["valid"] and kept["similarity_around"] > criteria.LEAST_SIMILARITY
    assert "meaning" in lost["criteria"] and lost["similarity_around"] < criteria.LEAST_SIMILARITY


def test_the_worst_place_decides_not_the_mean_over_a_long_review():
    long = " ".join([REVIEW] * 30)
    row = verdict(long, long.replace("acting was good", "sandwich was frozen", 1))
    assert row["similarity"] > 0.97 and "meaning" in row["criteria"]


def test_an_unchanged_text_is_valid(alike):
    assert verdict(REVIEW, REVIEW)["valid"]


@pytest.mark.parametrize("original", EDGE_TEXTS)
def test_edge_texts_get_a_verdict(alike, original):
    for perturbed in EDGE_TEXTS:
        row = verdict(original, perturbed)
        assert row["valid"] == (row["criteria"] == "") == (row["reasons"] == "")
        assert 0 <= row["share_changed"] <= 1
        assert set(filter(None, row["criteria"].split("; "))) <= set(CRITERIA)


def test_many_texts_get_the_verdicts_that_each_gets_alone():
    texts = [REVIEW.replace("good", word) for word in ("bad", "fine", "xqzvk", "decent")] * 5
    rows = [{"outcome": "succeeded", "original": REVIEW, "perturbed": text} for text in texts]
    together = judge(batch(*rows))
    alone = [verdict(REVIEW, text) for text in texts[:4]] * 5
    assert together["criteria"].tolist() == [row["criteria"] for row in alone]
    assert together["similarity"].tolist() == pytest.approx([row["similarity"] for row in alone], abs=1e-5)


def test_criteria_name_their_source_and_another_threshold_is_another_version(monkeypatch):
    assert all(criterion.source and criterion.rule.endswith(".") for criterion in CRITERIA.values())
    before = criteria.version()
    monkeypatch.setitem(CRITERIA, "share", CRITERIA["share"].__class__("share", "t", 0.1, "r", "s"))
    assert criteria.version() != before
