"""Which thresholds a model's answers suggest: the best F1, the lowest cost; and what each of them does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sentiment_core.evaluation import operating_points
from sentiment_core.metrics.base import FloatArray, IntArray

#: What a false positive or a false negative may cost; more says nothing more about the other.
HIGHEST_COST = 1e6
USUAL = 0.5


def sweep(y_true: IntArray, prob_positive: FloatArray) -> pd.DataFrame:
    """Return `threshold_sweep` at every thousandth, over which thresholds are suggested."""
    return operating_points.threshold_sweep(y_true, prob_positive, operating_points.GRID)


def at(swept: pd.DataFrame, threshold: float) -> dict[str, Any]:
    """Return the row of `sweep` of a threshold: threshold, tn, fp, fn, tp and the metrics of these counts."""
    return dict(swept.iloc[round(1000 * threshold)])


def suggested(
    swept: pd.DataFrame, cost_false_positive: float = 1.0, cost_false_negative: float = 1.0
) -> dict[str, float]:
    """Return thresholds by what each optimizes: "best F1", "lowest cost".

    Raises:
        ValueError: a cost is negative.
    """
    cheapest, _ = operating_points.cheapest_threshold(swept, cost_false_positive, cost_false_negative)
    return {"best F1": operating_points.best_f1_threshold(swept), "lowest cost": cheapest}


def outcomes(
    swept: pd.DataFrame, cost_false_positive: float = 1.0, cost_false_negative: float = 1.0
) -> list[dict[str, Any]]:
    """Return what 0.5 and each suggested threshold does: its rule, and what `outcome` says of it."""
    rules = {f"{USUAL:g}": USUAL} | suggested(swept, cost_false_positive, cost_false_negative)
    return [
        {"rule": rule} | outcome(at(swept, threshold), cost_false_positive, cost_false_negative)
        for rule, threshold in rules.items()
        if threshold == threshold  # NaN where no threshold has an F1
    ]


def outcome(row: Mapping[str, Any], cost_false_positive: float, cost_false_negative: float) -> dict[str, Any]:
    """Return threshold, f1, false_positives, false_negatives and cost_per_review of one row of a sweep."""
    n = sum(row[cell] for cell in ("tn", "fp", "fn", "tp"))
    return {
        "threshold": float(row["threshold"]),
        "f1": float(row["f1"]),
        "false_positives": int(row["fp"]),
        "false_negatives": int(row["fn"]),
        "cost_per_review": (cost_false_positive * row["fp"] + cost_false_negative * row["fn"]) / n,
    }


def optimism(split: str) -> str:
    """Say how far thresholds that these reviews suggest can be trusted."""
    if split == "validation":
        return "These thresholds were chosen on validation reviews; measure them on test reviews."
    return (
        f"These thresholds were chosen on the {split} reviews that they are measured on, so the figures are "
        "optimistic. Where it matters, choose the threshold on validation reviews and measure it here."
    )
