"""Integrated gradients: slopes summed on the way from a masked text to the text."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

from sentiment_core.classifiers.base import Classifier
from sentiment_core.explanation.base import Explainer, Settings, Shares
from sentiment_core.explanation.gradients import Network, lacking, network_of
from sentiment_core.explanation.passages import Passage

#: Tokens in one forward and backward pass: beyond this a batch only takes more memory.
TOKEN_BUDGET = 4096


def share(classifier: Classifier, passage: Passage, settings: Settings) -> Shares:
    """Return captum's integrated gradients at the word embeddings, from [MASK] for every token."""
    import torch

    network = network_of(classifier, passage)
    scores = attributed(network, settings["steps"]).sum(-1)[0].detach().double().cpu().numpy()
    with torch.no_grad():
        value, base = (float(network.log_odds(ids)) for ids in (network.ids, network.masked))
    special = np.array(network.special)
    words = [pair for pair, skipped in zip(network.offsets, special, strict=True) if not skipped]
    return Shares(words, scores[~special], value, base)


def attributed(network: Network, steps: int) -> Any:
    """Return [1, tokens, width]: what each number of the embeddings contributes (Gauss-Legendre).

    The same as captum's LayerIntegratedGradients at the layer of word embeddings, which runs that layer again
    for each part of the steps.
    """
    from captum.attr import IntegratedGradients

    at_once = max(1, TOKEN_BUDGET // network.ids.shape[1])
    embedded, masked = (network.embedding(ids).detach() for ids in (network.ids, network.masked))
    return IntegratedGradients(network.log_odds_of_embedded).attribute(
        embedded, baselines=masked, n_steps=steps, internal_batch_size=at_once
    )


EXPLAINER = Explainer(
    name="integrated-gradients",
    title="Integrated gradients",
    description="Slopes summed on the way from a masked text to the text; delta is the error of the sum.",
    source="Sundararajan, Taly & Yan 2017; captum's integrated gradients at the embeddings",
    baseline="every word as the mask token",
    share=share,
    lacking=lacking,
    passes=lambda words, settings: settings["steps"] * 3,
    settings=MappingProxyType({"steps": 32}),
)
