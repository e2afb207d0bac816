"""Charts as small inline SVG: legible in light and dark, on paper, and without color."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from sentiment_core.publishing.blocks import INTERVALS, POINTS_WITH_INTERVALS, STEPS, Chart, Series

#: The drawing's size, and the place of its axes in it.
WIDTH, HEIGHT = 420, 350
LEFT, TOP, RIGHT, BOTTOM = 58, 12, 398, 296
#: Lines of models are told apart by their dashes as well.
DASHES = ("", "7 4", "2 3", "10 4 2 4", "5 2 1 2", "12 5")
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
#: Of a row of a chart of intervals, and the room for its name.
ROW, NAMES = 30, 120


def svg(chart: Chart, title_id: str) -> str:
    """Return the drawing, which the element of id `title_id` names for screen readers."""
    if chart.kind == INTERVALS:
        return _intervals(chart, title_id)
    diagonal = f'<path class="reference" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>' if chart.diagonal else ""
    drawn = "".join(_series(chart, one, place) for place, one in enumerate(chart.series))
    dots = "".join(
        f'<circle cx="{_x(x)}" cy="{_y(y)}" r="5" fill="{one.colour}" class="dot"/>'
        for one, (x, y) in zip(chart.series, chart.dots, strict=False)
    )
    return _framed(_axes(chart) + diagonal + drawn + dots, title_id, WIDTH, HEIGHT)


def sample(series: Series, place: int) -> str:
    """Return a piece of a series' line, for the legend."""
    line = f'<path d="M1 5H27" stroke="{series.colour}" stroke-dasharray="{_dash(place)}" class="line"/>'
    return f'<svg class="sample" viewBox="0 0 28 10" width="28" height="10" aria-hidden="true">{line}</svg>'


def _framed(inner: str, title_id: str, width: int, height: int) -> str:
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-labelledby="{title_id}">{inner}</svg>'


def _dash(place: int) -> str:
    return DASHES[place % len(DASHES)]


def _x(share: float) -> str:
    return f"{LEFT + share * (RIGHT - LEFT):.1f}"


def _y(share: float) -> str:
    return f"{BOTTOM - share * (BOTTOM - TOP):.1f}"


def _axes(chart: Chart) -> str:
    grid = "".join(
        f'<path class="grid" d="M{_x(0)} {_y(at)}H{_x(1)}M{_x(at)} {_y(0)}V{_y(1)}"/>' for at in TICKS
    )
    across = "".join(
        f'<text x="{_x(at)}" y="{BOTTOM + 16}" text-anchor="middle">{100 * at:.0f} %</text>' for at in TICKS
    )
    up = "".join(
        f'<text x="{LEFT - 7}" y="{_y(at)}" text-anchor="end" class="up">{100 * at:.0f} %</text>'
        for at in TICKS
    )
    x_title, y_title = map(escape, chart.axes)
    middle = (TOP + BOTTOM) / 2
    titles = (
        f'<text x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">{x_title}</text>'
        f'<text transform="translate(12 {middle}) rotate(-90)" text-anchor="middle">{y_title}</text>'
    )
    return grid + across + up + titles


def _series(chart: Chart, series: Series, place: int) -> str:
    path = _steps(series) if chart.kind == STEPS else _line(series)
    line = f'<path class="line" d="{path}" stroke="{series.colour}" stroke-dasharray="{_dash(place)}"/>'
    if chart.kind != POINTS_WITH_INTERVALS:
        return line
    bars = "".join(
        f"M{_x(x)} {_y(low)}V{_y(high)}"
        for x, low, high in zip(series.x, series.low, series.high, strict=True)
    )
    points = "".join(
        f'<circle cx="{_x(x)}" cy="{_y(y)}" r="3.5" fill="{series.colour}"/>'
        for x, y in zip(series.x, series.y, strict=True)
    )
    return f'{line}<path class="bar" d="{bars}" stroke="{series.colour}"/>{points}'


def _line(series: Series) -> str:
    return "M" + "L".join(f"{_x(x)} {_y(y)}" for x, y in zip(series.x, series.y, strict=True))


def _steps(series: Series) -> str:
    """Return the path on which each y holds from the x before it."""
    pairs = list(zip(series.x, series.y, strict=True))
    return f"M{_x(0)} {_y(pairs[0][1])}" + "".join(f"V{_y(y)}H{_x(x)}" for x, y in pairs) if pairs else "M0 0"


def _intervals(chart: Chart, title_id: str) -> str:
    """Return a row a series: its name, a dot and its interval; the axis need not begin at 0."""
    low, high = _range(chart.series)

    def place(value: float) -> float:
        return NAMES + (value - low) / (high - low) * (WIDTH - NAMES - 24)

    end = ROW * len(chart.series)
    grid = "".join(
        f'<path class="grid" d="M{place(at):.1f} 4V{end + 4}"/>'
        f'<text x="{place(at):.1f}" y="{end + 20}" text-anchor="middle">{100 * at:g}</text>'
        for at in _round_ticks(low, high)
    )
    rows = "".join(
        f'<text x="{NAMES - 10}" y="{ROW * row + ROW / 2 + 4}" text-anchor="end" class="up">'
        f"{escape(_short(one.name))}</text>"
        f'<path class="bar" d="M{place(one.low[0]):.1f} {ROW * row + ROW / 2 + 4}H{place(one.high[0]):.1f}" '
        f'stroke="{one.colour}"/>'
        f'<circle cx="{place(one.x[0]):.1f}" cy="{ROW * row + ROW / 2 + 4}" r="5" fill="{one.colour}"/>'
        for row, one in enumerate(chart.series)
    )
    title = (
        f'<text x="{(NAMES + WIDTH) / 2}" y="{end + 40}" text-anchor="middle">{escape(chart.axes[0])}</text>'
    )
    return _framed(grid + rows + title, title_id, WIDTH, end + 48)


def _range(series: Sequence[Series]) -> tuple[float, float]:
    ends = [end for one in series for end in (one.x[0], one.low[0], one.high[0]) if end == end]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    room = max(0.002, (high - low) / 10)
    return max(0.0, low - room), min(1.0, high + room)


def _round_ticks(low: float, high: float) -> list[float]:
    """Return up to seven round shares between two."""
    step = next(step for step in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2) if high - low <= 6 * step)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(place * step, 6) for place in range(first, last + 1)]


def _short(name: str) -> str:
    return name if len(name) <= 16 else f"{name[:15]}…"
