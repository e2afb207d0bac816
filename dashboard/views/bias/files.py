"""The part of Bias and slices with downloads, what made the runs, and the button to measure again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.elements import widgets
from dashboard.records import attacks, bias
from dashboard.records.bias import Audited
from dashboard.records.evaluations import DataChoice
from dashboard.views.bias import running
from dashboard.views.bias.place import Place
from dashboard.wording import escape_markdown, format_started
from sentiment_core.models import ModelCard
from sentiment_core.storage import spreadsheet

#: Downloads: title, file, and where it is in a run.
TABLES: tuple[tuple[str, str, Callable[[Any], pd.DataFrame]], ...] = (
    ("Groups' changes", "report", lambda run: run.report),
    ("All rewritten texts", "texts", lambda run: run.frame),
    ("Generalized metrics", "generalised", lambda run: run.generalised),
    ("Rewrites left out", "left-out", lambda run: run.left_out),
    ("Gaps by slice", "gaps", lambda run: run.fairness),
    ("Weakest slices", "weakest", lambda run: run.weak),
    ("Toxicity", "toxicity", lambda run: run.toxicity),
)


def show(models: Sequence[Audited], cards: Sequence[ModelCard], choice: DataChoice, place: Place) -> Place:
    """Draw downloads, the button that measures again, and each run's manifest."""
    if models:
        st.subheader("Download", anchor=False)
        st.caption("CSV, both models in one file; shares and probabilities from 0 to 1.")
        _downloads(models)
    st.subheader("Measure again", anchor=False)
    if attacks.active(running.COMMAND):
        widgets.job_list("bias-files")
    _again([card for card in cards if any(model.model_id == card.model_id for model in models)], choice)
    for model in models:
        st.subheader(escape_markdown(model.name), anchor=False)
        st.caption(escape_markdown(f"{model.run_id}, {format_started(model.run_id)} UTC"))
        st.json({"run_id": model.run_id, **model.run.manifest}, expanded=1)
    return place


def _downloads(models: Sequence[Audited]) -> None:
    with st.container(horizontal=True):
        for title, name, read in TABLES:
            st.download_button(
                title,
                data=partial(csv, models, read),
                file_name=f"bias-{name}.csv",
                mime="text/csv",
                on_click="ignore",
                icon=":material/download:",
                key=f"bias-export-{name}",
            )


def csv(models: Sequence[Audited], read: Callable[[Any], pd.DataFrame]) -> bytes:
    """Return one table of every model as CSV in which no cell can run as a formula."""
    tables = [bias.flat(read(model.run)) for model in models]
    for model, table in zip(models, tables, strict=True):
        table.insert(0, "model", model.name)
        table.insert(1, "run_id", model.run_id)
    return spreadsheet.to_csv(pd.concat(tables, ignore_index=True))


def _again(cards: Sequence[ModelCard], choice: DataChoice) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for card in cards:
            label = escape_markdown(f"Measure bias of {card.short_name} again")
            if st.button(label, icon=":material/replay:", key=f"bias-again-{card.model_id}"):
                running.start(card, choice, running.kept_reviews(choice))
