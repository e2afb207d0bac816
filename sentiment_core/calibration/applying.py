"""A model's scaling becomes part of the model when it is loaded: the one place, for every family.

A family that is `Rescales` changes its own last weights, so that everything that is read off it (weights of
words, gradients, exports, the attacks' fast copies) is of the calibrated model. Any other classifier is
wrapped: its probabilities are calibrated, and what needs its inside is not offered.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sentiment_core.calibration.scaling import Scaling, finite_log_odds
from sentiment_core.classifiers.base import (
    Classifier,
    GivesLogOdds,
    KnowsItsWords,
    Rescales,
    ShowsTruncation,
    Span,
)


def rescaled(classifier: Classifier, scaling: Scaling | None) -> Classifier:
    """Return a classifier that was just loaded with calibrated log-odds; itself where there is no scaling."""
    if scaling is None:
        return classifier
    if isinstance(classifier, Rescales):
        classifier.rescale(scaling.scale, scaling.shift)
        return classifier
    return Wrapped(classifier, scaling)


class Wrapped:
    """A classifier that cannot scale itself, with calibrated probabilities."""

    def __init__(self, classifier: Classifier, scaling: Scaling) -> None:
        self.classifier, self.scaling = classifier, scaling
        self.model_id = classifier.model_id

    @property
    def max_tokens(self) -> int | None:
        """Return how many tokens of a text are read, or None where all are."""
        return self.classifier.max_tokens

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n, 2], column 1 = positive, rows sum to 1."""
        from scipy.special import expit

        positive = expit(self.log_odds(texts))
        return np.column_stack([1.0 - positive, positive])

    def log_odds(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n]: the calibrated log-odds of the positive class."""
        if isinstance(self.classifier, GivesLogOdds):
            return self.scaling.of_log_odds(self.classifier.log_odds(texts))
        return self.scaling.of_log_odds(finite_log_odds(self.classifier.predict_proba(texts)[:, 1]))

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return int64 [n]: each whole text in the model's own tokens, before truncation."""
        return self.classifier.token_counts(texts)

    def spans(self, text: str) -> list[Span]:
        """Return consecutive spans that cover the text, all of them read where the model cannot say."""
        inside = self.classifier
        return inside.spans(text) if isinstance(inside, ShowsTruncation) else [Span(0, len(text), True)]

    def knows_nothing(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Return bool [n]: whether the model knows no token; of a model that cannot say, of empty texts."""
        if isinstance(self.classifier, KnowsItsWords):
            return self.classifier.knows_nothing(texts)
        return np.array([not text.strip() for text in texts], dtype=np.bool_)
