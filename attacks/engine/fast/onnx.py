"""A converted transformer's probabilities for the texts of one example: each input computed once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sentiment_core.classifiers.onnx.classifier import OnnxClassifier
from sentiment_core.classifiers.transformer.reading import softmax

#: Inputs between two looks at whether to stop.
CHUNK = 16

Ids = tuple[int, ...]


class FastOnnx:
    """Call it with texts, and get their probabilities, float64 [n, 2]."""

    def __init__(self, classifier: OnnxClassifier, stop: Callable[[], None]) -> None:
        self.classifier, self.stop, self.computed = classifier, stop, 0
        self._logits: dict[Ids, Any] = {}

    def clear(self) -> None:
        """Forget the answers to an earlier example."""
        self._logits.clear()

    def __call__(self, texts: Sequence[str]) -> Any:
        """Return softmax of the logits, as TextAttack would take it."""
        rows = [tuple(ids) for ids in self.classifier.reader.ids([str(text) for text in texts])]
        unknown = [row for row in dict.fromkeys(rows) if row not in self._logits]
        for start in range(0, len(unknown), CHUNK):
            self.stop()
            self._compute(unknown[start : start + CHUNK])
        return softmax(np.stack([self._logits[row] for row in rows]))

    def _compute(self, rows: Sequence[Ids]) -> None:
        self._logits.update(zip(rows, self.classifier.logits_of(rows), strict=True))
        self.computed += len(rows)
