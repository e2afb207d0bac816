"""Charts of bias: differences with intervals around a zero line, row by row. Frames in, figures out."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dashboard.charts import REFERENCE_COLOUR, layout, translucent

if TYPE_CHECKING:
    import plotly.graph_objects as go

#: Pixels of a row with one mark, and of each further one in it.
ROW_HEIGHT, MARK_HEIGHT = 19, 3
PALE = 0.55
#: How far the marks of one row stand from each other, and all of them together, in rows.
APART, SPREAD = 0.36, 0.63
#: Characters of a label that the axis has room for.
SHOWN_CHARACTERS = 34


@dataclass(frozen=True)
class Mark:
    """A dot with its interval, in points.

    Attributes:
        family: under which heading its row stands, and where rows of one family follow each other.
        row: its label; marks of one row stand one under another.
        series: what the legend calls it.
        hollow: drawn as an open diamond, not as a filled dot.
        strong: a difference was found; drawn pale otherwise.
        crossed: what it says depends on the wording; drawn with a cross through it.
        hover: what is said of it, text.
    """

    family: str
    row: str
    series: str
    colour: str
    value: float
    low: float
    high: float
    hollow: bool = False
    strong: bool = True
    crossed: bool = False
    hover: str = ""


def forest(marks: Sequence[Mark], *, x_title: str, one_line: Sequence[str] = ()) -> go.Figure:
    """Draw the marks, the first row on top, a heading above each family.

    Args:
        marks: in order; the rows of a family follow each other.
        x_title: with the unit.
        one_line: families whose heading stands in the line of their only row.
    """
    import plotly.graph_objects as go

    lines = _lines(marks, set(one_line))
    places = {key: place for place, (key, _) in enumerate(lines)}
    names = list(dict.fromkeys(mark.series for mark in marks))
    figure = go.Figure()
    for at, name in enumerate(names):
        shift = min(APART, SPREAD / max(1, len(names) - 1)) * (at - (len(names) - 1) / 2)
        mine = [mark for mark in marks if mark.series == name]
        for strong in (True, False):
            some = [mark for mark in mine if mark.strong == strong]
            if some:
                first = strong or not any(mark.strong for mark in mine)
                figure.add_trace(_trace(some, [places[_key(m)] + shift for m in some], legend=first))
    for place, (key, _) in enumerate(lines):
        if place and (key[1] == "" or key[0] in set(one_line)):
            figure.add_hline(y=place - 0.5, line={"color": translucent(REFERENCE_COLOUR, 0.28), "width": 1})
    figure.add_vline(x=0, line={"color": REFERENCE_COLOUR, "width": 1.5})
    height = 100 + len(lines) * (ROW_HEIGHT + MARK_HEIGHT * (len(names) - 1))
    layout(figure, x_title=x_title, y_title="", height=height)
    figure.update_layout(showlegend=True, margin={"l": 4, "r": 8, "t": 84, "b": 4})
    figure.update_layout(legend={"xref": "container", "x": 0, "yref": "container", "y": 1, "yanchor": "top"})
    # Above the plot, where the first screen shows it.
    reach = _range(marks)
    ticks = _ticks(reach)
    figure.update_xaxes(range=reach, tickvals=ticks, ticktext=[_tick(tick) for tick in ticks], side="top")
    return figure.update_yaxes(
        tickvals=list(range(len(lines))),
        ticktext=[label for _, label in lines],
        range=[len(lines) - 0.4, -0.6],
        showgrid=False,
    )


def _key(mark: Mark) -> tuple[str, str]:
    return mark.family, mark.row


def _lines(marks: Sequence[Mark], one_line: set[str]) -> list[tuple[tuple[str, str], str]]:
    """Return the lines of the axis from the top, each with its label; plotly reads labels as HTML."""
    lines: list[tuple[tuple[str, str], str]] = []
    seen: set[str] = set()
    for mark in dict.fromkeys((mark.family, mark.row) for mark in marks):
        family, row = mark
        heading = f"<b>{_shown(family)}</b>"
        if family in one_line:
            lines.append((mark, f"{heading}: {_shown(row)}"))
            continue
        if family and family not in seen:
            seen.add(family)
            lines.append(((family, ""), heading))
        lines.append((mark, _shown(row)))
    return lines


def _shown(text: str) -> str:
    short = text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"
    return html.escape(short, quote=False)


def _trace(marks: Sequence[Mark], y: Sequence[float], *, legend: bool) -> go.Scatter:
    import plotly.graph_objects as go

    first = marks[0]
    colour = first.colour if first.strong else translucent(first.colour, PALE)
    marker: dict[str, Any] = {
        "color": colour,
        "size": 9 if first.hollow else 8,
        "symbol": [_symbol(mark) for mark in marks],
        "line": {"width": 1.8 if first.hollow else 0.0, "color": colour},
    }
    return go.Scatter(
        x=[mark.value for mark in marks],
        y=list(y),
        name=html.escape(first.series, quote=False),
        legendgroup=first.series,
        showlegend=legend,
        mode="markers",
        marker=marker,
        error_x={
            "array": [mark.high - mark.value for mark in marks],
            "arrayminus": [mark.value - mark.low for mark in marks],
            "color": colour,
            "thickness": 1.6,
            "width": 0,
        },
        customdata=[html.escape(mark.hover, quote=False).replace("\n", "<br>") for mark in marks],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _symbol(mark: Mark) -> str:
    return f"{'diamond' if mark.hollow else 'circle'}{'-x' if mark.crossed else ''}" + (
        "-open" if mark.hollow or mark.crossed else ""
    )


def _range(marks: Sequence[Mark]) -> list[float]:
    """Return the ends of the axis: all dots, and intervals unless one is far longer than the others."""
    ends = [abs(end) for mark in marks for end in (mark.low, mark.high) if end == end]
    dots = [abs(mark.value) for mark in marks if mark.value == mark.value]
    most = max([1e-3, *dots]) * 2.2
    # A model that is blind to the groups has every dot and interval exactly at 0.
    reach = 1.06 * max([*dots, *(end for end in ends if end <= most), 0.0]) or 1.0
    low = any(min(mark.value, mark.low) < 0 for mark in marks)
    high = any(max(mark.value, mark.high) > 0 for mark in marks)
    return [-reach if low or not high else -0.15 * reach, reach if high or not low else 0.15 * reach]


def _ticks(reach: Sequence[float]) -> list[float]:
    """Return round numbers from end to end, three at most on the longer side of 0."""
    longer = max(abs(end) for end in reach)
    power = 10.0 ** math.floor(math.log10(longer))
    step = next(power * part for part in (0.2, 0.25, 0.5, 1.0, 2.0, 5.0) if longer / (power * part) < 4)
    return [step * place for place in range(-3, 4) if reach[0] <= step * place <= reach[1]]


def _tick(value: float) -> str:
    return f"{value:+.4g}".replace("-", "−") if value else "0"
