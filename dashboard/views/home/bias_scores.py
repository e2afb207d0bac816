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
    """The largest change of probability among the groups found different; None where none was."""

    change: Estimate | None
    group: str
    attribute: str


def scores(cards: Sequence[ModelCard], choice: DataChoice) -> dict[str, BiasScore]:
    """Return by model id what its newest look at bias on these reviews found."""
    found = {}
    for card in cards:
        run = bias.newest(card.model_id, choice)
        if run is not None:
            with suppress(ReelcheckError):  # a damaged run says nothing here; its own page says what is wrong
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
    return "Bias: the largest change of the probability of positive among groups found different, in points."
