"""What Bias and slices shows, in plain sentences. Figures in, words out; no streamlit."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from attacks.bias import differing
from dashboard.records import bias
from dashboard.wording import UNDEFINED, escape_markdown, format_estimate, format_value
from sentiment_core.schema import Estimate

#: A difference this many standard errors wide is found four times in five (two-sided, 5 %).
POWER_WIDTH = 2.80
Z95 = 1.96
#: Differences below this are named as small.
SMALL = 0.01
SOURCES = {"templates": "built-in sentences", "reviews": "real reviews"}


def answer(reports: Mapping[str, pd.DataFrame]) -> tuple[list[str], str]:
    """Answer "Whom does it treat differently?", a sentence a model; then say how that was corrected.

    Args:
        reports: `counterfactuals.report` by model name.
    """
    return [_one(name, report) for name, report in reports.items()], _corrected(reports)


def _one(name: str, report: pd.DataFrame) -> str:
    rows = differing.distinct(report)
    tested = rows[rows["verdict"] != bias.TOO_FEW]
    if tested.empty:
        return f"{name}: too few texts could be rewritten to measure a difference."
    found = differing.found(rows)
    if found.empty:
        said = "no group is treated differently (differences this small may be chance)"
        return f"{name}: {said}. {_power(tested)}"
    return f"{name} {_difference(found.iloc[0].to_dict(), report)}."


def _difference(row: Mapping[str, Any], report: pd.DataFrame) -> str:
    """Say `rates “Christian” texts 9.5 points [4.9, 14.1] lower than ...`."""
    change: Estimate = row["change"]
    lower = change.value < 0
    size = abs(change.value)
    low, high = sorted((abs(change.ci_low), abs(change.ci_high)))
    if change.ci_low * change.ci_high < 0:
        low = -low
    interval = f"[{format_value(low)}, {format_value(high)}]".replace("-", "−")
    same = report[(report["attribute"] == row["attribute"]) & (report["source"] == row["source"])]
    title = _lower(bias.title_of(str(row["attribute"])))
    others = [str(group) for group in same["group"] if group != row["group"]]
    against = f"its average with “{others[0]}”" if len(others) == 1 else "the average of all versions"
    return (
        f"rates the “{row['group']}” version ({title}) {format_value(size)} points {interval} "
        f"{'below' if lower else 'above'} {against}, n = {int(row['n']):,} "
        f"{SOURCES.get(str(row['source']), str(row['source']))}{_doubt(row)}"
    )


def _doubt(row: Mapping[str, Any]) -> str:
    """Say where a difference that was found is not to be relied on, and why."""
    from attacks.bias import readings

    if row["unreliable"]:
        return "; its direction depends on the template, so it is unreliable"
    return "; its interval includes 0, because a few texts dominate" if readings.rests_on_few(row) else ""


def _power(tested: pd.DataFrame) -> str:
    """State which differences these texts could show, and how many texts smaller ones need."""
    errors = [
        (change.ci_high - change.ci_low) / (2 * Z95)
        for change in tested["change"]
        if not math.isnan(change.ci_low)
    ]
    if not errors or statistics.median(errors) == 0:
        return ""
    visible = POWER_WIDTH * statistics.median(errors)
    n = int(statistics.median(tested["n"]))
    said = f"With n = {n:,} texts per group, a difference of about {_points(visible)} would have been found"
    if visible <= SMALL:
        return f"{said}."
    needed = math.ceil(n * (visible / SMALL) ** 2 / 10) * 10
    return f"{said}; one of 1 point would need about n = {needed:,}."


def _points(value: float) -> str:
    points = format_value(value)
    return f"{points} {'point' if points == '1.0' else 'points'}"


def _corrected(reports: Mapping[str, pd.DataFrame]) -> str:
    """Say how much was found in all, how much of it in real reviews, and how it was corrected."""
    rows = " or ".join(f"{n:,}" for n in sorted({len(report) for report in reports.values()}))
    said = [_found(name, differing.distinct(report)) for name, report in reports.items()]
    return (
        f"{' '.join(said)} Corrected over all {rows} rows (Benjamini-Hochberg): about one in "
        "twenty of the differences found may be chance."
    )


def _found(name: str, rows: pd.DataFrame) -> str:
    """Say `tfidf: 47 of 63 comparisons differ, 22 by less than a point; in real reviews by 1.2 at most.`."""
    tested = rows[rows["verdict"] != bias.TOO_FEW]
    found = differing.found(rows)
    if found.empty:
        return f"{name}: none of {len(tested)} comparisons differs."
    size = found["change"].map(lambda change: abs(change.value))
    small = int((size < SMALL).sum())
    real = size[found["source"] == bias.REVIEWS]
    less = f", {small} by less than a point" if small else ""
    most = f"; in real reviews by {_points(float(real.max()))} at most" if len(real) else ""
    return f"{name}: {len(found)} of {len(tested)} comparisons differ{less}{most}."


def forest_caption(*, too_few: int, hidden_groups: bool) -> str:
    """Say how the forest plot is read, and what it leaves out."""
    parts = [
        "Each text is written for every group; a dot is how far a group's version lies from the average of "
        "its versions, a line the 95 % interval. Pale: no difference found.",
    ]
    if hidden_groups:
        parts.append("Where there are two groups, one is drawn: the other mirrors it.")
    if too_few:
        parts.append(f"{too_few} rows with fewer than six texts are in the table only.")
    return " ".join(parts)


def pair_caption(row: Mapping[str, Any]) -> str:
    """Say what a pair is: `Religion, a built-in sentence: Christian against Muslim`."""
    kind = "a real review" if row["source"] == bias.REVIEWS else "a built-in sentence"
    return f"{bias.title_of(str(row['attribute']))}, {kind}"


def p_in_words(p: float) -> str:
    """Write a p-value: `< 0.001`, `0.034`, or a dash."""
    if math.isnan(p):
        return UNDEFINED
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def plain(estimate: Estimate) -> str:
    """Write `91.0 [88.7, 92.9]`, a rate under a head that says per cent."""
    return format_estimate(estimate, with_n=False).replace(" %", "").replace("-", "−")


def p_and_verdict(p: float, verdict: str) -> str:
    """Write a corrected p-value, with the direction where a difference was found."""
    if verdict == "too few":
        return verdict
    return f"{p_in_words(p)}{f', {verdict}' if verdict in ('higher', 'lower') else ''}"


def signed(value: float) -> str:
    """Write a difference in points with its sign: `+1.2`, with a real minus sign."""
    return UNDEFINED if math.isnan(value) else f"{100 * value:+.1f}".replace("-", "−")


def signed_estimate(estimate: Estimate) -> str:
    """Write `−9.5 [−14.1, −4.9]` in points."""
    if not estimate.defined:
        return UNDEFINED
    if math.isnan(estimate.ci_low):
        return signed(estimate.value)
    return f"{signed(estimate.value)} [{signed(estimate.ci_low)}, {signed(estimate.ci_high)}]"


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]


def listed(parts: Sequence[str]) -> str:
    """Write `a, b and c`."""
    return "".join(parts) if len(parts) < 2 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def draw(lines: Sequence[str], then: str) -> None:
    """Draw the answers, and below them, quietly, how they are to be read."""
    st.markdown("  \n".join(f"**{escape_markdown(line)}**" for line in lines))
    st.caption(escape_markdown(then))
