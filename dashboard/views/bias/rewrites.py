"""The part of Bias and slices that answers "whom": the forest plot beside the pairs that differ most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from dashboard.elements import columns as bias_columns
from dashboard.records import bias
from dashboard.records.bias import Audited
from dashboard.views.bias import forest, pairs, wording
from dashboard.views.bias import place as bias_place
from dashboard.views.bias.place import Place
from dashboard.wording import escape_markdown, format_estimate

GENERALISED_NOTE = (
    "After Czarnowska, Vyas & Shah 2021 (TACL 9), on the probability of positive, in points. PCM: mean gap "
    "between two versions. BCM: mean distance of a version from the average of its text (VBCM: of one "
    "group). MCM: mean standard deviation over a text's versions. All are at least 0 and count noise too; "
    "none has a direction."
)


def show(models: Sequence[Audited], place: Place) -> Place:
    """Draw filters, plot, pairs and the pair being read; return where the reader ends up."""
    wording.draw(*wording.answer({model.name: model.run.report for model in models}))
    place = _filters(models, place)
    left, right = bias_columns.beside([12, 11], "rewrites")
    with left:
        forest.draw(models, place.attribute, place.source)
        _notes(place.attribute)
        _left_out(models, place.attribute)
        _generalised(models, place)
    with right:
        return _pairs(models, place)


def _filters(models: Sequence[Audited], place: Place) -> Place:
    present = list(dict.fromkeys(name for model in models for name in model.run.report["attribute"]))
    titles = {"": "all attributes"} | {name: bias.title_of(name) for name in present}
    if place.attribute not in titles:
        st.caption(f":material/link_off: {escape_markdown(place.attribute[:60])} is not in this workspace")
        place = replace(place, attribute="")
    columns = iter(st.columns(4, gap="small"))
    attribute = bias_place.choose("Attribute", "attribute", titles, container=next(columns))
    source = bias_place.choose("Texts", "source", bias_place.SOURCES, container=next(columns))
    shown = bias_place.choose("Pairs", "show", bias_place.SHOWS, container=next(columns))
    if len(models) > 1:
        with next(columns):
            place = replace(place, by=ranked_by(models, place))
    return replace(place, attribute=attribute, source=source, show=shown)


def ranked_by(models: Sequence[Audited], place: Place) -> int:
    """Draw which of two models ranks a list, and return its place."""
    key = "bias_by"
    st.session_state[key] = min(place.by, len(models) - 1)
    st.selectbox(
        "Worst for",
        list(range(len(models))),
        key=key,
        format_func=lambda at: models[at].name,
        on_change=lambda: bias_place.go(by=st.session_state[key]),
    )
    return int(st.session_state[key])


def _pairs(models: Sequence[Audited], place: Place) -> Place:
    """Draw the list and the pair being read; return where the reader ends up."""
    rows = pairs.listed(models, place)
    if rows.empty:
        flips = place.show == "flips"
        st.caption("No pair here changes its class." if flips else "No pair matches these filters.")
        return place
    page = pairs.page_at(rows, place)
    everything = bias.pairs(tuple(m.run_id for m in models), min(place.by, len(models) - 1))
    known = bool((everything["key"] == place.pair).any())
    pair = place.pair if known else str(page.rows["key"].iloc[0])
    by = models[min(place.by, len(models) - 1)].name
    st.caption(
        escape_markdown(
            f"{len(rows):,} texts, the two versions of each that differ most; the worst for {by} first."
        )
    )
    pairs.table(page, models, pair)
    row = everything[everything["key"] == pair].iloc[0].to_dict()
    pairs.step_buttons("pair", rows["key"].tolist(), pair)
    pairs.answers(row, models)
    pairs.texts(row)
    return replace(place, page=page.number, pair=pair if known else "")


def _notes(attribute: str) -> None:
    """State what an attribute's words stand for, and their limits."""
    from attacks.bias import readings

    known = bias.attributes()
    if attribute in known:
        item = known[attribute]
        st.caption(escape_markdown(f"{item.title}. {item.description} {item.note}"))
    with st.expander("What these figures can and cannot show", icon=":material/info:"):
        st.write(escape_markdown(readings.LIMITS["report"]))
        for item in known.values():
            st.markdown(
                f"**{escape_markdown(item.title)}.** {escape_markdown(f'{item.description} {item.note}')}"
            )


def _left_out(models: Sequence[Audited], attribute: str) -> None:
    """Say how many reviews could not be rewritten cleanly, and why."""
    table = models[0].run.left_out
    rows = table[table["attribute"] == attribute] if attribute else table
    refused = rows[rows["reason"] != "the attribute is not mentioned"]
    if refused.empty:
        return
    with st.expander(f"{int(refused['n'].sum()):,} rewrites left out", icon=":material/block:"):
        st.caption(
            "Texts that cannot be rewritten cleanly are left out, so the remaining ones are simpler than "
            "most."
        )
        shown = refused.assign(attribute=refused["attribute"].map(bias.title_of))
        st.dataframe(
            shown.rename(columns={"attribute": "Attribute", "reason": "Why", "n": "Times"}),
            hide_index=True,
            key="bias-left-out",
        )


def _generalised(models: Sequence[Audited], place: Place) -> None:
    tables = []
    for model in models:
        rows = forest.chosen(model.run.generalised, place.attribute, place.source)
        tables.append(
            pd.DataFrame(
                {
                    "attribute": rows["attribute"].map(bias.title_of),
                    "texts": rows["source"].map(forest.SOURCES),
                    "metric": rows["metric"],
                    "model": model.name,
                    "value": [format_estimate(value).replace(" %", "") for value in rows["value"]],
                }
            )
        )
    with st.expander("Generalized metrics", icon=":material/functions:"):
        st.caption(escape_markdown(GENERALISED_NOTE))
        st.dataframe(
            pd.concat(tables).rename(columns=str.capitalize), hide_index=True, key="bias-generalised"
        )
