"""Is a model as good inside a slice as outside it: gaps in error rates, in praise given, in calibration.

Group fairness as in Hardt, Price & Srebro 2016 (equal true and false positive rates), the predicted-positive
rate of demographic parity (Dwork et al. 2012), and calibration within groups (Kleinberg et al. 2017). A slice
may differ because its reviews differ: a gap shows a difference, not its cause.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sentiment_core.evaluation.breakdowns import ENOUGH
from sentiment_core.evaluation.scoring import truth_and_probability
from sentiment_core.metrics.base import BoolArray, FloatArray, IntArray
from sentiment_core.schema import Estimate
from sentiment_core.statistics import Z95, benjamini_hochberg, difference_of_shares, share

#: One row per slice and metric, see `fairness_table`.
FAIRNESS_COLUMNS = (
    "slice",
    "metric",
    "inside",
    "outside",
    "difference",
    "p",
    "test",
    "p_adjusted",
    "verdict",
)
ALPHA = 0.05
FISHER, WELCH = "Fisher's exact test", "Welch's t-test"


@dataclass(frozen=True)
class Gap:
    """A figure inside a slice, outside it, and inside - outside, with 95 % intervals.

    p is two-sided, that both are equal; NaN where one side does not exist or has no spread.
    """

    inside: Estimate
    outside: Estimate
    difference: Estimate
    p: float
    test: str


@dataclass(frozen=True)
class GapMetric:
    """What is compared, with one sentence for the page; `nobody` says why it can be undefined."""

    name: str
    title: str
    description: str
    nobody: str


_ALL = (
    GapMetric("accuracy", "Accuracy", "Share of reviews whose class the model gets right.", "no review"),
    GapMetric(
        "tpr",
        "True positive rate",
        "Share of positive reviews that are called positive: a lower rate means praise is overlooked there.",
        "no positive review",
    ),
    GapMetric(
        "fpr",
        "False positive rate",
        "Share of negative reviews that are called positive: a higher rate means blame is overlooked there.",
        "no negative review",
    ),
    GapMetric(
        "predicted_positive",
        "Predicted-positive rate",
        "Share of reviews called positive; it also differs where the reviews themselves do.",
        "no review",
    ),
    GapMetric(
        "calibration",
        "Calibration in the large",
        "Mean probability of positive minus the share that is positive: above 0 the slice is flattered.",
        "no review",
    ),
)
#: Every compared figure by name.
GAP_METRICS: dict[str, GapMetric] = {metric.name: metric for metric in _ALL}


def gaps(frame: pd.DataFrame, mask: pd.Series[bool], threshold: float = 0.5) -> dict[str, Gap]:
    """Return the gap of each of GAP_METRICS between the rows in a slice and the other rows.

    Shares have Wilson's interval and their difference Newcombe's (1998, method 10); calibration has Student's
    and Welch's. Undefined figures are NaN and say why.

    Args:
        frame: columns label (0, 1) and prob_positive.
        mask: in the frame's order; rows where it is missing are in neither part.
        threshold: called positive from this probability on.
    """
    truth, probability = truth_and_probability(frame)
    member = mask.astype("boolean")
    known = member.notna().to_numpy(dtype=bool)
    inside = member.fillna(False).to_numpy(dtype=bool)
    parts = inside, known & ~inside
    called = probability >= threshold
    everyone = np.ones(len(truth), dtype=bool)
    shares = {
        "accuracy": (everyone, called == truth),
        "tpr": (truth == 1, called),
        "fpr": (truth == 0, called),
        "predicted_positive": (everyone, called),
    }
    found = {name: _of_shares(counted, hit, parts, name) for name, (counted, hit) in shares.items()}
    return found | {"calibration": _of_means(probability - truth, parts)}


def fairness_table(
    frame: pd.DataFrame, masks: Mapping[str, pd.Series[bool]], threshold: float = 0.5
) -> pd.DataFrame:
    """Return FAIRNESS_COLUMNS, one row per slice and metric, in the order of `masks`.

    p_adjusted is Benjamini & Hochberg's over all rows of the table. verdict: "higher" or "lower" (inside than
    outside) where it is below ALPHA, else "no difference found"; "too few" where fewer than ENOUGH reviews
    are behind either figure: such a row is shown, not tested, and affects no other.

    Simulated, 200 seeds (tests/attacks/test_slices_fairness.py): of a model that is blind to 6 slices of 600
    reviews 3 % of the tables hold any gap, and 94-97 % of the intervals cover 0; 22 points more false
    positives in a slice of 400 among 2,000 reviews are found in every table.
    """
    rows = [
        (name, metric, gap.inside, gap.outside, gap.difference, _tested(gap), gap.test)
        for name, mask in masks.items()
        for metric, gap in gaps(frame, mask, threshold).items()
    ]
    table = pd.DataFrame(rows, columns=list(FAIRNESS_COLUMNS[:7]))
    table["p_adjusted"] = benjamini_hochberg(list(table["p"].astype(float)))
    records = table.to_dict(orient="records")
    table["verdict"] = [
        _verdict(row["inside"], row["outside"], row["difference"], row["p_adjusted"]) for row in records
    ]
    return table


def _of_shares(counted: BoolArray, hit: BoolArray, parts: tuple[BoolArray, BoolArray], name: str) -> Gap:
    n = [int((part & counted).sum()) for part in parts]
    hits = [int((part & counted & hit).sum()) for part in parts]
    sides = [_share(successes, total, name) for successes, total in zip(hits, n, strict=True)]
    if not all(n):
        return Gap(sides[0], sides[1], _missing(sides), math.nan, FISHER)
    difference = difference_of_shares(hits[0], n[0], hits[1], n[1])
    return Gap(sides[0], sides[1], Estimate(*difference, sum(n)), _fisher(hits, n), FISHER)


def _of_means(values: FloatArray, parts: tuple[BoolArray, BoolArray]) -> Gap:
    chosen = [values[part] for part in parts]
    sides = [_mean(some) for some in chosen]
    if not all(side.defined for side in sides):
        return Gap(sides[0], sides[1], _missing(sides), math.nan, WELCH)
    difference, p = _welch(*chosen)
    return Gap(sides[0], sides[1], difference, p, WELCH)


def _share(successes: int, n: int, name: str) -> Estimate:
    return share(successes, n, GAP_METRICS[name].nobody)


def _mean(values: FloatArray) -> Estimate:
    n = len(values)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, GAP_METRICS["calibration"].nobody)
    mean = float(values.mean())
    if n == 1:
        return Estimate(mean, math.nan, math.nan, 1, "one review has no spread")
    half = _student(n - 1) * float(values.std(ddof=1)) / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half, n)


def _welch(inside: FloatArray, outside: FloatArray) -> tuple[Estimate, float]:
    """Return the difference of two means with Welch's interval, and the p-value that it is 0."""
    from scipy import stats

    n = len(inside) + len(outside)
    difference = float(inside.mean() - outside.mean())
    if min(len(inside), len(outside)) < 2:
        return Estimate(difference, math.nan, math.nan, n, "one review has no spread"), math.nan
    if inside.var() == 0 and outside.var() == 0:
        return Estimate(difference, difference, difference, n), math.nan if difference else 1.0
    result = stats.ttest_ind(inside, outside, equal_var=False)
    interval = result.confidence_interval(0.95)
    return Estimate(difference, float(interval.low), float(interval.high), n), float(result.pvalue)


def _student(degrees: int) -> float:
    """Return the 97.5 % quantile of Student's t."""
    from scipy import stats

    return float(stats.t.ppf(0.975, degrees)) if degrees < 1000 else Z95


def _fisher(hits: list[int], n: list[int]) -> float:
    """Return the two-sided p-value of Fisher's exact test: all tables that are no likelier than this one.

    scipy.stats.fisher_exact says the same, twenty times slower, and a table of gaps holds hundreds.
    """
    from scipy.special import gammaln

    total, both = sum(n), sum(hits)
    inside = np.arange(max(0, both - n[1]), min(n[0], both) + 1)

    def ways(size: int, chosen: IntArray) -> FloatArray:
        log: FloatArray = gammaln(size + 1) - gammaln(chosen + 1) - gammaln(size - chosen + 1)
        return log

    likelihood = np.exp(ways(n[0], inside) + ways(n[1], both - inside) - ways(total, np.array([both])))
    seen = likelihood[hits[0] - inside[0]]
    return float(min(1.0, likelihood[likelihood <= seen * (1 + 1e-7)].sum()))


def _missing(sides: list[Estimate]) -> Estimate:
    where = "inside" if not sides[0].defined else "outside"
    reason = next(side.reason for side in sides if not side.defined)
    return Estimate(math.nan, math.nan, math.nan, sum(side.n for side in sides), f"{reason} {where}")


def _tested(gap: Gap) -> float:
    return gap.p if min(gap.inside.n, gap.outside.n) >= ENOUGH else math.nan


def _verdict(inside: Estimate, outside: Estimate, difference: Estimate, p_adjusted: float) -> str:
    if min(inside.n, outside.n) < ENOUGH:
        return "too few"
    if p_adjusted < ALPHA:
        return "higher" if difference.value > 0 else "lower"
    return "no difference found"
