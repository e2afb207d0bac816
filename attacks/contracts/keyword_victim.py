"""A model that counts words of praise and blame: what it answers can be told by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

PRAISE = {"good", "great", "wonderful", "excellent", "liked"}
BLAME = {"bad", "terrible", "boring", "awful", "hated"}
REVIEW = "It was a wonderful film with a good story and I liked the old songs in it."


class KeywordModel:
    """Probability of praise = logistic(words of praise - words of blame + a little for each letter)."""

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n, 2], column 1 = positive."""
        positive = np.array([self._positive(text) for text in texts])
        return np.stack([1 - positive, positive], axis=1)

    def _positive(self, text: str) -> float:
        words = [word.strip(".,!?") for word in text.lower().split()]
        score = sum(word in PRAISE for word in words) - sum(word in BLAME for word in words)
        return 1 / (1 + math.exp(-score - len(text) / 1000))  # every edit shows, as in a real model


def keyword_victim() -> Any:
    """Return the model as TextAttack's ModelWrapper; `asked` counts the texts it was given."""
    from textattack.models.wrappers import ModelWrapper

    class Victim(ModelWrapper):
        def __init__(self) -> None:
            self.model = KeywordModel()
            self.asked = 0

        def __call__(self, texts: Sequence[str]) -> NDArray[np.float64]:
            self.asked += len(texts)
            return self.model.predict_proba(texts)

    return Victim()
