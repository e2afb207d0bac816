"""What the Errors page remembers: its filters and the review being read, in session and URL; cached desks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard.records import evaluations
from dashboard.session import selection
from dashboard.session.address import Address, page_number
from dashboard.session.reader import Reader
from sentiment_core.classifiers.base import ShowsTruncation, Span
from sentiment_core.evaluation import review_order
from sentiment_core.evaluation.review_order import Filters

#: Session keys of the filter widgets. Streamlit forgets them when another page is shown; PLACE stays.
OUTCOME, SORT, SEARCH, CONFIDENCE = "desk_outcome", "desk_sort", "desk_search", "desk_confidence"
WORDS_LOW, WORDS_HIGH, AGREEMENT, SOURCE = (
    "desk_words_low",
    "desk_words_high",
    "desk_agreement",
    "desk_source",
)
PLACE = "desk_place"

PARAMS = (*vars(Filters()), "threshold", "page", "review")
ADDRESS = Address("desk", PARAMS)


@dataclass(frozen=True)
class Place:
    """Where the reader is: what is shown, at which threshold, which page, which review (None: its first)."""

    filters: Filters = Filters()
    threshold: float = 0.5
    page: int = 1
    review: str | None = None

    def to_params(self) -> dict[str, str]:
        """Return what differs from the defaults, as query parameters."""
        params = self.filters.to_params()
        params |= {"threshold": f"{self.threshold:g}"} if self.threshold != 0.5 else {}
        params |= {"page": str(self.page)} if self.page != 1 else {}
        return params | ({"review": self.review} if self.review else {})

    @classmethod
    def from_params(cls, params: dict[str, str]) -> Place:
        """Read query parameters; what cannot be read becomes the default."""
        return cls(
            Filters.from_params(params),
            read_threshold(params.get("threshold")),
            page_number(params.get("page")),
            params.get("review"),
        )


def read_threshold(given: str | None) -> float:
    """Return a threshold from the URL, or 0.5 where it is none."""
    try:
        threshold = float(given) if given else 0.5
    except ValueError:
        return 0.5
    return threshold if 0 <= threshold <= 1 else 0.5


def link_params(filters: Filters, threshold: float) -> dict[str, str]:
    """Return the query parameters of a link that opens Errors with these filters."""
    shared = {name: st.session_state[name] for name in selection.SHARED if st.session_state.get(name)}
    return shared | Place(filters, threshold).to_params() | {"outcome": filters.outcome}


READER = Reader(PLACE, ADDRESS, Place())
acted = READER.stay
write_place = READER.settle


def adopt_place() -> Place:
    """Return where the reader is: where a control of the desk went, else what the address says."""
    arrived = OUTCOME not in st.session_state
    followed = READER.follow(Place.from_params, arrived=arrived)
    if arrived or followed:
        _fill_widgets(READER.here().filters)
    return READER.here()


def within(place: Place, rows: pd.DataFrame, sources: Sequence[str]) -> Place:
    """Return the place without what these reviews do not have (an old link, other data or models chosen)."""
    filters = place.filters
    if filters.source and filters.source not in sources:
        filters = replace(filters, source="")
    if review_order.SORTS[filters.sort][0] not in rows:
        filters = replace(filters, sort=Filters().sort)
    if filters != place.filters:
        _fill_widgets(filters)
    return replace(place, filters=filters)


def show(place: Place) -> None:
    """Go to a place, and let the widgets say so; only before they are drawn, or in a callback."""
    READER.move(place)
    _fill_widgets(place.filters)


def _fill_widgets(filters: Filters) -> None:
    values: dict[str, Any] = {
        OUTCOME: filters.outcome,
        SORT: filters.sort,
        SEARCH: filters.search,
        CONFIDENCE: (filters.confidence_low, filters.confidence_high),
        WORDS_LOW: filters.words_low,
        WORDS_HIGH: filters.words_high,
        AGREEMENT: filters.agreement,
        SOURCE: filters.source,
    }
    st.session_state.update(values)


def widget_filters() -> Filters:
    """Return what the filter widgets say; a widget that is not drawn says its default."""
    get, default = st.session_state.get, Filters()
    low, high = get(CONFIDENCE, (default.confidence_low, default.confidence_high))
    return Filters(
        outcome=get(OUTCOME, default.outcome),
        search=get(SEARCH) or "",
        confidence_low=low,
        confidence_high=high,
        words_low=get(WORDS_LOW) or 0,
        words_high=get(WORDS_HIGH) or None,
        agreement=get(AGREEMENT) or default.agreement,
        source=get(SOURCE) or "",
        sort=get(SORT, default.sort),
    )


# --- cached desks: runs never change, so their ids and the filters name everything ---------------


@st.cache_resource(max_entries=8, show_spinner="Laying out the reviews")
def rows(run_a: str, run_b: str | None, threshold: float) -> pd.DataFrame:
    """Return the desk of one evaluation (and a second beside it); shared by all visitors, so read-only."""
    return review_order.at_threshold(_laid_out(run_a, run_b), threshold)


@st.cache_resource(max_entries=4, show_spinner=False)
def _laid_out(run_a: str, run_b: str | None) -> pd.DataFrame:
    """Return the desk at one half: what takes time does not depend on the threshold."""
    first = evaluations.open_evaluation(run_a)
    other = evaluations.open_evaluation(run_b).frame if run_b else None
    examples = evaluations.dataset(first.fingerprint).examples
    return review_order.desk(examples, first.frame, other, words=evaluations.words(first.fingerprint))


@st.cache_resource(max_entries=64, show_spinner=False)
def matching(run_a: str, run_b: str | None, threshold: float, filters: Filters) -> NDArray[np.int64]:
    """Return the places of the rows that pass the filters, in order."""
    return review_order.matching(rows(run_a, run_b, threshold), filters)


@st.cache_data(max_entries=256, show_spinner=False)
def spans(model_id: str, text: str) -> list[Span]:
    """Return which stretches of a review a model reads; nothing where it cannot say."""
    model = evaluations.classifier(model_id)
    return [Span(*span) for span in model.spans(text)] if isinstance(model, ShowsTruncation) else []
