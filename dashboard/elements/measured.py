"""The chosen models with their evaluations on the chosen reviews, or the offer to make a missing one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.elements import widgets
from dashboard.records import evaluations
from dashboard.session import selection
from dashboard.wording import escape_markdown
from sentiment_core.evaluation.seen import NOT_KNOWN
from sentiment_core.models import ModelCard

if TYPE_CHECKING:
    from sentiment_core.evaluation.records import Evaluation


@dataclass(frozen=True)
class Measured:
    """A model, what it answered on the chosen reviews, and how the pages show it."""

    card: ModelCard
    evaluation: Evaluation
    colour: str

    @property
    def name(self) -> str:
        """The name a person calls the model by."""
        return self.card.short_name

    @property
    def run_id(self) -> str:
        """The evaluation's run."""
        return self.evaluation.run_id


def chosen_models() -> list[Measured]:
    """Return model A, and B where it was measured too; nothing where A was not."""
    cards, found = _cards(), _evaluations()
    colours = evaluations.model_colours()
    models = [
        Measured(card, evaluation, colours[card.model_id])
        for card in cards
        if (evaluation := found.get(card.model_id)) is not None
    ]
    return models if models and models[0].card == cards[0] else []


def say_seen(models: Sequence[Measured]) -> None:
    """Say how many of the reviews each model was trained on, with its accuracy on the others, where any."""
    for model in models:
        seen = model.evaluation.seen
        if seen is None or seen.count:
            said = seen.sentence if seen else NOT_KNOWN
            st.caption(f":material/visibility: {escape_markdown(f'{model.name}: {said}.')}")


def offer_missing() -> None:
    """Draw what would measure the chosen models on the chosen reviews, where that has not been done."""
    choice = selection.selection().data
    if choice is None or not _cards():
        widgets.empty_state("Nothing measured yet", "No model has been measured in this workspace.")
        return
    found = _evaluations()
    for card in _cards():
        if found[card.model_id] is None:
            widgets.measure_button(card, choice)


def _cards() -> list[ModelCard]:
    chosen = selection.selection()
    return [card for card in (chosen.model_a, chosen.model_b) if card]


def _evaluations() -> dict[str, Evaluation | None]:
    choice = selection.selection().data
    if choice is None:
        return {}
    return {card.model_id: evaluations.evaluation_of(card.model_id, choice) for card in _cards()}
