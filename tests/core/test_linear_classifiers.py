"""Linear models: their features are scikit-learn's, their logit is the sum of their words' weights."""

from __future__ import annotations

import subprocess
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest

from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.linear import bow, classifier, file, nbsvm, ngrams, tfidf
from sentiment_core.classifiers.linear.classifier import LinearClassifier, Weighting
from sentiment_core.classifiers.linear.ngrams import Vocabulary
from sentiment_core.errors import ModelError

LINEAR = ("tfidf", "bow", "nbsvm")
EDGE_TEXTS = [
    "",
    "a",
    "unheardofword",
    "good good good good",
    "!!! ... ???",
    "I loved it 😀🎬 İstanbul",
    "فيلم رائع جدا",
    "<script>alert('film')</script><br />Dull.",
    "don't can’t won't it's 'quoted'",
    "not a good film, " * 700,
]
GOOD = ["good", "great", "lovely", "warm", "witty"]
BAD = ["bad", "dull", "awful", "cold", "flat"]
NEUTRAL = ["the", "film", "is", "not", "and", "!", ".", "a", "plot", "don't", "it's"]


def written_reviews(n: int, seed: int) -> pd.DataFrame:
    """Return made-up reviews: mostly neutral words, and some of the label's own."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    texts = [
        " ".join(rng.permutation([*rng.choice(GOOD if label else BAD, 4), *rng.choice(NEUTRAL, 12)]))
        for label in labels
    ]
    return pd.DataFrame({"text": texts, "label": labels})


@pytest.fixture(scope="module")
def reviews():
    return written_reviews(120, seed=1)


@pytest.fixture(scope="module")
def validation():
    return written_reviews(40, seed=2)


@pytest.fixture(scope="module")
def fitted(reviews, validation, tmp_path_factory):
    """Return (folder, FitResult) by family."""
    made = {}
    for name in LINEAR:
        folder = tmp_path_factory.mktemp(name)
        family = FAMILIES[name]
        made[name] = (
            folder,
            family.fit(reviews, validation, family.default_params, folder, scratch=folder),
        )
    return made


@pytest.fixture(scope="module", params=LINEAR)
def model(request, fitted) -> LinearClassifier:
    return classifier.load(fitted[request.param][0], request.param)


def sklearn_counts(texts, others, max_n, min_df):
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(
        tokenizer=ngrams.tokens, token_pattern=None, lowercase=False, ngram_range=(1, max_n), min_df=min_df
    )
    return vectorizer.fit_transform(texts), vectorizer.transform(others), vectorizer.get_feature_names_out()


def named(vocabulary: Vocabulary) -> list[str]:
    """Return each column's n-gram in words."""
    names = []
    for order, keys in enumerate(vocabulary.keys, start=1):
        for key in keys.tolist():
            digits = []
            for _ in range(order):
                key, digit = divmod(key, len(vocabulary.words))
                digits.append(vocabulary.words[digit])
            names.append(" ".join(reversed(digits)))
    return names


@pytest.mark.parametrize(("max_n", "min_df"), [(1, 1), (2, 2), (3, 2), (3, 1)])
def test_counts_are_those_of_scikit_learn(reviews, max_n, min_df):
    texts, others = reviews["text"].tolist(), EDGE_TEXTS
    vocabulary, learned = ngrams.learn(texts, max_n, min_df)
    expected, expected_others, features = sklearn_counts(texts, others, max_n, min_df)
    columns = [list(features).index(name) for name in named(vocabulary)]
    assert sorted(columns) == list(range(len(features)))
    assert (learned != expected[:, columns]).nnz == 0
    assert (vocabulary.counts(texts) != learned).nnz == 0
    assert (vocabulary.counts(others) != expected_others[:, columns]).nnz == 0


def test_counts_are_those_of_scikit_learn_where_ngrams_are_huge_numbers():
    words = np.random.default_rng(0).permutation([f"w{n}" for n in range(5000)])
    texts = [" ".join(words[start : start + 40]) for start in range(0, 5000, 20)]
    vocabulary, learned = ngrams.learn(texts, 5, 2)
    assert vocabulary.keys[-1][-1] > 2**60  # with a text's number beside it, more than 63 bits
    expected, _, features = sklearn_counts(texts, EDGE_TEXTS, 5, 2)
    columns = [list(features).index(name) for name in named(vocabulary)]
    assert (learned != expected[:, columns]).nnz == 0


def test_counting_some_texts_at_a_time_changes_nothing(reviews, monkeypatch):
    texts = reviews["text"].tolist()
    _, at_once = ngrams.learn(texts, 2, 2)
    monkeypatch.setattr(ngrams, "CHUNK", 7)
    _, in_parts = ngrams.learn(texts, 2, 2)
    assert (at_once != in_parts).nnz == 0


def test_tf_idf_values_are_those_of_scikit_learn(reviews):
    from sklearn.feature_extraction.text import TfidfTransformer

    _, counts = ngrams.learn(reviews["text"].tolist(), 2, 2)
    ours = tfidf.weigh(counts, reviews["label"].to_numpy()).features(counts)
    theirs = TfidfTransformer(sublinear_tf=True).fit_transform(counts)
    np.testing.assert_allclose(ours.toarray(), theirs.toarray(), atol=1e-12)


def test_bag_of_words_values_are_the_counts(reviews):
    _, counts = ngrams.learn(reviews["text"].tolist(), 2, 2)
    assert (bow.weigh(counts, reviews["label"].to_numpy()).features(counts) != counts).nnz == 0


def test_the_log_count_ratio_is_that_of_a_hand_calculation():
    texts = ["good good film", "good plot", "bad film", "bad bad bad plot"]
    vocabulary, counts = ngrams.learn(texts, 1, 1)
    ratio = nbsvm.log_count_ratio(counts, np.array([1, 1, 0, 0]), alpha=1.0)
    # Reviews that use the word, plus alpha: bad p 1 q 3, film 2 2, good 3 1, plot 2 2; both sums are 8.
    assert vocabulary.words == ("bad", "film", "good", "plot")
    np.testing.assert_allclose(ratio, np.log([1 / 3, 1, 3, 1]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't stop!", ["do", "n't", "stop", "!"]),
        ("It’s CAN'T", ["it", "'s", "ca", "n't"]),
        ("'good', they said", ["'", "good", "'", ",", "they", "said"]),
        ("rock'n'roll...", ["rock", "'", "n", "'", "roll", ".", ".", "."]),
        ("naïve 10/10", ["naïve", "10", "/", "10"]),
        ("  \n\t ", []),
    ],
)
def test_words_clitics_and_punctuation_are_tokens(text, expected):
    assert ngrams.tokens(text) == expected


@pytest.mark.parametrize("text", EDGE_TEXTS)
def test_the_span_of_a_token_is_where_the_token_is(text):
    cut = [text[start:end].lower().replace("’", "'") for start, end in ngrams.token_spans(text)]
    assert [word.replace("i̇", "İ") for word in cut] == ngrams.tokens(text)


def test_a_word_with_an_apostrophe_counts_as_one_word(model):
    texts = ["I don't, I won’t!", "", "...", "one", "a b\nc " * 900]
    assert model.token_counts(texts).tolist() == [4, 0, 0, 1, 2700]
    assert model.max_tokens is None


@pytest.mark.parametrize("text", EDGE_TEXTS)
def test_the_weights_of_the_words_and_the_bias_sum_to_the_logit(model, text):
    from scipy.special import expit

    weights = model.word_weights(text)
    logit = model.bias + sum(weight for _, _, weight in weights)
    assert logit == pytest.approx(model.log_odds([text])[0], abs=1e-9)
    assert expit(logit) == pytest.approx(model.predict_proba([text])[0, 1], abs=1e-12)
    assert [(start, end) for start, end, _ in weights] == ngrams.token_spans(text)


def test_a_pair_of_words_shares_its_weight_evenly():
    # "not" 1.0, "good" 2.0, "not good" -8.0; counts as they are, so nothing is scaled.
    vocabulary = Vocabulary(("good", "not"), (np.array([0, 1]), np.array([1 * 2 + 0])))
    model = LinearClassifier(
        "by-hand", vocabulary, Weighting("count", np.ones(3), False), np.array([2.0, 1.0, -8.0]), bias=0.5
    )
    assert model.word_weights("Not good, good") == [
        (0, 3, 1.0 - 4.0),
        (4, 8, 2.0 - 4.0),
        (8, 9, 0.0),
        (10, 14, 2.0),
    ]
    assert model.log_odds(["Not good, good"])[0] == pytest.approx(0.5 + 1.0 + 2.0 + 2.0 - 8.0)


def test_the_length_of_a_review_scales_its_weights():
    # sublinear: "good" twice = 1 + ln 2 at idf 1, "film" once at idf 3; divided by the Euclidean length.
    vocabulary = Vocabulary(("film", "good"), (np.array([0, 1]),))
    model = LinearClassifier(
        "by-hand", vocabulary, Weighting("sublinear", np.array([3.0, 1.0]), True), np.array([1.0, 5.0]), 0.0
    )
    twice = 1 + np.log(2)
    norm = np.hypot(3.0, twice)
    weights = [weight for _, _, weight in model.word_weights("good film good")]
    assert weights == pytest.approx([5 * twice / norm / 2, 3 / norm, 5 * twice / norm / 2])


def test_the_regression_is_that_of_scikit_learn_on_the_same_features(reviews, validation):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    pipeline = make_pipeline(
        TfidfVectorizer(
            tokenizer=ngrams.tokens,
            token_pattern=None,
            lowercase=False,
            ngram_range=(1, 2),
            min_df=2,
            sublinear_tf=True,
        ),
        LogisticRegression(C=2.0, solver="liblinear", tol=1e-8, max_iter=10_000),
    ).fit(reviews["text"], reviews["label"])
    params = dict(tfidf.DEFAULTS) | {"C": 2.0}
    model = _fitted_in_memory(tfidf.FAMILY, reviews, validation, params)
    expected = pipeline.predict_proba(validation["text"])
    np.testing.assert_allclose(model.predict_proba(validation["text"].tolist()), expected, atol=2e-3)


def _fitted_in_memory(family, train, validation, params):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as name:
        family.fit(train, validation, params, Path(name), scratch=Path(name))
        return family.load(Path(name), "model")


@pytest.mark.parametrize("family", LINEAR)
def test_the_c_with_the_smallest_validation_log_loss_is_kept(fitted, validation, family):
    from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

    folder, result = fitted[family]
    losses = {row["C"]: row["log_loss"] for row in result.curves}
    assert len(losses) >= 3
    assert result.params["C"] == min(losses, key=losses.__getitem__)
    prob = classifier.load(folder, "m").predict_proba(validation["text"].tolist())[:, 1]
    assert result.validation["log_loss"] == pytest.approx(log_loss(validation["label"], prob))
    assert result.validation["roc_auc"] == pytest.approx(roc_auc_score(validation["label"], prob))
    assert result.validation["accuracy"] == accuracy_score(validation["label"], prob >= 0.5)


def test_a_given_c_is_used_as_it_is(reviews, validation, tmp_path):
    params = dict(nbsvm.DEFAULTS) | {"C": 0.7, "max_n": 1}
    result = nbsvm.FAMILY.fit(reviews, validation, params, tmp_path, scratch=tmp_path)
    assert result.params["C"] == 0.7
    assert [row["C"] for row in result.curves] == [0.7]


@pytest.mark.parametrize(
    ("family", "wrong", "said"),
    [
        ("tfidf", {"C": -1.0}, "C = -1.0 is not possible"),
        ("bow", {"max_n": 0}, "max_n = 0 is not possible"),
        ("nbsvm", {"alpha": 0.0}, "alpha = 0.0 is not possible"),
        ("tfidf", {"min_df": 100_000}, "no word occurs in 100000 reviews"),
        ("bow", {"max_n": 60}, "max_n 60 is too long"),
    ],
)
def test_an_impossible_setting_is_refused_in_one_line(reviews, validation, tmp_path, family, wrong, said):
    params = dict(FAMILIES[family].default_params) | wrong
    with pytest.raises(ModelError, match=said):
        FAMILIES[family].fit(reviews, validation, params, tmp_path, scratch=tmp_path)


def test_the_answer_depends_neither_on_the_batch_nor_on_the_order(model, monkeypatch):
    monkeypatch.setattr(classifier, "CHUNK", 3)
    together = model.predict_proba(EDGE_TEXTS)
    alone = np.concatenate([model.predict_proba([text]) for text in EDGE_TEXTS])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(model.predict_proba(EDGE_TEXTS[::-1])[::-1], together)
    assert model.predict_proba([]).shape == (0, 2)


def test_a_text_of_unknown_words_gets_the_bias_alone(model):
    assert model.log_odds(["", "zzz qqq"]).tolist() == [model.bias, model.bias]


def test_a_text_with_a_lone_surrogate_is_answered(model):
    assert np.isfinite(model.predict_proba(["good \ud800 film"])).all()


def test_skops_reads_the_file_and_finds_nothing_to_distrust(fitted):
    import skops.io

    folder, _ = fitted["nbsvm"]
    path = folder / file.FILE
    assert skops.io.get_untrusted_types(file=path) == []
    theirs, ours = skops.io.load(path, trusted=[]), file.load(folder)
    assert theirs.keys() == ours.keys()
    for name, value in theirs.items():
        np.testing.assert_array_equal(ours[name], value)
        assert type(ours[name]) is type(value)


def test_the_file_is_deflated(fitted):
    with zipfile.ZipFile(fitted["tfidf"][0] / file.FILE) as archive:
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_DEFLATED}


def test_a_file_that_holds_another_type_is_refused(tmp_path):
    from sklearn.linear_model import LogisticRegression
    from skops.io import dump

    for stranger in ({"words": LogisticRegression()}, {"words": ["a"]}, LogisticRegression(), [1]):
        dump(stranger, tmp_path / file.FILE)
        with pytest.raises(ModelError, match="not trusted") as refusal:
            classifier.load(tmp_path, "m")
        assert "\n" not in str(refusal.value)


def test_an_array_of_python_objects_is_refused(tmp_path):
    from skops.io import dump

    dump({"words": np.array(["a", None], dtype=object)}, tmp_path / file.FILE)
    with pytest.raises(ModelError):
        classifier.load(tmp_path, "m")


def test_a_damaged_or_missing_file_is_reported_in_one_line(fitted, tmp_path):
    whole = (fitted["tfidf"][0] / file.FILE).read_bytes()
    path = tmp_path / file.FILE
    for content in (
        None,
        b"",
        whole[: len(whole) // 2],
        b"not a zip file",
        whole[:40] + b"\0" * 40 + whole[80:],
    ):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ModelError) as refusal:
            classifier.load(tmp_path, "m")
        assert "\n" not in str(refusal.value)


def test_loading_needs_neither_skops_nor_scikit_learn_nor_torch(fitted):
    code = (
        "import sys, pathlib\n"
        "from sentiment_core.classifiers.linear import classifier\n"
        "model = classifier.load(pathlib.Path(sys.argv[1]), 'm')\n"
        "model.predict_proba(['a good film'])\n"
        "heavy = {'skops', 'sklearn', 'torch', 'transformers'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(fitted["tfidf"][0])], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_negation_is_learned_from_pairs_of_words(tmp_path):
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(60):
        padding = " ".join(rng.choice(["the", "film", "was", "it", "and"], 5))
        rows += [
            (f"{padding} good", 1),
            (f"{padding} not good", 0),
            (f"{padding} not bad", 1),
            (f"{padding} bad", 0),
        ]
    frame = pd.DataFrame(rows, columns=["text", "label"])
    for name in LINEAR:
        family = FAMILIES[name]
        family.fit(frame, frame, family.default_params, tmp_path, scratch=tmp_path)
        prob = family.load(tmp_path, name).predict_proba(["it was not good", "it was not bad"])[:, 1]
        assert prob[0] < 0.5 < prob[1], name
        (tmp_path / file.FILE).unlink()
