"""The reviews that were picked on the map: what they are, a list, the one that is read, and where they go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import navigation
from dashboard.elements import paging, public_copy, reading_list, review_html
from dashboard.elements.measured import Measured
from dashboard.elements.review_html import Verdict
from dashboard.session import desk_place, selection
from dashboard.views.map import place
from dashboard.views.map.place import Place
from dashboard.wording import escape_markdown, format_estimate
from sentiment_core.evaluation.review_order import Filters
from sentiment_core.schema import LABEL_NAMES
from sentiment_core.statistics import share
from sentiment_core.storage.protection import ReadOnlyWorkspace

TABLE_HEIGHT, ROW_HEIGHT, READING_HEIGHT, SHOWN_CHARACTERS = 260, 33, 240, 120


def keep(points: pd.DataFrame, rows: Sequence[int]) -> str:
    """Keep the reviews in these rows and return the name of the slice; "" for none, or where none is kept."""
    from attacks.own import picked

    there = [row for row in rows if 0 <= row < len(points)]
    try:
        return picked.keep_keys(points["key"].to_numpy()[there]) if there else ""
    except ReadOnlyWorkspace as error:
        st.toast(escape_markdown(str(error)), icon=":material/visibility:")
        return ""


def show(model: Measured, points: pd.DataFrame, at: Place) -> Place:
    """Draw the picked reviews, the most surprising first; return where the reader is."""
    rows = listed(model.run_id, at.picked, points)
    if rows is None or rows.empty:
        st.caption(f":material/link_off: {escape_markdown(at.picked[:60])} holds none of these reviews")
        st.button("Pick others", on_click=place.pick, args=("",), key="map-none")
        return at
    st.markdown(escape_markdown(in_words(model, points, rows)))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            navigation.known_pages()["errors"],
            label="Open in Errors",
            icon=":material/rule:",
            help="",
            query_params=desk_place.link_params(Filters(outcome="all", slices=(at.picked,)), 0.5),
        )
        st.button("Clear", icon=":material/close:", type="tertiary", on_click=place.pick, args=("",))
    keys = rows["example_id"].tolist()
    page = paging.page_with(rows, keys, at.review, at.page)
    review = at.review if at.review in keys else str(page.rows["example_id"].iloc[0])
    _table(page, review)
    _review(model, rows.set_index("example_id").loc[review])
    return replace(at, page=page.number, review=at.review and review)


def listed(run_id: str, name: str, points: pd.DataFrame) -> pd.DataFrame | None:
    """Return the picked reviews, the highest loss first; None where the name is of nothing that is kept.

    Args:
        run_id: of the evaluation that `points` are of.
        name: of the slice.
        points: what is drawn.
    """
    from attacks.own import picked

    if not picked.is_kept(name):
        return None
    return _listed(run_id, name, len(points), points)


@st.cache_resource(max_entries=16, show_spinner=False)
def _listed(run_id: str, name: str, n: int, _points: pd.DataFrame) -> pd.DataFrame:
    from attacks.own import picked

    rows = _points[np.isin(_points["key"].to_numpy(), picked.keys_of(name))]
    return rows.sort_values(["loss", "example_id"], ascending=[False, True]).reset_index(drop=True)


def in_words(model: Measured, points: pd.DataFrame, rows: pd.DataFrame) -> str:
    """Say how often the model is wrong on the picked reviews, beside how often on all."""
    wrong, everywhere = (int((part["predicted"] != part["label"]).sum()) for part in (rows, points))
    found = share(wrong, len(rows), "none is picked")
    positive = int((rows["label"] == 1).sum())
    return (
        f"{len(rows):,} picked, {positive:,} of them positive. {model.name} is wrong on "
        f"{format_estimate(found)}; on all, {100 * everywhere / len(points):.1f} %. "
        "Picked by looking: an interval for these reviews, not a test."
    )


def offer_conflicts(points: pd.DataFrame) -> None:
    """Offer the reviews whose near-duplicates have another label."""
    rows = np.flatnonzero(points["conflict"].to_numpy(bool)).tolist()
    if rows:
        public_copy.button(
            f"Read the {len(rows):,} near-duplicates with different labels",
            icon=":material/compare_arrows:",
            key="map-conflicts",
            on_click=lambda: place.pick(keep(points, rows)),
        )


def _table(page: paging.Page, review: str | None) -> None:
    rows = page.rows
    shown = pd.DataFrame(
        {
            "outcome": rows["outcome"],
            "positive": 100 * rows["prob_positive"],
            "review": rows["text"].str.slice(0, SHOWN_CHARACTERS).str.replace(r"\s+", " ", regex=True),
        }
    )
    columns = {
        "outcome": st.column_config.TextColumn("Outcome", width=95),
        "positive": st.column_config.NumberColumn("Positive", format="%.1f %%", width=70),
        "review": st.column_config.TextColumn("Review", width=300),
    }
    reading_list.draw(
        shown, rows["example_id"].tolist(), review, key="map_table", pick=place.read, columns=columns,
        tallest=TABLE_HEIGHT, row_height=ROW_HEIGHT, sorting=reading_list.AS_LISTED,
        alt="Reviews that were picked on the map, one per row; select a row to read the review",
    )  # fmt: skip
    reading_list.turner(page, "map", place.turn)


def _review(model: Measured, row: pd.Series) -> None:
    alike = f" · near-duplicates: cluster {int(row['cluster']) + 1:,}" if row["cluster"] >= 0 else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"Label: **{LABEL_NAMES[int(row['label'])]}** · {row['outcome']}{alike}")
        st.page_link(
            navigation.known_pages()["review"],
            label="All about it",
            icon=":material/article:",
            help="",
            query_params=selection.shared_params() | {"review": str(row.name)},
        )
    right = int(row["predicted"]) == int(row["label"])
    st.html(
        review_html.verdicts_html(
            [Verdict(model.name, model.colour, float(row["prob_positive"]), 0.5, right)]
        )
    )
    with st.container(height=READING_HEIGHT, border=True, key=f"map-text-{row.name}"):
        st.html(review_html.review_html(str(row["text"])))
