"""Incremental scores of linear models are the classifier's own, to the last bit."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pytest
from made_reviews import EDGE_TEXTS, made_reviews
from scipy.special import expit

from attacks.engine.fast.edits import EditedText, Stretch
from attacks.engine.fast.linear import SOURCES, FastLinear, is_local
from sentiment_core.classifiers.linear.classifier import LinearClassifier, Weighting
from sentiment_core.classifiers.linear.ngrams import Vocabulary

LINEAR = ("tfidf", "bow", "nbsvm")
TEXTS = [
    *EDGE_TEXTS,
    *made_reviews(6, seed=5)["text"],
    "don't won't can't it's they're isn’t n't 's 'tis",
    "ΟΔΥΣΣΕΥΣ ΣΑΣ. ΣΑΣ' İstanbul ΣΣ",
    " two  spaces\nand\tothers\u2003here ",
]
INSERTED = [
    "",
    " ",
    "x",
    "boring",
    "wonderful film",
    "n't",
    "'",
    "İ",
    "Σ",
    "😀",
    "  ",
    "\n",
    "isn't the acting",
    "!?",
]


def random_edit(text: str, rng: random.Random) -> EditedText:
    start = rng.randint(0, len(text))
    end = min(len(text), start + rng.choice([0, 0, 1, 2, 5, 12, 40]))
    inserted = rng.choice(INSERTED)
    edited = f"{text[:start]}{inserted}{text[end:]}"
    return EditedText.of(edited, text, Stretch(start, end, start + len(inserted)))


@pytest.mark.parametrize("family", LINEAR)
@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_chains_of_random_edits_score_as_the_whole_texts(attack_model, family, number):
    classifier, rng = attack_model(family), random.Random(number)
    fast = FastLinear(classifier)
    for _ in range(2 if len(TEXTS[number]) > 5000 else 6):
        text: str = TEXTS[number]
        for _ in range(8):
            batch = [random_edit(text, rng) for _ in range(rng.choice([1, 2, 7]))]
            batch += rng.choice([[], [text], [str(batch[0])]])
            np.testing.assert_array_equal(fast.log_odds(batch), classifier.log_odds([*map(str, batch)]))
            text = rng.choice(batch)


def test_a_model_that_reads_misspelt_words_as_the_words_they_were_is_scored_as_it_reads(attack_model):
    tfidf, rng = attack_model("tfidf"), random.Random(4)
    words = tfidf.vocabulary.words
    vocabulary = dataclasses.replace(tfidf.vocabulary, texts_with=np.full(len(words), 10))
    classifier = LinearClassifier("speller", vocabulary, tfidf.weighting, tfidf.weights, tfidf.bias)
    fast, text, more = FastLinear(classifier), str(made_reviews(1, seed=8)["text"][0]), 0
    for _ in range(30):
        batch = [random_edit(text, rng) for _ in range(4)]
        scores = fast.log_odds(batch)
        np.testing.assert_array_equal(scores, classifier.log_odds([*map(str, batch)]))
        more += int((scores != tfidf.log_odds([*map(str, batch)])).sum())
        text = batch[0]
    assert more > 20


def test_no_text_has_no_score(attack_model):
    assert FastLinear(attack_model("tfidf")).log_odds([]).shape == (0,)


def test_a_population_larger_than_what_is_kept_is_scored_all_the_same(attack_model):
    classifier, rng = attack_model("nbsvm"), random.Random(1)
    fast = FastLinear(classifier)
    people = [random_edit(text, rng) for text in made_reviews(SOURCES + 20, seed=3)["text"]]
    for _ in range(3):
        people = [random_edit(text, rng) for text in people]
        np.testing.assert_array_equal(fast.log_odds(people), classifier.log_odds([*map(str, people)]))


def test_a_text_with_letters_whose_small_form_is_longer_is_read_as_a_whole():
    assert is_local(EditedText.of("a c", "a b", Stretch(2, 3, 3)))
    assert not is_local(EditedText.of("İ c", "İ b", Stretch(2, 3, 3)))
    assert not is_local(EditedText.of("a İ", "a b", Stretch(2, 3, 3)))
    assert not is_local("a c")


def test_the_score_of_an_edit_is_that_of_a_hand_calculation():
    # "not" 1, "good" 2, "not good" -8, as counts: replacing the second "good" takes away 2 and adds nothing.
    vocabulary = Vocabulary(("good", "not"), (np.array([0, 1]), np.array([1 * 2 + 0])))
    model = LinearClassifier(
        "by-hand", vocabulary, Weighting("count", np.ones(3), False), np.array([2.0, 1.0, -8.0]), 0.5
    )
    text = "not good, good"
    fewer = EditedText.of("not good, fine", text, Stretch(10, 14, 14))
    apart = EditedText.of("not so good, good", text, Stretch(4, 4, 7))
    none = EditedText.of("not good, good not good", text, Stretch(14, 14, 23))
    assert FastLinear(model).log_odds([text, fewer, apart, none]).tolist() == [-2.5, -4.5, 5.5, -7.5]


def test_a_feature_of_no_weight_in_the_norm_changes_no_bit():
    # A log-count ratio of exactly 0 is left out by scipy before it adds up squares.
    rng = np.random.default_rng(0)
    words = tuple(sorted(f"w{n:03}" for n in range(200)))
    factors = rng.normal(size=200) * (rng.random(200) < 0.6)
    model = LinearClassifier(
        "zeros", Vocabulary(words, (np.arange(200),)), Weighting("sublinear", factors, True), factors**3, 0.1
    )
    text = " ".join(rng.choice(words, 120))
    edits = [
        EditedText.of(f"{text} {word}", text, Stretch(len(text), len(text), len(text) + 5)) for word in words
    ]
    np.testing.assert_array_equal(FastLinear(model).log_odds(edits), model.log_odds([*map(str, edits)]))


def test_the_probabilities_are_those_of_the_classifier(attack_model):
    texts = made_reviews(5, seed=9)["text"].tolist()
    for family in LINEAR:
        classifier = attack_model(family)
        positive = expit(FastLinear(classifier).log_odds(texts))
        np.testing.assert_array_equal(positive, classifier.predict_proba(texts)[:, 1])
