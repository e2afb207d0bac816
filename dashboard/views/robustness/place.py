"""Where the reader of the diff desk is: filters, page and text, in session and URL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from dashboard.session.address import Address, page_number
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


def adopt_place(runs: tuple[str, ...]) -> Place:
    """Return where the reader is: where a control of the desk went, else what the address says."""
    came_from_elsewhere = OUTCOME not in st.session_state
    asked = ADDRESS.followed(arrived=came_from_elsewhere)
    if asked is not None:
        show(Place.from_params(asked, runs))
    place: Place = st.session_state.get(PLACE, Place())
    if place.filters.run and place.filters.run not in runs:
        place = replace(place, filters=replace(place.filters, run=""))
        came_from_elsewhere = True
    if came_from_elsewhere:
        _fill_widgets(place.filters)
    return place


def show(place: Place) -> None:
    """Go to a place, and let the widgets say so; only before they are drawn, or in a callback."""
    st.session_state[PLACE] = place
    _fill_widgets(place.filters)


def go(place: Place) -> None:
    """Go to a place by a control: the address follows, and does not win in this run."""
    st.session_state[PLACE] = place
    ADDRESS.acted()


def here() -> Place:
    """Return where the reader was last."""
    place: Place = st.session_state.get(PLACE, Place())
    return place


def write_place(place: Place) -> None:
    """Remember the place and, where the reader went there by a control, put it into the address."""
    st.session_state[PLACE] = place
    ADDRESS.write(place.to_params())


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
