"""Rules of the models for when not to answer, fitted once to kept predictions of validation reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.records import evaluations
from sentiment_core.models import ModelCard

if TYPE_CHECKING:
    from sentiment_core.abstention.of_models import Fitting
    from sentiment_core.abstention.thresholds import Rule
    from sentiment_core.evaluation.records import Evaluation

#: Wanted error rates that the pages offer.
ERROR_RATES = (0.01, 0.02, 0.03, 0.05, 0.1)
USUAL = 0.05


def evaluation_of(card: ModelCard) -> Evaluation | None:
    """Return the newest evaluation on the validation reviews that the model was trained with."""
    from sentiment_core.abstention.of_models import SPLIT

    wanted = (card.model_id, str(card.trained_on.get("fingerprint")), SPLIT)
    return next(
        (run for run in evaluations.evaluations() if (run.model_id, run.fingerprint, run.split) == wanted),
        None,
    )


def rule_of(card: ModelCard, error_rate: float) -> Rule | None:
    """Return a model's threshold for an error rate; None where its validation reviews were not predicted."""
    found = evaluation_of(card)
    return None if found is None else _rule(found.run_id, error_rate)


@st.cache_resource(max_entries=32, show_spinner=False)
def fitting(run_id: str) -> Fitting:
    """Return the reviews that rules are fitted to; read-only."""
    from sentiment_core.abstention.of_models import Fitting

    return Fitting.of(evaluations.open_evaluation(run_id))


@st.cache_data(max_entries=256, show_spinner=False)
def _rule(run_id: str, error_rate: float) -> Rule:
    return fitting(run_id).rule(error_rate)


def measuring(card: ModelCard) -> list[str] | None:
    """Return the command that predicts a model's validation reviews; None where there are none here."""
    from sentiment_core import data
    from sentiment_core.data.loading import is_stored

    name, fingerprint = (str(card.trained_on.get(key)) for key in ("name", "fingerprint"))
    known = name if name in data.DATASETS else fingerprint if is_stored(fingerprint) else None
    if known is None or not card.trained_on.get("n_validation"):
        return None
    return ["evaluate", "--model", card.model_id, "--data", known, "--split", "validation"]
