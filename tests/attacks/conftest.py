"""What the tests of attacks share: three small models that react to words, and the reviews they know."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from made_reviews import made_dataset, made_reviews

from sentiment_core import models, training, workspace
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Classifier
from sentiment_core.models import ModelCard

#: Large steps on tiny random weights: a few seconds, and nearly every review right.
TINY = {
    "learning_rate": 6e-3,
    "epochs": 10.0,
    "label_smoothing": 0.2,  # answers stay between 0.05 and 0.95
    "batch_size": 16,
    "max_length": 128,
    "threads": 1,
    "warmup_ratio": 0.0,
}


@pytest.fixture(scope="session")
def attack_cards(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ModelCard]:
    """Return (family) -> card of a model trained once a session, outside any workspace."""
    place = tmp_path_factory.mktemp("attack-models")
    cards: dict[str, ModelCard] = {}

    def card(family: str) -> ModelCard:
        if family not in cards:
            params = TINY | {"base": str(_tiny_base(place / "base"))} if family == "transformer" else {}
            cards[family] = training.train(family, made_dataset(), params, shelf=place)
        return cards[family]

    return card


@pytest.fixture(scope="session")
def attack_model(attack_cards: Callable[[str], ModelCard]) -> Callable[[str], Classifier]:
    """Return (family: tfidf, bow, nbsvm or transformer) -> a small classifier of it, loaded once."""
    loaded: dict[str, Classifier] = {}

    def model(family: str) -> Classifier:
        if family not in loaded:
            card = attack_cards(family)
            loaded[family] = FAMILIES[family].load(card.folder, card.model_id)
        return loaded[family]

    return model


@pytest.fixture
def shelve(attack_cards: Callable[[str], ModelCard], reelcheck_home: Path) -> Callable[[str], ModelCard]:
    """Return (family) -> card of the same model in this test's own workspace, with its family as alias."""

    def put(family: str) -> ModelCard:
        card = attack_cards(family)
        target = workspace.models_folder() / card.model_id
        if not target.exists():
            shutil.copytree(card.folder, target)
            models.set_alias(family, card.model_id)
        return models.resolve(family)

    return put


@pytest.fixture(scope="session")
def attack_reviews() -> pd.DataFrame:
    """Sixty reviews that no model was trained on: example_id, text, label."""
    return made_reviews(60, seed=2)


@pytest.fixture(scope="session")
def textattack() -> Any:
    """TextAttack, imported once (some seconds)."""
    from attacks import offline

    return offline.textattack()


def _tiny_base(folder: Path) -> Path:
    """Write a DistilBERT of the real architecture with tiny random weights."""
    import torch
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    from sentiment_core.classifiers.pretrained import load_base

    torch.manual_seed(7)
    shape = DistilBertConfig(vocab_size=30522, dim=32, hidden_dim=64, n_layers=2, n_heads=2)
    DistilBertForSequenceClassification(shape).save_pretrained(folder)
    load_base("distilbert-minilm").tokenizer.save_pretrained(folder)
    return folder
