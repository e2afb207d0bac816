"""Asking a classifier for log-odds: each distinct text once, in batches of like length."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.base import AnswersAlike, Classifier, GivesLogOdds
from sentiment_core.explanation.passages import Passage

Floats = NDArray[np.float64]

#: Probabilities nearer to 0 or 1 than this are no more certain.
NEAREST = 1e-15
#: Texts asked at once: sorted by length by the classifier, they need little padding.
AT_ONCE = 1024


def log_odds(classifier: Classifier, texts: Sequence[str]) -> Floats:
    """Return float64 [n]: the log-odds of positive; from probabilities where the model has no logits."""
    if isinstance(classifier, GivesLogOdds):
        return classifier.log_odds(list(texts))
    inside = np.clip(np.asarray(classifier.predict_proba(list(texts)), dtype=np.float64), NEAREST, 1.0)
    return np.asarray(np.log(inside[:, 1]) - np.log(inside[:, 0]))


class Asker:
    """Asks about parts of one passage, and remembers every answer."""

    def __init__(self, classifier: Classifier, passage: Passage) -> None:
        self.classifier = classifier
        self.passage = passage
        self._answers: dict[str, float] = {}
        self._ask = (
            classifier.alike() if isinstance(classifier, AnswersAlike) else partial(log_odds, classifier)
        )

    def whole(self) -> float:
        """Return the log-odds of everything that is read."""
        return float(self.of(np.ones((1, len(self.passage.words)), dtype=bool))[0])

    def nothing(self) -> float:
        """Return the log-odds of the empty text."""
        return float(self.of(np.zeros((1, len(self.passage.words)), dtype=bool))[0])

    def of(self, keep: NDArray[np.bool_]) -> Floats:
        """Return float64 [n]: the log-odds with only the words that each row of [n, words] keeps.

        Each text is asked once: of repeated words it often does not matter which is left out.
        """
        texts = [self.passage.kept(row) for row in keep]
        new = [text for text in dict.fromkeys(texts) if text not in self._answers]
        for start in range(0, len(new), AT_ONCE):
            some = new[start : start + AT_ONCE]
            self._answers.update(zip(some, self._ask(some).tolist(), strict=True))
        return np.array([self._answers[text] for text in texts], dtype=np.float64)
