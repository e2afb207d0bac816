"""Pages of a list, on any page that has one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dashboard.elements import paging


def test_pages_hold_every_row_once_and_in_order() -> None:
    frame = pd.DataFrame({"example_id": [f"r{i}" for i in range(60)]})
    places = np.arange(60)[::-1]
    pages = [paging.page_of(frame, number, places) for number in (1, 2, 3)]
    assert pd.concat([page.rows for page in pages])["example_id"].tolist() == list(frame["example_id"])[::-1]
    assert [(page.first, page.last) for page in pages] == [(1, 25), (26, 50), (51, 60)]


@pytest.mark.parametrize(("asked", "given"), [(-4, 1), (0, 1), (2, 2), (3, 3), (99, 3)])
def test_a_page_off_the_end_gives_the_nearest_page(asked: int, given: int) -> None:
    frame = pd.DataFrame({"example_id": [f"r{i}" for i in range(60)]})
    assert paging.page_of(frame, asked, np.arange(60)).number == given


def test_no_rows_make_one_empty_page() -> None:
    page = paging.page_of(pd.DataFrame({"example_id": []}), 1, np.arange(0))
    assert (page.number, page.pages, page.first, page.last, page.total) == (1, 1, 0, 0, 0)


def test_without_places_the_whole_list_is_paged() -> None:
    frame = pd.DataFrame({"example_id": [f"r{i}" for i in range(30)]})
    assert paging.page_of(frame, 2).rows["example_id"].tolist() == ["r25", "r26", "r27", "r28", "r29"]


@pytest.mark.parametrize(("key", "number"), [("r0", 1), ("r24", 1), ("r25", 2), ("gone", 3), (None, 3)])
def test_the_page_that_holds_the_row_being_read_is_shown(key: str | None, number: int) -> None:
    frame = pd.DataFrame({"key": [f"r{i}" for i in range(60)]})
    assert paging.page_with(frame, frame["key"].tolist(), key, 3).number == number


def test_a_row_is_found_at_its_place_among_the_filtered() -> None:
    keys, places = pd.Series(list("abcd")), np.array([3, 1])
    found = [paging.position(keys, places, key) for key in ("d", "b", "a", "no such row")]
    assert found == [0, 1, None, None]
