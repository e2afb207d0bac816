"""The section with the table of every model under every recipe, below Robustness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.elements import widgets
from dashboard.session.selection import Selection
from dashboard.wording import escape_markdown, format_started
from sentiment_core import terminal

if TYPE_CHECKING:
    from attacks.tables.runs import Table

PICKED = "robustness_table"
#: An unfinished table grows while the page is open.
SECONDS_KEPT = 15.0


@widgets.show_fixable
def draw(selection: Selection) -> None:
    """Draw the newest table; others can be picked."""
    from attacks.tables import document
    from attacks.tables import runs as tables

    found = tables.list_tables()
    if not found:
        _nothing_yet(selection)
        return
    table = _opened(_picked([run.run_id for run in found]))
    st.caption(escape_markdown(document.about(table)))
    _drawn(*document.figures_table(table.rows), key="robustness-table-figures")
    st.caption(document.NOTES)
    if any(row["transfer"] for row in table.rows):
        st.caption(document.TRANSFER)
        _drawn(*document.transfer_table(table.rows), key="robustness-table-transfer")
    if table.certified:
        st.caption(document.CERTIFIED)
        _drawn(*document.certified_table(table.certified), key="robustness-table-certified")
    if not table.finished:
        command = terminal.command("attacks", "table", resume=table.run_id)
        st.code(command, language="bash", wrap_lines=True)


@st.cache_data(ttl=SECONDS_KEPT, max_entries=16, show_spinner=False)
def _opened(run_id: str) -> Table:
    from attacks.tables import runs as tables

    return tables.open_table(run_id)


def _drawn(head: list[str], lines: list[list[str]], *, key: str) -> None:
    st.dataframe(pd.DataFrame(lines, columns=head), hide_index=True, height="content", key=key)


def _picked(run_ids: list[str]) -> str:
    if len(run_ids) == 1:
        return run_ids[0]
    chosen = st.selectbox(
        "Table", run_ids, key=PICKED, format_func=format_started, label_visibility="collapsed"
    )
    return str(chosen)


def _nothing_yet(selection: Selection) -> None:
    name = selection.model_a.short_name if selection.model_a else "MODEL"
    data = selection.data.name if selection.data else "imdb-embedded"
    st.write(
        "There is no table yet. This command attacks several models with every recipe that runs here, on the "
        "same reviews; with --estimate it only says how long that takes:"
    )
    command = terminal.command("attacks", "table", models=name, recipes="all", data=data, limit=100)
    st.code(command, language="bash", wrap_lines=True)
