"""The small models of these tests know the reviews they are attacked on."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("family", ["tfidf", "bow", "nbsvm", "transformer"])
def test_the_small_models_are_mostly_right(attack_model, attack_reviews, family):
    prob = attack_model(family).predict_proba(attack_reviews["text"].tolist())[:, 1]
    right = (prob >= 0.5) == (attack_reviews["label"] == 1)
    assert right.mean() > 0.9
    assert prob.std() > 0.2


def test_a_small_model_can_be_put_on_the_shelf(shelve):
    from sentiment_core import models

    card = shelve("tfidf")
    assert models.load_model("tfidf").model_id == card.model_id
