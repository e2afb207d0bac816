"""The Errors page's controls: the row of filters, and the table of one page of reviews."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.elements import reading_list, review_filters
from dashboard.elements.paging import Page
from dashboard.elements.review_filters import Offer
from dashboard.session import desk_place
from dashboard.session.desk_place import Place
from sentiment_core.evaluation import review_order
from sentiment_core.evaluation.review_order import Filters

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
    place: Place, other: str | None, offered: Offer, export: Callable[[], bytes], file_name: str
) -> None:
    """Draw the filters, and the export under a name.

    Args:
        place: where the reader is.
        other: the second model's name, if any.
        offered: what the reviews can be filtered by.
        export: makes the file.
        file_name: its name.
    """
    filters = place.filters
    widths = [4, 4.2, 4.6, 4, 4.4, *([3.6] if other else []), 1.3]
    columns = iter(st.columns(widths, vertical_alignment="bottom", gap="xsmall"))
    _choice(next(columns), "Show", "outcome", OUTCOME_TITLES, filters)
    _choice(next(columns), "Sort by", "sort", SORT_TITLES | (BESIDE_TITLES if other else {}), filters)
    _search(next(columns), filters)
    _confidence(next(columns), filters)
    review_filters.draw("desk", filters, offered, change, place=next(columns))
    if other:
        _choice(next(columns), "Other model", "agreement", AGREEMENT_TITLES, filters)
    next(columns).download_button(
        "",
        data=export,
        file_name=file_name,
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        help="Download all reviews that match the filters as CSV",
        key="desk-export",
    )


def change(filters: Filters) -> None:
    """Go to the first review that other filters show, at the same threshold."""
    _go(Place(filters, _here().threshold))


def _choice(
    column: DeltaGenerator, label: str, field: str, titles: Mapping[str, str], filters: Filters
) -> None:
    key = f"desk_{field}"
    st.session_state[key] = getattr(filters, field)
    column.selectbox(
        label,
        list(titles),
        key=key,
        format_func=lambda name: titles[name],
        on_change=lambda: _chosen(field, st.session_state[key]),
    )


def _chosen(field: str, value: str) -> None:
    """Change a filter; whoever asks for disagreements gets the largest first."""
    filters = replace(_here().filters, **{field: value})  # type: ignore[arg-type]
    if field == "agreement" and value == "disagree" and filters.sort == Filters().sort:
        filters = replace(filters, sort="disagreement")
    change(filters)


def _search(column: DeltaGenerator, filters: Filters) -> None:
    key = "desk_search"
    st.session_state[key] = filters.search
    column.text_input(
        "Search in the text",
        key=key,
        type="search",
        placeholder="exact words",
        on_change=lambda: change(replace(_here().filters, search=st.session_state[key] or "")),
    )


def _confidence(column: DeltaGenerator, filters: Filters) -> None:
    low, high = filters.confidence_low, filters.confidence_high
    label = "Any confidence" if (low, high) == (0.5, 1.0) else f"{100 * low:.0f}–{100 * high:.0f} % confident"
    keys = "desk_confidence_low", "desk_confidence_high"
    for key, value in zip(keys, (low, high), strict=True):
        st.session_state[key] = round(100 * value, 1)
    with column.popover(label, width="stretch", key="desk-confidence-box"):
        st.caption("The probability of the model's answer, %")
        for place, key, title in zip(st.columns(2), keys, ("From", "To"), strict=True):
            place.number_input(
                title, 50.0, 100.0, key=key, step=1.0, format="%.1f", on_change=_confidence_set
            )


def _confidence_set() -> None:
    low, high = (
        float(st.session_state[f"desk_confidence_{end}"] or fallback) / 100
        for end, fallback in (("low", 50.0), ("high", 100.0))
    )
    change(replace(_here().filters, confidence_low=round(low, 3), confidence_high=round(high, 3)))


def _sort(order: str) -> None:
    """Sort all reviews that match."""
    change(replace(_here().filters, sort=order))


def clear_filters() -> None:
    """Go back to all errors, highest loss first, at the same threshold."""
    change(Filters())


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
