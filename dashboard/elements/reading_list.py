"""A list of texts of which one is being read: its row is marked, another is picked, its pages are turned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.elements.paging import Page

#: Called with the key of the row that was picked; with None where the pick was taken back.
Pick = Callable[[str | None], None]


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
    """
    _mark(key, keys.index(read) if read in keys else None)
    st.dataframe(
        rows,
        key=key,
        height=min(tallest, row_height * (len(keys) + 1) + 3),
        row_height=row_height,
        hide_index=True,
        on_select=lambda: pick(_picked(key, keys)),
        selection_mode=["single-row", "single-cell"],
        column_config=columns,
        alt=alt,
    )


def _mark(key: str, place: int | None) -> None:
    """Mark the row being read; a cell picked in it stays, so that the arrow keys continue from there."""
    rows = [] if place is None else [place]
    before = st.session_state.get(key, {}).get("selection", {}).get("cells", [])
    cells = [cell for cell in before if cell[0] == place]
    st.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": cells}}


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
