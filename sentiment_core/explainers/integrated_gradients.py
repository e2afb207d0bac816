"""Integrated gradients: slopes summed on the way from a masked text to the text."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from sentiment_core.classifiers.base import Classifier
from sentiment_core.explanation.base import Explainer, Settings, Shares
from sentiment_core.explanation.gradients import Network, lacking, network_of
from sentiment_core.explanation.passages import Passage
from sentiment_core.explanation.path_integral import Point, Points, integral

#: Tokens in one forward and backward pass: beyond this a batch only takes more memory.
TOKEN_BUDGET = 4096


def share(classifier: Classifier, passage: Passage, settings: Settings) -> Shares:
    """Return the integral at the word embeddings, from [MASK] for every token."""
    network = network_of(classifier, passage)
    found = integral(points_of(network), settings["steps"], settings["thousandths"] / 1000)
    special = np.array(network.special)
    words = [pair for pair, skipped in zip(network.offsets, special, strict=True) if not skipped]
    return Shares(words, found.parts[~special], found.end, found.start)


def points_of(network: Network) -> Points:
    """Return what gives the log-odds on the way, and what each token adds to their slope."""
    import torch

    start = network.embedding(network.masked).detach()
    way = network.embedding(network.ids).detach() - start
    at_once = max(1, TOKEN_BUDGET // network.ids.shape[1])

    def some(places: Sequence[float]) -> list[Point]:
        share_of_way = torch.tensor(places, dtype=way.dtype, device=way.device)[:, None, None]
        with torch.enable_grad():
            embedded = (start + share_of_way * way).requires_grad_(True)
            values = network.log_odds_of_embedded(embedded)
            (slopes,) = torch.autograd.grad(values.sum(), embedded)
        parts = (slopes * way).sum(-1).double().cpu().numpy()
        return [Point(*one) for one in zip(places, values.detach().double().tolist(), parts, strict=True)]

    def points(places: Sequence[float]) -> list[Point]:
        return [
            point
            for first in range(0, len(places), at_once)
            for point in some(places[first : first + at_once])
        ]

    return points


EXPLAINER = Explainer(
    name="integrated-gradients",
    title="Integrated gradients",
    description="Slopes summed on the way from a masked text to the text; delta is the error of the sum.",
    source="Sundararajan, Taly & Yan 2017, at the word embeddings; Simpson's rule, finer where it is off",
    baseline="every word as the mask token",
    share=share,
    lacking=lacking,
    passes=lambda words, settings: settings["steps"] * 1.7,
    settings=MappingProxyType({"steps": 33, "thousandths": 100}),
)
