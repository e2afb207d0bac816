"""Misspelt words are read as the commonest known word one edit away, in training and ever after."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.linear import ngrams
from sentiment_core.classifiers.linear.spelling import Speller
from sentiment_core.errors import ModelError
from sentiment_core.training.train import params_in_force


def distance(one: str, other: str) -> int:
    """Return the edits between two words, swapped neighbours counted as one (Damerau's restricted form)."""
    table = np.zeros((len(one) + 1, len(other) + 1), dtype=int)
    table[:, 0], table[0, :] = range(len(one) + 1), range(len(other) + 1)
    for i, j in product(range(1, len(one) + 1), range(1, len(other) + 1)):
        changed = one[i - 1] != other[j - 1]
        table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + changed)
        if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
            table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return int(table[-1, -1])


def test_a_word_is_read_as_the_commonest_one_edit_away_for_all_short_words():
    letters = "abc"
    every = ["".join(word) for size in (3, 4) for word in product(letters, repeat=size)]
    rng = np.random.default_rng(0)
    words = sorted(rng.choice(every, 40, replace=False).tolist())
    often = dict(zip(words, rng.integers(1, 10, 40).tolist(), strict=True))
    speller = Speller(words, list(often.values()))
    for word in set(every) - set(words):
        near = [known for known in words if distance(word, known) == 1]
        expected = max(
            near, key=lambda known: (often[known], [-ord(letter) for letter in known]), default=None
        )
        read = speller.read(word)
        assert (read is None) == (expected is None)
        assert read is None or (read in near and often[read] == often[expected])


@pytest.mark.parametrize(
    ("misspelt", "read"),
    [
        ("wonderfull", "wonderful"),
        ("wonderul", "wonderful"),
        ("wonderfal", "wonderful"),
        ("wodnerful", "wonderful"),
        ("wodnerfal", None),
        ("ba", None),
        ("", None),
        ("b1d", None),
        ("?!", None),
        ("😀", None),
        ("رائعع", "رائع"),
    ],
)
def test_one_edit_is_undone_and_two_are_not(misspelt, read):
    assert Speller(["bad", "wonderful", "رائع"], [5, 3, 1]).read(misspelt) == read


@pytest.fixture(scope="module")
def reviews():
    """Reviews whose words stand in many of them, and one that misspells."""
    rows = [("a wonderful and moving film", 1), ("a terrible and boring film", 0)] * 10
    return pd.DataFrame([*rows, ("a wonderfull film", 1)], columns=["text", "label"])


def fitted(reviews, family, folder, **given):
    """Fit on the reviews and load what was written."""
    params = params_in_force(family, given)
    FAMILIES[family].fit(reviews, reviews, params, folder, scratch=folder)
    return FAMILIES[family].load(folder, "m")


@pytest.mark.parametrize("family", ["bow", "tfidf", "nbsvm"])
def test_a_model_with_spelling_answers_a_misspelt_text_as_the_right_one(reviews, family, tmp_path):
    right, misspelt = "a wonderful and boring film", "a wonderfl and boirng fillm"
    with_spelling = fitted(reviews, family, tmp_path, spelling=True)
    assert with_spelling.log_odds([misspelt]) == pytest.approx(with_spelling.log_odds([right]), abs=0)
    without = fitted(reviews, family, tmp_path)
    assert without.log_odds([misspelt]) != pytest.approx(without.log_odds([right]))


def test_rare_words_of_training_are_read_as_they_are_later(reviews):
    texts = reviews["text"].tolist()
    vocabulary, counts = ngrams.learn(texts, 2, 2, spelling=True)
    assert (counts != vocabulary.counts(texts)).nnz == 0
    assert "wonderfull" not in vocabulary.words
    place = vocabulary.words.index("wonderful")
    assert (vocabulary.texts_with[place], counts[:, place].sum()) == (10, 11)


def test_the_weights_of_misspelt_words_and_the_bias_sum_to_the_logit(reviews, tmp_path):
    model = fitted(reviews, "tfidf", tmp_path, spelling=True)
    text = "a wonderfl, wonderful and boirng film"
    shares = model.word_weights(text)
    assert model.bias + sum(share for _, _, share in shares) == pytest.approx(model.log_odds([text])[0])


def test_a_file_whose_word_counts_do_not_fit_is_damaged(reviews, tmp_path):
    from sentiment_core.classifiers.linear import file

    fitted(reviews, "tfidf", tmp_path, spelling=True)
    record = file.load(tmp_path)
    file.save(record | {"texts_with": record["texts_with"][:-1]}, tmp_path)
    with pytest.raises(ModelError, match="damaged"):
        FAMILIES["tfidf"].load(tmp_path, "m")
