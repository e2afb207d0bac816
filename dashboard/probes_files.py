"""The part of Probes with the kept runs, those of models that are gone too; and the files to take along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import (
    attack_records,
    probes_export,
    probes_place,
    probes_records,
    probes_running,
    state,
    widgets,
)
from dashboard.probes_records import Probed
from dashboard.wording import escape_markdown, format_seconds, format_started
from sentiment_core import models as shelf
from sentiment_core.models import ModelCard

KEY = "probes_runs"
MOST = 100


def show(cards: Sequence[ModelCard]) -> None:
    """Draw the kept runs, and the buttons that probe once more."""
    show_runs()
    st.subheader("Ask again", anchor=False)
    if attack_records.active(probes_running.COMMAND):
        widgets.job_list("probes-files")
    for card in cards:
        probes_running.again(card, state.selection().data)


def downloads(models: Sequence[Probed]) -> None:
    """Offer the matrix and the cases of the shown models as CSV."""
    with st.container(horizontal=True):
        for title, name, make in (
            ("Matrix", "probes-matrix.csv", probes_export.matrix_csv),
            ("Cases", "probes-cases.csv", probes_export.cases_csv),
        ):
            st.download_button(
                title,
                data=lambda make=make: make(models),
                file_name=name,
                mime="text/csv",
                on_click="ignore",
                icon=":material/download:",
                type="tertiary",
                help="As CSV: every shown model, language, changed reviews and your own",
                key=f"export-{name}",
            )


def show_runs() -> None:
    """Draw the kept runs, newest first; picking one shows it alone."""
    runs = probes_records.list_runs()[:MOST]
    if not runs:
        return
    known = {card.model_id for card in shelf.list_models()}
    st.subheader("Kept runs", anchor=False)
    gone = sorted({probes_records.model_name(run) for run in probes_records.gone_runs()})
    if gone:
        st.caption(
            escape_markdown(
                f"Of models that are gone: {', '.join(gone)}. Their runs can be read, not made again."
            ),
        )
    picked: Any = st.dataframe(
        pd.DataFrame([_row(run, run.model_id in known) for run in runs]),
        key=KEY,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=38 + 35 * min(8, len(runs)),
        alt="Kept probings, newest first; pick a row to see that run alone",
    )
    rows = picked["selection"]["rows"]
    if rows:
        probes_place.show_kept(runs[rows[0]].run_id)
        st.rerun()


def _row(run: Any, here: bool) -> dict[str, Any]:
    verdicts = run.matrix["verdict"]
    data = run.manifest.get("data") or {}
    return {
        "model": probes_records.model_name(run) + ("" if here else " (gone)"),
        "held": f"{int((verdicts == 'holds').sum())} of {len(verdicts)}",
        "cases": f"{int(run.manifest['n']):,}",
        "reviews": f"{data['n']:,} of {data['name']}" if data else "",
        "took": format_seconds(float(run.manifest["seconds"])),
        "started": format_started(run.run_id),
    }
