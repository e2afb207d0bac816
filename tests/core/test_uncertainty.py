"""Disagreement against hand calculations and scipy; passes with dropout on a tiny network."""

from __future__ import annotations

import json
from math import log2

import numpy as np
import pytest

from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
from sentiment_core.classifiers.transformer.pretrained import load_base
from sentiment_core.classifiers.transformer.reading import Reader
from sentiment_core.command_line import main
from sentiment_core.uncertainty import dropout
from sentiment_core.uncertainty.disagreement import between, entropy

HOSTILE = ["", "a", "<script>alert(1)</script>", "😀 رائع", "x" * 50_000]


@pytest.fixture(scope="module")
def tiny(tiny_base):
    """A tiny DistilBERT with random weights and the usual dropout, large enough to move its answers."""
    from transformers import AutoModelForSequenceClassification

    network = AutoModelForSequenceClassification.from_pretrained(tiny_base)
    reader = Reader(load_base("distilbert-minilm").tokenizer, 64, "head")
    return TransformerClassifier("tiny", network, reader)


def test_two_certain_answers_that_contradict_each_other_are_one_bit_apart():
    found = between([0.0, 1.0])
    assert (found.mean, found.entropy, found.expected_entropy, found.bald) == (0.5, 1.0, 0.0, 1.0)


def test_answers_that_are_equally_unsure_do_not_disagree():
    found = between([0.3, 0.3, 0.3])
    assert found.bald == 0 and found.entropy == found.expected_entropy == pytest.approx(0.8812908992306927)


def test_bald_is_the_entropy_of_the_mean_less_the_mean_entropy():
    """By hand: H(.5) = 1; H(.25) = H(.75) = .25 log2 4 + .75 log2 (4/3)."""
    each = 0.25 * log2(4) + 0.75 * log2(4 / 3)
    found = between([0.25, 0.75])
    assert found.entropy == 1 and found.expected_entropy == pytest.approx(each)
    assert found.bald == pytest.approx(1 - each)
    assert (found.n, found.low, found.high, found.n_positive) == (2, 0.25, 0.75, 1)


def test_bald_is_the_mutual_information_that_scipy_finds():
    from scipy.stats import entropy as of_scipy

    answers = np.random.default_rng(3).random(40)
    joint = np.stack([answers, 1 - answers]) / len(answers)
    by_hand = (
        of_scipy(joint.sum(1), base=2) + of_scipy(joint.sum(0), base=2) - of_scipy(joint.ravel(), base=2)
    )
    assert between(answers).bald == pytest.approx(by_hand, abs=1e-12)
    assert entropy(np.array([0.0, 1.0])).tolist() == [0, 0]


def test_no_answers_are_refused():
    with pytest.raises(ValueError, match="no answers"):
        between([])


def test_the_same_seed_gives_the_same_passes_and_another_others(tiny):
    first = dropout.passes(tiny, "a fine film", 20, seed=4)
    assert (first == dropout.passes(tiny, "a fine film", 20, seed=4)).all()
    assert len(set(first)) > 15 and (first != dropout.passes(tiny, "a fine film", 20, seed=5)).any()


def test_passes_leave_the_classifier_and_the_random_state_alone(tiny):
    import torch

    before, state = tiny.predict_proba(["a fine film"]), torch.random.get_rng_state()
    dropout.passes(tiny, "a fine film", 5)
    assert not tiny.model.training and (tiny.predict_proba(["a fine film"]) == before).all()
    assert torch.equal(torch.random.get_rng_state(), state)


def test_the_copy_that_drops_holds_no_second_set_of_weights(tiny):
    own = {id(weight) for weight in tiny.model.parameters()}
    assert {id(weight) for weight in dropout.training_copy(tiny.model).parameters()} == own


def test_without_dropout_every_pass_is_the_answer_and_bald_is_zero(tiny, tiny_base):
    from transformers import AutoModelForSequenceClassification

    off = {"dropout": 0.0, "attention_dropout": 0.0, "seq_classif_dropout": 0.0}
    network = AutoModelForSequenceClassification.from_pretrained(tiny_base, **off)
    still = TransformerClassifier("still", network, tiny.reader)
    found = dropout.passes(still, "a fine film", 8)
    assert found == pytest.approx([still.predict_proba(["a fine film"])[0, 1]] * 8, abs=1e-6)
    assert between(found).bald == pytest.approx(0, abs=1e-9)


def test_the_mean_pass_is_near_the_answer_without_dropout(tiny):
    found = dropout.passes(tiny, "a warm and moving film", 400)
    assert found.mean() == pytest.approx(tiny.predict_proba(["a warm and moving film"])[0, 1], abs=0.02)


@pytest.mark.parametrize("text", HOSTILE, ids=["empty", "letter", "script", "emoji", "long"])
def test_any_text_has_passes(tiny, text):
    found = dropout.passes(tiny, text, 2)
    assert ((found > 0) & (found < 1)).all()


@pytest.mark.parametrize("n", [0, 1, 1001])
def test_a_number_of_passes_that_says_nothing_is_refused(tiny, n):
    with pytest.raises(dropout.UncertaintyError, match="give 2 to 1,000"):
        dropout.passes(tiny, "a film", n)


def test_what_was_asked_is_kept(tiny, monkeypatch):
    first = dropout.uncertainty_of(tiny, "a fine film", 6)
    monkeypatch.setattr(dropout, "passes", lambda *a, **k: pytest.fail("asked again"))
    assert dropout.uncertainty_of(tiny, "a fine film", 6) == first
    assert dropout.find_kept("tiny", "a fine film", 7) is None


def test_the_command_says_why_a_linear_model_has_no_passes(reviews, capsys):
    assert main(["train", "--data", str(reviews), "--family", "tfidf", "--alias", "tfidf"]) == 0
    capsys.readouterr()
    assert main(["uncertainty", "--model", "tfidf", "--text", "x"]) == 2
    assert "not a network with dropout" in capsys.readouterr().err
    assert main(["uncertainty", "--model", "tfidf", "--text", "x", "--id", "y"]) == 2
    assert "give --text TEXT, or --data NAME_OR_PATH with --id ID" in capsys.readouterr().err


def test_the_command_prints_the_figures_of_a_network(tiny, monkeypatch, capsys):
    from sentiment_core import models

    monkeypatch.setattr(models, "load_model", lambda name: tiny)
    assert main(["uncertainty", "--model", "tiny", "--text", "a fine film", "--passes", "5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n"] == 5 and found["bald"] == pytest.approx(found["entropy"] - found["expected_entropy"])
    assert main(["uncertainty", "--model", "tiny", "--text", "a fine film", "--passes", "5"]) == 0
    assert "5 passes with dropout" in capsys.readouterr().out
