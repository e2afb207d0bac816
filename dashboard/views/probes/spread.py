"""The part of Probes below the cases: how often each template of the cell fails, as a small chart."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.charts import REFERENCE_COLOUR, layout
from dashboard.elements import widgets
from dashboard.elements.figures import drawn
from dashboard.records import probings
from dashboard.records.probings import Probed
from dashboard.views.probes.place import Place


def show(models: Sequence[Probed], cell: Place) -> None:
    """Draw the spread over templates; nothing where the cell has one template only."""
    tables = {}
    for model in models:
        row = model.row(str(cell.capability), cell.severity)
        if row is not None:
            found = probings.by_template(str(row["run_id"]), str(cell.capability), cell.severity)
            tables[model.name] = flat(found)
    if max((len(table) for table in tables.values()), default=0) < 2:
        return
    st.header("Spread over templates", anchor=False)
    figure = drawn(by_template, tables, {model.name: model.colour for model in models})
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
    """State what the spread means: whether the rate depends on the wording."""
    said = []
    for model in models:
        row = model.row(str(cell.capability), cell.severity)
        if row is not None:
            words = (
                "differ by more than chance is likely to explain, so the rate depends on the wording"
                if row["unreliable"]
                else "show no difference beyond what chance may explain"
            )
            said.append(f"{model.name}: the failure rates of the templates {words}.")
    return " ".join([*said, "Few cases per template, so the intervals are wide."])


if TYPE_CHECKING:
    import plotly.graph_objects as go

#: Characters of a template that an axis has room for.
SHOWN_CHARACTERS = 64
#: Characters of a line of it: half of what a telephone has room for.
LINE = 27
ROW_HEIGHT = 44


def by_template(tables: Mapping[str, pd.DataFrame], colours: Mapping[str, str]) -> go.Figure:
    """Draw a dot and its 95 % interval for each template and model, the template that fails most on top.

    Tables by model: `template, value, ci_low, ci_high, n` (shares); templates without a judged case are left
    out. Dots of two models on one template stand a little apart.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    order = _order(tables)
    labels = _labels(order)
    for place, (name, table) in enumerate(tables.items()):
        shown = table.dropna(subset=["value"]).set_index("template")
        kept = [template for template in order if template in shown.index]
        rows = shown.loc[kept]
        shift = 0.0 if len(tables) == 1 else 0.16 - 0.32 * place
        value = 100 * rows["value"]
        figure.add_trace(
            go.Scatter(
                x=value,
                y=[len(order) - 1 - order.index(template) + shift for template in kept],
                name=name,
                mode="markers",
                marker={"color": colours.get(name, REFERENCE_COLOUR), "size": 9},
                error_x={
                    "array": 100 * rows["ci_high"] - value,
                    "arrayminus": value - 100 * rows["ci_low"],
                    "color": colours.get(name, REFERENCE_COLOUR),
                    "thickness": 1.6,
                    "width": 0,
                },
                customdata=[
                    (_shown(template[:300]), 100 * row.ci_low, 100 * row.ci_high, row.n)
                    for template, row in zip(kept, rows.itertuples(), strict=True)
                ],
                hovertemplate=(
                    "%{customdata[0]}<br>fails %{x:.1f} % [%{customdata[1]:.1f}, %{customdata[2]:.1f}] "
                    "n = %{customdata[3]:,}"
                ),
            )
        )
    layout(figure, x_title="cases that fail, %, with 95 % interval", y_title="", height=_height(len(order)))
    figure.update_layout(showlegend=len(tables) > 1)
    figure.update_xaxes(range=[-2, 102])
    return figure.update_yaxes(
        tickvals=[len(order) - 1 - place for place in range(len(order))],
        ticktext=labels,
        range=[-0.6, len(order) - 0.4],
        showgrid=False,
    )


def _order(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the templates, by the mean of the models' rates, highest first."""
    rates = pd.concat([table.dropna(subset=["value"]) for table in tables.values()])
    means = rates.groupby("template", sort=False)["value"].mean()
    return [str(name) for name in means.sort_values(ascending=False, kind="stable").index]


def _labels(templates: list[str]) -> list[str]:
    """Return what the axis shows of each; plotly reads its labels as HTML."""
    return [_label(" ".join(name.split())) for name in templates]


def _label(name: str) -> str:
    short = name if len(name) <= SHOWN_CHARACTERS else f"{name[: SHOWN_CHARACTERS - 1]}…"
    return "<br>".join(_shown(line) for line in textwrap.wrap(short, LINE))


def _shown(text: str) -> str:
    """Escape what plotly would read as HTML; it does not know the names of quotation marks."""
    return html.escape(text, quote=False)


def _height(n: int) -> int:
    return 90 + ROW_HEIGHT * max(1, n)
