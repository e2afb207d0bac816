"""The models on one data set: how good, what they have seen of it, and the button that measures all."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import navigation
from dashboard.elements import public_copy, widgets
from dashboard.records import datasets
from dashboard.records.datasets import Stored
from dashboard.session import selection
from dashboard.views.data import plan
from dashboard.wording import escape_markdown, format_estimate
from sentiment_core import models
from sentiment_core.evaluation.records import Evaluation
from sentiment_core.models import ModelCard


def draw(stored: Stored) -> None:
    """Draw the button, the jobs, a row for each model, and links to each one's errors."""
    widgets.unfinished_job()
    cards = models.list_models()
    if not cards:
        st.write("There is no trained model yet. The demo trains two on real movie reviews.")
        widgets.demo_button()
        return
    measured = datasets.measured(stored.choice)
    missing = [card for card in cards if card.model_id not in measured]
    _button(stored, missing)
    if measured:
        _links(stored, cards, measured)
    rows = [_row(card, stored, measured.get(card.model_id)) for card in cards]
    st.table(pd.DataFrame(rows), border="horizontal", hide_index=True)


def start(stored: Stored) -> None:
    """Start a job for each model that is not measured on these reviews; they take turns."""
    from sentiment_core.jobs import jobs

    measured = datasets.measured(stored.choice)
    for card in models.list_models():
        if card.model_id not in measured:
            jobs.start(plan.measuring(card, stored), f"Measure {card.short_name} on {stored.name}")


def _button(stored: Stored, missing: list[ModelCard]) -> None:
    if widgets.anything_running():
        widgets.job_list("data")
        return
    if not missing:
        return
    n = len(missing)
    label = "Measure all models on it" if n > 1 else f"Measure {missing[0].short_name} on it"
    if public_copy.button(
        escape_markdown(label), key="data-measure", type="primary", icon=":material/play_arrow:"
    ):
        start(stored)
        st.rerun()
    with st.expander("Terminal command", icon=":material/terminal:"):
        lines = [plan.command(plan.measuring(card, stored)) for card in missing]
        st.code("\n".join(lines), language="bash", wrap_lines=True)


def _links(stored: Stored, cards: list[ModelCard], measured: dict[str, Evaluation]) -> None:
    with st.container(horizontal=True, gap="medium"):
        for card in cards:
            if card.model_id not in measured:
                continue
            wrong = _wrong(measured[card.model_id])
            st.page_link(
                navigation.known_pages()["errors"],
                label=escape_markdown(f"{wrong:,} error{'' if wrong == 1 else 's'} of {card.short_name}"),
                icon=":material/rule:",
                query_params={selection.DATA: stored.choice.key, selection.MODEL_A: card.model_id},
            )


def _wrong(evaluation: Evaluation) -> int:
    frame = evaluation.frame
    return int((frame["predicted"] != frame["label"]).sum())


def _row(card: ModelCard, stored: Stored, evaluation: Evaluation | None) -> dict[str, str]:
    seen = datasets.seen(card, stored.choice)
    truncated = int(evaluation.frame["truncated"].sum()) if evaluation else None
    return {
        "model": escape_markdown(card.short_name),
        "accuracy": escape_markdown(format_estimate(evaluation.metrics["accuracy"]))
        if evaluation
        else "not measured",
        "in its training data": "not known" if seen is None else f"{seen:,} of {stored.choice.n:,}",
        "cut off": "not measured" if truncated is None else f"{truncated:,} of {stored.choice.n:,}",
    }
