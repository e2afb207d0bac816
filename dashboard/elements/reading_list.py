"""A list of texts of which one is being read: its row is marked, another is picked, its pages are turned.

The browser has one page of a list only, so a click on a header goes to the server, which sorts all rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import streamlit as st

from dashboard.elements.paging import Page

#: Called with the key of the row that was picked; with None where the pick was taken back.
Pick = Callable[[str | None], None]

#: A header's menu sorts what the browser has: its two lines for that, and the rule below them, are hidden.
#: A table's toolbar exports what the browser has, with cells that would run as formulas.
STYLE = """<style>
[data-testid="stDataFrameColumnMenu"] [role="menu"] > :is(:nth-child(2), :nth-child(3), :nth-child(4)) {
  display: none;}
[class*="st-key-reading-list"] [data-testid="stElementToolbar"] {display: none;}
</style>"""


SORTED: tuple[Literal["single-row", "single-cell", "single-column"], ...] = (
    "single-row",
    "single-cell",
    "single-column",
)


@dataclass(frozen=True)
class Sorting:
    """How a whole list is sorted, and by which columns it can be.

    Attributes:
        now: the order that the list is in, by its name.
        orders: of each column that sorts: the order that a first click on its header gives, and a second.
        rising: the names of orders in which small values come first.
        go: called with the name of the order that was chosen.
    """

    now: str
    orders: Mapping[str, tuple[str, str]]
    rising: frozenset[str]
    go: Callable[[str], None]

    def after_click(self, column: str) -> str | None:
        """Return the order that a click on a header asks for; None where the column sorts nothing."""
        first, second = self.orders.get(column, (None, None))
        return second if self.now == first else first

    def heads(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """Return the columns with an arrow in the head of the one that the list is sorted by."""
        arrow = "↑" if self.now in self.rising else "↓"
        sorted_by = {column for column, orders in self.orders.items() if self.now in orders}
        return {
            name: {**config, "label": f"{config['label']} {arrow}"} if name in sorted_by else config
            for name, config in columns.items()
        }


#: For a list whose order is fixed: a click on a header does nothing.
AS_LISTED = Sorting("", {}, frozenset(), lambda order: None)


def draw(
    rows: pd.DataFrame,
    keys: Sequence[str],
    read: str | None,
    *,
    key: str,
    pick: Pick,
    columns: Mapping[str, Any],
    tallest: int,
    row_height: int,
    alt: str,
    sorting: Sorting | None = None,
) -> None:
    """Draw the rows as a table.

    Args:
        rows: what the browser gets, a row a text.
        keys: of the rows, in their order.
        read: the key of the one being read, which is marked; None: none is.
        key: of the table in the session.
        pick: what a pick does.
        columns: how they are drawn, Streamlit's column_config.
        tallest: pixels; a longer table scrolls.
        row_height: pixels.
        alt: what the table is, for screen readers.
        sorting: what a click on a header does; None: it sorts what is drawn, for a list without pages.
    """
    name = key
    if sorting:
        st.html(STYLE)
        # One table per order: a clicked header would stay selected, and the next click would undo that.
        key = f"{name}-{sorting.now}"
    _mark(key, keys.index(read) if read in keys else None)
    with st.container(key=f"reading-list-{name}"):
        st.dataframe(
            rows,
            key=key,
            height=min(tallest, row_height * (len(keys) + 1) + 3),
            row_height=row_height,
            hide_index=True,
            on_select=lambda: _chosen(key, keys, pick, sorting),
            selection_mode=SORTED if sorting else ["single-row", "single-cell"],
            column_config=sorting.heads(columns) if sorting else columns,
            alt=alt,
        )


def _mark(key: str, place: int | None) -> None:
    """Mark the row being read; a cell picked in it stays, so that the arrow keys continue from there."""
    rows = [] if place is None else [place]
    before = st.session_state.get(key, {}).get("selection", {}).get("cells", [])
    cells = [cell for cell in before if cell[0] == place]
    st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": cells}}


def _chosen(key: str, keys: Sequence[str], pick: Pick, sorting: Sorting | None) -> None:
    """Do what a click asks for: on a header, to sort; else to read a row."""
    columns = st.session_state[key]["selection"]["columns"]
    if sorting is None or not columns:
        pick(_picked(key, keys))
    elif (order := sorting.after_click(columns[0])) is not None:
        sorting.go(order)


def _picked(key: str, keys: Sequence[str]) -> str | None:
    """Return the key of the row that was picked; a cell wins, since the row picked before may stay."""
    selection = st.session_state[key]["selection"]
    places = [row for row, _ in selection["cells"]] or selection["rows"]
    return keys[places[0]] if places else None


def turner(page: Page, name: str, turn: Callable[[int], None]) -> None:
    """Draw which rows of how many the page shows and, where there are several pages, their numbers.

    Args:
        page: the page that is shown.
        name: keeps this list's session key apart from others'.
        turn: called with the number of the page that was chosen.
    """
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(f"{page.first:,}–{page.last:,} of {page.total:,}")
        if page.pages > 1:
            key = f"{name}-page-{page.number}-{page.pages}"
            st.pagination(
                page.pages,
                default=page.number,
                key=key,
                max_visible_pages=5,
                on_change=lambda: turn(st.session_state[key]),
            )
