"""Rules of a model on the shelf, fitted to its kept predictions of validation reviews."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sentiment_core.abstention import conformal, thresholds
from sentiment_core.abstention.thresholds import Rule
from sentiment_core.evaluation import records
from sentiment_core.evaluation.records import Evaluation
from sentiment_core.metrics.base import FloatArray, IntArray
from sentiment_core.models import ModelCard

SPLIT = "validation"


@dataclass(frozen=True)
class Fitting:
    """The reviews that a model's rules are fitted to; those that it was trained on are left out."""

    run_id: str
    name: str
    split: str
    y_true: IntArray
    prob_positive: FloatArray

    @classmethod
    def of(cls, found: Evaluation) -> Fitting:
        """Return the answers of an evaluation."""
        frame = records.not_trained_on(found)
        labels, prob = frame["label"].to_numpy(np.int64), frame["prob_positive"].to_numpy(np.float64)
        return cls(found.run_id, str(found.manifest["data"]["name"]), found.split, labels, prob)

    def rule(self, error_rate: float, sureness: float = thresholds.CONFIDENCE) -> Rule:
        """Return the threshold for an error rate; see `thresholds.guaranteed`."""
        return thresholds.guaranteed(self.y_true, self.prob_positive, error_rate, sureness)

    def largest_score(self, coverage: float) -> float:
        """Return the score of conformal sets; see `conformal.largest_score`."""
        return conformal.largest_score(self.y_true, self.prob_positive, coverage)


def kept_fitting(card: ModelCard) -> Evaluation | None:
    """Return the newest evaluation of a model on the validation reviews of its own data; None without one."""
    return records.latest_evaluation(card.model_id, str(card.trained_on.get("fingerprint")), SPLIT)
