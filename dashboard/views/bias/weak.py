"""The part of Bias and slices with the weakest slices: found on one half, tested on the other."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.elements import public_copy
from dashboard.records.bias import Audited
from dashboard.views.bias import place as bias_place
from dashboard.views.bias import wording
from dashboard.views.bias.place import Place
from dashboard.wording import escape_markdown, format_estimate, format_value
from sentiment_core.errors import ReelcheckError

READING = (
    "One half of the reviews is searched for one or two conditions under which the model errs most. The "
    "other half shows how weak the slice really is, since slices picked for their errors look worse than "
    "they are. Confirmed: more errors there than elsewhere, one-sided exact test, corrected for the slices "
    "found."
)


def show(models: Sequence[Audited], place: Place) -> Place:
    """Draw each model's slices, and a button to save one."""
    wording.draw([answer(model.name, model.run.weak) for model in models], READING)
    for model in models:
        if model.run.weak.empty:
            continue
        st.header(escape_markdown(model.name), anchor=False)
        _table(model)
        _keep(model)
    return place


def answer(name: str, table: pd.DataFrame) -> str:
    """Say where a model is weakest, of the slices that the held-out half confirms."""
    if table.empty:
        return f"{name}: no slice was found with more errors than chance would explain."
    confirmed = table[table["confirmed"].astype(bool)]
    if confirmed.empty:
        return (
            f"{name}: none of the {len(table)} slices found is confirmed on the other half of the "
            "reviews; no weak spot stands out from chance."
        )
    worst = confirmed.loc[confirmed["error_held_out"].map(lambda error: error.value).idxmax()]
    error, elsewhere = worst["error_held_out"], worst["error_elsewhere"]
    return (
        f"{name} is weakest where {worst['query']}: it errs on {format_value(error.value)} % "
        f"of n = {error.n:,} held-out reviews, elsewhere on {format_value(elsewhere.value)} % "
        f"({len(confirmed)} of {len(table)} slices found are confirmed)."
    )


def _table(model: Audited) -> None:
    rows = model.run.weak.to_dict("records")
    config = st.column_config
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "confirmed": "✓ confirmed" if row["confirmed"] else "not confirmed",
                    "query": row["query"],
                    "found": f"{format_value(float(row['error_found']))} %, n = {int(row['n_found']):,}",
                    "held": format_estimate(row["error_held_out"]),
                    "elsewhere": format_estimate(row["error_elsewhere"], with_n=False),
                    "p": wording.p_in_words(float(row["p_adjusted"])),
                }
                for row in rows
            ]
        ),
        hide_index=True,
        row_height=31,
        key=f"bias-weak-{model.model_id}",
        column_config={
            "confirmed": config.TextColumn("Held-out half", width=110),
            "query": config.TextColumn("Where", width=330),
            "found": config.TextColumn("Errors where searched", width=150),
            "held": config.TextColumn("Errors on the other half", width=190),
            "elsewhere": config.TextColumn("Elsewhere", width=130),
            "p": config.TextColumn("p", width=64, help="Corrected for the slices found"),
        },
    )


def _keep(model: Audited) -> None:
    """Draw the choice of a slice, to see its reviews or to save it under a name."""
    queries = [str(query) for query in model.run.weak["query"]]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        query = st.selectbox("Slice", queries, key=f"bias-weak-pick-{model.model_id}", width=380)
        name = st.text_input(
            "Name", name_for(query or queries[0]), max_chars=40, width=220,
            key=f"bias-weak-name-{model.model_id}-{query}",
        )  # fmt: skip
        if public_copy.button(
            "Save as a slice", icon=":material/save:", key=f"bias-weak-keep-{model.model_id}"
        ):
            _save((name or "").strip(), query or queries[0])


def _save(name: str, query: str) -> None:
    from attacks.own import slices

    try:
        # What the search found names columns that were there, those of the data among them.
        slices.save_own(name, query=query, columns=re.findall(r"[^\W\d]\w*", query))
    except ReelcheckError as error:
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return
    bias_place.go(part=bias_place.SLICES, slice=name)
    st.rerun()


def name_for(query: str) -> str:
    """Return a name to save a query under: `contrasts-over-4-genre-comedy`."""
    words = query.replace("<=", " to ").replace(">", " over ").replace(" and ", " ")
    name = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    return name[:40].strip("-") or "weak"
