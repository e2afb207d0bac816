"""Where the reader of the suspects is: filters, page and review, in session and URL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from dashboard.session.address import Address, page_number
from dashboard.session.reader import Reader

#: Session keys of the filters. Streamlit forgets them when another page is shown; PLACE stays.
KIND, JUDGED = "labels_kind", "labels_judged"
PLACE = "labels_place"
KINDS = {"": "all suspects", "flip": "look flipped", "ambiguous": "ambiguous"}
STATES = {"": "judged or not", "open": "not judged yet", "judged": "judged", "disputed": "disputed"}
ADDRESS = Address("labels", ("kind", "judged", "page", "review"))


@dataclass(frozen=True)
class Place:
    """Which suspects are listed, which page of them, and which is read (None: the page's first)."""

    kind: str = ""
    judged: str = ""
    page: int = 1
    review: str | None = None

    def to_params(self) -> dict[str, str]:
        """Return what differs from the defaults, as query parameters."""
        page = str(self.page) if self.page != 1 else ""
        params = {"kind": self.kind, "judged": self.judged, "page": page, "review": self.review or ""}
        return {name: value for name, value in params.items() if value}

    @classmethod
    def from_params(cls, params: dict[str, str]) -> Place:
        """Read query parameters; what cannot be read becomes the default."""
        kind, judged = params.get("kind", ""), params.get("judged", "")
        return cls(
            kind if kind in KINDS else "",
            judged if judged in STATES else "",
            page_number(params.get("page")),
            params.get("review"),
        )


READER = Reader(PLACE, ADDRESS, Place())
here, go, settle = READER.here, READER.go, READER.settle


def adopt() -> Place:
    """Return where the reader is: where a control went, else what the address says."""
    arrived = KIND not in st.session_state
    followed = READER.follow(Place.from_params, arrived=arrived)
    place = here()
    if arrived or followed:
        values: dict[str, Any] = {KIND: place.kind, JUDGED: place.judged}
        st.session_state.update(values)
    return place


def filters_changed() -> None:
    """Go to the first page of what the filters say."""
    go(Place(st.session_state[KIND], st.session_state[JUDGED]))


def read(review: str | None) -> None:
    """Read a review of the list."""
    go(replace(here(), review=review)) if review else READER.stay()


def turn(page: int) -> None:
    """Turn to a page of the list."""
    go(replace(here(), page=page, review=None))
