"""Charts of trainings and searches: frames in, figures out; no streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard import charts

if TYPE_CHECKING:
    import plotly.graph_objects as go

#: A training under way; no model has this colour yet, nor has a verdict.
LIVE_COLOUR = "#C2479A"
SEARCH_COLOUR = charts.MODEL_COLOURS[1]
#: Both ends are legible on light and dark.
BAD_TO_GOOD = [[0.0, "#8E8E98"], [1.0, LIVE_COLOUR]]
INVISIBLE = "rgba(0,0,0,0)"
LOG_SETTINGS = frozenset({"learning_rate"})


def parallel_coordinates(trials: pd.DataFrame, axes: Sequence[str]) -> go.Figure:
    """Draw a line a trial through its settings to its validation accuracy; magenta is best.

    Needs the columns of `axes` and `value` (a share); rows without a value are left out.
    """
    import plotly.graph_objects as go

    done = trials.dropna(subset=["value"])
    dimensions = [_dimension(name, done[name]) for name in axes if done[name].nunique() > 1]
    percent = 100 * done["value"]
    dimensions.append({"label": "accuracy, %", "values": percent.tolist(), "tickformat": ".3~g"})
    line = {"color": percent.tolist(), "colorscale": BAD_TO_GOOD, "showscale": False}
    figure = go.Figure(go.Parcoords(line=line, dimensions=dimensions, rangefont={"color": INVISIBLE}))
    charts.layout(figure, x_title="", y_title="", height=300)
    figure.update_layout(margin={"l": 70, "r": 40, "t": 50, "b": 24})
    return figure


def importance_bars(shares: Mapping[str, float]) -> go.Figure:
    """Draw how much of the accuracy's variance each setting explains, the most important on top."""
    import plotly.graph_objects as go

    ordered = sorted(shares.items(), key=lambda pair: -pair[1])
    names, values = [words(name) for name, _ in ordered], [100 * share for _, share in ordered]
    bar = go.Bar(
        x=values,
        y=names,
        orientation="h",
        marker={"color": SEARCH_COLOUR},
        hovertemplate="%{y}: %{x:.0f} %<extra></extra>",
    )
    figure = go.Figure(bar)
    charts.layout(figure, x_title="share of the variance of accuracy, %", y_title="", height=290)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def accuracy_by_size(curves: pd.DataFrame, colours: Mapping[str, str]) -> go.Figure:
    """Draw accuracy against the number of training reviews: `name, size, value, ci_low, ci_high, n`."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for place, (name, rows) in enumerate(curves.groupby("name", sort=False)):
        fallback = charts.MODEL_COLOURS[place % len(charts.MODEL_COLOURS)]
        figure.add_scatter(**_line_with_intervals(str(name), rows.sort_values("size"), colours, fallback))
    charts.layout(figure, x_title="training reviews (logarithmic)", y_title="accuracy, %")
    sizes = sorted(int(size) for size in curves["size"].unique())
    ticks = {"tickvals": sizes, "ticktext": [f"{size:,}" for size in sizes]}
    figure.update_xaxes(type="log", **ticks)
    return figure


def words(setting: str) -> str:
    """Return a setting's name as a person reads it."""
    return setting.replace("_", " ")


def _line_with_intervals(
    name: str, rows: pd.DataFrame, colours: Mapping[str, str], fallback: str
) -> dict[str, Any]:
    colour = colours.get(name, fallback)
    value = 100 * rows["value"]
    return {
        "x": rows["size"],
        "y": value,
        "name": name,
        "mode": "lines+markers",
        "line": {"color": colour, "width": 2.5},
        "error_y": {
            "array": 100 * rows["ci_high"] - value,
            "arrayminus": value - 100 * rows["ci_low"],
            "color": colour,
        },
    }


def _dimension(name: str, column: pd.Series) -> dict[str, Any]:
    """Return one axis: numbers as they are (learning rates by their logarithm), the rest by their rank."""
    import numpy as np

    column = column.infer_objects()  # a waiting trial's None had made it a column of objects
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if numeric and name in LOG_SETTINGS:
        ticks = sorted(column.unique())
        ticks = [ticks[0], ticks[len(ticks) // 2], ticks[-1]]
        shown = {"tickvals": np.log10(ticks).tolist(), "ticktext": [f"{tick:.1e}" for tick in ticks]}
        return {"label": words(name), "values": np.log10(column).tolist(), **shown}
    if numeric:
        return {"label": words(name), "values": column.tolist(), "tickformat": ".2~g"}
    names = column.astype(str)
    choices = sorted(names.unique())
    ranks = names.map(choices.index).tolist()
    return {"label": words(name), "values": ranks, "tickvals": list(range(len(choices))), "ticktext": choices}
