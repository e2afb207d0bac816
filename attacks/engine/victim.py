"""The classifier under attack, as TextAttack queries it: the same answers with less work.

TextAttack takes a batch of answers for logits and puts softmax over them *unless every row sums to 1 within
1e-6* (classification_goal_function.py), so rounded probabilities would be changed in some batches only. Here
answers are always probabilities, and unrounded: float64 from linear models; from a transformer the float32
softmax of its logits, which is what TextAttack itself would make of them; from a blend float64 again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from attacks.engine.fast.linear import FastLinear
from attacks.engine.fast.text import text_class
from attacks.engine.fast.transformer import FastTransformer
from sentiment_core.classifiers.base import Classifier
from sentiment_core.classifiers.blend.classifier import BlendClassifier, weighted_sum
from sentiment_core.classifiers.linear.classifier import LinearClassifier
from sentiment_core.classifiers.onnx.classifier import OnnxClassifier
from sentiment_core.classifiers.transformer.classifier import TransformerClassifier

__all__ = ["Victim", "text_class"]


class Scorer(Protocol):
    """A way of computing a model's probabilities."""

    computed: int

    def clear(self) -> None:
        """Forget what was computed for an earlier example."""

    def __call__(self, texts: Sequence[str]) -> Any:
        """Return probabilities, NumPy array or torch tensor [n, 2], and add to `computed`."""


class Victim:
    """A TextAttack model wrapper: call it with texts, and get probabilities [n, 2].

    Attributes:
        model: the classifier.
    """

    def __init__(self, classifier: Classifier, stop: Callable[[], None] = lambda: None) -> None:
        """Take the classifier, and what to call before each of its computations; that may raise to end."""
        self.model = classifier
        self.stop = stop
        self._scorer = _scorer(classifier, stop)

    @property
    def model_calls(self) -> int:
        """Return how many texts the model has computed since the example began."""
        return self._scorer.computed

    @property
    def answers_in_float64(self) -> bool:
        """Return whether answers are float64 NumPy rows that sum to 1 but for rounding, always."""
        return isinstance(self._scorer, _Linear | _Blend)

    def __call__(self, texts: Sequence[str]) -> Any:
        """Return a row of probabilities per text, column 1 = positive."""
        self.stop()
        return self._scorer(texts) if len(texts) else np.zeros((0, 2))

    def forget(self) -> None:
        """Forget what was computed for an example; how much that was is still known."""
        self._scorer.clear()

    def new_example(self, text: str) -> None:
        """Start another example from empty caches, so that its record does not depend on earlier ones."""
        self._scorer.clear()
        self._scorer.computed = 0


class _Plain:
    """Any classifier, asked about every text."""

    def __init__(self, classifier: Classifier) -> None:
        self.classifier, self.computed = classifier, 0

    def clear(self) -> None:
        pass

    def __call__(self, texts: Sequence[str]) -> Any:
        self.computed += len(texts)
        return self.classifier.predict_proba([str(text) for text in texts])


class _Linear:
    """A linear model, which reads again only what an edit touches."""

    def __init__(self, classifier: LinearClassifier) -> None:
        self.fast, self.computed = FastLinear(classifier), 0

    def clear(self) -> None:
        self.fast.clear()

    def __call__(self, texts: Sequence[str]) -> Any:
        from scipy.special import expit

        self.computed += len(texts)
        positive = expit(self.fast.log_odds(texts))
        return np.column_stack([1.0 - positive, positive])


class _Blend:
    """A blend: each member is asked in its own way, so that an edit costs it only what it touches."""

    def __init__(self, classifier: BlendClassifier, stop: Callable[[], None]) -> None:
        self.classifier = classifier
        self.members = [_scorer(member, stop) for member in classifier.members]

    @property
    def computed(self) -> int:
        """How many texts were computed by the member that computed the most."""
        return max(member.computed for member in self.members)

    @computed.setter
    def computed(self, n: int) -> None:
        for member in self.members:
            member.computed = n

    def clear(self) -> None:
        for member in self.members:
            member.clear()

    def __call__(self, texts: Sequence[str]) -> Any:
        from scipy.special import expit

        answers = [_probabilities(member, texts) for member in self.members]
        positive = expit(weighted_sum(self.classifier.weights, self.classifier.bias, answers))
        return np.column_stack([1.0 - positive, positive])


def _probabilities(scorer: Scorer, texts: Sequence[str]) -> NDArray[np.float64]:
    """Return float64 [n]: a member's probabilities of positive, as the member itself computes them."""
    from scipy.special import expit

    if isinstance(scorer, FastTransformer):
        return np.asarray(expit(scorer.log_odds(texts)), dtype=np.float64)
    return np.asarray(scorer(texts), dtype=np.float64)[:, 1]


def _scorer(classifier: Classifier, stop: Callable[[], None]) -> Scorer:
    if isinstance(classifier, LinearClassifier):
        return _Linear(classifier)
    if isinstance(classifier, TransformerClassifier | OnnxClassifier):
        return FastTransformer(classifier, stop)
    if isinstance(classifier, BlendClassifier):
        return _Blend(classifier, stop)
    return _Plain(classifier)
