"""The part of Bias and slices on abuse: does a model err more often there, and does it drive the score?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.elements import columns
from dashboard.elements.figures import drawn
from dashboard.records.bias import Audited
from dashboard.views.bias import charts, wording
from dashboard.views.bias import place as bias_place
from dashboard.views.bias.charts import Mark
from dashboard.views.bias.place import Place
from dashboard.views.bias.wording import signed_estimate
from dashboard.wording import escape_markdown, format_estimate

ERRORS, SCORE, CORRELATION, TAKEN_OUT = (
    "error rate",
    "mean probability",
    "rank correlation",
    "without the abuse",
)
WORD_LIST = "word list"
LABELS = {"all": "all reviews", "negative": "negative reviews", "positive": "positive reviews"}
FAMILIES = {
    ERRORS: "Error rate",
    SCORE: "Probability of positive",
    TAKEN_OUT: "Abuse taken out",
}
READINGS = {
    "Error rate": "Reviews with abuse minus the others. A model that reads abuse as blame errs less where "
    "the review blames and more where it praises.",
    "Probability of positive": "The same for the probability, within one label. The reviews differ in more "
    "than their abuse, so this does not prove that the abuse is the cause.",
    "Abuse taken out": "The same review without its abusive words, compared with removing as many other "
    "words: what remains is the abuse itself. Above 0 the abuse had lowered the score.",
}
LIMITS = (
    "A word list does not know intent: quoted abuse counts, abuse in polite words does not. Most reviews "
    "with abuse are negative, so compare within one label. The effect of removing them is compared with "
    "removing as many other words."
)


def show(models: Sequence[Audited], place: Place) -> Place:
    """Draw the answer, the gaps, the table and what Detoxify would add."""
    wording.draw([answer(model.name, model.run.toxicity) for model in models], LIMITS)
    left, right = columns.beside([14, 10], "toxicity", gap="large")
    with left:
        _plot(models)
    with right:
        for title, words in READINGS.items():
            st.markdown(f"**{title}.** {escape_markdown(words)}")
        st.button(
            "Read the reviews with abuse",
            icon=":material/menu_book:",
            key="bias-toxic-slice",
            on_click=bias_place.go,
            kwargs={"part": bias_place.SLICES, "slice": "toxic"},
        )
    with st.expander("Table", icon=":material/table:"):
        st.dataframe(
            pd.concat([rows_shown(model.name, model.run.toxicity) for model in models]),
            hide_index=True,
            row_height=31,
            key="bias-toxicity",
            column_config=_columns(),
        )
    _detoxify(models)
    return place


def answer(name: str, table: pd.DataFrame) -> str:
    """Say whether a model errs more often in reviews with abuse, and whether the abuse moves its score."""
    rows = {(row["measure"], row["label"]): row for row in _by_list(table).to_dict("records")}
    errors, moved = rows.get((ERRORS, "all")), rows.get((TAKEN_OUT, "all"))
    said = [_errors(name, errors)] if errors else []
    return " ".join([*said, *([_moved(name, moved)] if moved else [])])


def _by_list(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["judge"] == WORD_LIST] if "judge" in table else table


def _errors(name: str, row: dict[str, Any]) -> str:
    if row["verdict"] == "too few":
        return f"{name}: too few reviews contain abuse to measure an effect (n = {row['value'].n:,})."
    rates = (
        f"{format_estimate(row['value'])} against {format_estimate(row['against'], with_n=False)} elsewhere"
    )
    if row["verdict"] == "no difference found":
        return f"{name} errs about as often in reviews with abuse as elsewhere: {rates}."
    often = "more" if row["verdict"] == "higher" else "less"
    return f"{name} errs {often} often in reviews with abuse: {rates}."


def _moved(name: str, row: dict[str, Any]) -> str:
    left = f"{signed_estimate(row['difference'])} points, n = {row['difference'].n:,}"
    if row["verdict"] == "too few":
        return "Too few were rewritten to measure whether the abuse drives the score."
    if row["verdict"] == "no difference found":
        return f"No effect of the abuse itself on the score was found: {left}."
    lowers = "lowers" if row["verdict"] == "higher" else "raises"
    return f"The abuse itself {lowers} the score: without it the probability moves by {left}."


def _plot(models: Sequence[Audited]) -> None:
    marks = [
        Mark(
            family=FAMILIES[row["measure"]],
            row=LABELS.get(str(row["label"]), str(row["label"])),
            series=model.name,
            colour=model.colour,
            value=100 * row["difference"].value,
            low=100 * row["difference"].ci_low,
            high=100 * row["difference"].ci_high,
            strong=row["verdict"] in ("higher", "lower"),
            hover=f"{model.name}: {signed_estimate(row['difference'])} points, n = {row['difference'].n:,}\n"
            f"p = {wording.p_in_words(float(row['p_adjusted']))} (corrected): {row['verdict']}",
        )
        for measure in FAMILIES
        for label in LABELS
        for model in models
        for row in _by_list(model.run.toxicity).to_dict("records")
        if (row["measure"], row["label"]) == (measure, label) and row["difference"].defined
    ]
    if not marks:
        st.caption("Too few reviews contain abuse to draw this.")
        return
    figure = drawn(charts.forest, marks, x_title="difference, points")
    caption = "Dots are differences, lines 95 % intervals. Pale: no difference found."
    st.plotly_chart(figure, key="bias-toxicity-plot", config={"displayModeBar": False}, alt=caption)
    st.caption(caption)


def rows_shown(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return the toxicity table in words."""

    def figure(row: dict[str, Any], column: str) -> str:
        estimate = row[column]
        if row["measure"] == CORRELATION:
            return format_estimate(estimate, percent=False, with_n=False).replace("-", "−")
        signed = row["measure"] == TAKEN_OUT or column == "difference"
        return (
            signed_estimate(estimate) if signed else format_estimate(estimate, with_n=False).replace(" %", "")
        )

    return pd.DataFrame(
        [
            {
                "measure": row["measure"],
                "label": LABELS.get(str(row["label"]), row["label"]),
                "model": name,
                "value": figure(row, "value"),
                "n": row["value"].n,
                "against": figure(row, "against"),
                "difference": figure(row, "difference"),
                "p": wording.p_in_words(float(row["p_adjusted"])),
                "verdict": row["verdict"],
                "judge": row.get("judge", WORD_LIST),
            }
            for row in table.to_dict("records")
        ]
    )


def _columns() -> dict[str, Any]:
    from attacks.bias.toxicity_report import MEASURES

    config = st.column_config
    return {
        "measure": config.TextColumn("Measure", width=112, help=" ".join(MEASURES.values())),
        "label": config.TextColumn("Reviews", width=112),
        "model": config.TextColumn("Model", width=60),
        "value": config.TextColumn("With abuse", width=118),
        "n": config.NumberColumn("n", width=46),
        "against": config.TextColumn("Against", width=118),
        "difference": config.TextColumn("Difference", width=118),
        "p": config.TextColumn("p", width=56),
        "verdict": config.TextColumn("Verdict"),
        "judge": config.TextColumn("Judged by"),
    }


def _detoxify(models: Sequence[Audited]) -> None:
    from attacks.bias.detoxify import missing_detoxify

    lacks = missing_detoxify()
    if lacks is not None:
        with st.expander("What Detoxify would add", icon=":material/extension:"):
            st.write(escape_markdown(f"{lacks.enables}. It needs {lacks.what}, which is missing."))
            st.write(escape_markdown(f"To get it, {lacks.how_to_get}"))
        return
    if not any((model.run.toxicity.get("judge") == "Detoxify").any() for model in models):
        st.caption("Detoxify is now installed: measure bias again to add its judgment to the table.")
