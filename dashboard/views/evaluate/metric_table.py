"""Metrics of one or two models as an HTML table: figures with intervals and n, aligned. No streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.elements.scrolling import scrolling
from dashboard.wording import (
    PERCENT_METRICS,
    UNDEFINED,
    escape_html,
    format_interval,
    format_points,
    format_value,
)
from sentiment_core.metrics import METRICS
from sentiment_core.schema import Estimate

STYLE = """<style>
.metrics {border-collapse: collapse; min-width: 45%; font-variant-numeric: tabular-nums; font-size: 0.9rem;
  line-height: 1.4;}
.metrics th {font-weight: 500; opacity: 0.75; text-align: right; padding: 0.3rem 0 0.3rem 1.2rem;}
.metrics td {text-align: right; padding: 0.4rem 0 0.4rem 1.2rem; white-space: nowrap;
  border-top: 1px solid color-mix(in srgb, currentColor 14%, transparent);}
.metrics th:first-child, .metrics td:first-child {text-align: left; padding-left: 0;}
.metrics td:first-child {white-space: normal; cursor: help;}
.metrics small {opacity: 0.72; margin-left: 0.4rem;}
.metrics .dot {display: inline-block; width: 0.65em; height: 0.65em; border-radius: 50%; margin-right: 0.4em;}
</style>"""


@dataclass(frozen=True)
class Column:
    """One column: its heading, its figures, and whether they are differences between two models."""

    head: str
    figures: Mapping[str, Estimate]
    colour: str = ""
    difference: bool = False


def table_html(metrics: Sequence[str], columns: Sequence[Column]) -> str:
    """Return the table, one row per metric; hovering over a name shows what the metric means."""
    heads = "".join(f"<th scope='col'>{_head(column)}</th>" for column in columns)
    rows = "".join(_row(metric, columns) for metric in metrics)
    head = f"<tr><th scope='col'>metric</th>{heads}</tr>"
    table = f"<table class='metrics'><thead>{head}</thead><tbody>{rows}</tbody></table>"
    return STYLE + scrolling(table, "Metrics by model")


def _head(column: Column) -> str:
    dot = f"<span class='dot' style='background:{column.colour}'></span>" if column.colour else ""
    return dot + escape_html(column.head)


def _row(name: str, columns: Sequence[Column]) -> str:
    metric = METRICS[name]
    cells = "".join(_cell(name, column) for column in columns)
    return f"<tr><td title='{escape_html(metric.description)}'>{escape_html(metric.title)}</td>{cells}</tr>"


def _cell(name: str, column: Column) -> str:
    estimate = column.figures[name]
    if not estimate.defined:
        return f"<td title='{escape_html(estimate.reason)}'>{UNDEFINED}</td>"
    percent = name in PERCENT_METRICS
    interval = format_interval(estimate, percent=percent).replace("-", "\u2212")
    value = _difference(estimate, percent) if column.difference else _value(estimate, percent)
    return f"<td>{value} <small>{interval}</small><small>n = {estimate.n:,}</small></td>"


def _value(estimate: Estimate, percent: bool) -> str:
    return format_value(estimate.value, percent=percent) + (" %" if percent else "")


def _difference(estimate: Estimate, percent: bool) -> str:
    if percent:
        return format_points(estimate.value)
    return f"{estimate.value:+.3f}".replace("-", "\u2212")
