"""The Evaluate page's charts: curves with an operating point, reliability, scores, accuracy by group.

Frames in, plotly figures out; imports no streamlit. Every function takes one frame per model, keyed by the
name in the legend, and colors by the same names, so that a second model is drawn over the first.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.charts import LABEL_COLOURS, REFERENCE_COLOUR, in_lines, layout, translucent
from sentiment_core.schema import LABEL_NAMES

if TYPE_CHECKING:
    import plotly.graph_objects as go

Frames = Mapping[str, pd.DataFrame]
Colours = Mapping[str, str]
#: A model's row of the threshold sweep: tn, fp, fn, tp.
Points = Mapping[str, Mapping[str, float]]

CURVE_HEIGHT = 300
#: Answers that a point of the curve of risk and coverage stands for at least; fewer only show noise.
FEWEST = 5


def roc(curves: Frames, at: Points, colours: Colours) -> go.Figure:
    """Draw ROC curves: columns `false_positive_rate, recall, threshold`; the diagonal is random guessing.

    `at` holds each model's tn, fp, fn and tp at the chosen threshold.
    """
    points = {name: (_ratio(row, "fp", "tn"), _ratio(row, "tp", "fn")) for name, row in at.items()}
    figure = _curves(curves, points, colours, x="false_positive_rate", y="recall", shape="linear")
    _reference(figure, [0, 100], [0, 100])
    return _square(figure, "False positive rate (%)", "True positive rate (%)")


def precision_recall(curves: Frames, at: Points, colours: Colours) -> go.Figure:
    """Draw precision-recall curves: columns `recall, precision, threshold`; the line is random guessing."""
    points = {name: (_ratio(row, "tp", "fn"), _ratio(row, "tp", "fp")) for name, row in at.items()}
    # Steps: a precision holds from the previous recall on; slopes would overstate the model.
    figure = _curves(curves, points, colours, x="recall", y="precision", shape="vh")
    row = next(iter(at.values()))
    share_positive = (row["tp"] + row["fn"]) / sum(row[cell] for cell in ("tn", "fp", "fn", "tp"))
    _reference(figure, [0, 100], [100 * share_positive] * 2)
    return _square(figure, "Recall (%)", "Precision (%)")


def _ratio(row: Mapping[str, float], part: str, rest: str) -> float:
    """Return part / (part + rest), NaN where there is neither: a dot that is not drawn."""
    whole = row[part] + row[rest]
    return row[part] / whole if whole else math.nan


def _curves(
    curves: Frames, points: Mapping[str, tuple[float, float]], colours: Colours, *, x: str, y: str, shape: str
) -> go.Figure:
    import plotly.graph_objects as go

    figure = go.Figure()
    for name, curve in curves.items():
        figure.add_trace(_curve(name, curve, colours[name], x, y, shape))
    for name, point in points.items():
        figure.add_trace(_operating_point(name, point, colours[name]))
    return figure


def _curve(name: str, curve: pd.DataFrame, colour: str, x: str, y: str, shape: str) -> go.Scatter:
    import plotly.graph_objects as go

    return go.Scatter(
        x=(100 * curve[x]).round(2),
        y=(100 * curve[y]).round(2),
        customdata=curve["threshold"].clip(upper=1).round(3),  # infinity, "nothing is positive", is no JSON
        name=name,
        mode="lines",
        line={"color": colour, "width": 2, "shape": shape},
        hovertemplate="threshold %{customdata:.3f}: %{x:.1f} %, %{y:.1f} %",
    )


def _operating_point(name: str, point: tuple[float, float], colour: str) -> go.Scatter:
    import plotly.graph_objects as go

    return go.Scatter(
        x=[100 * point[0]],
        y=[100 * point[1]],
        name=f"{name}, chosen threshold",
        mode="markers",
        marker={"color": colour, "size": 13, "line": {"color": "white", "width": 2}},
        hovertemplate="chosen threshold: %{x:.1f} %, %{y:.1f} %<extra></extra>",
        showlegend=False,
    )


def _reference(figure: go.Figure, x: Sequence[float], y: Sequence[float], **where: int) -> None:
    line = {"color": REFERENCE_COLOUR, "dash": "dot", "width": 1.5}
    figure.add_scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", showlegend=False, **where)


def _square(figure: go.Figure, x_title: str, y_title: str) -> go.Figure:
    layout(figure, x_title=x_title, y_title=y_title, height=CURVE_HEIGHT)
    figure.update_layout(showlegend=len(_named(figure)) > 1)
    figure.update_xaxes(range=[-2, 102], dtick=25)
    figure.update_yaxes(range=[-2, 102], dtick=25)
    return figure


def _named(figure: go.Figure) -> list[Any]:
    return [trace for trace in figure.data if trace.showlegend is not False]


def reliability(bins: Frames, colours: Colours, dashed: Collection[str] = ()) -> go.Figure:
    """Draw `mean_prob, share_positive, ci_low, ci_high, n` per bin; the diagonal is perfect calibration.

    Below it, the number of reviews in each bin, since a dot with few reviews says little. `dashed` names what
    is no evaluation of its own: a model before or after its calibration.
    """
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.75, 0.25], vertical_spacing=0.06)
    _reference(figure, [0, 1], [0, 1], row=1, col=1)
    for name, frame in bins.items():
        filled = frame[frame["n"] > 0]
        figure.add_trace(_calibration_dots(name, filled, colours[name], name in dashed), row=1, col=1)
        colour = translucent(colours[name], 0.4) if name in dashed else colours[name]
        figure.add_bar(
            x=(frame["low"] + frame["high"]) / 2, y=frame["n"], marker={"color": colour},
            name=name, showlegend=False, hovertemplate="%{y:,} reviews", row=2, col=1,
        )  # fmt: skip
    layout(figure, x_title="", y_title="Share of positive reviews", height=400)
    figure.update_layout(showlegend=len(bins) > 1)
    figure.update_yaxes(title_text="Reviews", row=2, col=1)
    figure.update_xaxes(title_text=in_lines("Predicted probability of positive"), row=2, col=1)
    return figure.update_xaxes(range=[-0.02, 1.02])


def _calibration_dots(name: str, frame: pd.DataFrame, colour: str, dashed: bool) -> go.Scatter:
    import plotly.graph_objects as go

    return go.Scatter(
        x=frame["mean_prob"],
        y=frame["share_positive"],
        error_y=_intervals(frame["share_positive"], frame, colour),
        customdata=frame["n"],
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 1.5, "dash": "dash" if dashed else "solid"},
        marker={"color": colour, "size": 8, "symbol": "circle-open" if dashed else "circle"},
        hovertemplate="predicted %{x:.3f}, true %{y:.3f}, n = %{customdata:,}",
    )


def _intervals(
    values: pd.Series[float], frame: pd.DataFrame, colour: str, scale: float = 1
) -> dict[str, Any]:
    return {
        "array": scale * frame["ci_high"] - values,
        "arrayminus": values - scale * frame["ci_low"],
        "color": colour,
        "thickness": 1.5,
        "width": 3,
    }


def risk_coverage(curves: Frames, colours: Colours, dashed: Collection[str]) -> go.Figure:
    """Draw `coverage, accuracy, ci_low, ci_high, n, threshold`: how right a model is on what it answers.

    `dashed` are the answers to attacked texts.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for name, curve in curves.items():
        drawn = curve[curve["n"] >= FEWEST] if (curve["n"] >= FEWEST).any() else curve
        figure.add_trace(_band(name, drawn, colours[name]))
        figure.add_trace(_answered(name, drawn, colours[name], name in dashed))
    layout(figure, x_title="Reviews answered, the surest first (%)", y_title="Right (%)", height=340)
    return figure.update_xaxes(range=[0, 101]).update_layout(showlegend=len(curves) > 1)


def _answered(name: str, curve: pd.DataFrame, colour: str, dashed: bool) -> go.Scatter:
    import plotly.graph_objects as go

    return go.Scatter(
        x=(100 * curve["coverage"]).round(2),
        y=(100 * curve["accuracy"]).round(2),
        customdata=pd.DataFrame({"sure": (100 * curve["threshold"]).round(1), "n": curve["n"]}),
        name=name,
        legendgroup=name,
        mode="lines+markers" if len(curve) == 1 else "lines",
        line={"color": colour, "width": 2, "dash": "dash" if dashed else "solid"},
        hovertemplate="answers %{x:.0f} %: %{y:.1f} % right, at least %{customdata[0]:.1f} % sure, "
        "n = %{customdata[1]:,}",
    )


def _band(name: str, curve: pd.DataFrame, colour: str) -> go.Scatter:
    """Return the intervals of a curve as an area."""
    import plotly.graph_objects as go

    there_and_back = [*curve.index, *curve.index[::-1]]
    edge = [*curve["ci_high"], *curve["ci_low"][::-1]]
    return go.Scatter(
        x=(100 * curve["coverage"]).loc[there_and_back].round(2),
        y=[round(100 * value, 2) for value in edge],
        fill="toself",
        fillcolor=translucent(colour, 0.12),
        mode="lines",
        line={"width": 0},
        legendgroup=name,
        hoverinfo="skip",
        showlegend=False,
    )


def scores(bins: Frames, colours: Colours, threshold: float) -> go.Figure:
    """Draw the distribution of the probabilities by true label: `low, high, negative, positive`."""
    from plotly.subplots import make_subplots

    titles = [f"{name} reviews" for name in LABEL_NAMES.values()]
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True, subplot_titles=titles, horizontal_spacing=0.05)
    for column, label in enumerate(LABEL_NAMES.values(), start=1):
        for name, frame in bins.items():
            figure.add_trace(_steps(name, frame, label, colours[name], column == 1), row=1, col=column)
    # Two titles stand side by side: each has half the width.
    layout(figure, x_title=in_lines("Predicted probability of positive", 22), y_title="", height=320)
    figure.update_yaxes(title_text="Reviews", row=1, col=1)
    figure.update_annotations(font={"size": 13})
    for number, annotation in enumerate(figure.layout.annotations[:2]):
        annotation.font.color = LABEL_COLOURS[number]
    figure.add_vline(x=threshold, line={"color": REFERENCE_COLOUR, "dash": "dot", "width": 1.5})
    figure.update_layout(showlegend=len(bins) > 1, legend={"y": 1.1}, margin={"t": 40})
    return figure


def _steps(name: str, frame: pd.DataFrame, label: str, colour: str, in_legend: bool) -> go.Scatter:
    import plotly.graph_objects as go

    edges = [*frame["low"], frame["high"].iloc[-1]]
    counts = [*frame[label], frame[label].iloc[-1]]
    return go.Scatter(
        x=edges,
        y=counts,
        name=name,
        legendgroup=name,
        showlegend=in_legend,
        mode="lines",
        line={"color": colour, "width": 2, "shape": "hv"},
        fill="tozeroy",
        fillcolor=translucent(colour, 0.15),
        hovertemplate="from %{x:.2f}: %{y:,} reviews",
    )


def accuracy_by_group(groups: Frames, colours: Colours, x_title: str) -> go.Figure:
    """Draw accuracy with its interval for groups of reviews: `group, accuracy, ci_low, ci_high, n`."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for place, (name, frame) in enumerate(groups.items()):
        figure.add_trace(_dots(name, frame, colours[name], _offset(place, len(groups))))
    names = [_short(name) for name in next(iter(groups.values()))["group"]]
    layout(figure, x_title=x_title, y_title="Accuracy (%)")
    figure.update_layout(showlegend=len(groups) > 1)
    return figure.update_xaxes(
        tickvals=list(range(len(names))), ticktext=names, range=[-0.5, len(names) - 0.5]
    )


def _short(name: str) -> str:
    """Return a group's name as short as an axis needs it: `<50`, `1,000+`."""
    return name.replace("under ", "<").replace(" and more", "+")


def _offset(place: int, of: int) -> float:
    """Return the horizontal offset of a model's dot within its group, so that all intervals show."""
    return 0.16 * (place - (of - 1) / 2)


def _dots(name: str, frame: pd.DataFrame, colour: str, offset: float) -> go.Scatter:
    import plotly.graph_objects as go

    accuracy = 100 * frame["accuracy"]
    return go.Scatter(
        x=[place + offset for place in range(len(frame))],
        y=accuracy,
        error_y=_intervals(accuracy, frame, colour, scale=100),
        customdata=frame[["group", "n"]],
        name=name,
        mode="markers",
        marker={"color": colour, "size": 10},
        hovertemplate="%{customdata[0]}: %{y:.1f} %, n = %{customdata[1]:,}",
    )
