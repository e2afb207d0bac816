"""The part of Probes below the cases: how often each template of the cell fails, as a small chart."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import charts_probes, probes_records, widgets
from dashboard.figures import drawn
from dashboard.probes_place import Place
from dashboard.probes_records import Probed


def show(models: Sequence[Probed], cell: Place) -> None:
    """Draw the spread over templates; nothing where the cell has one template only."""
    tables = {}
    for model in models:
        row = model.row(str(cell.capability), cell.severity)
        if row is not None:
            found = probes_records.by_template(str(row["run_id"]), str(cell.capability), cell.severity)
            tables[model.name] = flat(found)
    if max((len(table) for table in tables.values()), default=0) < 2:
        return
    st.subheader("Spread over templates", anchor=False)
    figure = drawn(charts_probes.by_template, tables, {model.name: model.colour for model in models})
    beside = pd.concat([table.assign(model=name) for name, table in tables.items()])
    widgets.chart_with_table(figure, beside, key="probes-templates", caption=caption(models, cell))


def flat(table: pd.DataFrame) -> pd.DataFrame:
    """Return `template, value, ci_low, ci_high, n` of a table with Estimates."""
    figures = list(table["failure_rate"])
    parts = {
        part: [getattr(figure, part) for figure in figures] for part in ("value", "ci_low", "ci_high", "n")
    }
    return pd.DataFrame({"template": list(table["template"]), **parts})


def caption(models: Sequence[Probed], cell: Place) -> str:
    """Say what the spread means: whether paraphrases of one expectation agree."""
    said = []
    for model in models:
        row = model.row(str(cell.capability), cell.severity)
        if row is not None:
            words = "disagree beyond chance" if row["unreliable"] else "agree as far as this many cases tell"
            said.append(f"{model.name}: templates of one expectation {words}.")
    return " ".join([*said, "Few cases a template, so wide intervals."])
