"""Gradient x input: the slope of the score at each word's embedding, times the embedding."""

from __future__ import annotations

import numpy as np

from sentiment_core.classifiers.base import Classifier
from sentiment_core.explanation.base import Explainer, Settings, Shares
from sentiment_core.explanation.gradients import lacking, network_of
from sentiment_core.explanation.passages import Passage


def share(classifier: Classifier, passage: Passage, settings: Settings) -> Shares:
    """Return each token's part of the first-order change from embeddings of zero."""
    import torch

    network = network_of(classifier, passage)
    with torch.enable_grad():
        embedded = network.embedding(network.ids).detach().requires_grad_(True)
        value = network.log_odds_of_embedded(embedded)
        (slope,) = torch.autograd.grad(value.sum(), embedded)
    with torch.no_grad():
        zero = float(network.log_odds_of_embedded(torch.zeros_like(embedded)))
    scores = (slope * embedded.detach()).sum(-1)[0].double().cpu().numpy()
    special = np.array(network.special)
    words = [pair for pair, skipped in zip(network.offsets, special, strict=True) if not skipped]
    return Shares(words, scores[~special], float(value.detach()), zero + float(scores[special].sum()))


EXPLAINER = Explainer(
    name="gradient",
    title="Gradient x input",
    description="How steeply the score changes with a word's embedding, times the embedding: fast and rough.",
    source="Shrikumar, Greenside & Kundaje 2017, section 2",
    baseline="word embeddings of zero",
    share=share,
    lacking=lacking,
    passes=lambda words, settings: 4,
)
