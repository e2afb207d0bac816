"""Occlusion: each word is left out in turn, and the change of the score is kept."""

from __future__ import annotations

import numpy as np

from sentiment_core.classifiers.base import Classifier
from sentiment_core.explanation.asking import Asker
from sentiment_core.explanation.base import Explainer, Settings, Shares
from sentiment_core.explanation.passages import Passage


def share(classifier: Classifier, passage: Passage, settings: Settings) -> Shares:
    """Return the log-odds with the text less without each word.

    They do not add up to the answer: words that say the same cover for each other.
    """
    asker = Asker(classifier, passage)
    one_left_out = ~np.eye(len(passage.words), dtype=bool)
    whole = asker.whole()
    return Shares(passage.words, whole - asker.of(one_left_out), whole, asker.nothing())


EXPLAINER = Explainer(
    name="occlusion",
    title="Occlusion",
    description="How the answer changes without a word; words that say the same cover for each other.",
    source="Li, Monroe & Jurafsky 2016",
    baseline="the answer to an empty text",
    share=share,
    passes=lambda words, settings: words + 2,
)
