"""How many of the reviews that a model is measured on it was trained on, and its figures on the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core import data
from sentiment_core.errors import DataError
from sentiment_core.evaluation.scoring import score
from sentiment_core.models import ModelCard
from sentiment_core.schema import Estimate
from sentiment_core.storage.kept import ESTIMATE, Shape
from sentiment_core.training_texts import TRAIN, VALIDATION, Keys, TrainingTexts

SHAPE: Shape = {"n": int, "train": int, "validation": int, "unseen": {"accuracy": ESTIMATE, ...: ESTIMATE}}
NOT_KNOWN = "it is not known whether the model was trained on some of these reviews: its data is not here"
_ALL_SEEN = "the model was trained on all of these reviews"


@dataclass(frozen=True)
class Seen:
    """What a model had seen before of the n reviews that it was measured on.

    Attributes:
        n: reviews it was measured on.
        train: of these, how many it was trained on.
        validation: how many more it was tuned on: the best epoch or setting was chosen by them.
        unseen: every metric on the others, at threshold 0.5; undefined where there are none.
    """

    n: int
    train: int
    validation: int
    unseen: Mapping[str, Estimate]

    @property
    def count(self) -> int:
        """How many reviews it had seen."""
        return self.train + self.validation

    def changes(self, accuracy: Estimate) -> bool:
        """Whether leaving these reviews out changes an accuracy as it is written, to a tenth of a point."""
        if not self.count:
            return False
        others = self.unseen["accuracy"]
        return not others.defined or f"{100 * others.value:.1f}" != f"{100 * accuracy.value:.1f}"

    @property
    def sentence(self) -> str:
        """Say how many it had seen, and its accuracy on the others."""
        if not self.count:
            return "none of these reviews was in its training data"
        how = {(True, False): "training data", (False, True): "validation data"}
        where = how.get((self.train > 0, self.validation > 0), "training or validation data")
        others = self.unseen["accuracy"]
        if not others.defined:
            return f"all {self.n:,} reviews were in its {where}: its figures say little about new reviews"
        value, low, high = (100 * part for part in (others.value, others.ci_low, others.ci_high))
        return (
            f"{self.count:,} of the {self.n:,} reviews were in its {where}; accuracy on the "
            f"{others.n:,} others: {value:.1f} % [{low:.1f}, {high:.1f}]"
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        unseen = {name: estimate.to_json() for name, estimate in self.unseen.items()}
        return {"n": self.n, "train": self.train, "validation": self.validation, "unseen": unseen}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Seen:
        """Read what `to_json` wrote."""
        unseen = {name: Estimate.from_json(estimate) for name, estimate in record["unseen"].items()}
        return cls(record["n"], record["train"], record["validation"], unseen)


def training_texts(card: ModelCard) -> TrainingTexts | None:
    """Return what a model was trained on; None where neither it nor its data is in this workspace.

    Models of before this was kept beside them are asked for their data set instead.
    """
    kept = TrainingTexts.read(card.folder)
    if kept is not None:
        return kept
    try:
        return TrainingTexts.of_data(data.by_fingerprint(str(card.trained_on.get("fingerprint"))))
    except DataError:
        return None


def marked(card: ModelCard, texts: pd.Series) -> NDArray[Any] | None:
    """Return for each review "train", "validation" or "" where the model never saw it; None: not known."""
    known = training_texts(card)
    return None if known is None else known.seen(map(str, texts))


def marked_keys(card: ModelCard, asked: Keys) -> NDArray[Any] | None:
    """Do what `marked` does, with the texts' keys (`training_texts.keys`)."""
    known = training_texts(card)
    return None if known is None else known.seen_keys(asked)


def measured(marks: NDArray[Any], predictions: pd.DataFrame) -> Seen:
    """Return how many reviews are marked as seen, and the figures of the predictions of the others."""
    others = predictions[marks == ""]
    if others.empty:
        unseen = {"accuracy": Estimate(np.nan, np.nan, np.nan, 0, _ALL_SEEN)}
    else:
        unseen = score(others, metrics=["accuracy"] if len(others) == len(predictions) else None)
    return Seen(len(marks), int((marks == TRAIN).sum()), int((marks == VALIDATION).sum()), unseen)
