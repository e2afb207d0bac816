"""The chart of what models cost against what they keep, and their table as HTML. No streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import numpy as np

from dashboard import charts
from dashboard.elements.scrolling import scrolling
from dashboard.views.tradeoffs.figures import KEPT, QUANTITIES, Quantity, Row
from dashboard.wording import UNDEFINED, escape_html, format_bytes, format_interval, format_value
from sentiment_core.schema import Estimate

if TYPE_CHECKING:
    import plotly.graph_objects as go

#: Verdict of the gate -> sign and word: told apart without colour.
VERDICTS = {"pass": "✓ pass", "warn": "? warn", "fail": "✕ fail"}
#: Dots nearer than this share of the chart, both ways, have their names on different sides.
NEAR = 0.25
STYLE = """<style>
.costs {width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; line-height: 1.35;}
.costs th {font-weight: 500; font-size: .85em; opacity: .8; text-align: right; padding: 0 .8rem .4rem 0;}
.costs td {text-align: right; padding: .5rem .8rem .5rem 0; vertical-align: top; white-space: nowrap;
  border-top: 1px solid color-mix(in srgb, currentColor 14%, transparent);}
.costs th:first-child, .costs td:first-child {text-align: left; white-space: normal;}
.costs small {display: block; font-size: .82em; opacity: .8;}
.costs a {color: inherit; font-weight: 600;}
.costs i.dot {display: inline-block; width: .65em; height: .65em; border-radius: 50%; margin-right: .5em;}
</style>"""


def chart(
    rows: Sequence[Row], best: Sequence[Row], cost: str, keeps: str, colours: Mapping[str, str]
) -> go.Figure:
    """Draw a dot with its intervals for each model, and a line through those that no other beats."""
    import plotly.graph_objects as go

    across, up = QUANTITIES[cost], QUANTITIES[keeps]
    figure = go.Figure()
    if len(best) > 1:
        figure.add_trace(
            go.Scatter(
                x=[_scaled(row, cost) for row in best],
                y=[_scaled(row, keeps) for row in best],
                mode="lines",
                line={"color": charts.REFERENCE_COLOUR, "dash": "dot", "width": 1.5},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    drawn = [row for row in rows if row.figures[cost].defined and row.figures[keeps].defined]
    for row, place in zip(drawn, _label_places(drawn, cost, keeps), strict=True):
        figure.add_trace(_dot(row, cost, keeps, colours[row.card.model_id], place))
    charts.layout(figure, x_title=f"{across.axis} (log scale)", y_title=up.axis)
    figure.update_layout(showlegend=False)
    figure.update_xaxes(type="log", dtick=1)
    return figure


def _label_places(rows: Sequence[Row], cost: str, keeps: str) -> list[str]:
    """Return where each name stands, so that those of near dots do not overlap: above the upper of two."""
    x = np.log10([_scaled(row, cost) for row in rows])
    y = np.array([_scaled(row, keeps) for row in rows])
    across, up = np.ptp(x) or 1.0, np.ptp(y) or 1.0
    places = []
    for at in range(len(rows)):
        near = (np.abs(x - x[at]) < NEAR * across) & (np.abs(y - y[at]) < NEAR * up)
        near[at] = False
        above = near & ((y > y[at]) | ((y == y[at]) & (np.arange(len(rows)) < at)))
        side = "left" if (near & (x > x[at])).any() else "right"
        places.append(f"{'bottom' if above.any() else 'top'} {side}")
    return places


def _dot(row: Row, cost: str, keeps: str, colour: str, place: str) -> go.Scatter:
    import plotly.graph_objects as go

    x, y = row.figures[cost], row.figures[keeps]
    name = charts.in_lines(row.name)
    hint = f"{QUANTITIES[cost].title}: {written(x, QUANTITIES[cost])}<br>"
    hint += f"{QUANTITIES[keeps].title}: {written(y, QUANTITIES[keeps])}"
    return go.Scatter(
        x=[_scaled(row, cost)],
        y=[_scaled(row, keeps)],
        error_x=_bars(x, QUANTITIES[cost]),
        error_y=_bars(y, QUANTITIES[keeps]),
        mode="markers+text",
        marker={"color": colour, "size": 11},
        text=[escape_html(name)],
        textposition=place,
        hovertemplate=f"{escape_html(name)}<br>{hint}<extra></extra>",
    )


def _scaled(row: Row, name: str) -> float:
    return (100 if QUANTITIES[name].percent else 1) * row.figures[name].value


def _bars(estimate: Estimate, quantity: Quantity) -> dict[str, object]:
    scale = 100 if quantity.percent else 1
    return {
        "type": "data",
        "symmetric": False,
        "array": [scale * (estimate.ci_high - estimate.value)],
        "arrayminus": [scale * (estimate.value - estimate.ci_low)],
        "thickness": 1.2,
        "width": 3,
    }


def written(estimate: Estimate, quantity: Quantity) -> str:
    """Write a figure, its interval and n: `91.8 % [91.0, 92.6] n = 4,000`, `5 ms [4, 6] n = 60 rounds`."""
    if not estimate.defined:
        return UNDEFINED
    value, interval = _value(estimate, quantity), _interval(estimate, quantity)
    exact = estimate.ci_low == estimate.ci_high and estimate.n == 1
    counted = " rounds" if quantity.unit == "ms" else ""
    return value if exact else f"{value} {interval} n = {estimate.n:,}{counted}"


def table_html(
    rows: Sequence[Row], baseline: Row, colours: Mapping[str, str], shared: Mapping[str, str]
) -> str:
    """Return a row a model: size, time, what it keeps, and the gate's verdict; everything is escaped."""
    names = ("model", "size", "time per review", *(_short(name) for name in KEPT), "gate")
    head = "".join(f"<th scope='col'>{escape_html(name)}</th>" for name in names)
    body = "".join(_row(row, baseline, colours, shared) for row in rows)
    table = f"<table class='costs'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return STYLE + scrolling(table, "What each model costs and keeps")


def _row(row: Row, baseline: Row, colours: Mapping[str, str], shared: Mapping[str, str]) -> str:
    dot = f"<i class='dot' style='background:{colours[row.card.model_id]}'></i>"
    title = f"<small>{escape_html(str(row.card.manifest.get('title') or ''))}</small>"
    size = f"<td>{format_bytes(row.card.size_bytes)}</td>"
    cells = "".join(_cell(row.figures[name], QUANTITIES[name]) for name in ("milliseconds", *KEPT))
    gate = _gate(row, baseline, shared)
    return f"<tr><td>{dot}{escape_html(row.name)}{title}</td>{size}{cells}<td>{gate}</td></tr>"


def _cell(estimate: Estimate, quantity: Quantity) -> str:
    if not estimate.defined:
        return f"<td title='{escape_html(estimate.reason)}'>{UNDEFINED}</td>"
    hint = escape_html(written(estimate, quantity))
    interval = _interval(estimate, quantity)
    return f"<td title='{hint}'>{_value(estimate, quantity)}<small>{interval}</small></td>"


def _gate(row: Row, baseline: Row, shared: Mapping[str, str]) -> str:
    if row.card.model_id == baseline.card.model_id:
        return "baseline"
    asked = {**shared, "new": row.card.model_id, "baseline": baseline.card.model_id}
    said = VERDICTS.get(row.verdict, "decide")
    link = escape_html("improve?" + urlencode(asked))
    return f"<a href='{link}' class='page-link' target='_self'>{said}</a>"


def _short(name: str) -> str:
    return {
        "accuracy": "accuracy",
        "ece": "ECE",
        "under_attack": "under attack",
        "valid_only": "valid only",
        "bias": "bias",
    }[name]


def _value(estimate: Estimate, quantity: Quantity) -> str:
    if quantity.percent:
        return f"{format_value(estimate.value)} {quantity.unit}"
    return f"{estimate.value:.3g} {quantity.unit}"


def _interval(estimate: Estimate, quantity: Quantity) -> str:
    if quantity.percent:
        return format_interval(estimate)
    return f"[{estimate.ci_low:.3g}, {estimate.ci_high:.3g}]"
