"""One review of a data set, by its id."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sentiment_core.data.files.bad_rows import shown
from sentiment_core.errors import DataError
from sentiment_core.schema import Dataset


@dataclass(frozen=True)
class Review:
    """One labeled review; `row` has every column of the data set."""

    example_id: str
    text: str
    label: int
    split: str
    source: str
    row: pd.Series


def review_of(dataset: Dataset, example_id: str) -> Review:
    """Return a review, whatever its split; DataError where the data set has none of that id."""
    rows = dataset.examples
    places = (rows["example_id"].astype(str) == example_id).to_numpy().nonzero()[0]
    if not len(places):
        raise DataError(
            f"'{dataset.name}' has no review {shown(example_id)}; it has {len(rows):,} other reviews"
        )
    row = rows.iloc[int(places[0])]
    source = "" if pd.isna(row["source"]) else str(row["source"])
    return Review(example_id, str(row["text"]), int(row["label"]), str(row["split"]), source, row)
