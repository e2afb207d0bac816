"""Lists in pages of 25 rows: one page of them, and on which page a row is. No streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

PAGE_SIZE = 25


@dataclass(frozen=True)
class Page:
    """One page of rows: rows `first` to `last` (from 1) of `total`."""

    rows: pd.DataFrame
    number: int
    pages: int
    first: int
    last: int
    total: int


def page_of(
    rows: pd.DataFrame, number: int, places: NDArray[np.int64] | None = None, size: int = PAGE_SIZE
) -> Page:
    """Return page `number` (from 1); a number off either end gives the nearest page.

    Args:
        rows: the whole list.
        number: of the page.
        places: the rows that are listed, by position and in order; default all.
        size: rows per page.
    """
    total = len(rows) if places is None else len(places)
    pages = max(1, -(-total // size))
    number = min(max(1, number), pages)
    start = (number - 1) * size
    listed = slice(start, start + size)
    shown = rows.iloc[listed if places is None else places[listed]]
    return Page(shown, number, pages, start + 1 if total else 0, start + len(shown), total)


def number_of(at: int | None, otherwise: int, size: int = PAGE_SIZE) -> int:
    """Return the number of the page that holds the row at a position (from 0); without one, `otherwise`."""
    return otherwise if at is None else at // size + 1


def page_with(rows: pd.DataFrame, keys: Sequence[str], key: str | None, otherwise: int) -> Page:
    """Return the page of the row with this key, or page `otherwise` where no row has it."""
    return page_of(rows, number_of(keys.index(key) if key in keys else None, otherwise))


def position(keys: pd.Series[str], places: NDArray[np.int64], key: str) -> int | None:
    """Return where among `places` (from 0) the row with a key is, or None where it is not among them."""
    here = np.flatnonzero(keys == key)
    found = np.flatnonzero(places == here[0]) if len(here) else here
    return int(found[0]) if len(found) else None
