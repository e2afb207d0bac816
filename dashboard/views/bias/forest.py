"""The forest plot of Bias and slices, and the table under it: whose probability changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from attacks.bias import differing
from dashboard.elements.figures import drawn
from dashboard.records import bias
from dashboard.records.bias import Audited
from dashboard.views.bias import charts, wording
from dashboard.views.bias.charts import Mark
from dashboard.views.bias.wording import signed, signed_estimate
from dashboard.wording import format_estimate, format_value

X_TITLE = "change of the probability of positive, points"
SOURCES = {bias.REVIEWS: "real reviews", bias.TEMPLATES: "built-in sentences"}


def draw(models: Sequence[Audited], attribute: str, source: str) -> None:
    """Draw the plot of one attribute or all, how it is read, and the same figures as a table."""
    reports = [chosen(model.run.report, attribute, source) for model in models]
    found = marks(models, reports)
    if found:
        single = [bias.title_of(name) for name in _single(reports)]
        figure = drawn(charts.forest, found, x_title=X_TITLE, one_line=single)
        too_few = max(int((report["verdict"] == bias.TOO_FEW).sum()) for report in reports)
        caption = wording.forest_caption(too_few=too_few, hidden_groups=bool(single))
        crossed = any(mark.crossed for mark in found)
        caption += " Crossed: the templates disagree, so the sign depends on the wording." if crossed else ""
        st.plotly_chart(figure, key="bias-forest", config={"displayModeBar": False}, alt=caption)
        st.caption(caption)
    else:
        st.caption("Too few texts could be rewritten to draw this; the table lists them.")
    table = pd.concat([rows_shown(m.name, r) for m, r in zip(models, reports, strict=True)])
    with st.expander("Table", icon=":material/table:", expanded=not found):
        st.dataframe(table, hide_index=True, key="bias-forest-table", column_config=_columns())


def chosen(report: pd.DataFrame, attribute: str, source: str) -> pd.DataFrame:
    """Return the report's rows of one attribute and source; an empty text is all of them."""
    rows = report if not attribute else report[report["attribute"] == attribute]
    return rows if not source else rows[rows["source"] == source]


def marks(models: Sequence[Audited], reports: Sequence[pd.DataFrame]) -> list[Mark]:
    """Return the dots: attributes and groups in the order of the largest difference found."""
    found: list[tuple[tuple[int, int], Mark]] = []
    order = _order(reports)
    for model, report in zip(models, reports, strict=True):
        rows = differing.distinct(report)
        rows = rows[rows["verdict"] != bias.TOO_FEW]
        for row in rows.to_dict("records"):
            mark = _mark(model, row, several=len(models) > 1)
            found.append((order[(row["attribute"], row["group"])], mark))
    ranked = sorted(enumerate(found), key=lambda one: (one[1][0], one[0]))
    return [mark for _, (_, mark) in ranked]


def _order(reports: Sequence[pd.DataFrame]) -> dict[tuple[str, str], tuple[int, int]]:
    """Rank attributes by their largest difference, and the groups of each from low to high."""
    rows = pd.concat([differing.distinct(report) for report in reports])
    rows = rows.assign(value=rows["change"].map(lambda change: change.value))
    tested = rows[rows["verdict"] != bias.TOO_FEW]
    largest = tested["value"].abs().groupby(tested["attribute"]).max().sort_values(ascending=False)
    attributes = [*largest.index, *(name for name in rows["attribute"].unique() if name not in largest)]
    means = rows.groupby(["attribute", "group"])["value"].mean().sort_values()
    return {
        (str(attribute), str(group)): (attributes.index(attribute), place)
        for place, (attribute, group) in enumerate(means.index)
    }


def _mark(model: Audited, row: dict[str, object], *, several: bool) -> Mark:
    change = row["change"]
    source = SOURCES.get(str(row["source"]), str(row["source"]))
    return Mark(
        family=bias.title_of(str(row["attribute"])),
        row=str(row["group"]),
        series=f"{model.name}, {source}" if several else source,
        colour=model.colour,
        value=100 * change.value,  # type: ignore[attr-defined]
        low=100 * change.ci_low,  # type: ignore[attr-defined]
        high=100 * change.ci_high,  # type: ignore[attr-defined]
        hollow=row["source"] == bias.TEMPLATES,
        strong=row["verdict"] in differing.FOUND,
        crossed=bool(row["unreliable"]),
        hover=_hover(model.name, row, source),
    )


def _hover(name: str, row: dict[str, object], source: str) -> str:
    lines = [
        f"{row['group']}, {name}, {source}",
        f"{signed_estimate(row['change'])} points, n = {int(str(row['n'])):,}",  # type: ignore[arg-type]
        f"class flips in {format_estimate(row['flips'])}",  # type: ignore[arg-type]
        f"p = {wording.p_in_words(float(str(row['p_adjusted'])))} (corrected): {row['verdict']}",
    ]
    if float(str(row["template_min"])) == float(str(row["template_min"])):
        low, high = (signed(float(str(row[end]))) for end in ("template_min", "template_max"))
        lines.append(f"templates from {low} to {high}{', they disagree' if row['unreliable'] else ''}")
    return "\n".join(lines)


def _single(reports: Sequence[pd.DataFrame]) -> list[str]:
    """Return the attributes that have two groups, of which one row is drawn."""
    sizes = pd.concat(list(reports)).groupby("attribute")["group"].nunique()
    return [str(name) for name, size in sizes.items() if size == 2]


# --- the table -----------------------------------------------------------------------------------


def rows_shown(name: str, report: pd.DataFrame) -> pd.DataFrame:
    """Return a report in words and numbers that read in a table, every row of it."""
    changes, flips = list(report["change"]), list(report["flips"])
    return pd.DataFrame(
        {
            "attribute": [bias.title_of(str(attribute)) for attribute in report["attribute"]],
            "group": list(report["group"]),
            "texts": [SOURCES.get(str(source), source) for source in report["source"]],
            "model": name,
            "change": [signed_estimate(change) for change in changes],
            "n": list(report["n"]),
            "largest": [format_value(value) for value in report["largest"]],
            "flips": [format_estimate(flip, with_n=False) for flip in flips],
            "templates": [
                f"{signed(low)} to {signed(high)}{' ✕' if crossed else ''}" if low == low else ""
                for low, high, crossed in zip(
                    report["template_min"], report["template_max"], report["unreliable"], strict=True
                )
            ],
            "p": [wording.p_in_words(float(p)) for p in report["p_adjusted"]],
            "verdict": list(report["verdict"]),
        }
    )


def _columns() -> dict[str, Any]:
    config = st.column_config
    return {
        "attribute": config.TextColumn("Attribute"),
        "group": config.TextColumn("Group"),
        "texts": config.TextColumn("Texts", width="small"),
        "model": config.TextColumn("Model", width="small"),
        "change": config.TextColumn("Change, points", help="Against the average of its versions, 95 %"),
        "n": config.NumberColumn("n", width="small", help="Texts, each in every version"),
        "largest": config.TextColumn("Largest", width="small", help="Largest change of one text, points"),
        "flips": config.TextColumn("Class flips", help="Share of the texts whose class is another one"),
        "templates": config.TextColumn("By template", help="Lowest and highest; ✕ they disagree"),
        "p": config.TextColumn("p", width="small", help="Corrected over all rows"),
        "verdict": config.TextColumn("Verdict"),
    }
