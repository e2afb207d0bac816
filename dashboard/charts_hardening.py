"""The chart of a hardening: accuracy before and after, clean and under attack. Frames in, figures out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dashboard.charts import REFERENCE_COLOUR, layout

if TYPE_CHECKING:
    import plotly.graph_objects as go

BEFORE, AFTER = "before", "hardened"
#: Before is hollow and stands above: told apart without colours.
SYMBOLS = {"before": "circle-open", "after": "circle"}
OFFSETS = {"before": -0.14, "after": 0.14}


def before_and_after(frame: pd.DataFrame, colours: tuple[str, str]) -> go.Figure:
    """Draw two dots with 95 % intervals a measure, the first row on top.

    Columns: `title, n`, and `value, low, high` (shares) after `before_` and `after_`.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for place, row in enumerate(frame.to_dict("records")):
        figure.add_shape(
            type="line",
            x0=100 * row["before_value"],
            x1=100 * row["after_value"],
            y0=place + OFFSETS["before"],
            y1=place + OFFSETS["after"],
            line={"color": REFERENCE_COLOUR, "width": 1.5, "dash": "dot"},
        )
    for when, name, colour in (("before", BEFORE, colours[0]), ("after", AFTER, colours[1])):
        figure.add_trace(_dots(frame, when, name, colour))
    layout(figure, x_title="accuracy, %, with 95 % interval", y_title="", height=110 + 64 * len(frame))
    figure.update_xaxes(range=[-1, 101])
    return figure.update_yaxes(
        tickvals=list(range(len(frame))),
        ticktext=list(frame["title"]),
        range=[len(frame) - 0.5, -0.5],
        showgrid=False,
    )


def _dots(frame: pd.DataFrame, when: str, name: str, colour: str) -> go.Scatter:
    import plotly.graph_objects as go

    value, low, high = (100 * frame[f"{when}_{part}"] for part in ("value", "low", "high"))
    return go.Scatter(
        x=value,
        y=[place + OFFSETS[when] for place in range(len(frame))],
        name=name,
        mode="markers",
        marker={"color": colour, "size": 11, "symbol": SYMBOLS[when], "line": {"color": colour, "width": 2}},
        error_x={"array": high - value, "arrayminus": value - low, "color": colour, "thickness": 2},
        customdata=pd.DataFrame({"title": frame["title"], "low": low, "high": high, "n": frame["n"]}),
        hovertemplate=(
            "%{customdata[0]}, " + name + ": %{x:.1f} % [%{customdata[1]:.1f}, %{customdata[2]:.1f}] "
            "n = %{customdata[3]:,}<extra></extra>"
        ),
    )
