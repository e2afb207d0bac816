"""Charts of trainings and searches: frames in, figures out; no streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard import charts

if TYPE_CHECKING:
    import plotly.graph_objects as go

#: A running training; no model and no verdict has this colour.
LIVE_COLOUR = "#C2479A"
SEARCH_COLOUR = charts.MODEL_COLOURS[1]
#: Both ends are legible on light and dark.
BAD_TO_GOOD = [[0.0, "#8E8E98"], [1.0, LIVE_COLOUR]]
INVISIBLE = "rgba(0,0,0,0)"
LOG_SETTINGS = frozenset({"learning_rate"})
#: How far apart, as a factor of the size, the dots of two families stand: their intervals can be told apart.
BESIDE = 1.03


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


def accuracy_by_size(points: pd.DataFrame) -> go.Figure:
    """Draw accuracy against the number of training reviews: a dot a training, a line a family.

    Columns: family, n_train, seed, accuracy, ci_low, ci_high, n; the line goes through the seeds' mean.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    middle = (points["family"].nunique() - 1) / 2
    for place, (family, rows) in enumerate(points.groupby("family", sort=False)):
        colour = charts.MODEL_COLOURS[place % len(charts.MODEL_COLOURS)]
        mean = 100 * rows.groupby("n_train")["accuracy"].mean()
        line = {"color": colour, "width": 2.5}
        figure.add_scatter(x=mean.index, y=mean, name=str(family), mode="lines", line=line, hoverinfo="skip")
        figure.add_scatter(**_dots(str(family), rows, colour, BESIDE ** (place - middle)))
    charts.layout(figure, x_title="training reviews (logarithmic)", y_title="accuracy, %")
    sizes = sorted(int(size) for size in points["n_train"].unique())
    figure.update_xaxes(type="log", tickvals=sizes, ticktext=[f"{size:,}" for size in sizes])
    return figure


def words(setting: str) -> str:
    """Return a setting's name as a person reads it."""
    return setting.replace("_", " ")


def _dots(family: str, rows: pd.DataFrame, colour: str, beside: float) -> dict[str, Any]:
    value, low, high = (100 * rows[column] for column in ("accuracy", "ci_low", "ci_high"))
    return {
        "x": rows["n_train"] * beside,
        "y": value,
        "mode": "markers",
        "marker": {"color": colour, "size": 8},
        "error_y": {"array": high - value, "arrayminus": value - low, "color": colour},
        "customdata": rows[["n_train", "seed"]],
        "hovertemplate": (
            f"{family}, %{{customdata[0]:,}} reviews, seed %{{customdata[1]}}: %{{y:.1f}} %<extra></extra>"
        ),
        "showlegend": False,
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
