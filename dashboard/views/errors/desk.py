"""What the Errors page shows: the reviews that match, in order, and the file that holds them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.elements.measured import Measured
from dashboard.records.evaluations import DataChoice
from dashboard.session.desk_place import Place
from dashboard.wording import file_name
from sentiment_core.evaluation import review_order


@dataclass(frozen=True)
class Desk:
    """The models, the chosen reviews, the reader's place, all reviews, and those that match the filters."""

    models: list[Measured]
    reviews: DataChoice | None
    place: Place
    rows: pd.DataFrame
    matching: NDArray[np.int64]

    @property
    def other(self) -> Measured | None:
        """The second model, where there is one."""
        return self.models[1] if len(self.models) > 1 else None

    @property
    def ids(self) -> list[str]:
        """The reviews that match the filters, in order."""
        return [str(name) for name in self.rows["example_id"].iloc[self.matching]]

    def export(self) -> bytes:
        """Return every review that matches the filters, in order, as CSV with whose answers these are."""
        rows = self.rows.iloc[self.matching]
        other = self.other.name if self.other else None
        named = review_order.named(rows, self.models[0].name, self.place.threshold, other)
        return review_order.to_csv(named)

    @property
    def file_name(self) -> str:
        """What the export is called: `errors-reference-imdb-embedded.csv`."""
        beside = ("beside", self.other.name) if self.other else ()
        at = f"at {self.place.threshold:g}" if self.place.threshold != 0.5 else ""
        outcome = self.place.filters.outcome
        shown = "reviews" if outcome == "all" else outcome
        return file_name(shown, self.models[0].name, *beside, self._reviews, at, suffix="csv")

    @property
    def _reviews(self) -> str:
        """The reviews' name; the test split goes without saying."""
        if self.reviews is None:
            return ""
        return self.reviews.name if self.reviews.split == "test" else self.reviews.short_title
