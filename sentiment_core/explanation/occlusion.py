"""Which words carry a short text's score: each is left out in turn, and the change is kept."""

from __future__ import annotations

import math
import re

import numpy as np

from sentiment_core.classifiers.base import Classifier

#: A word with what clings to it, so that leaving it out leaves a sentence with its spaces.
_WORD = re.compile(r"\S+")
#: Longer texts would need as many readings as they have words.
MOST_WORDS = 60
#: Probabilities nearer to 0 or 1 than this say no more about a word.
_NEAREST = 1e-6


def affordable(text: str) -> bool:
    """Whether a text is short enough to leave each of its words out in turn."""
    return 0 < len(_WORD.findall(text)) <= MOST_WORDS


def word_effects(classifier: Classifier, text: str) -> list[tuple[int, int, float]]:
    """Return (start, end, log-odds that the word adds) of each word: with the text less without the word.

    Unlike a linear model's weights these do not add up to the answer: words that say the same cover for each
    other. A text of more than MOST_WORDS words, or of none, has no effects.
    """
    if not affordable(text):
        return []
    spans = [match.span() for match in _WORD.finditer(text)]
    without = [(text[:start] + text[end:].lstrip()).strip() for start, end in spans]
    probabilities = np.asarray(classifier.predict_proba([text, *without]))[:, 1]
    whole, *parts = (_log_odds(float(probability)) for probability in probabilities)
    return [(start, end, whole - part) for (start, end), part in zip(spans, parts, strict=True)]


def _log_odds(probability: float) -> float:
    inside = min(max(probability, _NEAREST), 1 - _NEAREST)
    return math.log(inside / (1 - inside))
