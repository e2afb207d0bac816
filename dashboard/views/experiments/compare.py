"""Finished trainings side by side: what differs between them, and what came out. Frames; no streamlit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from dashboard.records import trainings as trained
from dashboard.wording import UNDEFINED, format_estimate
from sentiment_core import statistics
from sentiment_core.calibration import scaling
from sentiment_core.classifiers import FAMILIES
from sentiment_core.jobs.jobs import JobStatus
from sentiment_core.models import CURRENT, ModelCard
from sentiment_core.schema import Estimate

STATE, NOTE = "state", "note"
#: Settings that change how fast a training goes or how often it reports, not what it learns.
SPEED_ONLY = frozenset({"threads", "eval_batch_size", "logging_steps", "evaluate_every", "revision", "base"})


def validation_accuracy(card: ModelCard) -> Estimate:
    """Return the accuracy on the validation reviews with Wilson's interval."""
    value = card.manifest.get("validation", {}).get("accuracy")
    n = trained.n_validation(card)
    if value is None or n == 0:
        return Estimate(math.nan, math.nan, math.nan, n, "training recorded no validation accuracy")
    return Estimate(float(value), *statistics.wilson(round(value * n), n), n)


def trainings(
    cards: Sequence[ModelCard],
    tested: Mapping[str, Estimate],
    test_name: str,
    current: str | None,
    noted: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return a row a training in the order given.

    `tested` is an accuracy by model id, shown under `test_name`; `current` the id of the promoted model;
    `noted` the notes by model id, which get a column where there are some.
    """
    settings = differing_settings(cards)
    rows = [
        {
            "model": _name(card, current),
            **({NOTE: noted.get(card.model_id, "")} if noted else {}),
            "validation accuracy": format_estimate(validation_accuracy(card)),
            test_name: _tested(tested.get(card.model_id)),
            "minutes": _minutes(card),
            "trained on": f"{card.trained_on.get('n_train', 0):,} of {card.trained_on.get('name')}",
            "base": Path(str(card.manifest.get("base") or card.family)).name,
            "settings that differ": settings[card.model_id] or UNDEFINED,
        }
        for card in cards
    ]
    return pd.DataFrame(rows)


def with_open(table: pd.DataFrame, jobs: Sequence[JobStatus]) -> pd.DataFrame:
    """Return `trainings` with a row on top for each training that runs or waits, and what it is at."""
    if not jobs:
        return table
    open_ = [{"model": job.title, STATE: "stopping" if job.stopping else job.state} for job in jobs]
    known = table.assign(**{STATE: "finished"}) if len(table) else pd.DataFrame()
    rows = pd.concat([pd.DataFrame(open_), known], ignore_index=True)
    return rows.fillna("")


def differing_settings(cards: Sequence[ModelCard]) -> dict[str, str]:
    """Return by model id the settings that are not the same in all trainings of the family.

    A family's only training is held against the family's defaults.
    """
    return {card.model_id: _in_words(card, _others(card, cards)) for card in cards}


def answer(cards: Sequence[ModelCard]) -> str:
    """Say which training validates best, among those on the data with the most validation reviews."""
    measured = [
        card for card in cards if validation_accuracy(card).defined and not trained.is_converted(card)
    ]
    if not measured:
        return "No training has recorded its validation accuracy."
    names = [str(card.trained_on.get("name")) for card in measured]
    behind = [
        (validation_accuracy(card).n, names.count(name)) for card, name in zip(measured, names, strict=True)
    ]
    name = names[behind.index(max(behind))]
    alike = [card for card, its in zip(measured, names, strict=True) if its == name]
    best = max(alike, key=lambda card: validation_accuracy(card).value)
    figure = format_estimate(validation_accuracy(best))
    if len(alike) == 1:
        return f"The one training on {name}, {best.short_name}, reaches {figure} on its validation reviews."
    return (
        f"Of {len(alike)} trainings on {name}, {best.short_name} has the best validation accuracy: {figure}."
    )


def _name(card: ModelCard, current: str | None) -> str:
    marked = card.model_id == current and card.alias != CURRENT
    return f"{card.short_name} ({CURRENT})" if marked else card.short_name


def _others(card: ModelCard, cards: Sequence[ModelCard]) -> list[Mapping[str, Any]]:
    alike = [other.manifest["params"] for other in cards if other.family == card.family and other is not card]
    return alike or [FAMILIES[card.family].default_params]


def _in_words(card: ModelCard, others: Sequence[Mapping[str, Any]]) -> str:
    defaults = FAMILIES[card.family].default_params  # older trainings do not know of newer settings
    differing = [
        f"{name.replace('_', ' ')} {_short(value)}"
        for name, value in card.manifest["params"].items()
        if name not in SPEED_ONLY and any(other.get(name, defaults.get(name)) != value for other in others)
    ]
    found = scaling.of_manifest(card.manifest)
    return ", ".join([*differing, *([f"calibrated (T = {found.temperature:.2f})"] if found else [])])


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _tested(estimate: Estimate | None) -> str:
    return UNDEFINED if estimate is None else format_estimate(estimate)


def _minutes(card: ModelCard) -> str:
    """Return the minutes of a training; a converted model was not trained."""
    seconds = card.manifest.get("seconds")
    return f"{seconds / 60:.1f}" if seconds else UNDEFINED
