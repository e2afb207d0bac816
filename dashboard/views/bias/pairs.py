"""The pairs of Bias and slices: two versions of a text and how differently a model rates them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.elements import answer_bars, diff_html, reading_list, steps
from dashboard.elements.paging import Page, page_with
from dashboard.records import bias
from dashboard.records.bias import Audited
from dashboard.views.bias import place as bias_place
from dashboard.views.bias import wording
from dashboard.views.bias.place import Place
from dashboard.wording import Answer, escape_markdown

TABLE_KEY = "bias_pairs"
ROW_HEIGHT, TABLE_HEIGHT = 31, 300
READING_HEIGHT = 210
#: Longer pairs are read in boxes that scroll.
SHORT = 600
SHOWN_CHARACTERS = 120


def listed(models: Sequence[Audited], place: Place) -> pd.DataFrame:
    """Return the pairs that pass the filters, the largest difference of the ranking model first."""
    by = min(place.by, len(models) - 1)
    rows = bias.pairs(tuple(model.run_id for model in models), by)
    keep = np.ones(len(rows), dtype=bool)
    if place.attribute:
        keep &= (rows["attribute"] == place.attribute).to_numpy()
    if place.source:
        keep &= (rows["source"] == place.source).to_numpy()
    if place.show == "flips":
        keep &= rows["flipped"].to_numpy(dtype=bool)
    return rows[keep].reset_index(drop=True)


def page_at(rows: pd.DataFrame, place: Place) -> Page:
    """Return the page that holds the pair being read, else the one asked for."""
    return page_with(rows, rows["key"].tolist(), place.pair, place.page)


def table(page: Page, models: Sequence[Audited], pair: str) -> None:
    """Draw one page of pairs, the one being read selected, and the page numbers below."""
    keys = page.rows["key"].tolist()
    reading_list.draw(
        rows_shown(page.rows, len(models)),
        keys,
        pair,
        key=TABLE_KEY,
        pick=_pick,
        columns=_columns(models),
        tallest=TABLE_HEIGHT,
        row_height=ROW_HEIGHT,
        alt="Pairs of versions, the largest difference first; pick a row to read both",
        sorting=reading_list.AS_LISTED,
    )
    turner(page, "pairs")


def turner(page: Page, what: str) -> None:
    """Draw the page numbers of a list where it has several."""
    if page.pages > 1:
        reading_list.turner(page, f"bias-{what}", lambda number: bias_place.go(page=number))


def _pick(pair: str | None) -> None:
    if pair is None:
        bias_place.stay()
    else:
        bias_place.go(page=bias_place.here().page, pair=pair)


def rows_shown(rows: pd.DataFrame, models: int) -> pd.DataFrame:
    """Return what the browser gets of a page: the groups, the beginning of the text, and the changes."""
    shown = pd.DataFrame({"groups": rows["group_a"] + " → " + rows["group_b"]})
    for at in range(models):
        shown[f"change_{at}"] = [_change(row, at) for row in rows.to_dict("records")]
    shown["text"] = rows["text_b"].str.slice(0, SHOWN_CHARACTERS).str.replace(r"\s+", " ", regex=True)
    return shown.reset_index(drop=True)


def _change(row: dict[str, Any], at: int) -> str:
    change = float(row[f"change_{at}"])
    if change != change:
        return "–"
    flips = (row[f"a_{at}"] >= 0.5) != (row[f"b_{at}"] >= 0.5)
    return f"{wording.signed(change)}{' ⇄' if flips else ''}"


def _columns(models: Sequence[Audited]) -> dict[str, Any]:
    config = st.column_config
    help = "Change of the probability of positive from the first version to the second, points; ⇄ class flips"
    changes = {
        f"change_{at}": config.TextColumn(model.name, help=help, width=72) for at, model in enumerate(models)
    }
    return {
        "groups": config.TextColumn("Versions", width=150),
        **changes,
        "text": config.TextColumn("Text", width=240),
    }


# --- one pair ------------------------------------------------------------------------------------


def is_short(row: dict[str, Any]) -> bool:
    """Whether a pair has room beside the plot as it is."""
    return len(str(row["text_a"])) + len(str(row["text_b"])) <= SHORT


def step_buttons(name: str, ids: Sequence[str], shown: str) -> None:
    """Draw previous and next for the field of the place that holds one of the ids."""
    with st.container(horizontal=True, vertical_alignment="center"):
        steps.draw(
            f"bias-{name}", ids, shown,
            now=lambda: str(getattr(bias_place.here(), name)), go=lambda key: bias_place.go(**{name: key}),
        )  # fmt: skip


def answers(row: dict[str, Any], models: Sequence[Audited]) -> None:
    """Draw what the pair is, and each model's answers to both versions as a bar."""
    st.caption(escape_markdown(f"{wording.pair_caption(row)}: {row['group_a']} → {row['group_b']}"))
    bars = [
        answer_bars.change_html(
            model.name,
            model.colour,
            *(Answer(float(row[f"{side}_{at}"]), 0, None, 0.0) for side in ("a", "b")),
        )
        for at, model in enumerate(models)
        if row[f"a_{at}"] == row[f"a_{at}"] and row[f"b_{at}"] == row[f"b_{at}"]
    ]
    st.html(answer_bars.verdicts_html(bars))


def texts(row: dict[str, Any]) -> None:
    """Draw both versions with the words marked that differ; of long ones first the changes by themselves."""
    first, second = str(row["text_a"]), str(row["text_b"])
    st.html(diff_html.STYLE)
    long = not is_short(row)
    if long:
        st.html(diff_html.snippets_html(first, second))
    sides = {"a": diff_html.original_html(first, second), "b": diff_html.perturbed_html(first, second)}
    for side, html in sides.items():
        st.caption(escape_markdown(str(row[f"group_{side}"])))
        if not long:
            st.html(html)
            continue
        with st.container(height=READING_HEIGHT, border=True, key=f"bias-text-{side}-{row['key']}"):
            st.html(html)
