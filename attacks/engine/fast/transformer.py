"""A transformer's probabilities for the texts of one example, each input computed once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.onnx.classifier import OnnxClassifier
from sentiment_core.classifiers.transformer.alike import TOKEN_BUDGET, Alike, Ids
from sentiment_core.classifiers.transformer.classifier import TransformerClassifier


class FastTransformer:
    """Call it with texts, and get their probabilities, float32 [n, classes], as a torch tensor."""

    def __init__(self, classifier: TransformerClassifier | OnnxClassifier, stop: Callable[[], None]) -> None:
        if isinstance(classifier, OnnxClassifier):
            self._logits = Alike(_of_onnx(classifier), classifier.reader, TOKEN_BUDGET["cpu"], stop)
        else:
            self._logits = Alike.of(classifier.model, classifier.reader, stop)

    @property
    def computed(self) -> int:
        """Return how many inputs went through the network so far."""
        return self._logits.computed

    @computed.setter
    def computed(self, number: int) -> None:
        self._logits.computed = number

    def clear(self) -> None:
        """Forget the answers to an earlier example."""
        self._logits.clear()

    def __call__(self, texts: Sequence[str]) -> Any:
        """Return softmax of the logits, as TextAttack would take it."""
        import torch

        return torch.softmax(self._logits(texts), dim=1)

    def log_odds(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n]: the difference of the two logits."""
        logits = self._logits(texts).double().numpy()
        return np.asarray(logits[:, 1] - logits[:, 0], dtype=np.float64)


def _of_onnx(classifier: OnnxClassifier) -> Callable[[Sequence[Ids]], Any]:
    """Return what gives its logits as float32, as a transformer's are."""
    import torch

    return lambda batch: torch.from_numpy(classifier.logits_of(batch).astype(np.float32))
