"""What an explanation is, and what an explainer offers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Classifier
from sentiment_core.errors import ReelcheckError
from sentiment_core.explanation.passages import Offsets, Passage
from sentiment_core.storage.kept import Shape

Floats = NDArray[np.float64]
Settings = Mapping[str, Any]

#: Every score is in log-odds toward this class; a negative score pushes to the other one.
TARGET = "positive"
#: An attribution as `to_json` writes it.
SHAPE: Shape = {
    "method": str,
    "target": str,
    "value": float,
    "base_value": float,
    "delta": float,
    "baseline": str,
    "truncated": bool,
    "unread": [[int]],
    "attributions": [{"token": str, "start": int, "end": int, "score": float}],
}


class ExplanationError(ReelcheckError):
    """An explainer is not known, cannot explain this model, or a setting is not one of its own."""


class Shares(NamedTuple):
    """What an explainer finds in a passage: shares of the log-odds of stretches of its (cleaned) text.

    Stretches need not be words: what lies in several words is split between them evenly.
    """

    offsets: Sequence[Offsets]
    scores: Floats
    value: float
    base_value: float


@dataclass(frozen=True, eq=False)
class Attribution:
    """Which words carry a score.

    Attributes:
        method: the explainer's name.
        tokens: the words that the model read, as written in the text as given.
        offsets: (start, end) of each in the text as given.
        scores: float64 [words], log-odds toward `target`.
        target: the class whose log-odds are explained.
        value: the model's log-odds.
        base_value: the log-odds that `scores` start from.
        delta: sum of scores - (value - base_value): 0 where the scores add up exactly.
        baseline: in words, what the base value is the answer to.
        unread: stretches of the text as given that the model never reads.
    """

    method: str
    tokens: tuple[str, ...]
    offsets: tuple[Offsets, ...]
    scores: Floats
    value: float
    base_value: float
    baseline: str
    unread: tuple[Offsets, ...] = ()
    target: str = TARGET

    @property
    def delta(self) -> float:
        """Return by how much the scores do not add up."""
        return float(self.scores.sum() - (self.value - self.base_value))

    @property
    def truncated(self) -> bool:
        """Whether the model read only a part of the text."""
        return bool(self.unread)

    @property
    def words(self) -> list[tuple[int, int, float]]:
        """Return (start, end, score) of each word, in reading order."""
        return [(*pair, float(score)) for pair, score in zip(self.offsets, self.scores, strict=True)]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        rows = zip(self.tokens, self.offsets, self.scores, strict=True)
        return {
            "method": self.method,
            "target": self.target,
            "value": self.value,
            "base_value": self.base_value,
            "delta": self.delta,
            "baseline": self.baseline,
            "truncated": self.truncated,
            "unread": [list(pair) for pair in self.unread],
            "attributions": [
                {"token": token, "start": start, "end": end, "score": float(score)}
                for token, (start, end), score in rows
            ],
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Attribution:
        """Read what `to_json` wrote."""
        rows = record["attributions"]
        return cls(
            method=record["method"],
            tokens=tuple(row["token"] for row in rows),
            offsets=tuple((row["start"], row["end"]) for row in rows),
            scores=np.array([row["score"] for row in rows], dtype=np.float64),
            value=record["value"],
            base_value=record["base_value"],
            baseline=record["baseline"],
            unread=tuple((start, end) for start, end in record["unread"]),
            target=record["target"],
        )


def always(classifier: Classifier) -> str:
    """Return no reason against explaining any classifier: it is only asked."""
    return ""


@dataclass(frozen=True)
class Explainer:
    """One way of explaining a score.

    Attributes:
        description: one sentence for the page.
        source: the paper or library.
        baseline: in words, what its base value is the answer to.
        share: (classifier, passage, settings) -> Shares; the passage has at least one word.
        lacking: why it cannot explain a classifier, "" where it can.
        passes: (words, settings) -> how many predictions of the text it costs, for an estimate.
        settings: every number in it.
        adds_up_within: how far from 0 `delta` may be, in log-odds; infinity where nothing is promised.
        exact: the scores are the model's own arithmetic, not an estimate of it.
        chance: it knows nothing of the model; what the others are measured against.
    """

    name: str
    title: str
    description: str
    source: str
    baseline: str
    share: Callable[[Classifier, Passage, Settings], Shares]
    passes: Callable[[int, Settings], float]
    lacking: Callable[[Classifier], str] = always
    settings: Settings = field(default_factory=lambda: MappingProxyType({}))
    adds_up_within: float = math.inf
    exact: bool = False
    chance: bool = False

    def settled(self, given: Settings | None = None) -> dict[str, Any]:
        """Return all settings, with those given; ExplanationError for one that it does not have."""
        for name, value in (given or {}).items():
            if name not in self.settings:
                known = ", ".join(self.settings) or "none"
                raise ExplanationError(f"{self.name} has no setting '{name}'; its settings: {known}")
            if not isinstance(value, int) or not (1 if name != "seed" else 0) <= value <= 100_000:
                raise ExplanationError(f"setting {name} is {value}; give a whole number from 1 to 100,000")
        return {**self.settings, **(given or {})}


def of_passage(explainer: Explainer, passage: Passage, shares: Shares) -> Attribution:
    """Return shares merged to the words of a passage, at their places in the text as given."""
    scores = passage.merged(shares.offsets, shares.scores)
    if not np.isfinite(scores).all() or not math.isfinite(shares.base_value):
        raise ExplanationError(f"{explainer.name} finds scores that are not finite numbers")
    offsets = tuple(passage.in_given(start, end) for start, end in passage.words)
    return Attribution(
        method=explainer.name,
        tokens=tuple(passage.given[start:end] for start, end in offsets),
        offsets=offsets,
        scores=scores,
        value=shares.value,
        base_value=shares.base_value,
        baseline=explainer.baseline,
        unread=tuple(passage.in_given(start, end) for start, end in passage.unread),
    )
