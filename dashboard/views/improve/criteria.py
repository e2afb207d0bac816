"""The criteria of a decision as an HTML table: a row each, its interval against the margin. No streamlit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.charts import NEGATIVE_COLOUR, POSITIVE_COLOUR, REFERENCE_COLOUR
from dashboard.elements.scrolling import scrolling
from dashboard.wording import UNDEFINED, escape_html

#: Verdict -> sign, word and colour: told apart without the colour.
VERDICTS = {
    "pass": ("✓", "pass", POSITIVE_COLOUR),
    "warn": ("?", "warn", REFERENCE_COLOUR),
    "fail": ("✕", "fail", NEGATIVE_COLOUR),
}
#: Behind a white sign: darker, so that it has a contrast of 4.5:1.
BADGES = {"pass": POSITIVE_COLOUR, "warn": "#66666D", "fail": "#B34F00"}
#: The track shows losses from -SPAN to +SPAN margins; what is beyond ends at its edge.
SPAN = 3.0
STYLE = """<style>
.gate {width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; line-height: 1.35;}
.gate th {font-weight: 500; font-size: .85em; opacity: .8; text-align: left; padding: 0 .8rem .4rem 0;}
.gate td {padding: .5rem .8rem .5rem 0; vertical-align: top;
  border-top: 1px solid color-mix(in srgb, currentColor 14%, transparent);}
.gate .number {text-align: right;}
.gate .number, .gate .figures {white-space: nowrap;}
.gate small {display: block; font-size: .82em; opacity: .8;}
.gate .verdict {white-space: nowrap; font-weight: 600;}
.gate .verdict i {display: inline-block; width: 1.3em; height: 1.3em; line-height: 1.3em; text-align: center;
  border-radius: 50%; color: #fff; font-style: normal; font-size: .85em; margin-right: .5em;}
.gate .track {position: relative; width: 11rem; height: 1.1rem; margin-top: .15rem; overflow: hidden;
  background: linear-gradient(to right, color-mix(in srgb, currentColor 8%, transparent) 66.67%,
  color-mix(in srgb, #D55E00 20%, transparent) 66.67%);}
.gate .track b {position: absolute; top: .45rem; height: .2rem;}
.gate .track u {position: absolute; top: .25rem; width: .6rem; height: .6rem; margin-left: -.3rem;
  border-radius: 50%;}
.gate .track s {position: absolute; top: 0; bottom: 0; width: 1px; background: currentColor; opacity: .7;}
.gate .track s.margin {width: 2px; opacity: 1;}
</style>"""
COLUMNS = (
    "verdict",
    "criterion",
    "loss against the margin",
    "old → new",
    "change",
    "n",
    "n that would decide",
)


def table_html(criteria: Sequence[Mapping[str, Any]]) -> str:
    """Return a row per criterion; everything in it is escaped."""
    kinds = {"n": " class='number'", "n that would decide": " class='number'"}
    head = "".join(f"<th scope='col'{kinds.get(name, '')}>{name}</th>" for name in COLUMNS)
    body = "".join(map(_row, criteria))
    table = f"<table class='gate'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return STYLE + scrolling(table, "Criteria of the gate with their verdicts")


def rows(criteria: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the same as plain rows, for a table to copy from."""
    return [
        {
            "verdict": item["verdict"],
            "criterion": item["title"],
            "old": _figure(item, "old"),
            "new": _figure(item, "new"),
            "change": " ".join(_change(item)).strip(),
            "margin": _margin(item),
            "n": int(item["n"]),
            "n that would decide": _needed(item),
            "in words": item["sentence"],
        }
        for item in criteria
    ]


def losses(item: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """Return a criterion's loss and its ends in margins: 1 is at the margin; None where not measured.

    An end that is not known (few clusters) is infinite.
    """
    found, margin = item["difference"], float(item["margin"])
    if found["value"] is None or not margin:
        return None
    ends = (found["value"], found["ci_low"], found["ci_high"])
    value, low, high = (math.nan if end is None else float(end) / margin for end in ends)
    if item.get("higher_is_better", _higher_is_better(item)):
        value, low, high = -value, -high, -low
    return value, -math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high


def _higher_is_better(item: Mapping[str, Any]) -> bool:
    """Return the direction of a criterion whose record is older than that field."""
    return str(item["name"]) in ("accuracy", "attack_raw", "attack_valid", "worst_slice")


def _row(item: Mapping[str, Any]) -> str:
    sign, word, colour = VERDICTS.get(str(item["verdict"]), VERDICTS["warn"])
    badge = f"<i style='background:{BADGES[word]}' aria-hidden='true'>{sign}</i>"
    verdict = f"<td class='verdict'>{badge}{word}</td>"
    optional = "" if item.get("required", True) else "<small>may stay undecided</small>"
    title = f"<td>{escape_html(str(item['title']))}{optional}</td>"
    if not item["n"]:
        why = escape_html(str(item["sentence"]))
        return f"<tr>{verdict}{title}<td colspan='5'>{why}</td></tr>"
    figures = f"{escape_html(_figure(item, 'old'))} → {escape_html(_figure(item, 'new'))}"
    value, interval = _change(item)
    rule = escape_html(f"{interval}, margin {_margin(item)}{_budget(item)}")
    change = f"{escape_html(value)}<small>{rule}</small>"
    return (
        f"<tr>{verdict}{title}<td>{_track(item, colour)}</td><td class='figures'>{figures}</td>"
        f"<td class='figures'>{change}</td>"
        f"<td class='number'>{int(item['n']):,}</td><td class='number'>{_needed(item)}</td></tr>"
    )


def _track(item: Mapping[str, Any], colour: str) -> str:
    """Return the interval of the loss on a track with two lines: no change, and the margin."""
    found = losses(item)
    if found is None:
        return ""
    value, low, high = (_percent(end) for end in found)
    lines = f"<s style='left:{_percent(0):.1f}%'></s><s class='margin' style='left:{_percent(1):.1f}%'></s>"
    bar = f"<b style='left:{low:.1f}%;width:{max(high - low, 0.5):.1f}%;background:{colour}'></b>"
    dot = f"<u style='left:{value:.1f}%;background:{colour}'></u>"
    said = escape_html(f"{item['title']}: loss of {found[0]:.2f} margins [{found[1]:.2f}, {found[2]:.2f}]")
    return f"<div class='track' role='img' aria-label='{said}' title='{said}'>{lines}{bar}{dot}</div>"


def _percent(margins: float) -> float:
    return 100 * (min(max(margins, -SPAN), SPAN) + SPAN) / (2 * SPAN)


def _figure(item: Mapping[str, Any], which: str) -> str:
    value, unit = item.get(which), str(item.get("unit", "points"))
    if value is None:
        return UNDEFINED
    if unit == "points":
        return f"{100 * value:.1f} %"
    return f"{value:,.3g} {unit}" if value < 1000 else f"{value:,.0f} {unit}"


def _change(item: Mapping[str, Any]) -> tuple[str, str]:
    """Return new - old with its unit, and its interval."""
    found = item["difference"]
    if found["value"] is None:
        return UNDEFINED, ""
    value, low, high = (
        UNDEFINED
        if found[part] is None
        else f"{round(100 * found[part], 1) + 0.0:+.1f}".replace("-", "\u2212")
        for part in ("value", "ci_low", "ci_high")
    )
    return f"{value} {_of(item)}", f"[{low}, {high}]"


def _margin(item: Mapping[str, Any]) -> str:
    margin, unit = 100 * float(item["margin"]), _of(item)
    return f"{margin:g} {'point' if margin == 1 and unit == 'points' else unit}"


def _budget(item: Mapping[str, Any]) -> str:
    """Return up to which a cost is no loss."""
    return f"; no loss up to {item['budget']:g} {item['unit']}" if item.get("budget") else ""


def _of(item: Mapping[str, Any]) -> str:
    return "points" if item.get("unit", "points") == "points" else "%"


def _needed(item: Mapping[str, Any]) -> str:
    if item.get("n_needed"):
        return f"{int(item['n_needed']):,}"
    return UNDEFINED
