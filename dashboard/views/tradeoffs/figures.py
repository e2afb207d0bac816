"""What models cost and what they keep, as estimates by name, and which no other beats. No streamlit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from dashboard.records import decisions, evaluations, stress
from dashboard.records.evaluations import DataChoice
from sentiment_core import latency
from sentiment_core.schema import Estimate

if TYPE_CHECKING:
    from sentiment_core.models import ModelCard


@dataclass(frozen=True)
class Quantity:
    """Something that a model costs or keeps: its name with its unit, and whether more of it is better."""

    title: str
    unit: str
    more_is_better: bool
    percent: bool = True

    @property
    def axis(self) -> str:
        """Return the title of an axis."""
        return f"{self.title}, {self.unit}"


#: What a model costs, and what it keeps; the first of each is drawn until another is chosen.
COSTS = {
    "milliseconds": Quantity("Time per review", "ms", False, percent=False),
    "megabytes": Quantity("Size", "MB", False, percent=False),
}
KEPT = {
    "accuracy": Quantity("Accuracy", "%", True),
    "ece": Quantity("Calibration error (ECE)", "%", False),
    "under_attack": Quantity("Accuracy under attack", "%", True),
    "valid_only": Quantity("Accuracy under attack, valid edits only", "%", True),
    "bias": Quantity("Largest change between groups", "points", False),
}
QUANTITIES: Mapping[str, Quantity] = {**COSTS, **KEPT}


@dataclass(frozen=True)
class Row:
    """One model: its figures by name of QUANTITIES, and what the gate said of it against the baseline."""

    card: ModelCard
    figures: Mapping[str, Estimate] = field(default_factory=dict)
    verdict: str = ""

    @property
    def name(self) -> str:
        """Return what the model is called."""
        return self.card.short_name


def rows(cards: Sequence[ModelCard], choice: DataChoice, baseline: ModelCard) -> list[Row]:
    """Return a row a model, the smallest first; what was not measured is undefined and says so."""
    attacked, biased = stress.attack_scores(choice), stress.bias_scores(cards, choice)
    times = timings(cards, choice)
    found = []
    for card in cards:
        figures = {
            "milliseconds": times.get(card.model_id, _missing("not timed on these reviews")),
            "megabytes": _exact(card.size_bytes / 1e6) if card.size_bytes else _missing("size unknown"),
            **_measured(card, choice),
            **_attacked(attacked.get(card.model_id)),
            "bias": _bias(biased.get(card.model_id)),
        }
        decided = decisions.latest(card.model_id, baseline.model_id)
        found.append(Row(card, figures, decided.verdict if decided else ""))
    return sorted(found, key=lambda row: row.card.size_bytes)


def timings(cards: Sequence[ModelCard], choice: DataChoice) -> dict[str, Estimate]:
    """Return milliseconds per review from one run, so that all met the same machine.

    The newest run that timed all of the models; where there is none, the newest that timed two.
    """
    shelf = {card.model_id for card in cards}
    run = latency.latest(shelf, choice.fingerprint, choice.split)
    run = run or latency.latest((), choice.fingerprint, choice.split)
    if run is None:
        return {}
    return {name: latency.per_review(run, name) for name in run.spec["models"] if name in shelf}


def unbeaten(found: Sequence[Row], cost: str, kept: str) -> list[Row]:
    """Return the rows that no other is at least as good as in both and better in one, by rising cost.

    It is about the figures as they are, not about their intervals.
    """
    more = QUANTITIES[kept].more_is_better
    points = {
        row.card.model_id: (row.figures[cost].value, (-1 if more else 1) * row.figures[kept].value)
        for row in found
        if row.figures[cost].defined and row.figures[kept].defined
    }

    def beaten(at: tuple[float, float]) -> bool:
        return any(other[0] <= at[0] and other[1] <= at[1] and other != at for other in points.values())

    best = [row for row in found if row.card.model_id in points and not beaten(points[row.card.model_id])]
    return sorted(best, key=lambda row: points[row.card.model_id])


def table(found: Sequence[Row]) -> pd.DataFrame:
    """Return a row a model with its figures as numbers, for the table under the chart."""
    records = []
    for row in found:
        record: dict[str, object] = {"model": row.name}
        for name, quantity in QUANTITIES.items():
            estimate, scale = row.figures[name], 100 if quantity.percent else 1
            record[quantity.axis] = scale * estimate.value
            record[f"{quantity.title}: low"] = scale * estimate.ci_low
            record[f"{quantity.title}: high"] = scale * estimate.ci_high
            record[f"{quantity.title}: n"] = estimate.n
        records.append(record)
    return pd.DataFrame(records)


def _measured(card: ModelCard, choice: DataChoice) -> dict[str, Estimate]:
    evaluation = evaluations.evaluation_of(card.model_id, choice)
    missing = _missing("not measured on these reviews")
    known = evaluation.metrics if evaluation else {}
    return {name: known.get(name, missing) for name in ("accuracy", "ece")}


def _attacked(score: stress.AttackScore | None) -> dict[str, Estimate]:
    missing = _missing("not attacked with this recipe on these reviews")
    if score is None:
        return {"under_attack": missing, "valid_only": missing}
    return {"under_attack": score.raw, "valid_only": score.valid}


def _bias(score: stress.BiasScore | None) -> Estimate:
    if score is None:
        return _missing("bias not measured on these reviews")
    if score.change is None:
        return _missing("no difference between groups was found")
    low, high = sorted((abs(score.change.ci_low), abs(score.change.ci_high)))
    return Estimate(abs(score.change.value), low, high, score.change.n)


def _missing(reason: str) -> Estimate:
    return Estimate(math.nan, math.nan, math.nan, 0, reason)


def _exact(value: float) -> Estimate:
    return Estimate(value, value, value, 1)
