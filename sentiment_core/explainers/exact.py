"""The exact explanation of a linear model: each word's weight times its value."""

from __future__ import annotations

import numpy as np

from sentiment_core.classifiers.base import Classifier, LinearInWords
from sentiment_core.explanation.asking import log_odds
from sentiment_core.explanation.base import Explainer, Settings, Shares
from sentiment_core.explanation.passages import Passage


def share(classifier: Classifier, passage: Passage, settings: Settings) -> Shares:
    """Return the model's own weights; with the bias they sum to the logit."""
    assert isinstance(classifier, LinearInWords)
    found = classifier.word_weights(passage.text)
    value, bias = log_odds(classifier, [passage.text, ""])
    scores = np.array([weight for *_, weight in found], dtype=np.float64)
    return Shares([(start, end) for start, end, _ in found], scores, float(value), float(bias))


def lacking(classifier: Classifier) -> str:
    """Return why a classifier has no exact explanation."""
    return "" if isinstance(classifier, LinearInWords) else "its log-odds are not a sum over words"


EXPLAINER = Explainer(
    name="exact",
    title="Exact weights",
    description="What a linear model adds up: the weight of each word times its value; nothing is estimated.",
    source="the model's own arithmetic",
    baseline="the model's bias: its answer to a text without known words",
    share=share,
    lacking=lacking,
    passes=lambda words, settings: 2,
    adds_up_within=1e-6,
    exact=True,
)
