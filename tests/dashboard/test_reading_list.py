"""A list of which the browser has one page: what a click on a row or on a header does."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st

from dashboard.elements import reading_list
from dashboard.elements.reading_list import AS_LISTED, Sorting
from dashboard.views.errors import widgets as errors_widgets
from dashboard.wording import LONGEST_FILE_NAME, file_name
from sentiment_core.evaluation.review_order import SORTS

ORDERS = {"loss": ("loss", "least-loss"), "words": ("longest", "shortest")}


def sorting(now: str, went: list[str] | None = None) -> Sorting:
    return Sorting(
        now, ORDERS, frozenset({"least-loss", "shortest"}), (went if went is not None else []).append
    )


def clicked(monkeypatch: pytest.MonkeyPatch, sorted_by: Sorting | None, **selected: Any) -> list[str | None]:
    """Return what was picked when a browser sent this selection of a list of a, b and c."""
    state = {"list": {"selection": {"rows": [], "columns": [], "cells": []} | selected}}
    monkeypatch.setattr(st, "session_state", state)
    picked: list[str | None] = []
    reading_list._chosen("list", ["a", "b", "c"], picked.append, sorted_by)
    return picked


def test_a_header_sorts_the_whole_list_and_a_second_click_turns_it_round(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for now, wanted in (("loss", "longest"), ("longest", "shortest"), ("shortest", "longest")):
        went: list[str] = []
        assert clicked(monkeypatch, sorting(now, went), columns=["words"], rows=[1]) == []
        assert went == [wanted]


def test_a_header_of_a_list_that_is_not_sorted_by_columns_does_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert clicked(monkeypatch, AS_LISTED, columns=["words"], rows=[1]) == []
    assert clicked(monkeypatch, sorting("loss"), columns=["review"], rows=[1]) == []


def test_a_cell_that_was_picked_wins_over_the_row_picked_before(monkeypatch: pytest.MonkeyPatch) -> None:
    assert clicked(monkeypatch, sorting("loss"), rows=[1], cells=[(2, "words")]) == ["c"]
    assert clicked(monkeypatch, None, rows=[1]) == ["b"]
    assert clicked(monkeypatch, None) == [None]


def test_an_arrow_stands_in_the_head_of_the_column_that_sorts() -> None:
    columns = {"loss": {"label": "Loss"}, "words": {"label": "Words"}, "review": {"label": "Review"}}
    heads = {now: [c["label"] for c in sorting(now).heads(columns).values()] for now in ("loss", "shortest")}
    assert heads == {"loss": ["Loss ↓", "Words", "Review"], "shortest": ["Loss", "Words ↑", "Review"]}


def test_every_order_of_the_errors_list_can_be_picked_by_a_header_and_has_a_title() -> None:
    by_header = {name for pair in errors_widgets.ORDERS.values() for name in pair}
    assert by_header == set(SORTS) == set(errors_widgets.SORT_TITLES) | set(errors_widgets.BESIDE_TITLES)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("errors", "reference", "imdb-embedded"), "errors-reference-imdb-embedded.csv"),
        (("errors", "", "my model", "a/b\\c:d.csv"), "errors-my-model-a-b-c-d.csv.csv"),
        (("مراجعات", "../../x"), "مراجعات-x.csv"),
        (("\U0001f600", ""), "reelcheck.csv"),
        (('<script>"\n\x00',), "script.csv"),
    ],
)
def test_a_files_name_says_what_is_in_it_and_holds_nothing_a_file_system_refuses(
    parts: tuple[str, ...], name: str
) -> None:
    assert file_name(*parts, suffix="csv") == name


def test_a_files_name_is_never_too_long() -> None:
    assert len(file_name("x" * 50_000, suffix="csv")) <= LONGEST_FILE_NAME + 4
