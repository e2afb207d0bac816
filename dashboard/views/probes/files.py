"""The part of Probes with the stored runs, also of models that are gone, and the downloads."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from attacks.publishing.probed import ROW
from dashboard.elements import widgets
from dashboard.records import attacks, probings
from dashboard.records.probings import Probed
from dashboard.session import selection
from dashboard.views.probes import place, running
from dashboard.wording import escape_markdown, format_seconds, format_started
from sentiment_core import models as shelf
from sentiment_core.models import ModelCard
from sentiment_core.storage import spreadsheet

KEY = "probes_runs"
MOST = 100


def show(cards: Sequence[ModelCard]) -> None:
    """Draw the stored runs, and the buttons that probe again."""
    show_runs()
    st.header("Probe again", anchor=False)
    if attacks.active(running.COMMAND):
        widgets.job_list("probes-files")
    for card in cards:
        running.again(card, selection.selection().data)


def downloads(models: Sequence[Probed]) -> None:
    """Offer the matrix and the cases of the shown models as CSV."""
    with st.container(horizontal=True):
        for title, name, make in (
            ("Download the matrix as CSV", "probes-matrix.csv", matrix_csv),
            ("Download the cases as CSV", "probes-cases.csv", cases_csv),
        ):
            st.download_button(
                title,
                data=partial(make, models),
                file_name=name,
                mime="text/csv",
                on_click="ignore",
                icon=":material/download:",
                type="tertiary",
                help="CSV of every shown model: language, changed reviews and your own probes",
                key=f"export-{name}",
            )


def show_runs() -> None:
    """Draw the stored runs, newest first; picking one shows it alone."""
    runs = probings.list_runs()[:MOST]
    if not runs:
        return
    known = {card.model_id for card in shelf.list_models()}
    st.header("Stored runs", anchor=False)
    gone = sorted({probings.model_name(run) for run in probings.gone_runs()})
    if gone:
        st.caption(
            escape_markdown(
                f"No longer in the workspace: {', '.join(gone)}. Their runs can be read, but not repeated."
            ),
        )
    picked: Any = st.dataframe(
        pd.DataFrame([_row(run, run.model_id in known) for run in runs]),
        key=KEY,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=38 + 35 * min(8, len(runs)),
        alt="Stored runs, newest first; pick a row to see that run alone",
    )
    rows = picked["selection"]["rows"]
    if rows:
        place.show_kept(runs[rows[0]].run_id)
        st.rerun()


def _row(run: Any, here: bool) -> dict[str, Any]:
    verdicts = run.matrix["verdict"]
    data = run.manifest.get("data") or {}
    return {
        "model": probings.model_name(run) + ("" if here else " (deleted)"),
        "held": f"{int((verdicts == 'holds').sum())} of {len(verdicts)}",
        "cases": f"{int(run.manifest['n']):,}",
        "reviews": f"{data['n']:,} of {data['name']}" if data else "",
        "took": format_seconds(float(run.manifest["seconds"])),
        "started": format_started(run.run_id),
    }


def matrix_frame(models: Sequence[Probed]) -> pd.DataFrame:
    """Return the matrix of the shown models, a row a model, capability and severity; rates in [0, 1]."""
    tables = []
    for model in models:
        table = model.matrix.copy()
        figures = list(table.pop("failure_rate"))
        parts = {
            "failure_rate": [figure.value for figure in figures],
            "ci_low": [figure.ci_low for figure in figures],
            "ci_high": [figure.ci_high for figure in figures],
        }
        for at, (name, values) in enumerate(parts.items(), start=5):
            table.insert(at, name, values)
        table.insert(0, "model", model.name)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def cases_frame(models: Sequence[Probed]) -> pd.DataFrame:
    """Return every judged case behind the matrix, a row a model and case."""
    tables = []
    for model in models:
        wanted = model.matrix[["run_id", *ROW]]
        for run_id, rows in wanted.groupby("run_id", sort=False):
            frame = probings.frame(str(run_id))
            kept = frame.merge(rows[ROW], on=ROW, how="inner")
            tables.append(kept.assign(model=model.name, run_id=run_id))
    table = pd.concat(tables, ignore_index=True)
    return table[["model", *(name for name in table if name != "model")]]


def matrix_csv(models: Sequence[Probed]) -> bytes:
    """Return the matrix as CSV."""
    return spreadsheet.to_csv(matrix_frame(models))


def cases_csv(models: Sequence[Probed]) -> bytes:
    """Return the cases as CSV."""
    return spreadsheet.to_csv(cases_frame(models))
