"""Figures of several batches as an HTML table, a row a batch; and the transfer matrix. No streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from attacks.figures.robustness import TITLES
from dashboard.charts import NEGATIVE_COLOUR, translucent
from dashboard.elements.scrolling import scrolling
from dashboard.wording import UNDEFINED, escape_html, format_interval, format_value
from sentiment_core.schema import Estimate

#: Column heads by figure; shares are shown in per cent, the others as they are.
HEADS = {
    "accuracy_before": "before",
    "accuracy_under_attack": "under attack",
    "valid_accuracy_under_attack": "under attack, valid only",
    "success_rate": "fooled",
    "valid_success_rate": "fooled, valid only",
    "queries": "queries per review",
    "words_changed_share": "words changed",
    "similarity": "similarity",
}
PLAIN = frozenset({"queries", "similarity"})
STYLE = """<style>
.attacked {border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 0.88rem;
  line-height: 1.35;}
.attacked th {font-weight: 500; opacity: 0.75; text-align: right; padding: 0.2rem 0 0.3rem 0.9rem;
  vertical-align: bottom;}
.attacked td {text-align: right; padding: 0.4rem 0 0.4rem 0.9rem; white-space: nowrap; vertical-align: top;
  border-top: 1px solid color-mix(in srgb, currentColor 14%, transparent);}
.attacked th:first-child, .attacked td:first-child {text-align: left; padding-left: 0; white-space: normal;
  min-width: 10rem;}
.attacked small {display: block; opacity: 0.72; font-size: 0.82em;}
.attacked th[title] {cursor: help;}
.attacked .dot {display: inline-block; width: 0.65em; height: 0.65em; border-radius: 50%;
  margin-right: 0.4em;}
.attacked .own {outline: 1px dashed currentColor; outline-offset: -2px;}
.attacked td[style] {padding-right: 0.5rem;}
</style>"""


@dataclass(frozen=True)
class Row:
    """One batch: its name, its model's colour, its outcomes in words, and its figures."""

    name: str
    colour: str
    counts: str
    figures: Mapping[str, Estimate]


def figures_html(rows: Sequence[Row]) -> str:
    """Return the table; hovering over a head explains the figure, over a dash why there is none."""
    heads = "".join(
        f"<th scope='col' title='{escape_html(TITLES[figure])}'>{head}</th>" for figure, head in HEADS.items()
    )
    body = "".join(_row(row) for row in rows)
    head = f"<tr><th scope='col'>batch</th>{heads}</tr>"
    table = f"<table class='attacked'><thead>{head}</thead><tbody>{body}</tbody></table>"
    return STYLE + scrolling(table, "Figures by batch")


def _row(row: Row) -> str:
    dot = f"<span class='dot' style='background:{row.colour}'></span>"
    name = f"<td>{dot}{escape_html(row.name)}<small>{escape_html(row.counts)}</small></td>"
    return f"<tr>{name}{''.join(_cell(figure, row.figures[figure]) for figure in HEADS)}</tr>"


def _cell(figure: str, estimate: Estimate) -> str:
    if not estimate.defined:
        return f"<td title='{escape_html(estimate.reason)}'>{UNDEFINED}</td>"
    title = f"n = {estimate.n:,}"
    return f"<td title='{title}'>{_value(figure, estimate)}<small>{_interval(figure, estimate)}</small></td>"


def _value(figure: str, estimate: Estimate) -> str:
    if figure == "queries":
        return f"{estimate.value:,.0f}"
    if figure in PLAIN:
        return format_value(estimate.value, percent=False)
    return f"{format_value(estimate.value)} %"


def _interval(figure: str, estimate: Estimate) -> str:
    if figure == "queries" and estimate.ci_low == estimate.ci_low:
        return f"[{estimate.ci_low:,.0f}, {estimate.ci_high:,.0f}]"
    return format_interval(estimate, percent=figure not in PLAIN)


def figures_frame(rows: Sequence[Row]) -> pd.DataFrame:
    """Return every figure of TITLES, a row a batch and figure: the plain table."""
    return pd.DataFrame(
        [
            {"batch": row.name, "figure": TITLES[name], "value": e.value, "ci_low": e.ci_low,
             "ci_high": e.ci_high, "n": e.n, "why undefined": e.reason if not e.defined else ""}
            for row in rows
            for name, e in row.figures.items()
            if name in TITLES
        ]
    )  # fmt: skip


def bars_frame(rows: Sequence[Row]) -> pd.DataFrame:
    """Return what the paired bars are drawn from."""
    kinds = {
        "raw": "accuracy_under_attack",
        "valid": "valid_accuracy_under_attack",
        "before": "accuracy_before",
    }
    return pd.DataFrame(
        [
            {"name": row.name, "n": row.figures["accuracy_under_attack"].n}
            | {
                f"{kind}_{part}": getattr(row.figures[figure], part)
                for kind, figure in kinds.items()
                for part in ("value", "ci_low", "ci_high")
            }
            for row in rows
        ]
    )


def matrix_html(
    frame: pd.DataFrame,
    sources: Mapping[str, str],
    targets: Mapping[str, str],
    beside: pd.DataFrame | None = None,
) -> str:
    """Return who is fooled by whose texts: rows are whose texts, columns who reads them.

    `frame` has the columns of `transfer`; `sources` are names of runs, `targets` of models. A darker
    cell means that more of the texts fool. Where `frame` is of valid texts only, `beside` is of all.
    """
    heads = list(dict.fromkeys(frame["target"]))
    cells, all_texts = _by_pair(frame), {} if beside is None else _by_pair(beside)
    head = "".join(f"<th scope='col'>read by {escape_html(targets.get(one, one))}</th>" for one in heads)
    body = "".join(
        f"<tr><td>texts of {escape_html(sources.get(source, source))}</td>"
        + "".join(
            _transfer_cell(cells.get((source, target)), all_texts.get((source, target))) for target in heads
        )
        + "</tr>"
        for source in dict.fromkeys(frame["source"])
    )
    table = f"<table class='attacked'><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
    return STYLE + scrolling(table, "Share of the texts that fool each model")


def _by_pair(frame: pd.DataFrame) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(row["source"], row["target"]): row for row in frame.to_dict("records")}


def _transfer_cell(row: Mapping[str, Any] | None, beside: Mapping[str, Any] | None) -> str:
    if row is None:
        return f"<td title='not computed'>{UNDEFINED}</td>"
    of_all = "" if beside is None else f"<small>of all {_share(_estimate(beside))}</small>"
    estimate = _estimate(row)
    if not estimate.defined:
        return f"<td title='{escape_html(estimate.reason)}'>{UNDEFINED}{of_all}</td>"
    tint = translucent(NEGATIVE_COLOUR, 0.4 * estimate.value)
    own = " class='own'" if row["own"] else ""
    small = f"<small>{format_interval(estimate)} n = {estimate.n:,}</small>"
    return f"<td style='background:{tint}'{own}>{format_value(estimate.value)} % {small}{of_all}</td>"


def _estimate(row: Mapping[str, Any]) -> Estimate:
    return Estimate(row["value"], row["ci_low"], row["ci_high"], int(row["n"]), str(row["reason"] or ""))


def _share(estimate: Estimate) -> str:
    if not estimate.defined:
        return UNDEFINED
    return f"{format_value(estimate.value)} %<br>{format_interval(estimate)} n = {estimate.n:,}"
