"""Random scores, which know nothing of the model: what every other explainer has to beat."""

from __future__ import annotations

import zlib
from types import MappingProxyType

import numpy as np

from sentiment_core.classifiers.base import Classifier
from sentiment_core.explanation.asking import log_odds
from sentiment_core.explanation.base import Explainer, Settings, Shares
from sentiment_core.explanation.passages import Passage


def share(classifier: Classifier, passage: Passage, settings: Settings) -> Shares:
    """Return normal numbers, the same for the same text and seed."""
    rng = np.random.default_rng([settings["seed"], zlib.crc32(passage.text.encode())])
    value = float(log_odds(classifier, [passage.read])[0])
    return Shares(passage.words, rng.standard_normal(len(passage.words)), value, 0.0)


EXPLAINER = Explainer(
    name="random",
    title="Random",
    description="Scores by chance: an explainer that does no better than these explains nothing.",
    source="the baseline of Edin et al. 2024",
    baseline="none",
    share=share,
    passes=lambda words, settings: 1,
    settings=MappingProxyType({"seed": 0}),
    chance=True,
)
