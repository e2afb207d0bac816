"""Word vectors beside n-grams are folded into the n-grams' weights without changing an answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from sentiment_core.classifiers.linear import fitting, folding, static, tfidf
from sentiment_core.classifiers.linear.classifier import load
from sentiment_core.classifiers.linear.folding import Embedding
from sentiment_core.classifiers.linear.ngrams import learn
from sentiment_core.classifiers.transformer import word_vectors

TEXTS = ["A warm film.", "A witty, warm film.", "A dull film.", "A flat and dull film."] * 6
LABELS = [1, 1, 0, 0] * 6
#: What the first number of a word's vector says; all other words have none.
SAID = {"warm": 1.0, "witty": 1.0, "superb": 1.0, "dull": -1.0, "flat": -1.0, "dreadful": -1.0}
EDGE_TEXTS = ["", "!!!", "😀", "فيلم", "<script>superb</script>", "superb " * 3_000, "A superb, flat film."]


def vectors(words, progress):
    return np.array([[SAID.get(word, 0.0), len(word) / 10] for word in words])


def fitted(tmp_path, embedding):
    rows = pd.DataFrame({"text": TEXTS, "label": LABELS})
    params = {**static.DEFAULTS, "min_df": 1, "C": 4.0}
    fitting.fit_linear(rows, rows, params, tmp_path, weigh=static.weigh, grid=tfidf.GRID, embedding=embedding)
    return load(tmp_path, "made")


def test_folded_weights_answer_as_n_grams_and_vectors_together():
    rng = np.random.default_rng(4)
    vocabulary, counts = learn(TEXTS, 2, 1)
    vocabulary, counts = folding.with_words(vocabulary, counts, ["superb", "warm"])
    features = static.weigh(counts, np.array(LABELS)).features(vocabulary.counts([*TEXTS, *EDGE_TEXTS]))
    words = folding.whitened(features, vectors(vocabulary.words, None))
    weights = rng.normal(size=vocabulary.size + 2)
    wide = folding.widened(features, words)
    alone, bias = folding.folded(weights, 0.7, words)
    np.testing.assert_allclose(features @ alone + bias, wide @ weights + 0.7, atol=1e-12)
    of_reviews = wide[:, vocabulary.size :].toarray()
    np.testing.assert_allclose(of_reviews.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(np.cov(of_reviews.T, bias=True), np.eye(2) * folding.LENGTH**2 / 2, atol=1e-9)


def test_vectors_that_are_all_alike_say_nothing_and_break_nothing():
    vocabulary, counts = learn(TEXTS, 1, 1)
    features = static.weigh(counts, np.array(LABELS)).features(counts)
    words = folding.whitened(features, np.zeros((vocabulary.size, 3)))
    assert folding.widened(features, words).shape == features.shape


def test_further_words_change_no_count_of_those_that_are_known():
    vocabulary, counts = learn(TEXTS, 3, 1)
    longer, with_new = folding.with_words(vocabulary, counts, ["superb", "warm", "dreadful"])
    assert longer.words == (*vocabulary.words, "superb", "dreadful")
    new = [longer.numbers["superb"], longer.numbers["dreadful"]]
    old = [column for column in range(longer.size) if column not in new]
    assert (with_new[:, old] != counts).nnz == 0 and with_new[:, new].nnz == 0
    assert (longer.counts(TEXTS) != with_new).nnz == 0
    assert longer.counts(["superb superb film"])[0, new[0]] == 2


def test_a_word_that_no_review_has_weighs_as_those_like_it(tmp_path):
    embedding = Embedding(lambda *asked: vectors(*asked)[:, :1], lambda: ["superb", "dreadful", "tree"])
    with_vectors = fitted(tmp_path, embedding)
    superb, dreadful, tree = with_vectors.log_odds(["superb", "dreadful", "tree"]) - with_vectors.bias
    assert superb > 0.05 and dreadful < -0.05 and abs(tree) < 1e-9
    assert np.isfinite(with_vectors.log_odds(EDGE_TEXTS)).all()


def test_an_unseen_word_is_no_rarer_than_the_rarest_that_was_seen():
    vocabulary, counts = learn(TEXTS, 1, 1)
    _, counts = folding.with_words(vocabulary, counts, ["superb"])
    factors = static.weigh(counts, np.array(LABELS)).factors
    assert factors[-1] == factors[:-1].max()


def test_principal_components_are_those_of_scikit_learn():
    rows = np.random.default_rng(5).normal(size=(40, 6)) @ np.random.default_rng(6).normal(size=(6, 6))
    ours, theirs = word_vectors.principal(rows, 3), PCA(3).fit_transform(rows)
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=1e-9)


def test_a_word_s_vector_is_the_mean_over_its_tokens_whatever_else_is_asked():
    alone = word_vectors.word_vectors(["dreadful"], lambda *step: None)
    beside = word_vectors.word_vectors(["a", "dreadful", "unimaginativelessness"], lambda *step: None)
    np.testing.assert_allclose(alone[0], beside[1], atol=1e-5)
    words = word_vectors.whole_words()
    assert {"film", "dreadful"} < set(words) and "##ing" not in words and "[CLS]" not in words
