"""Scores under the labels as given, as people corrected them, and without reviews nobody can decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sentiment_core.evaluation.records import Evaluation
from sentiment_core.evaluation.scoring import score
from sentiment_core.labels.verdicts import AMBIGUOUS, DISPUTED, NOT_A_REVIEW, WRONG
from sentiment_core.schema import Estimate

GIVEN, CORRECTED, DECIDED = "given", "corrected", "decided"
#: Which labels and reviews count.
WAYS = {
    GIVEN: "labels as given",
    CORRECTED: "labels corrected; texts that are no review left out",
    DECIDED: "labels corrected; ambiguous and disputed ones left out too",
}


@dataclass(frozen=True)
class Reranking:
    """Two models that change places when labels are corrected: `ahead` leads as given, `behind` in `way`."""

    ahead: str
    behind: str
    way: str

    @property
    def sentence(self) -> str:
        """Return it in words."""
        return (
            f"{self.ahead} leads {self.behind} under the labels as given; under {WAYS[self.way]} it does not."
        )


def relabeled(frame: pd.DataFrame, verdicts: Mapping[str, str], way: str) -> pd.DataFrame:
    """Return prediction rows with the labels that count in one of WAYS; rows that do not count are left out.

    Args:
        frame: example_id, label and further columns.
        verdicts: one per judged review, as `verdicts.agreed` returns them.
        way: a name in WAYS.
    """
    said = frame["example_id"].astype(str).map(lambda name: verdicts.get(name, ""))
    if way == GIVEN:
        return frame
    flipped = frame.assign(label=np.where(said == WRONG, 1 - frame["label"], frame["label"]))
    left_out = (NOT_A_REVIEW,) if way == CORRECTED else (NOT_A_REVIEW, AMBIGUOUS, DISPUTED)
    return flipped[~said.isin(left_out)]


def scores(
    frame: pd.DataFrame, verdicts: Mapping[str, str], metrics: Sequence[str] | None = None
) -> dict[str, dict[str, Estimate]]:
    """Return every metric by way and name, each with its interval and n."""
    return {way: score(relabeled(frame, verdicts, way), metrics=metrics) for way in WAYS}


def rerankings(evaluations: Sequence[tuple[str, Evaluation]], verdicts: Mapping[str, str]) -> list[Reranking]:
    """Return the pairs of models whose order by accuracy changes; ties change nothing.

    Args:
        evaluations: name and evaluation of each model, on one split of one data set.
        verdicts: as `verdicts.agreed` returns them.
    """
    by_way = {
        way: {name: _accuracy(relabeled(found.frame, verdicts, way)) for name, found in evaluations}
        for way in WAYS
    }
    given = by_way.pop(GIVEN)
    ranked = sorted(given, key=lambda name: -given[name])
    return [
        Reranking(one, other, way)
        for place, one in enumerate(ranked)
        for other in ranked[place + 1 :]
        for way, accuracy in by_way.items()
        if given[one] > given[other] and accuracy[one] < accuracy[other]
    ]


def _accuracy(frame: pd.DataFrame) -> float:
    right = (frame["prob_positive"] >= 0.5).astype(int) == frame["label"]
    return float(right.mean()) if len(frame) else float("nan")
