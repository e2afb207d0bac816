"""What every family of classifiers promises, whichever it is; a new line in FAMILIES is tested by itself."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from sentiment_core import models, training
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Classifier, LinearInWords, ShowsTruncation
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import Cancelled

#: The smallest training that is one, for the families whose defaults need a hub or hours.
TINY = {
    "transformer": {
        "base": "distilbert-minilm",
        "epochs": 1,
        "max_length": 16,
        "freeze_embeddings": True,
        "threads": 1,
    }
}
SLOW = {"transformer"}
EDGE_TEXTS = [
    "",
    " ",
    "a",
    "good",
    "good good good good",
    "!!! ... ???",
    "I loved it 😀🎬",
    "فيلم رائع جدا",
    "<script>alert('film')</script><br />Dull.",
    "a line\nand\tanother\u2028one\x00end",
    "The plot wanders, then it does not. " * 300,
]
WORDS = {0: ("dull", "flat", "cold"), 1: ("warm", "witty", "lovely")}


def families():
    return [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in FAMILIES]


@pytest.fixture(scope="module")
def dataset():
    rows = [
        (
            f"r{i}",
            f"A {WORDS[i % 2][i % 3]} and {WORDS[i % 2][(i + 1) % 3]} film.",
            i % 2,
            "train" if i < 24 else "validation",
            "made",
        )
        for i in range(32)
    ]
    return make_dataset(
        "made", pd.DataFrame(rows, columns=["example_id", "text", "label", "split", "source"])
    )


@pytest.fixture(scope="module", params=families())
def card(request, dataset, tmp_path_factory):
    """Train each family once, in a workspace of its own that outlives the single test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELCHECK_HOME", str(tmp_path_factory.mktemp("families")))
        yield training.train(request.param, dataset, TINY.get(request.param))


@pytest.fixture(scope="module")
def model(card):
    return FAMILIES[card.family].load(card.folder, card.model_id)


@pytest.fixture
def shelf(card, monkeypatch):
    """Look at the workspace that `card` was made in."""
    monkeypatch.setenv("REELCHECK_HOME", str(card.folder.parents[1]))


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_has_words_for_the_page_and_settings_that_json_can_hold(name):
    family = FAMILIES[name]
    assert family.name == name
    assert family.title and family.description.endswith(".")
    assert json.loads(json.dumps(dict(family.default_params))) == dict(family.default_params)
    assert "seed" in family.default_params


def test_a_trained_model_stands_on_the_shelf_with_its_figures(card, shelf):
    assert models.resolve(card.model_id) == card
    assert card.manifest["params"].keys() == FAMILIES[card.family].default_params.keys()
    assert 0 <= card.manifest["validation"]["accuracy"] <= 1
    assert card.manifest["curves"]
    assert card.size_bytes > 0


def test_what_is_loaded_is_a_classifier_with_the_model_s_id(card, shelf):
    loaded = models.load_model(card.model_id)
    assert isinstance(loaded, Classifier)
    assert loaded.model_id == card.model_id


def test_the_folder_holds_nothing_that_could_run_code(card):
    endings = {path.suffix for path in card.folder.rglob("*") if path.is_file()}
    assert endings <= {".json", ".safetensors", ".skops", ".txt"}


def test_probabilities_are_two_columns_that_sum_to_one(model):
    prob = model.predict_proba(EDGE_TEXTS)
    assert prob.dtype == np.float64
    assert prob.shape == (len(EDGE_TEXTS), 2)
    assert np.isfinite(prob).all() and (prob >= 0).all() and (prob <= 1).all()
    np.testing.assert_allclose(prob.sum(axis=1), 1.0, atol=1e-9)


def test_no_texts_give_no_rows(model):
    assert model.predict_proba([]).shape == (0, 2)
    assert model.token_counts([]).shape == (0,)


def test_the_order_of_the_texts_is_kept(model):
    forward, backward = model.predict_proba(EDGE_TEXTS), model.predict_proba(EDGE_TEXTS[::-1])
    np.testing.assert_allclose(forward, backward[::-1], atol=1e-5)


def test_a_text_gets_the_same_answer_alone_and_in_company(model):
    alone = np.concatenate([model.predict_proba([text]) for text in EDGE_TEXTS])
    np.testing.assert_allclose(model.predict_proba(EDGE_TEXTS), alone, atol=1e-5)


def test_token_counts_are_whole_numbers_before_any_truncation(model):
    counts = model.token_counts(EDGE_TEXTS)
    assert counts.dtype == np.int64
    assert counts.shape == (len(EDGE_TEXTS),)
    assert (counts >= 0).all()
    assert counts[-1] >= 300 * 7
    assert counts[4] > counts[3]


def test_a_limit_on_tokens_is_a_number_or_none(model):
    assert model.max_tokens is None or model.max_tokens > 0
    if model.max_tokens is not None:
        assert isinstance(model, ShowsTruncation)


@pytest.mark.parametrize("text", EDGE_TEXTS)
def test_spans_cover_the_text_and_weights_sum_to_the_logit_where_a_model_offers_them(model, text):
    if isinstance(model, ShowsTruncation):
        assert "".join(text[start:end] for start, end, _ in model.spans(text)) == text
    if isinstance(model, LinearInWords):
        prob = model.predict_proba([text])[0, 1]
        total = sum(weight for _, _, weight in model.word_weights(text)) + model.bias
        assert 1 / (1 + np.exp(-total)) == pytest.approx(prob, abs=1e-9)


def test_training_can_be_cancelled_and_leaves_nothing_on_the_shelf(card, dataset):
    def stop(done, total, what):
        raise Cancelled

    with pytest.raises(Cancelled):
        training.train(card.family, dataset, TINY.get(card.family), progress=stop)
    assert models.list_models() == []
