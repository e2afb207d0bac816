"""Where the reader of the map is: the colours, what is picked, and the review that is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from dashboard.session.address import Address, page_number
from dashboard.session.reader import Reader
from dashboard.views.map.colours import CHOICES

#: Session keys of the controls. Streamlit forgets them when another page is shown; PLACE stays.
COLOUR, SLICE = "map_colour", "map_slice"
PLACE = "map_place"
ADDRESS = Address("map", ("colour", "slice", "picked", "page", "review"))
FIRST_SLICE = "long"


@dataclass(frozen=True)
class Place:
    """What colours the points, which slice, the name of what is picked ("" for nothing), page and review."""

    colour: str = "outcome"
    slice: str = FIRST_SLICE
    picked: str = ""
    page: int = 1
    review: str | None = None

    def to_params(self) -> dict[str, str]:
        """Return what differs from the defaults, as query parameters."""
        params = {
            "colour": self.colour if self.colour != Place().colour else "",
            "slice": self.slice if self.colour == "slice" else "",
            "picked": self.picked,
            "page": str(self.page) if self.page != 1 else "",
            "review": self.review or "",
        }
        return {name: value for name, value in params.items() if value}

    @classmethod
    def from_params(cls, params: dict[str, str]) -> Place:
        """Read query parameters; what cannot be read becomes the default."""
        colour = params.get("colour", "")
        return cls(
            colour if colour in CHOICES else Place().colour,
            params.get("slice", FIRST_SLICE),
            params.get("picked", ""),
            page_number(params.get("page")),
            params.get("review"),
        )


READER = Reader(PLACE, ADDRESS, Place())
here, go, settle = READER.here, READER.go, READER.settle


def adopt() -> Place:
    """Return where the reader is: where a control went, else what the address says."""
    arrived = COLOUR not in st.session_state
    followed = READER.follow(Place.from_params, arrived=arrived)
    place = here()
    if arrived or followed:
        values: dict[str, Any] = {COLOUR: place.colour, SLICE: place.slice}
        st.session_state.update(values)
    return place


def colours_changed() -> None:
    """Colour the same reviews by what the controls say; what is picked stays."""
    chosen = st.session_state.get(SLICE) or here().slice
    go(replace(here(), colour=st.session_state[COLOUR], slice=chosen))


def pick(name: str) -> None:
    """List other reviews, "" for none."""
    go(replace(here(), picked=name, page=1, review=None))


def read(review: str | None) -> None:
    """Read a review of the list."""
    go(replace(here(), review=review)) if review else READER.stay()


def turn(page: int) -> None:
    """Turn to a page of the list."""
    go(replace(here(), page=page, review=None))
