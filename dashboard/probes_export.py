"""The matrix and the cases as CSV in which no cell can run as a formula. No streamlit widgets."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard import probes_records
from dashboard.probes_records import Probed
from sentiment_core import spreadsheet


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
        for place, (name, values) in enumerate(parts.items()):
            table.insert(5 + place, name, values)
        table.insert(0, "model", model.name)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def cases_frame(models: Sequence[Probed]) -> pd.DataFrame:
    """Return every judged case behind the matrix, a row a model and case."""
    tables = []
    for model in models:
        wanted = model.matrix[["run_id", *probes_records.ROW]]
        for run_id, rows in wanted.groupby("run_id", sort=False):
            frame = probes_records.frame(str(run_id))
            kept = frame.merge(rows[probes_records.ROW], on=probes_records.ROW, how="inner")
            tables.append(kept.assign(model=model.name, run_id=run_id))
    table = pd.concat(tables, ignore_index=True)
    return table[["model", *(name for name in table if name != "model")]]


def matrix_csv(models: Sequence[Probed]) -> bytes:
    """Return the matrix as CSV."""
    return spreadsheet.to_csv(matrix_frame(models))


def cases_csv(models: Sequence[Probed]) -> bytes:
    """Return the cases as CSV."""
    return spreadsheet.to_csv(cases_frame(models))
