"""How reviews change over time, where each has a date: length, labels and a model's confidence by period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core.data.files.bad_rows import shown
from sentiment_core.errors import DataError
from sentiment_core.schema import EXAMPLE_COLUMNS, Estimate
from sentiment_core.statistics import mean, share

#: Periods from short to long: how pandas names them, and what people call them.
UNITS = {"D": "day", "M": "month", "Q": "quarter", "Y": "year"}
#: The shortest unit is taken with which there are at most so many periods.
MOST_PERIODS = 24
#: A column is taken for dates by itself only where so many of its values are: nothing is guessed.
SHARE_OF_DATES = 0.95
#: ISO 8601, the one form in which day and month cannot be mistaken for each other.
_ISO = r"\d{4}-\d{2}(-\d{2}([T ]\d{2}:\d{2}.*)?)?"


@dataclass(frozen=True)
class Period:
    """The reviews of one period: its name, how many, and each figure with its interval.

    Attributes:
        name: "2024", "2024Q3", "2024-07" or "2024-07-15".
        n: reviews in it.
        words: mean number of words.
        positive: share of positive labels.
        confidence: mean probability of the model's answer, undefined where no model was asked.
    """

    name: str
    n: int
    words: Estimate
    positive: Estimate
    confidence: Estimate

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        figures = {name: getattr(self, name).to_json() for name in ("words", "positive", "confidence")}
        return {"period": self.name, "n": self.n, **figures}


def date_column(rows: pd.DataFrame, asked: str | None = None) -> str | None:
    """Return the column of the reviews' dates: the one asked for, else the only one that holds dates.

    Raises:
        DataError: there is no column of that name, or it holds no dates.
    """
    if asked is not None:
        if asked not in rows:
            raise DataError(
                f"there is no column {shown(asked)}; columns: {', '.join(map(str, rows.columns))}"
            )
        if dates_of(rows[asked]).notna().mean() < SHARE_OF_DATES:
            raise DataError(f"column {shown(asked)} does not hold dates; write them as 2024-07-15 (ISO 8601)")
        return asked
    others = [name for name in rows.columns if name not in EXAMPLE_COLUMNS]
    found = [name for name in others if dates_of(rows[name]).notna().mean() >= SHARE_OF_DATES]
    return str(found[0]) if len(found) == 1 else None


def dates_of(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return each value as a date, NaT where it is none: dates, or texts in the form of ISO 8601."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return pd.to_datetime(column, utc=True).dt.tz_localize(None)
    if pd.api.types.is_numeric_dtype(column):  # a year, or seconds since 1970: nobody said which
        return pd.Series(pd.NaT, index=column.index)
    texts = column.astype("string")
    iso = texts.where(texts.str.fullmatch(_ISO).fillna(False))
    return pd.to_datetime(iso, errors="coerce", format="ISO8601", utc=True).dt.tz_localize(None)


def over_time(
    rows: pd.DataFrame, column: str, confidence: Mapping[str, float] | None = None
) -> tuple[str, list[Period]]:
    """Return the unit (day, month, quarter or year) and the periods in order; empty ones are left out.

    Args:
        rows: labeled reviews (example_id, text, label) with the column.
        column: of dates, `date_column`.
        confidence: of a model's answers, by example_id; of some reviews or all.
    """
    dates = dates_of(rows[column])
    unit = next((unit for unit in UNITS if dates.dt.to_period(unit).nunique() <= MOST_PERIODS), "Y")
    named = dates.dt.to_period(unit)
    said = confidence or {}
    facts = pd.DataFrame(
        {
            "words": [float(len(str(text).split())) for text in rows["text"]],
            "positive": rows["label"].to_numpy(int),
            "confidence": [said.get(str(name), np.nan) for name in rows["example_id"]],
        },
        index=rows.index,
    )
    return UNITS[unit], [_period(str(name), part) for name, part in facts.groupby(named)]


def _period(name: str, part: pd.DataFrame) -> Period:
    return Period(
        name,
        len(part),
        mean(part["words"].to_numpy(), "no review"),
        share(int(part["positive"].sum()), len(part), "no review"),
        mean(part["confidence"].to_numpy(), "no model was asked about these reviews"),
    )
