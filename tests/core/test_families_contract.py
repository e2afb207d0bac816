"""What every family of classifiers promises, whichever it is; a new line in FAMILIES is tested by itself."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from endpoint_server import serving

from sentiment_core import models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Classifier, Setting
from sentiment_core.classifiers.remote import consent
from sentiment_core.classifiers.remote.endpoint import Endpoint
from sentiment_core.contracts import check_family
from sentiment_core.contracts.base import ContractError
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import Cancelled, ModelError
from sentiment_core.training import train

#: The smallest training that is one, for the families whose defaults need a hub or hours.
TINY = {
    "transformer": {
        "base": "distilbert-minilm",
        "epochs": 1,
        "max_length": 16,
        "freeze_embeddings": True,
        "threads": 1,
    },
    "onnx": {"epochs": 1, "max_length": 16, "batch_size": 24, "freeze_embeddings": True, "threads": 1},
    "static": {"further_words": False},
}
#: They are trained once, for the contract; how they stand on the shelf is tested with their own tests.
SLOW = {"transformer", "onnx"}
WORDS = {0: ("dull", "flat", "cold"), 1: ("warm", "witty", "lovely")}


@pytest.fixture(scope="module")
def endpoint():
    """Serve a model for the families that ask one, and allow its address."""
    with serving() as served:
        consent.give(Endpoint.of({"url": served.url}))
        yield served.url


@pytest.fixture(scope="module", autouse=True)
def elsewhere(endpoint):
    """Let the settings of a small training name that address."""
    TINY["remote"] = {"url": endpoint, "reviews": 8}


def settings_of(name, dataset):
    """Return settings of a small training; what a family is made of is trained first, where it is missing."""
    if not FAMILIES[name].made_of:
        return TINY.get(name, {})
    there = {card.family: card.model_id for card in models.list_models()}
    for member in ("tfidf", "bow"):
        there.setdefault(member, train.train(member, dataset).model_id)
    return {FAMILIES[name].made_of: f"{there['tfidf']},{there['bow']}"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in FAMILIES]
)
def test_a_family_keeps_its_contract(name, dataset, tiny_base):
    assert FAMILIES[name].name == name
    base = {"base": str(tiny_base)} if name == "onnx" else {}
    check_family(FAMILIES[name], (settings_of(name, dataset) or {}) | base)


@pytest.mark.parametrize("name", [name for name, family in FAMILIES.items() if family.settings])
def test_a_setting_below_what_its_family_offers_is_refused_by_name(name, tmp_path):
    family = FAMILIES[name]
    for setting, offered in family.settings.items():
        if not isinstance(family.default_params[setting], bool):
            params = {**family.default_params, setting: offered.low - 1}
            with pytest.raises(ModelError, match=f"{setting} = .* is not possible; give "):
                family.fit(pd.DataFrame(), pd.DataFrame(), params, tmp_path, scratch=tmp_path)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"depth": Setting("Depth", "h")}, "none of its settings"),
        ({"max_n": Setting("n", "h", 5, 9)}, "limits"),
    ],
)
def test_a_family_that_offers_what_it_does_not_have_breaks_its_contract(settings, said):
    family = dataclasses.replace(FAMILIES["tfidf"], settings=settings)
    with pytest.raises(ContractError, match=said):
        check_family(family)


@pytest.fixture(scope="module")
def dataset():
    rows = [
        (
            f"r{i}",
            f"A {WORDS[i % 2][i % 3]} and {WORDS[i % 2][(i + 1) % 3]} film, number {i}.",
            i % 2,
            "train" if i < 24 else "validation",
            "made",
        )
        for i in range(32)
    ]
    return make_dataset(
        "made", pd.DataFrame(rows, columns=["example_id", "text", "label", "split", "source"])
    )


@pytest.fixture(scope="module", params=[name for name in FAMILIES if name not in SLOW])
def card(request, dataset, tmp_path_factory):
    """Train each quick family once, in a workspace of its own that outlives the single test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELCHECK_HOME", str(tmp_path_factory.mktemp("families")))
        yield train.train(request.param, dataset, settings_of(request.param, dataset))


@pytest.fixture
def shelf(card, monkeypatch):
    """Look at the workspace that `card` was made in."""
    monkeypatch.setenv("REELCHECK_HOME", str(card.folder.parents[1]))


def test_a_trained_model_is_on_the_shelf_with_its_figures(card, shelf):
    assert models.resolve(card.model_id) == card
    assert card.manifest["params"].keys() == FAMILIES[card.family].default_params.keys()
    assert 0 <= card.manifest["validation"]["accuracy"] <= 1
    assert card.manifest["curves"]
    assert card.size_bytes > 0


def test_what_is_loaded_is_a_classifier_with_the_model_s_id(card, shelf):
    loaded = models.load_model(card.model_id)
    assert isinstance(loaded, Classifier)
    assert loaded.model_id == card.model_id


def test_training_can_be_cancelled_and_leaves_nothing_on_the_shelf(card, dataset):
    def stop(done, total, what):
        raise Cancelled

    settings = settings_of(card.family, dataset)
    before = models.list_models()
    with pytest.raises(Cancelled):
        train.train(card.family, dataset, settings, progress=stop)
    assert models.list_models() == before
