"""DecompX: each word's own part of every hidden vector, propagated to the logits."""

from __future__ import annotations

import numpy as np

from sentiment_core.classifiers.base import Classifier
from sentiment_core.explanation import gradients
from sentiment_core.explanation.base import Explainer, Settings, Shares
from sentiment_core.explanation.decomposition import shares_of_logits
from sentiment_core.explanation.passages import Passage


def share(classifier: Classifier, passage: Passage, settings: Settings) -> Shares:
    """Return each token's part of the log-odds; with those of special tokens they sum to the log-odds."""
    import torch

    network = gradients.network_of(classifier, passage)
    logits = shares_of_logits(network.model, network.ids).cpu().numpy()
    scores = logits[:, 1] - logits[:, 0]
    with torch.no_grad():
        value = float(network.log_odds(network.ids))
    special = np.array(network.special)
    words = [pair for pair, skipped in zip(network.offsets, special, strict=True) if not skipped]
    return Shares(words, scores[~special], value, float(scores[special].sum()))


EXPLAINER = Explainer(
    name="decompx",
    title="DecompX",
    description="Every hidden vector of the network as a sum of one part per word, followed to the logits.",
    source="Modarressi et al. 2023, written for the DistilBERT architecture",
    baseline="the parts of the special tokens at both ends",
    share=share,
    lacking=gradients.architecture("DistilBertForSequenceClassification", "DistilBERT"),
    passes=lambda words, settings: 1.0 * words,
    adds_up_within=1e-3,
)
