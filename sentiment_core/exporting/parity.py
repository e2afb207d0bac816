"""Whether a converted model answers as the one it was made from, on validation reviews."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core import statistics
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset, Estimate
from sentiment_core.training.rows import rows_for_training

#: In float32 only the order of sums differs: logits may differ by this much.
MOST_FLOAT_DIFFERENCE = 1e-3
#: With int8 weights or fewer tokens, the least share of reviews that get the same label. Below it a person
#: who measured the original knows nothing of the copy.
LEAST_AGREEMENT = 0.97
#: Reviews in one step of progress.
CHUNK = 16

Floats = NDArray[np.float64]


class GivesLogits(Protocol):
    """A classifier that gives the scores before softmax."""

    def predict_logits(self, texts: Sequence[str]) -> Floats:
        """Return float64 [n, 2]."""
        ...


@dataclass(frozen=True)
class Parity:
    """How two models differ on n reviews.

    Attributes:
        max_abs_logit, mean_abs_logit: the largest and the mean difference of a logit.
        agreement: the share of reviews with the same label.
        accuracy_before, accuracy_after: of both models on these reviews.
        data: which reviews.
    """

    max_abs_logit: float
    mean_abs_logit: float
    agreement: Estimate
    accuracy_before: Estimate
    accuracy_after: Estimate
    data: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types; `label_agreement` is a number, its interval stands beside it."""
        return {
            "n": self.agreement.n,
            "max_abs_logit": self.max_abs_logit,
            "mean_abs_logit": self.mean_abs_logit,
            "label_agreement": self.agreement.value,
            "label_agreement_interval": [self.agreement.ci_low, self.agreement.ci_high],
            "accuracy_before": self.accuracy_before.to_json(),
            "accuracy_after": self.accuracy_after.to_json(),
            "data": self.data,
        }


def measured(
    before: GivesLogits,
    after: GivesLogits,
    reviews: pd.DataFrame,
    facts: dict[str, Any],
    progress: Progress = no_progress,
) -> Parity:
    """Return how `after` differs from `before` on reviews (columns text and label)."""
    texts, labels = reviews["text"].tolist(), reviews["label"].to_numpy()
    told = _Told(2 * len(texts), progress)
    old, new = (_logits(model, texts, told) for model in (before, after))
    difference = np.abs(new - old)
    said_before, said_after = (np.argmax(logits, axis=1) for logits in (old, new))
    n = len(texts)
    return Parity(
        float(difference.max()),
        float(difference.mean()),
        statistics.share(float((said_before == said_after).sum()), n, "no review"),
        statistics.share(float((said_before == labels).sum()), n, "no review"),
        statistics.share(float((said_after == labels).sum()), n, "no review"),
        facts | {"n": n},
    )


def poor(found: Parity, *, exact: bool) -> str:
    """Return why a copy is not what it was made from, "" where it is near enough.

    Args:
        found: the differences.
        exact: whether nothing was given up: float32, and all tokens.
    """
    if exact and found.max_abs_logit > MOST_FLOAT_DIFFERENCE:
        return (
            f"a logit differs by {found.max_abs_logit:.2g}, where float32 allows {MOST_FLOAT_DIFFERENCE:.0e}"
        )
    if not exact and found.agreement.value < LEAST_AGREEMENT:
        return (
            f"it labels {found.agreement.value:.1%} of {found.agreement.n:,} validation reviews as the "
            f"original does, and {LEAST_AGREEMENT:.0%} are needed"
        )
    return ""


def validation_reviews(card: ModelCard, dataset: Dataset, n: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return at most n of the reviews that the model was validated on, drawn at random, and which they are.

    Of a data set without a validation split they are those that training held out.
    """
    _, reviews = rows_for_training(dataset, int(card.manifest.get("seed") or 0))
    facts = {"name": dataset.name, "fingerprint": dataset.fingerprint, "split": "validation"}
    return reviews.sample(min(n, len(reviews)), random_state=0), facts


def _logits(model: GivesLogits, texts: Sequence[str], told: Callable[[int], None]) -> Floats:
    found = []
    for start in range(0, len(texts), CHUNK):
        found.append(model.predict_logits(texts[start : start + CHUNK]))
        told(len(found[-1]))
    return np.concatenate(found)


class _Told:
    """Counts answers and reports them."""

    def __init__(self, total: int, progress: Progress) -> None:
        self.done, self.total, self.progress = 0, total, progress

    def __call__(self, n: int) -> None:
        self.done += n
        self.progress(self.done, self.total, "comparing answers")
