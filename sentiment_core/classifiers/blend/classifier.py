"""A blend: its log-odds are a weighted sum of those of its members.

They are computed from the members' *probabilities*, which is what evaluations keep. So a blend of kept
predictions is equal to the blend itself in the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.base import AnswersAlike, Classifier, KnowsItsWords, ShowsTruncation, Span

Floats = NDArray[np.float64]

#: A member is never more certain than this: beyond it, float64 keeps too little of 1 - p for a logit.
NEAREST = 1e-12


def finite_logit(prob_positive: Floats) -> Floats:
    """Return float64 [n]: the log-odds of probabilities, within about 27.6 of 0."""
    from scipy.special import logit

    return np.asarray(logit(np.clip(prob_positive, NEAREST, 1.0 - NEAREST)), dtype=np.float64)


def weighted_sum(weights: Sequence[float], bias: float, probabilities: Sequence[Floats]) -> Floats:
    """Return float64 [n]: a blend's log-odds from its members' probabilities, float64 [n] each.

    Added one member after the other: a product of matrices rounds in an order that depends on n.
    """
    total = np.full(len(probabilities[0]), bias, dtype=np.float64)
    for weight, prob_positive in zip(weights, probabilities, strict=True):
        total += weight * finite_logit(np.asarray(prob_positive, dtype=np.float64))
    return total


class BlendClassifier:
    """Several classifiers as one; what it says of tokens is of the member that reads the least of a text."""

    def __init__(
        self, model_id: str, members: Sequence[Classifier], weights: Sequence[float], bias: float = 0.0
    ) -> None:
        self.model_id = model_id
        self.members = tuple(members)
        self.weights = tuple(map(float, weights))
        self.bias = bias

    @property
    def max_tokens(self) -> int | None:
        """Return how many tokens the member that reads the least reads, or None where all read everything."""
        return self._reader.max_tokens

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Return float64 [n, 2], column 1 = positive, rows sum to 1."""
        from scipy.special import expit

        positive = expit(self.log_odds(texts))
        return np.column_stack([1.0 - positive, positive])

    def log_odds(self, texts: Sequence[str]) -> Floats:
        """Return float64 [n]: the logit of the positive class."""
        answers = [np.asarray(member.predict_proba(texts))[:, 1] for member in self.members]
        return weighted_sum(self.weights, self.bias, answers)

    def alike(self) -> Callable[[Sequence[str]], Floats]:
        """Return what gives the log-odds of texts that are alike: members that are faster on such are so."""
        asked = [_alike(member) for member in self.members]
        return lambda texts: weighted_sum(self.weights, self.bias, [ask(texts) for ask in asked])

    def rescale(self, scale: float, shift: float) -> None:
        """Scale all weights: the log-odds become `scale * log-odds + shift`."""
        self.weights = tuple(scale * weight for weight in self.weights)
        self.bias = scale * self.bias + shift

    def with_members(self, change: Callable[[Classifier], Classifier]) -> BlendClassifier:
        """Return the same blend of changed members."""
        return BlendClassifier(self.model_id, [*map(change, self.members)], self.weights, self.bias)

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return int64 [n]: each whole text in the tokens of the member that reads the least."""
        return self._reader.token_counts(texts)

    def spans(self, text: str) -> list[Span]:
        """Return consecutive spans that cover the text, as the member that reads the least reads it."""
        reader = self._reader
        return reader.spans(text) if isinstance(reader, ShowsTruncation) else [Span(0, len(text), True)]

    def knows_nothing(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Return bool [n]: whether no member knows anything of a text; of one that cannot say, if empty."""
        lost = [_knows_nothing(member, texts) for member in self.members]
        return np.asarray(np.logical_and.reduce(lost), dtype=np.bool_)

    @property
    def _reader(self) -> Classifier:
        return self.members[reads_least([member.max_tokens for member in self.members])]


def reads_least(max_tokens: Sequence[int | None]) -> int:
    """Return the place of the member that reads the fewest tokens; the first where all read everything."""
    limits = [np.inf if limit is None else limit for limit in max_tokens]
    return int(np.argmin(limits))


def _alike(member: Classifier) -> Callable[[Sequence[str]], Floats]:
    """Return what gives a member's probabilities of positive of texts that are alike, float64 [n]."""
    from scipy.special import expit

    if isinstance(member, AnswersAlike):
        log_odds = member.alike()
        return lambda texts: np.asarray(expit(log_odds(texts)), dtype=np.float64)
    return lambda texts: np.asarray(member.predict_proba(texts))[:, 1]


def _knows_nothing(member: Classifier, texts: Sequence[str]) -> NDArray[np.bool_]:
    if isinstance(member, KnowsItsWords):
        return member.knows_nothing(texts)
    return np.array([not text.strip() for text in texts], dtype=np.bool_)
