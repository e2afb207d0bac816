"""Two models on the same reviews: is the difference more than chance?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core import statistics
from sentiment_core.errors import RunError
from sentiment_core.evaluation.scoring import chosen_metrics, truth_and_probability
from sentiment_core.metrics import Metric
from sentiment_core.metrics.base import BoolArray, FloatArray, IntArray
from sentiment_core.schema import Estimate
from sentiment_core.storage import runs

#: The usual level; above it the sentence says "may be chance".
ALPHA = 0.05


@dataclass(frozen=True)
class Comparison:
    """Model B against model A on the n reviews that both judged.

    Attributes:
        n: reviews in both frames.
        left_out: reviews in one frame only.
        both_right, only_a_right, only_b_right, both_wrong: the disagreement table.
        p_value: McNemar's test that both err equally often.
        values_a, values_b: each metric on the common reviews; NaN where undefined.
        differences: b - a with a paired bootstrap interval.
    """

    n: int
    left_out: int
    both_right: int
    only_a_right: int
    only_b_right: int
    both_wrong: int
    p_value: float
    values_a: Mapping[str, float]
    values_b: Mapping[str, float]
    differences: Mapping[str, Estimate]

    @property
    def significant(self) -> bool:
        """Whether the test calls the difference in accuracy more than chance, at the 5 % level."""
        return self.p_value < ALPHA

    @property
    def mid_p_value(self) -> float:
        """Return McNemar's mid-p value, nearer to its stated error rate than `p_value`."""
        return statistics.mcnemar_mid_p(self.only_a_right, self.only_b_right)

    @property
    def disagreement(self) -> pd.DataFrame:
        """Return the 2 x 2 counts: rows what A does, columns what B does."""
        counts = [[self.both_right, self.only_a_right], [self.only_b_right, self.both_wrong]]
        return pd.DataFrame(counts, index=["A right", "A wrong"], columns=["B right", "B wrong"])

    def sentence(self, name_a: str, name_b: str) -> str:
        """Return which is more accurate, by how many points, and how unlikely chance is."""
        accuracy = self.differences["accuracy"]
        test = f"McNemar {p_in_words(self.p_value)}"
        if accuracy.value == 0:
            return (
                f"{name_a} and {name_b} get equally many of {self.n:,} reviews right and disagree on "
                f"{self.only_a_right + self.only_b_right:,} ({test})."
            )
        better, worse, sign = (name_b, name_a, 1) if accuracy.value > 0 else (name_a, name_b, -1)
        low, high = sorted((100 * sign * accuracy.ci_low, 100 * sign * accuracy.ci_high))
        size = f"{100 * abs(accuracy.value):.1f} points [{low:.1f}, {high:.1f}], n = {self.n:,}"
        chance = chance_in_words(self.p_value)
        if self.significant:
            return f"{better} is better than {worse} by {size}; that is {chance} ({test})."
        return f"{better} is ahead of {worse} by {size}, but that {chance} ({test})."

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "n": self.n,
            "left_out": self.left_out,
            "mcnemar_p": self.p_value,
            "mcnemar_mid_p": self.mid_p_value,
            "disagreement": {
                "both_right": self.both_right,
                "only_a_right": self.only_a_right,
                "only_b_right": self.only_b_right,
                "both_wrong": self.both_wrong,
            },
            "metrics": {
                name: {
                    "a": runs.json_ready(self.values_a[name]),
                    "b": runs.json_ready(self.values_b[name]),
                    "difference": difference.to_json(),
                }
                for name, difference in self.differences.items()
            },
        }


def compare(
    frame_a: pd.DataFrame,
    frame_b: pd.DataFrame,
    threshold: float = 0.5,
    *,
    resamples: int = 1000,
    seed: int = 0,
    metrics: Sequence[str] | None = None,
) -> Comparison:
    """Compare the predictions of two models, joined on example_id.

    Args:
        frame_a: columns example_id, label, prob_positive of model A.
        frame_b: the same of model B.
        threshold: for both models.
        resamples: of the paired bootstrap: in each, both models meet the same reviews.
        seed: same seed, same intervals.
        metrics: names in METRICS; default all. Accuracy is always among them.

    Raises:
        RunError: no review in common, a review twice, or labels that contradict each other.
    """
    both = _joined(frame_a, frame_b)
    truth, prob_a = truth_and_probability(both.assign(prob_positive=both["prob_positive_a"]))
    _, prob_b = truth_and_probability(both.assign(prob_positive=both["prob_positive_b"]))
    chosen = chosen_metrics(None if metrics is None else list(dict.fromkeys(["accuracy", *metrics])))
    values_a, values_b = (
        {metric.name: metric.compute(truth, probability, threshold).value for metric in chosen}
        for probability in (prob_a, prob_b)
    )
    replicates = _paired_replicates(chosen, truth, prob_a, prob_b, threshold, resamples, seed)
    return Comparison(
        n=len(both),
        left_out=len(frame_a) + len(frame_b) - 2 * len(both),
        **_disagreement((prob_a >= threshold) == truth, (prob_b >= threshold) == truth),
        values_a=values_a,
        values_b=values_b,
        differences={
            metric.name: _difference(metric, values_a, values_b, replicates[metric.name], len(truth))
            for metric in chosen
        },
    )


def _disagreement(right_a: BoolArray, right_b: BoolArray) -> dict[str, Any]:
    only_a, only_b = int(np.sum(right_a & ~right_b)), int(np.sum(right_b & ~right_a))
    return {
        "both_right": int(np.sum(right_a & right_b)),
        "only_a_right": only_a,
        "only_b_right": only_b,
        "both_wrong": int(np.sum(~right_a & ~right_b)),
        "p_value": statistics.mcnemar(only_a, only_b),
    }


def chance_in_words(p_value: float) -> str:
    """Return "unlikely to be chance" or "may be chance": a small p is no proof."""
    return "unlikely to be chance" if p_value < ALPHA else "may be chance"


def p_in_words(p_value: float) -> str:
    """Return "p = 0.03", or "p < 0.001" where more digits would only look exact."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}" if p_value < 0.1 else f"p = {p_value:.2f}"


def _joined(frame_a: pd.DataFrame, frame_b: pd.DataFrame) -> pd.DataFrame:
    columns = ["example_id", "label", "prob_positive"]
    try:
        both = frame_a[columns].merge(
            frame_b[columns], on="example_id", suffixes=("_a", "_b"), validate="one_to_one"
        )
    except pd.errors.MergeError:
        raise RunError("the predictions contain a review twice; example_id must be unique") from None
    if both.empty:
        raise RunError("the two have no review in common; evaluate both on the same data set and split")
    differing = both["label_a"] != both["label_b"]
    if differing.any():
        first = both.loc[differing, "example_id"].iloc[0]
        raise RunError(
            f"the labels of {int(differing.sum()):,} reviews differ between the two, first {first}; "
            "evaluate both on the same data set"
        )
    return both.rename(columns={"label_a": "label"})


def _paired_replicates(
    chosen: Sequence[Metric],
    truth: IntArray,
    prob_a: FloatArray,
    prob_b: FloatArray,
    threshold: float,
    resamples: int,
    seed: int,
) -> dict[str, FloatArray]:
    """Return resampled differences b - a by metric."""
    rng_cells, rng_rows = np.random.default_rng(seed).spawn(2)
    counted = [metric for metric in chosen if metric.counts]
    by_row = [metric for metric in chosen if not metric.counts]
    cells, counts = _observed_cells(truth, prob_a >= threshold, prob_b >= threshold)
    weights = statistics.bootstrap_cells(counts, resamples, rng_cells)
    cell_truth, cell_a, cell_b = cells[:, 0], cells[:, 1].astype(float), cells[:, 2].astype(float)
    found = {
        metric.name: metric.prepare(cell_truth, cell_b, 0.5)(weights)
        - metric.prepare(cell_truth, cell_a, 0.5)(weights)
        for metric in counted
    }
    ready = [
        metric.prepare(truth, probability, threshold) for probability in (prob_a, prob_b) for metric in by_row
    ]
    values = statistics.bootstrap_rows(ready, len(truth), resamples if ready else 0, rng_rows)
    for position, metric in enumerate(by_row):
        found[metric.name] = values[len(by_row) + position] - values[position]
    return found


def _observed_cells(*columns: Any) -> tuple[IntArray, FloatArray]:
    """Return the distinct rows of 0 and 1, int64 [cells, columns], and how many reviews have each.

    In the order of the numbers that they are in binary: counting these takes a twentieth of sorting rows.
    """
    places = np.arange(len(columns))[::-1]
    codes = sum(np.asarray(column, np.int64) << place for column, place in zip(columns, places, strict=True))
    counts = np.bincount(np.asarray(codes))
    there = np.flatnonzero(counts)
    return (there[:, None] >> places) & 1, counts[there].astype(np.float64)


def _difference(
    metric: Metric,
    values_a: Mapping[str, float],
    values_b: Mapping[str, float],
    replicates: FloatArray,
    n: int,
) -> Estimate:
    value = values_b[metric.name] - values_a[metric.name]
    if math.isnan(value):
        return Estimate(math.nan, math.nan, math.nan, n, metric.undefined)
    low, high = statistics.percentile_interval(replicates)
    if metric.biased:  # mirrored, which takes the bias of resampling off; see bias_corrected_interval
        low, high = min(2 * value - high, value), max(2 * value - low, value)
    return Estimate(value, low, high, n)
