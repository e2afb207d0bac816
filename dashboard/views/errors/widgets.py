"""The Errors page's controls: the row of filters, and the table of one page of reviews."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.elements import reading_list
from dashboard.elements.paging import Page
from dashboard.session import desk_place
from dashboard.session.desk_place import Place
from sentiment_core.evaluation import review_order

OUTCOME_TITLES = {
    "errors": "all errors",
    "false-positives": "false positives",
    "false-negatives": "false negatives",
    "correct": "correct",
    "true-positives": "true positives",
    "true-negatives": "true negatives",
    "all": "all reviews",
}
SORT_TITLES = {
    "loss": "highest loss",
    "least-loss": "lowest loss",
    "confidence": "most confident",
    "least-confidence": "least confident",
    "longest": "longest",
    "shortest": "shortest",
    "outcome": "outcome, A to Z",
    "outcome-reversed": "outcome, Z to A",
}
#: Those that need a second model.
BESIDE_TITLES = {
    "disagreement": "largest disagreement",
    "least-disagreement": "smallest disagreement",
}
AGREEMENT_TITLES = {"any": "any answer", "agree": "agrees", "disagree": "disagrees"}
TABLE_KEY = "desk_table"
SHOWN_CHARACTERS = 120
#: Thirteen of the 25 rows show at once; the rest scroll inside the table.
TABLE_HEIGHT, ROW_HEIGHT = 470, 33
#: The orders that a click on a column's header asks for, and a second click.
ORDERS = {
    "outcome": ("outcome", "outcome-reversed"),
    "confidence": ("confidence", "least-confidence"),
    "loss": ("loss", "least-loss"),
    "words": ("longest", "shortest"),
    "other": ("disagreement", "least-disagreement"),
}
RISING = frozenset(name for name, (_, rising) in review_order.SORTS.items() if rising)


def filter_row(
    other: str | None, sources: Sequence[str], export: Callable[[], bytes], file_name: str
) -> None:
    """Draw the filters, and the export under a name.

    `other` is the second model's name, if any; `sources` are all sources.
    """
    several = len(sources) > 1
    widths = [4, 4.2, 5, 4, 4, *([3.6] if other else []), *([3.6] if several else []), 1.3]
    columns = iter(st.columns(widths, vertical_alignment="bottom", gap="xsmall"))
    _choice(next(columns), "Show", desk_place.OUTCOME, OUTCOME_TITLES)
    _choice(next(columns), "Sort by", desk_place.SORT, SORT_TITLES | (BESIDE_TITLES if other else {}))
    next(columns).text_input(
        "Search in the text",
        key=desk_place.SEARCH,
        type="search",
        placeholder="exact words",
        on_change=_filters_changed,
    )
    _confidence(next(columns))
    _length(next(columns))
    if other:
        _choice(next(columns), "Other model", desk_place.AGREEMENT, AGREEMENT_TITLES)
    if several:
        titles = {"": "all"} | {source: source for source in sources}
        _choice(next(columns), "Source", desk_place.SOURCE, titles)
    next(columns).download_button(
        "",
        data=export,
        file_name=file_name,
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        help="Export all reviews that match the filters as CSV",
        key="desk-export",
    )


def _choice(column: DeltaGenerator, label: str, key: str, titles: Mapping[str, str]) -> None:
    column.selectbox(
        label, list(titles), key=key, format_func=lambda name: titles[name], on_change=_filters_changed
    )


def _confidence(column: DeltaGenerator) -> None:
    low, high = st.session_state[desk_place.CONFIDENCE]
    label = "Any confidence" if (low, high) == (0.5, 1.0) else f"{100 * low:.0f}–{100 * high:.0f} % confident"
    with column.popover(label, width="stretch", key="desk-confidence-box"):
        st.slider(
            "Confidence: the probability of the model's answer",
            0.5,
            1.0,
            key=desk_place.CONFIDENCE,
            step=0.01,
            format="percent",
            on_change=_filters_changed,
        )


def _length(column: DeltaGenerator) -> None:
    low, high = st.session_state[desk_place.WORDS_LOW] or 0, st.session_state[desk_place.WORDS_HIGH]
    label = f"{low:,}–{high:,} words" if high else f"{low:,} words or more" if low else "Any length"
    with column.popover(label, width="stretch", key="desk-words-box"):
        st.number_input("Minimum words", 0, key=desk_place.WORDS_LOW, step=50, on_change=_filters_changed)
        st.number_input(
            "Maximum words (empty: no limit)",
            0,
            value=None,
            key=desk_place.WORDS_HIGH,
            step=50,
            on_change=_filters_changed,
        )


def _filters_changed() -> None:
    _go(Place(desk_place.widget_filters(), _here().threshold))


def _sort(order: str) -> None:
    """Sort all reviews that match, and let the picker say so."""
    st.session_state[desk_place.SORT] = order
    _filters_changed()


def clear_filters() -> None:
    """Go back to all errors, highest loss first, at the same threshold."""
    desk_place.show(Place(threshold=_here().threshold))
    desk_place.acted()


def read(review: str) -> None:
    """Go to one of the reviews that match."""
    _go(replace(_here(), review=review))


def _turn(page: int) -> None:
    _go(replace(_here(), page=page, review=None))


def _pick(review: str | None) -> None:
    if review is None:
        desk_place.acted()
    else:
        read(review)


def reading() -> str | None:
    """Return the review that was asked for last."""
    return _here().review


def _here() -> Place:
    place: Place = st.session_state.get(desk_place.PLACE, Place())
    return place


def _go(place: Place) -> None:
    st.session_state[desk_place.PLACE] = place
    desk_place.acted()


def review_table(page: Page, review: str | None, other: str | None) -> None:
    """Draw one page of reviews, the current one selected, and the page numbers below."""
    reviews = page.rows["example_id"].tolist()
    reading_list.draw(
        table_rows(page.rows, other),
        reviews,
        review,
        key=TABLE_KEY,
        pick=_pick,
        columns=_columns(other),
        tallest=TABLE_HEIGHT,
        row_height=ROW_HEIGHT,
        alt="Reviews that match the filters, one per row; select a row to read the review",
        sorting=reading_list.Sorting(_here().filters.sort, ORDERS, RISING, _sort),
    )
    reading_list.turner(page, "desk", _turn)


def table_rows(rows: pd.DataFrame, other: str | None) -> pd.DataFrame:
    """Return what the browser gets for a page: figures, and the beginning of each review."""
    table = pd.DataFrame(
        {
            "outcome": rows["outcome"],
            "confidence": 100 * rows["confidence"],
            "loss": rows["loss"],
            "words": rows["words"],
            "review": rows["text"].str.slice(0, SHOWN_CHARACTERS).str.replace(r"\s+", " ", regex=True),
        }
    )
    if other:
        table.insert(4, "other", [_other_verdict(row) for row in rows.to_dict("records")])
    return table.reset_index(drop=True)


def _other_verdict(row: Mapping[str, Any]) -> str:
    if pd.isna(row["other_predicted"]):
        return "–"
    right = int(row["other_predicted"]) == row["label"]
    return f"{'right' if right else 'wrong'} {100 * row['other_confidence']:.0f} %"


def _columns(other: str | None) -> dict[str, Any]:
    config = st.column_config
    return {
        "outcome": config.TextColumn("Outcome", width=96),
        "confidence": config.NumberColumn(
            "Conf.", format="%.1f %%", width=70, help="Probability of the answer"
        ),
        "loss": config.NumberColumn("Loss", format="%.2f", width=62, help="Log loss of this review, in nats"),
        "words": config.NumberColumn("Words", format="localized", width=68),
        "other": config.TextColumn(
            other or "", width=84, help="Whether the other model is right, and its confidence"
        ),
        "review": config.TextColumn("Review", width=420),
    }
