"""Where the reader of the diff desk is: filters, page and text, in session and URL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from dashboard.session.address import Address, page_number
from dashboard.session.reader import Reader
from dashboard.views.robustness.desk import Filters

#: Session keys of the filter widgets. Streamlit forgets them when another page is shown; PLACE stays.
OUTCOME, VERDICT, RUN, SORT = "robustness_outcome", "robustness_verdict", "robustness_run", "robustness_sort"
PLACE = "robustness_place"
ADDRESS = Address("robustness", (*vars(Filters()), "page", "text"))


@dataclass(frozen=True)
class Place:
    """Where the reader is: what is shown, which page, which text (None: its first)."""

    filters: Filters = Filters()
    page: int = 1
    text: str | None = None

    def to_params(self) -> dict[str, str]:
        """Return what differs from the defaults, as query parameters."""
        params = self.filters.to_params() | ({"page": str(self.page)} if self.page != 1 else {})
        return params | ({"text": self.text} if self.text else {})

    @classmethod
    def from_params(cls, params: dict[str, str], runs: tuple[str, ...]) -> Place:
        """Read query parameters; what cannot be read becomes the default."""
        return cls(Filters.from_params(params, runs), page_number(params.get("page")), params.get("text"))


READER = Reader(PLACE, ADDRESS, Place())
here, go = READER.here, READER.go


def adopt(runs: tuple[str, ...]) -> Place:
    """Return where the reader is: where a control of the desk went, else what the address says."""
    arrived = OUTCOME not in st.session_state
    followed = READER.follow(lambda params: Place.from_params(params, runs), arrived=arrived)
    place = here()
    gone = place.filters.run and place.filters.run not in runs
    if gone:
        place = replace(place, filters=replace(place.filters, run=""))
    if arrived or followed or gone:
        _fill_widgets(place.filters)
    return place


def reset() -> None:
    """Go to the start by a control, and set the widgets to it; only in a callback."""
    READER.go(Place())
    _fill_widgets(Filters())


def widget_filters() -> Filters:
    """Return what the filter widgets say; a widget that is not drawn says its default."""
    get, default = st.session_state.get, Filters()
    return Filters(
        get(OUTCOME, default.outcome),
        get(VERDICT, default.verdict),
        get(RUN, "") or "",
        get(SORT, default.sort),
    )


def _fill_widgets(filters: Filters) -> None:
    values: dict[str, Any] = {
        OUTCOME: filters.outcome,
        VERDICT: filters.verdict,
        RUN: filters.run,
        SORT: filters.sort,
    }
    st.session_state.update(values)
