"""Figures by period: only what cannot be mistaken is a date, and each figure is of its period's reviews."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sentiment_core import periods
from sentiment_core.errors import DataError


def reviews(**columns):
    n = len(next(iter(columns.values())))
    ids = [f"r{place}" for place in range(n)]
    frame = pd.DataFrame({"example_id": ids, "text": ["a b c"] * n, "label": np.arange(n) % 2})
    return frame.assign(split="test", source="", **columns)


MONTHS = ["2024-01-05", "2024-01-20", "2024-03-01", "2024-03-02T10:00:00Z"]


def test_the_only_column_of_dates_is_found_and_nothing_else_is_taken_for_one():
    assert periods.date_column(reviews(posted=MONTHS)) == "posted"
    assert periods.date_column(reviews(posted=pd.to_datetime(["2024-01-05"] * 4))) == "posted"
    for other in ([2020, 2021, 2022, 2023], ["03/04/2024"] * 4, ["5 stars"] * 4, [None] * 4, ["🎬"] * 4):
        assert periods.date_column(reviews(column=other)) is None
    assert periods.date_column(reviews(posted=MONTHS, changed=MONTHS)) is None, "which one, nobody said"
    assert periods.date_column(reviews(posted=MONTHS, changed=MONTHS), "changed") == "changed"


def test_a_column_that_is_not_there_or_holds_no_dates_is_refused_in_one_line():
    with pytest.raises(DataError, match="no column 'when'"):
        periods.date_column(reviews(posted=MONTHS), "when")
    with pytest.raises(DataError, match="ISO 8601"):
        periods.date_column(reviews(posted=["03/04/2024"] * 4), "posted")


def test_each_period_has_the_figures_of_its_own_reviews():
    rows = reviews(posted=MONTHS).assign(text=["a", "a b c", "a b", "a b"], label=[0, 1, 1, 1])
    unit, found = periods.over_time(rows, "posted", {"r0": 0.9, "r1": 0.7})
    assert unit == "day" and [one.n for one in found] == [1, 1, 1, 1]
    many = pd.concat(
        [reviews(posted=[f"2024-{month:02d}-{day:02d}"]) for month in (1, 2) for day in range(1, 29)]
    )
    many = many.assign(example_id=[f"r{place}" for place in range(56)], label=[0] * 28 + [1] * 28)
    unit, found = periods.over_time(many, "posted", {f"r{place}": 0.75 for place in range(28)})
    assert unit == "month" and [one.name for one in found] == ["2024-01", "2024-02"]
    assert [one.positive.value for one in found] == [0, 1] and found[0].positive.ci_high > 0
    assert found[0].confidence.value == 0.75 and found[0].confidence.n == 28
    assert not found[1].confidence.defined and "no model" in found[1].confidence.reason
    assert found[0].words.value == 3


def test_reviews_without_a_date_are_in_no_period():
    rows = reviews(posted=[*["2024-01-05"] * 39, None])
    _, found = periods.over_time(rows, periods.date_column(rows))
    assert sum(one.n for one in found) == 39
