"""What a batch shows: each figure with its interval and n.

Denominators, the same everywhere: reviews that ended in an exception (errored) are in none and are counted
separately. *Tried* are the others: succeeded + failed + skipped, skipped being those that the model got wrong
before anything was changed. *Attacked* are succeeded + failed. A search that a budget or the clock stopped
counts as failed in every rate here, so success is a lower bound; the count `censored` says how many, and
`budget_curve` treats them as censored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from attacks.figures.budget_curves import budget_curve
from attacks.figures.comparison import compare_runs
from attacks.figures.power import detectable
from attacks.figures.vulnerability import accuracy_by_share_changed, vulnerable_positions, vulnerable_words
from attacks.validity import judged
from sentiment_core import statistics
from sentiment_core.metrics.base import FloatArray
from sentiment_core.schema import Estimate
from sentiment_core.statistics import share

__all__ = [
    "TITLES",
    "accuracy_by_share_changed",
    "budget_curve",
    "compare_runs",
    "counts",
    "detectable",
    "figures",
    "mean_with_interval",
    "share",
    "vulnerable_positions",
    "vulnerable_words",
]

RESAMPLES, SEED = 2000, 0

#: What each figure is, for a table or a page's help text.
TITLES: Mapping[str, str] = {
    "accuracy_before": "Accuracy before the attack, of the reviews tried",
    "accuracy_under_attack": "Accuracy under attack: right before and not fooled, of the reviews tried",
    "success_rate": "Success rate: fooled, of the reviews attacked (right before)",
    "valid_success_rate": "Success rate counting only valid texts",
    "valid_accuracy_under_attack": "Accuracy under attack where a review is fooled only by a valid text",
    "queries": "Queries per attacked review, as TextAttack counts them",
    "queries_of_successes": "Queries per fooled review",
    "model_calls": "Texts that the model really computed, per attacked review",
    "words_changed_share": "Share of the words changed, per fooled review",
    "similarity": "Encoder similarity of the texts that fooled to their originals",
    "succeeded": "Reviews fooled",
    "failed": "Reviews attacked and not fooled",
    "skipped": "Reviews not attacked: wrong before the attack",
    "errored": "Reviews that ended in an exception, in no rate",
    "censored": "Reviews whose search a budget or the clock stopped, among the failed",
}


def figures(records: pd.DataFrame, verdicts: pd.DataFrame | None = None) -> dict[str, Estimate]:
    """Return every figure of TITLES by name.

    Args:
        records: RECORD_COLUMNS, one row per review.
        verdicts: columns example_id, valid, similarity, one row per success (see `validity.judging.judge`);
            without it the figures that need it are undefined.
    """
    number = counts(records)
    attacked = records[records["outcome"].isin(("succeeded", "failed"))]
    fooled = records[records["outcome"] == "succeeded"]
    tried = len(attacked) + number["skipped"]
    rates = {
        "accuracy_before": share(len(attacked), tried, "no review was tried"),
        "accuracy_under_attack": share(number["failed"], tried, "no review was tried"),
        "success_rate": share(len(fooled), len(attacked), "no review was attacked"),
    }
    means = {
        "queries": mean_with_interval(attacked["queries"], "no review was attacked"),
        "queries_of_successes": mean_with_interval(fooled["queries"], "no review was fooled"),
        "model_calls": mean_with_interval(attacked["model_calls"], "no review was attacked"),
        "words_changed_share": mean_with_interval(share_changed(fooled), "no review was fooled"),
    }
    by_verdict = _by_verdict(records, verdicts, number)
    return rates | by_verdict | means | {name: _count(value, len(records)) for name, value in number.items()}


def counts(records: pd.DataFrame) -> dict[str, int]:
    """Return how many reviews succeeded, failed, were skipped, errored, and are censored among the failed."""
    outcome = records["outcome"]
    censored = (outcome == "failed") & (records["stopped_by"].fillna("") != "")
    found = {name: int((outcome == name).sum()) for name in ("succeeded", "failed", "skipped", "errored")}
    return found | {"censored": int(censored.sum())}


def mean_with_interval(values: pd.Series, reason: str) -> Estimate:
    """Return the mean of what is there with a seeded bootstrap interval; one value has no interval."""
    present = pd.to_numeric(values, errors="coerce").dropna().to_numpy(np.float64)
    if len(present) == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, reason)
    if len(present) == 1:
        return Estimate(float(present[0]), math.nan, math.nan, 1, "one value has no interval")

    def mean(weights: FloatArray) -> FloatArray:
        return np.asarray(weights @ present / len(present), dtype=np.float64)

    replicates = statistics.bootstrap_rows([mean], len(present), RESAMPLES, np.random.default_rng(SEED))
    return Estimate(float(present.mean()), *statistics.percentile_interval(replicates[0]), len(present))


def share_changed(records: pd.DataFrame) -> pd.Series:
    """Return words changed over words of the original; NaN for a text without words."""
    words = records["words"].astype(np.float64)
    return records["words_changed"].astype(np.float64) / words.where(words > 0)


def _by_verdict(
    records: pd.DataFrame, verdicts: pd.DataFrame | None, number: Mapping[str, int]
) -> dict[str, Estimate]:
    """Return the figures that need a verdict for every success."""
    names = ("valid_success_rate", "valid_accuracy_under_attack", "similarity")
    reason = judged.why_undefined(records, verdicts)
    if reason:
        return {name: Estimate(math.nan, math.nan, math.nan, 0, reason) for name in names}
    valid = judged.validity(records, verdicts)
    really, attacked = int(valid.sum()), number["succeeded"] + number["failed"]
    return {
        "valid_success_rate": share(really, attacked, "no review was attacked"),
        "valid_accuracy_under_attack": share(
            attacked - really, attacked + number["skipped"], "no review was tried"
        ),
        "similarity": mean_with_interval(_similarity(valid.index, verdicts), "no review was fooled"),
    }


def _similarity(fooled: pd.Index, verdicts: pd.DataFrame | None) -> pd.Series:
    if verdicts is None:
        return pd.Series(dtype=np.float64)
    return verdicts.set_index("example_id")["similarity"].reindex(fooled)


def _count(value: int, n: int) -> Estimate:
    """Return a count among n rows: exact, so without an interval."""
    return Estimate(float(value), math.nan, math.nan, n)
