"""Whom each model treats most differently, for Home's score card. No streamlit widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.records import bias
from sentiment_core.errors import ReelcheckError
from sentiment_core.models import ModelCard
from sentiment_core.schema import Estimate

if TYPE_CHECKING:
    from attacks.bias.runs import BiasRun
    from dashboard.records.evaluations import DataChoice


@dataclass(frozen=True)
class BiasScore:
    """The largest change in probability among the groups with a difference; None where none was found."""

    change: Estimate | None
    group: str
    attribute: str


def scores(cards: Sequence[ModelCard], choice: DataChoice) -> dict[str, BiasScore]:
    """Return by model id what its newest bias run on these reviews found."""
    found = {}
    for card in cards:
        run = bias.newest(card.model_id, choice)
        if run is not None:
            with suppress(
                ReelcheckError
            ):  # a damaged run is skipped here; its own page reports what is wrong
                found[card.model_id] = _largest(run)
    return found


def _largest(run: BiasRun) -> BiasScore:
    rows = bias.found(bias.distinct(run.report))
    if rows.empty:
        return BiasScore(None, "", "")
    row = rows.iloc[0]
    return BiasScore(row["change"], str(row["group"]), bias.title_of(str(row["attribute"])))


def footnote(scores: Mapping[str, BiasScore]) -> str:
    """Say what the column counts."""
    if not scores:
        return ""
    return (
        "Bias: the largest change in the probability of positive among groups where a difference was found."
    )
