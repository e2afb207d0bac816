"""What all charts share: colours, layout, dots with intervals. Frames in, figures out; no streamlit."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from sentiment_core.publishing import colours

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Okabe & Ito 2008 vermillion and blue: told apart with every kind of colour vision, and both have at
# least 3:1 contrast on the light and on the dark background.
NEGATIVE_COLOUR = "#D55E00"
POSITIVE_COLOUR = "#0072B2"
LABEL_COLOURS = {0: NEGATIVE_COLOUR, 1: POSITIVE_COLOUR}

#: Neutral marks (targets, diagonals, reference lines), legible on light and dark.
REFERENCE_COLOUR = "#7F7F86"

MODEL_COLOURS, model_colours = colours.MODEL_COLOURS, colours.model_colours

CHART_HEIGHT = 320
#: Characters of a line of an axis title, as many as a phone has room for: plotly breaks none by itself.
TITLE_LINE = 34


def translucent(colour: str, opacity: float) -> str:
    """Return `rgba(...)` of a `#rrggbb` colour: for bands and highlights that leave text legible."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:.3f})"


def in_lines(text: str, width: int = TITLE_LINE) -> str:
    """Return a text for plotly, broken between words into lines of about the same length, at most `width`."""
    lines = textwrap.wrap(text, width)
    even = next(
        (narrow for narrow in range(1, width) if len(textwrap.wrap(text, narrow)) <= len(lines)), width
    )
    return "<br>".join(textwrap.wrap(text, even)) if len(lines) > 1 else text


def layout(figure: go.Figure, *, x_title: str, y_title: str, height: int = CHART_HEIGHT) -> go.Figure:
    """Give a figure the shared look: axis titles with units, quiet grid, legend on top, page's own colours.

    Backgrounds stay transparent and text colours unset: Streamlit's plotly theme fills them in.
    """
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "xanchor": "left", "x": 0, "title": None},
        hoverlabel={"align": "left"},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        bargap=0.35,
    )
    figure.update_xaxes(
        title_text=in_lines(x_title), automargin=True, zeroline=False, gridcolor="rgba(127,127,134,0.18)"
    )
    figure.update_yaxes(
        title_text=in_lines(y_title), automargin=True, zeroline=False, gridcolor="rgba(127,127,134,0.18)"
    )
    return figure


def estimates_with_intervals(
    frame: pd.DataFrame,
    *,
    colours: Mapping[str, str],
    x_title: str,
    references: Mapping[str, float] | None = None,
    percent: bool = True,
    height: int | None = None,
) -> go.Figure:
    """Draw one dot and 95 % interval a row: columns `name, value, ci_low, ci_high, n`, first row on top.

    Dots rather than bars, since the axis need not start at zero: half a point must be visible.
    `references` are vertical lines with a label (a target, a baseline), on the scale of `value`.
    """
    import plotly.graph_objects as go

    scale = 100 if percent else 1
    figure = go.Figure()
    for row in frame.to_dict("records"):
        figure.add_trace(_dot_with_interval(row, colours.get(str(row["name"]), REFERENCE_COLOUR), scale))
    for label, value in (references or {}).items():
        figure.add_vline(
            x=scale * value, line={"color": REFERENCE_COLOUR, "dash": "dot", "width": 1.5},
            annotation={"text": label, "font": {"size": 12, "color": REFERENCE_COLOUR}, "yanchor": "bottom"},
            annotation_position="top",
        )  # fmt: skip
    layout(figure, x_title=x_title, y_title="", height=height or 96 + 40 * max(1, len(frame)))
    figure.update_layout(showlegend=False)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def _dot_with_interval(row: Mapping[str, object], colour: str, scale: float) -> go.Scatter:
    import plotly.graph_objects as go

    value, low, high = (scale * float(str(row[key])) for key in ("value", "ci_low", "ci_high"))
    return go.Scatter(
        x=[value],
        y=[str(row["name"])],
        mode="markers",
        marker={"color": colour, "size": 11},
        error_x={"array": [high - value], "arrayminus": [value - low], "color": colour, "thickness": 2.5},
        hovertemplate=f"%{{y}}: %{{x:.1f}} [{low:.1f}, {high:.1f}] n = {row['n']:,}<extra></extra>",
    )
