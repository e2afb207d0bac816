"""The matrix of failure rates: a row a capability, a column a kind or severity; a click picks a cell.

A cell is a button that names itself in `data-cell`. Everything in it that a user wrote is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts import NEGATIVE_COLOUR, translucent
from dashboard.elements.scrolling import scrolling
from dashboard.records.probings import Probed
from dashboard.views.probes import wording
from dashboard.wording import UNDEFINED, escape_html, format_interval, format_value
from sentiment_core.schema import Estimate

#: Opacity of the tint of a cell that always fails: black and white text both read on it.
STRONGEST = 0.42
CSS = """
.probes {border-collapse: separate; border-spacing: 0; width: 100%; font-variant-numeric: tabular-nums;
  font-size: 0.86rem; line-height: 1.2; color: inherit;}
.probes th {font-weight: 500; text-align: left; padding: 0;}
.probes thead th {opacity: 0.75; font-size: 0.8rem; padding: 0 0.25rem 0.3rem; vertical-align: bottom;}
.probes thead th[title] {cursor: help;}
.probes thead th.model {text-align: center;}
.probes i.dot {display: inline-block; width: 0.6em; height: 0.6em; border-radius: 50%; margin-right: 0.35em;}
.probes th.name {padding-right: 0.5rem; max-width: 13.5rem;}
.probes th.name span {display: block; opacity: 0.62; font-size: 0.74rem; line-height: 1.25;}
.probes tbody td {vertical-align: bottom;}
.probes tbody th.name {vertical-align: bottom; line-height: 1.5rem;}
.probes tr.first > * {border-top: 1px solid color-mix(in srgb, currentColor 16%, transparent);
  padding-top: 3px;}
.probes tr.last > * {padding-bottom: 3px;}
.probes td {padding: 1px; min-width: 4.05rem;}
.probes td.next {padding-left: 7px;}
.probes button {all: unset; box-sizing: border-box; display: flex; width: 100%; height: 1.5rem;
  align-items: center; gap: 0.3em; padding: 0 0.35em; border-radius: 4px; cursor: pointer;
  background-color: var(--tint);}
.probes button b {font-weight: 550; margin-left: auto;}
.probes button small {font-size: 0.76rem; opacity: 0.72; min-width: 1.75em; text-align: right;}
.probes button i {font-style: normal; font-size: 0.7rem; width: 0.9em; opacity: 0.8;}
.probes button.hatched {background-image: repeating-linear-gradient(135deg,
  color-mix(in srgb, currentColor 11%, transparent) 0 1px, transparent 1px 6px);}
.probes button:hover {outline: 1px solid color-mix(in srgb, currentColor 45%, transparent);}
.probes button:focus-visible, .probes button.picked {outline: 2px solid currentColor; outline-offset: -1px;}
.probes .none {display: block; text-align: right; padding-right: 0.45em; opacity: 0.45;}
.scroll {padding: 2px;}
.said {position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap;}
"""


@dataclass(frozen=True)
class Column:
    """One head of the matrix: kind or severity, in words, with its help."""

    key: str
    title: str
    help: str


def columns_of(models: Sequence[Probed], families: Sequence[str], severities: bool) -> list[Column]:
    """Return a column for each kind that occurs, or for each severity."""
    rows = pd.concat([model.rows(families) for model in models])
    if severities:
        steps = sorted({int(step) for step in rows["severity"].dropna()})
        return [
            Column(str(step), f"INV, severity {step}", "How strongly the review is changed") for step in steps
        ]
    present = set(rows["kind"])
    return [Column(kind, kind, text) for kind, text in wording.KINDS.items() if kind in present]


def matrix_html(
    models: Sequence[Probed], families: Sequence[str], picked: tuple[str, int | None, str], *,
    severities: bool = False,
) -> str:  # fmt: skip
    """Return the matrix of one model or two; `picked` is capability, severity and model id."""
    columns = columns_of(models, families, severities)
    cells = {
        (model.model_id, row["capability"], _column(row, severities)): row
        for model in models
        for row in model.rows(families).to_dict("records")
    }
    titles = {row["capability"]: row["title"] for row in cells.values()}
    order = wording.in_order((row["capability"], row["family"]) for row in cells.values())
    groups = [wording.group_of(*pair) for pair in order]
    body = "".join(
        _row(name, titles[name], _group(groups, place, severities), models, columns, cells, picked)
        for place, (name, _) in enumerate(order)
    )
    head = _head(models, columns)
    return scrolling(f"<table class='probes'>{head}<tbody>{body}</tbody></table>", "Failure rates")


def any_unreliable(models: Sequence[Probed], families: Sequence[str]) -> bool:
    """Whether any cell of the matrix is hatched."""
    return any(model.rows(families)["unreliable"].any() for model in models)


def _column(row: dict[str, Any], severities: bool) -> str:
    return str(int(row["severity"])) if severities else str(row["kind"])


def _head(models: Sequence[Probed], columns: Sequence[Column]) -> str:
    kinds = "".join(
        f"<th class='model' scope='colgroup' colspan='{len(models)}' title='{escape_html(column.help)}'>"
        f"{escape_html(column.title)}</th>"
        for column in columns
    )
    names = "".join(
        f"<th class='model' scope='col'><i class='dot' style='background:{model.colour}'></i>"
        f"{escape_html(model.name)}</th>"
        for model in models
    )
    return f"<thead><tr><td></td>{kinds}</tr><tr><td></td>{names * len(columns)}</tr></thead>"


def _group(groups: Sequence[str], place: int, severities: bool) -> tuple[str, bool, bool]:
    """Return the group's name where a row is its first, and whether a row is its first, its last."""
    first = place == 0 or groups[place - 1] != groups[place]
    last = place == len(groups) - 1 or groups[place + 1] != groups[place]
    label = f"<span>{groups[place]}</span>" if first and not severities else ""
    return label, first, last


def _row(
    name: str, title: str, group: tuple[str, bool, bool], models: Sequence[Probed],
    columns: Sequence[Column], cells: dict[tuple[str, str, str], dict[str, Any]],
    picked: tuple[str, int | None, str],
) -> str:  # fmt: skip
    lead, first, last = group
    marks = " ".join(mark for mark, on in (("first", first), ("last", last)) if on)
    filled = "".join(
        _cell(cells.get((model.model_id, name, column.key)), model, picked, later=place > 0 and not at)
        for place, column in enumerate(columns)
        for at, model in enumerate(models)
    )
    full = escape_html(title)
    return f"<tr class='{marks}'><th class='name' scope='row' title='{full}'>{lead}{full}</th>{filled}</tr>"


def _cell(
    row: dict[str, Any] | None, model: Probed, picked: tuple[str, int | None, str], *, later: bool
) -> str:
    side = " class='next'" if later else ""
    if row is None:
        return f"<td{side}></td>"
    figure: Estimate = row["failure_rate"]
    severity = None if pd.isna(row["severity"]) else int(row["severity"])
    key = f"{row['capability']}~{severity or ''}~{model.model_id}"
    classes = [
        name
        for name, on in (
            ("hatched", bool(row["unreliable"])),
            ("picked", picked == (row["capability"], severity, model.model_id)),
        )
        if on
    ]
    tint = translucent(NEGATIVE_COLOUR, STRONGEST * figure.value) if figure.defined else "transparent"
    hint = escape_html(f"{row['title']}, {model.name}: {in_words(row)}")
    said = f"<span class='said'>{escape_html(row['title'])}, {escape_html(model.name)}: </span>"
    share = f"<b>{format_value(figure.value)}</b><small>{figure.n:,}</small>" if figure.defined else UNDEFINED
    glyph = f"<i>{wording.VERDICTS[row['verdict']]}</i>"
    return (
        f"<td{side}><button type='button' class='{' '.join(classes)}' style='--tint:{tint}' title='{hint}' "
        f"data-cell='{escape_html(key)}'>{said}{glyph}{share}</button></td>"
    )


def in_words(row: dict[str, Any]) -> str:
    """Return what stands in a cell's hint: rate, interval, n, verdict, spread over templates."""
    figure: Estimate = row["failure_rate"]
    if not figure.defined:
        return figure.reason
    parts = [
        f"fails {format_value(figure.value)} % {format_interval(figure)} n = {figure.n:,}",
        wording.VERDICT_WORDS[row["verdict"]],
    ]
    if row["template_min"] == row["template_min"]:
        low, high = (f"{100 * row[end]:.0f}" for end in ("template_min", "template_max"))
        disagree = (
            "; they differ by more than chance is likely to explain, so the rate is unreliable"
            if row["unreliable"]
            else ""
        )
        parts.append(f"its templates fail {low} to {high} %{disagree}")
    if row["n_not_applicable"]:
        parts.append(f"the rule does not apply to {int(row['n_not_applicable']):,} cases")
    return ". ".join(part[:1].upper() + part[1:] for part in parts) + "."


# The table itself is escaped where it is made; the script only puts it in place and tells which cell was
# clicked. Rows keep their focus, so that the keyboard goes on where it was.
_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.matrix');
  const active = parentElement.activeElement || parentElement.ownerDocument.activeElement;
  const focused = active && active.dataset ? active.dataset.cell : undefined;
  root.innerHTML = data.html;
  if (focused) {
    const again = [...root.querySelectorAll('[data-cell]')].find((cell) => cell.dataset.cell === focused);
    if (again) again.focus({ preventScroll: true });
  }
  root.onclick = (event) => {
    const cell = event.target.closest('[data-cell]');
    if (cell) setTriggerValue('cell', cell.dataset.cell);
  };
}
"""
LEGEND = (
    "Failure rate in %, and n. ✓ held: the interval is below 5 %; ○ unclear; ● fails: the interval is above "
    "5 %, also after Benjamini-Hochberg. Hover for intervals."
)

HATCHED = "Hatched: the failure rate differs between templates, so it depends on the wording."

_mount = st.components.v2.component("reelcheck_probes", html="<div class='matrix'></div>", css=CSS, js=_JS)


def draw(
    models: Sequence[Probed], families: Sequence[str], picked: tuple[str, int | None, str],
    on_pick: Callable[[str, int | None, str], None], *, severities: bool = False,
) -> None:  # fmt: skip
    """Draw the matrix; `on_pick` gets capability, severity and model id of a clicked cell."""
    key = f"probes-matrix-{'reviews' if severities else 'language'}"

    def clicked() -> None:
        cell = st.session_state[key].get("cell")
        if cell:
            capability, severity, model_id = str(cell).split("~", 2)
            on_pick(capability, int(severity) if severity.isdigit() else None, model_id)

    html = matrix_html(models, families, picked, severities=severities)
    _mount(key=key, data={"html": html}, on_cell_change=clicked)
    st.caption(f"{LEGEND} {HATCHED}" if any_unreliable(models, families) else LEGEND)
