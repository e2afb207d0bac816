"""Charts of attacks: accuracy before and after, success against effort, transfer. Frames in, figures out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.charts import REFERENCE_COLOUR, layout, translucent

if TYPE_CHECKING:
    import plotly.graph_objects as go

#: By run, under the name that the legend shows.
Colours = Mapping[str, str]
DASHES = ("solid", "dash", "dot", "dashdot")
RAW, VALID, BEFORE = "all changes count", "only valid changes count", "before the attack"
VALID_OPACITY = 0.35


def accuracy_bars(frame: pd.DataFrame, colours: Colours) -> go.Figure:
    """Draw two bars a run: accuracy under attack where every change counts, and where only valid ones do.

    Columns: `name, n`, and `value, ci_low, ci_high` after `raw_`, `valid_` and `before_` (shares); NaN leaves
    a bar out. The tick is the accuracy before the attack.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    solid = [colours.get(name, REFERENCE_COLOUR) for name in frame["name"]]
    figure.add_trace(_bars(frame, "raw", RAW, {"color": solid}))
    pale = [translucent(colour, VALID_OPACITY) for colour in solid]
    edge = {"color": solid, "width": 1.5}
    figure.add_trace(_bars(frame, "valid", VALID, {"color": pale, "line": edge}))
    figure.add_trace(_ticks(frame))
    layout(figure, x_title="accuracy, %, with 95 % interval", y_title="", height=96 + 62 * len(frame))
    figure.update_layout(barmode="group", bargap=0.3, bargroupgap=0.08, showlegend=False)
    figure.update_xaxes(range=[0, 100.5])
    return figure.update_yaxes(autorange="reversed", showgrid=False, type="category")


def _bars(frame: pd.DataFrame, prefix: str, title: str, marker: dict[str, Any]) -> go.Bar:
    import plotly.graph_objects as go

    value, low, high = (100 * frame[f"{prefix}_{part}"] for part in ("value", "ci_low", "ci_high"))
    return go.Bar(
        x=value,
        y=frame["name"],
        name=title,
        orientation="h",
        marker=marker,
        error_x={
            "array": high - value,
            "arrayminus": value - low,
            "color": REFERENCE_COLOUR,
            "thickness": 1.5,
        },
        customdata=pd.DataFrame({"low": low, "high": high, "n": frame["n"]}),
        hovertemplate=(
            "%{y}, " + title + ": %{x:.1f} % [%{customdata[0]:.1f}, %{customdata[1]:.1f}] "
            "n = %{customdata[2]:,}<extra></extra>"
        ),
    )


def _ticks(frame: pd.DataFrame) -> go.Scatter:
    import plotly.graph_objects as go

    return go.Scatter(
        x=100 * frame["before_value"],
        y=frame["name"],
        name=BEFORE,
        mode="markers",
        marker={
            "symbol": "line-ns",
            "size": 30,
            "line": {"width": 3, "color": REFERENCE_COLOUR},
            "color": REFERENCE_COLOUR,
        },
        hovertemplate="%{y}, " + BEFORE + ": %{x:.1f} %<extra></extra>",
    )


def budget_curves(curves: Mapping[str, pd.DataFrame], colours: Colours) -> go.Figure:
    """Draw the share of reviews fooled within so many queries, with its band.

    Columns as `budget_curves` has them; its row at no queries has no place on a logarithmic axis.
    """
    shown = {name: frame.assign(queries=frame["queries"].clip(lower=1)) for name, frame in curves.items()}
    figure = _banded(shown, colours, "queries", "success", 1)
    layout(figure, x_title="queries to the model (logarithmic)", y_title="reviews fooled, %", height=340)
    figure.update_yaxes(range=[0, 101])
    ticks = [step * 10**power for power in range(8) for step in (1, 2, 5)]
    return figure.update_xaxes(
        type="log", range=_decades(curves), tickvals=ticks, ticktext=[f"{tick:,}" for tick in ticks]
    )


def _decades(curves: Mapping[str, pd.DataFrame]) -> list[float] | None:
    """Return the ends of the logarithmic axis: from somewhat before the first event to the last."""
    seen = [frame["queries"][frame["queries"] > 0] for frame in curves.values()]
    ends = [(float(some.min()), float(some.max())) for some in seen if len(some)]
    if not ends:
        return None
    first, last = min(low for low, _ in ends), max(high for _, high in ends)
    return [math.log10(max(1.0, first / 2)), math.log10(last * 1.1)]


def accuracy_by_share(curves: Mapping[str, pd.DataFrame], colours: Colours) -> go.Figure:
    """Draw what is left of the accuracy when at most a share of the words may change.

    Columns as `attacks.figures.vulnerability.accuracy_by_share_changed` has them.
    """
    figure = _banded(curves, colours, "share_changed", "accuracy", 100)
    layout(figure, x_title="words changed, at most, %", y_title="accuracy under attack, %", height=340)
    figure.update_xaxes(range=[0, 100 * _last_fall(curves)])
    return figure.update_yaxes(range=[0, 101])


def _last_fall(curves: Mapping[str, pd.DataFrame]) -> float:
    """Return a share of words somewhat behind the last one at which any accuracy falls; at least a tenth."""
    falls = [frame["share_changed"][frame["accuracy"].diff() < 0].max() for frame in curves.values()]
    return min(1.0, max(0.1, *(1.5 * fall for fall in falls if fall == fall), 0.1))


def _banded(curves: Mapping[str, pd.DataFrame], colours: Colours, x: str, y: str, scale: float) -> go.Figure:
    """Draw a staircase a run with its interval as a band; `scale` is of the x axis."""
    import plotly.graph_objects as go

    figure = go.Figure()
    dashes = _dashes(list(curves), colours)
    for name, frame in curves.items():
        colour = colours.get(name, REFERENCE_COLOUR)
        figure.add_trace(_band(frame, x, colour, scale))
        figure.add_scatter(
            x=scale * frame[x],
            y=100 * frame[y],
            name=name,
            mode="lines",
            line={"color": colour, "width": 2.5, "shape": "hv", "dash": dashes[name]},
            customdata=100 * frame[["ci_low", "ci_high"]],
            hovertemplate="%{x:,.4~g}: %{y:.1f} % [%{customdata[0]:.1f}, %{customdata[1]:.1f}]",
        )
    figure.update_layout(showlegend=len(curves) > 1)
    return figure


def _band(frame: pd.DataFrame, x: str, colour: str, scale: float) -> go.Scatter:
    """Return the interval as an area: along its upper end, and back along its lower one, in steps both."""
    import plotly.graph_objects as go

    there = _stepped(frame.dropna(subset=["ci_low", "ci_high"]), x)
    back = there[::-1]
    return go.Scatter(
        x=[*(scale * there[x]), *(scale * back[x])],
        y=[*(100 * there["ci_high"]), *(100 * back["ci_low"])],
        fill="toself",
        fillcolor=translucent(colour, 0.15),
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
    )


def _stepped(frame: pd.DataFrame, x: str) -> pd.DataFrame:
    """Repeat each row at the next one's x, so that straight lines through the rows are a staircase."""
    held = frame.iloc[:-1].assign(**{x: frame[x].to_numpy()[1:]})
    both = pd.concat([frame.assign(_order=range(len(frame))), held.assign(_order=range(len(held)))])
    return both.sort_values([x, "_order"], ascending=[True, True], kind="stable")


def _dashes(names: Sequence[str], colours: Colours) -> dict[str, str]:
    """Return a line's pattern: runs of one model have one colour, so that the pattern tells the recipe."""
    seen: dict[str, int] = {}
    dashes = {}
    for name in names:
        colour = colours.get(name, "")
        dashes[name] = DASHES[seen.get(colour, 0) % len(DASHES)]
        seen[colour] = seen.get(colour, 0) + 1
    return dashes


def positions(frame: pd.DataFrame, colour: str) -> go.Figure:
    """Draw in which tenth of a review the changes lie: `tenth, share, ci_low, ci_high, n`."""
    import plotly.graph_objects as go

    value = 100 * frame["share"]
    figure = go.Figure(
        go.Bar(
            x=frame["tenth"],
            y=value,
            marker={"color": colour},
            error_y={
                "array": 100 * frame["ci_high"] - value,
                "arrayminus": value - 100 * frame["ci_low"],
                "color": REFERENCE_COLOUR,
                "thickness": 1.5,
            },
            hovertemplate="tenth %{x}: %{y:.1f} %<extra></extra>",
        )
    )
    figure.add_hline(y=10, line={"color": REFERENCE_COLOUR, "dash": "dot", "width": 1.5})
    layout(figure, x_title="tenth of the review", y_title="changes, %", height=260)
    return figure.update_xaxes(dtick=1)
