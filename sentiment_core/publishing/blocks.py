"""What stands in a section: paragraphs, tables of figures, charts, and where the figures are from.

Plain data, so that a card can be Markdown and a report HTML and JSON, of the same tree.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sentiment_core.schema import Estimate

NOT_MEASURED = "not measured"
#: Kinds of charts.
LINE, STEPS, POINTS_WITH_INTERVALS, INTERVALS = "line", "steps", "points", "intervals"
#: Units: rates in percent, differences of rates in points, and what has its own scale.
PERCENT, POINTS, OWN = "%", "points", ""


def in_words(estimate: Estimate | None, unit: str = PERCENT, reason: Callable[[str], str] = str) -> str:
    """Return `91.8 % [91.0, 92.6], n = 4,000`, or that it is not measured, and why where that is known.

    Args:
        estimate: None where nothing was measured.
        unit: PERCENT, POINTS or OWN.
        reason: how the reason is escaped.
    """
    if estimate is None:
        return NOT_MEASURED
    if not estimate.defined:
        return f"{NOT_MEASURED}: {reason(estimate.reason)}" if estimate.reason else NOT_MEASURED
    value, low, high = (
        f"{number:.3f}" if unit == OWN else f"{100 * number:.1f}"
        for number in (estimate.value, estimate.ci_low, estimate.ci_high)
    )
    interval = "" if "nan" in (low, high) else f" [{low}, {high}]"
    return f"{value}{f' {unit}' if unit else ''}{interval}, n = {estimate.n:,}"


@dataclass(frozen=True)
class Figure:
    """A cell with an estimate; None reads "not measured"."""

    estimate: Estimate | None
    unit: str = PERCENT

    def to_json(self) -> dict[str, Any] | None:
        """Return the estimate's JSON and its unit."""
        return None if self.estimate is None else {**self.estimate.to_json(), "unit": self.unit}


#: Texts are plain: whoever writes them as Markdown or HTML escapes them.
Cell = str | int | float | Figure


def number(cell: str | int | float) -> str:
    """Return a cell that is no figure as text: `4,000`, `0.473`, a dash where there is none."""
    if isinstance(cell, float):
        return f"{cell:.3f}" if math.isfinite(cell) else "–"
    return cell if isinstance(cell, str) else f"{cell:,}"


@dataclass(frozen=True)
class Paragraph:
    """A plain text; `lead` is what a section says first and loudest."""

    text: str
    lead: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells under their titles; the first column names the row."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""


@dataclass(frozen=True)
class Missing:
    """What is not measured, and the commands that would."""

    commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Origin:
    """Where figures are from: a run, the field of its JSON that holds them, and the command that makes it."""

    run_id: str
    field: str = ""
    command: str = ""


@dataclass(frozen=True)
class Origins:
    """Where the figures above are from."""

    of: tuple[Origin, ...]


@dataclass(frozen=True)
class Series:
    """One model's line or dots in a chart; `low` and `high` are the interval of y, or of x in INTERVALS."""

    name: str
    colour: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A drawing, and the same in words and as a table.

    Attributes:
        kind: LINE, STEPS or POINTS_WITH_INTERVALS, of shares from 0 to 1 on both axes; or INTERVALS of x, a
            row a series.
        title: what it shows.
        axes: titles of x and y, with their units.
        series: one per model, in one order everywhere.
        said: what a reader who does not see it is told.
        table: its main points.
        diagonal: whether x = y is drawn, as a line to compare with.
        dots: places to mark on each series, such as the threshold: (x, y), in the order of the series.
    """

    kind: str
    title: str
    axes: tuple[str, str]
    series: tuple[Series, ...]
    said: str
    table: Table
    diagonal: bool = False
    dots: tuple[tuple[float, float], ...] = ()


#: A text of this is Markdown already.
Block = str | Paragraph | Table | Missing | Origins | Chart


def to_json(block: Block) -> Any:
    """Return plain JSON types: a text as it is, anything else with its `kind`."""
    if isinstance(block, str):
        return block
    return {"kind": _NAMES[type(block)], **_AS_JSON[type(block)](block)}


def from_json(record: Any) -> Block:
    """Read what `to_json` wrote of a block that the package above may send: all but charts."""
    if isinstance(record, str):
        return record
    return _FROM_JSON[record["kind"]](record)


def _table_to_json(table: Table) -> dict[str, Any]:
    rows = [[_cell_to_json(cell) for cell in row] for row in table.rows]
    return {"title": table.title, "head": list(table.head), "rows": rows}


def _table_from_json(record: Mapping[str, Any]) -> Table:
    rows = tuple(tuple(map(_cell_from_json, row)) for row in record["rows"])
    return Table(tuple(record["head"]), rows, record["title"])


def _cell_to_json(cell: Cell) -> Any:
    if isinstance(cell, Figure):
        return cell.to_json()
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _cell_from_json(cell: Any) -> Cell:
    if cell is None:
        return Figure(None)
    return Figure(Estimate.from_json(cell), cell["unit"]) if isinstance(cell, dict) else cell


def _chart_to_json(chart: Chart) -> dict[str, Any]:
    series = [
        {"name": one.name, "x": list(one.x), "y": list(one.y)}
        | ({"ci_low": list(one.low), "ci_high": list(one.high)} if one.low else {})
        for one in chart.series
    ]
    return {
        "form": chart.kind,
        "title": chart.title,
        "axes": list(chart.axes),
        "said": chart.said,
        "series": series,
        "dots": [list(dot) for dot in chart.dots],
        "table": _table_to_json(chart.table),
    }


_NAMES: Mapping[type, str] = {
    Paragraph: "paragraph",
    Table: "table",
    Missing: "missing",
    Origins: "origins",
    Chart: "chart",
}
_AS_JSON: Mapping[type, Callable[[Any], dict[str, Any]]] = {
    Paragraph: lambda one: {"text": one.text, "lead": one.lead},
    Table: _table_to_json,
    Missing: lambda one: {"commands": list(one.commands)},
    Origins: lambda one: {"of": [dict(vars(origin)) for origin in one.of]},
    Chart: _chart_to_json,
}
_FROM_JSON: Mapping[str, Callable[[Mapping[str, Any]], Block]] = {
    "paragraph": lambda record: Paragraph(record["text"], record["lead"]),
    "table": _table_from_json,
    "missing": lambda record: Missing(tuple(record["commands"])),
    "origins": lambda record: Origins(tuple(Origin(**one) for one in record["of"])),
}
