"""What the tests of attacks share: small models that react to words, and the reviews they know."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from made_reviews import BAD, GOOD, VERBS, made_dataset, made_reviews

from sentiment_core import models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Classifier
from sentiment_core.classifiers.blend.classifier import BlendClassifier
from sentiment_core.models import ModelCard
from sentiment_core.storage import workspace
from sentiment_core.training import train

#: The head below is fitted already; training then hardly moves it, and puts a whole model on the shelf.
TINY = {
    "learning_rate": 1e-7,
    "epochs": 1.0,
    "max_length": 128,
    "threads": 1,
}
NETWORKS = ("transformer", "onnx")


#: Blends for the attacks: members and weights. Only linear ones answer equally to the last bit.
BLENDS = {
    "linear-blend": (("tfidf", "nbsvm"), (0.6, 0.7)),
    "mixed-blend": (("transformer", "nbsvm"), (0.3, 0.6)),
}


@pytest.fixture(scope="session")
def attack_cards(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ModelCard]:
    """Return (family) -> card of a model trained once a session, outside any workspace."""
    place = tmp_path_factory.mktemp("attack-models")
    cards: dict[str, ModelCard] = {}

    def card(family: str) -> ModelCard:
        if family not in cards:
            params = TINY | {"base": str(_tiny_base(place / "base"))} if family in NETWORKS else {}
            cards[family] = train.train(family, made_dataset(), params, shelf=place)
        return cards[family]

    return card


@pytest.fixture(scope="session")
def attack_model(attack_cards: Callable[[str], ModelCard]) -> Callable[[str], Classifier]:
    """Return (family: tfidf, bow, nbsvm, transformer, onnx, one of BLENDS) -> a small one."""
    loaded: dict[str, Classifier] = {}

    def model(family: str) -> Classifier:
        if family in BLENDS:
            parts, weights = BLENDS[family]
            loaded[family] = BlendClassifier(family, [model(part) for part in parts], weights)
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
    from attacks.resources import offline

    return offline.textattack()


def _tiny_base(folder: Path) -> Path:
    """Write a DistilBERT of the real architecture with tiny random weights and a head that knows words."""
    import torch
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
    from sentiment_core.classifiers.transformer.pretrained import load_base
    from sentiment_core.classifiers.transformer.reading import Reader

    torch.manual_seed(7)
    shape = DistilBertConfig(
        vocab_size=30522, dim=32, hidden_dim=64, n_layers=2, n_heads=2, initializer_range=0.1
    )
    model = DistilBertForSequenceClassification(shape).eval()
    tokenizer = load_base("distilbert-minilm").tokenizer
    with torch.no_grad():
        for sign, words in ((1.0, GOOD + VERBS[1]), (-1.0, BAD + VERBS[0])):
            for number in tokenizer(words, add_special_tokens=False)["input_ids"]:
                model.get_input_embeddings().weight[number[0], 0] += sign
        _fit_head(model, TransformerClassifier("", model, Reader(tokenizer, 128, "head")))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _fit_head(model: Any, classifier: Any) -> None:
    """Set the head to a logistic regression on the first token's hidden state."""
    import torch
    from sklearn.linear_model import LogisticRegression

    reviews = made_reviews(200, seed=0)
    states = []
    hook = model.pre_classifier.register_forward_hook(lambda _, given, __: states.append(given[0]))
    for text in reviews["text"]:
        classifier.predict_logits([text])
    hook.remove()
    fitted = LogisticRegression(C=100.0, max_iter=5000).fit(torch.cat(states).numpy(), reviews["label"])
    weights = torch.tensor(fitted.coef_[0], dtype=torch.float32)
    for layer in (model.pre_classifier, model.classifier):
        layer.weight.zero_()
        layer.bias.zero_()
    for place, sign in enumerate((1.0, -1.0)):  # relu(x) - relu(-x) = x
        model.pre_classifier.weight[place] = sign * weights
        model.pre_classifier.bias[place] = sign * float(fitted.intercept_[0])
        model.classifier.weight[1, place] = 0.5 * sign
        model.classifier.weight[0, place] = -0.5 * sign
