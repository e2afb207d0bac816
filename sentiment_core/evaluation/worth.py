"""What a probability has been worth: of reviews that a model scored like this one, how many were positive.

The reviews are those of a kept evaluation whose probability is nearest to the one asked about, at most
MOST of them and none further than APART. The review itself is not among them, and none that the model was
trained on: of those it knows the labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core.evaluation import records
from sentiment_core.evaluation.records import Evaluation
from sentiment_core.schema import Estimate
from sentiment_core.statistics import share

#: 200 reviews give an interval of 6 points to each side in the middle, 2 near the ends.
MOST, APART = 200, 0.05


@dataclass(frozen=True)
class Worth:
    """How many of the reviews scored like one were positive.

    Attributes:
        positive: the share with Wilson's interval; undefined where no review was scored like it.
        low, high: the least and the largest probability among these reviews; NaN without any.
        run_id: the evaluation that they are of.
    """

    positive: Estimate
    low: float
    high: float
    run_id: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types but for NaN."""
        return {
            "positive": self.positive.to_json(),
            "low": self.low,
            "high": self.high,
            "run_id": self.run_id,
        }


def worth(prob_positive: float, scored: NDArray[np.float64], positive: NDArray[np.bool_]) -> Worth:
    """Return what a probability was worth among other reviews.

    Args:
        prob_positive: the probability asked about.
        scored: float64 [n], those of other reviews; equal ones count all or not at all.
        positive: bool [n], their labels.
    """
    distance = np.abs(scored - prob_positive)
    furthest = APART
    if len(distance) > MOST:
        furthest = min(APART, float(np.partition(distance, MOST - 1)[MOST - 1]))
    like = distance <= furthest
    if not like.any():
        reason = f"no other review was scored within {100 * APART:.0f} points of this one"
        return Worth(share(0, 0, reason), float("nan"), float("nan"))
    estimate = share(float(positive[like].sum()), int(like.sum()), "")
    return Worth(estimate, float(scored[like].min()), float(scored[like].max()))


def worth_in(
    found: Evaluation,
    prob_positive: float,
    example_id: str | None = None,
    seen: NDArray[np.bool_] | None = None,
) -> Worth:
    """Return what a probability was worth in a kept evaluation.

    Args:
        found: an evaluation of the model that gave the probability.
        prob_positive: the probability asked about.
        example_id: of the review, which is left out.
        seen: bool [n], which of its reviews the model was trained or tuned on, in the order of its frame;
            looked up where it is not given.
    """
    frame = found.frame
    if seen is None:
        marks = records.marks_of(found)
        seen = np.zeros(len(frame), dtype=bool) if marks is None else np.asarray(marks != "", dtype=bool)
    others = ~seen & (frame["example_id"].astype(str) != str(example_id)).to_numpy()
    rows: pd.DataFrame = frame[others]
    answer = worth(
        prob_positive, rows["prob_positive"].to_numpy(np.float64), rows["label"].to_numpy(np.int64) == 1
    )
    return Worth(answer.positive, answer.low, answer.high, found.run_id)


def evaluation_for(model_id: str, fingerprint: str, split: str) -> Evaluation | None:
    """Return the evaluation to ask: of this split, else of the data set's test split, else the newest."""
    wanted = ((fingerprint, split), (fingerprint, "test"), (None, None))
    listed = (records.list_evaluations(model_id, *one) for one in wanted)
    return next((found[0] for found in listed if found), None)
