"""What is known of the stored data sets: their list, their description, and what models have seen of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.records import evaluations
from dashboard.records.evaluations import DataChoice
from sentiment_core import models
from sentiment_core.models import ModelCard
from sentiment_core.schema import SPLITS

if TYPE_CHECKING:
    from sentiment_core.evaluation.records import Evaluation


@dataclass(frozen=True)
class Stored:
    """One data set in the workspace, as its manifest has it."""

    fingerprint: str
    name: str
    n: int
    positive: int
    splits: dict[str, int]
    created: str

    @property
    def split(self) -> str:
        """The split that models are measured on: the test reviews, else what there is."""
        return next((name for name in ("test", "validation") if self.splits.get(name)), "train")

    @property
    def choice(self) -> DataChoice:
        """The same as the sidebar has it."""
        return DataChoice(self.name, self.fingerprint, self.split, self.splits[self.split])


def stored() -> list[Stored]:
    """Return the stored data sets, newest first."""
    from sentiment_core.data.storing import list_stored

    return [_stored(manifest) for manifest in reversed(list_stored())]


def _stored(manifest: dict[str, Any]) -> Stored:
    splits = {name: manifest["splits"][name] for name in SPLITS if manifest["splits"].get(name)}
    positive = int(manifest.get("labels", {}).get("1", 0))
    return Stored(
        manifest["fingerprint"], manifest["name"], manifest["n"], positive, splits, manifest["created"]
    )


def measured(choice: DataChoice) -> dict[str, Evaluation]:
    """Return the newest evaluation on these reviews of each model on the shelf that has one, by its id."""
    found = {card.model_id: evaluations.evaluation_of(card.model_id, choice) for card in models.list_models()}
    return {model_id: evaluation for model_id, evaluation in found.items() if evaluation}


def seen(card: ModelCard, choice: DataChoice) -> int | None:
    """Return how many of these reviews a model was trained or tuned on; None where that is not known."""
    return _seen(card.model_id, card, choice.fingerprint, choice.split)


@st.cache_data(max_entries=256, show_spinner="Comparing with the training reviews")
def _seen(model_id: str, _card: ModelCard, fingerprint: str, split: str) -> int | None:
    from sentiment_core.evaluation import seen

    marks = seen.marked_keys(_card, evaluations.text_keys(fingerprint, split).to_numpy())
    return None if marks is None else int((marks != "").sum())


def description(fingerprint: str) -> dict[str, Any]:
    """Return what `data describe` returns; the slow facts are kept with the workspace."""
    from sentiment_core import data

    return data.describe(evaluations.dataset(fingerprint))
