"""The chart of the map: points drawn by the graphics card, so that tens of thousands move at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard import charts
from dashboard.views.map.colours import Colours, Groups, Quantity, Style

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 560
CONFLICTS = "different labels in a cluster of near-duplicates"
#: Viridis without its ends, which are lost on a light or on a dark page; and from negative to positive.
SEQUENTIAL = [[0.0, "#B5C9A0"], [0.5, "#3E9A8F"], [1.0, "#5B3E96"]]
DIVERGING = [[0.0, charts.NEGATIVE_COLOUR], [0.5, "#9A9AA3"], [1.0, charts.POSITIVE_COLOUR]]
#: Figures are sent as text; three digits of a pixel are enough.
_DIGITS = 4


def scatter(points: pd.DataFrame, colours: Colours, *, mark_conflicts: bool = True) -> go.Figure:
    """Return the map; a trace per group, and rings around near-duplicates whose labels differ.

    Each point carries its row in `points` as customdata, which a selection gives back.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    if isinstance(colours, Groups):
        for name, style in colours.styles.items():
            rows = np.flatnonzero(colours.of == name)
            if len(rows):
                figure.add_trace(_points(points, rows, f"{name}, {len(rows):,}", _marker(style)))
    else:
        figure.add_trace(_points(points, np.arange(len(points)), "", _scale(colours)))
    rings = np.flatnonzero(points["conflict"].to_numpy(bool))
    if mark_conflicts and len(rings):
        marker = {
            "color": charts.NEGATIVE_COLOUR,
            "symbol": "circle-open",
            "size": 13,
            "line": {"width": 1.5},
        }
        figure.add_trace(_points(points, rings, f"{CONFLICTS}, {len(rings):,}", marker))
    charts.layout(figure, x_title="", y_title="", height=HEIGHT)
    axis: dict[str, Any] = {"showticklabels": False, "showgrid": False, "zeroline": False, "ticks": ""}
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis, scaleanchor="x")
    figure.update_layout(dragmode="lasso", hovermode="closest", margin={"l": 0, "r": 0, "t": 28, "b": 0})
    # In the color of its point, as it would be otherwise, the text over a faint one is too faint to read.
    hover = {"bgcolor": "#F4F4F6", "bordercolor": charts.REFERENCE_COLOUR, "font": {"color": "#1A1A1F"}}
    figure.update_layout(hoverlabel=hover)
    return figure


def _points(points: pd.DataFrame, rows: NDArray[np.int64], name: str, marker: dict[str, Any]) -> go.Scattergl:
    import plotly.graph_objects as go

    words = "first" in points
    x, y = (points[axis].to_numpy(np.float32)[rows] for axis in ("x", "y"))
    return go.Scattergl(
        x=x.round(_DIGITS),
        y=y.round(_DIGITS),
        mode="markers",
        name=name,
        showlegend=bool(name),
        marker=marker,
        customdata=rows.astype(np.int32),
        text=points["first"].to_numpy()[rows] if words else None,
        hovertemplate="%{text}<extra></extra>" if words else None,
        hoverinfo=None if words else "none",  # not "skip", which takes the clicks too
        unselected={"marker": {"opacity": 0.12}},
    )


def _marker(style: Style) -> dict[str, Any]:
    return {
        "color": style.colour,
        "symbol": style.symbol,
        "size": style.size,
        "opacity": style.opacity,
        "line": {"width": 0},
    }


def _scale(quantity: Quantity) -> dict[str, Any]:
    bar: dict[str, Any] = {"title": {"text": quantity.title, "side": "right"}, "thickness": 12, "len": 0.6}
    if quantity.ticks:
        bar |= {"tickvals": list(quantity.ticks), "ticktext": list(quantity.ticks.values())}
    return {
        "color": quantity.values.astype(np.float32).round(3),
        "cmin": quantity.low,
        "cmax": quantity.high,
        "colorscale": DIVERGING if quantity.diverging else SEQUENTIAL,
        "colorbar": bar,
        "size": 5,
        "opacity": 0.8,
        "line": {"width": 0},
    }
