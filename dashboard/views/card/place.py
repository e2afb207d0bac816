"""Where the reader of Card is: which sections are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.session.address import Address
from dashboard.session.reader import Reader

#: The session key of the pills. Streamlit forgets it when another page is shown; PLACE stays.
SECTIONS = "card_sections"
PLACE = "card_place"
ADDRESS = Address("card", ("without",))


@dataclass(frozen=True)
class Place:
    """Names of the sections that are left out."""

    without: tuple[str, ...] = ()

    def to_params(self) -> dict[str, str]:
        """Return what differs from the defaults, as query parameters."""
        return {"without": ",".join(self.without)} if self.without else {}

    @classmethod
    def from_params(cls, params: dict[str, str]) -> Place:
        """Read query parameters."""
        return cls(tuple(name for name in params.get("without", "").split(",") if name))


READER = Reader(PLACE, ADDRESS, Place())
here, go, settle = READER.here, READER.go, READER.settle


def adopt(known: Sequence[str]) -> Place:
    """Return where the reader is, without names that are those of no section."""
    followed = READER.follow(Place.from_params, arrived=SECTIONS not in st.session_state)
    at = Place(tuple(name for name in here().without if name in known))
    if followed or SECTIONS not in st.session_state:
        st.session_state[SECTIONS] = [name for name in known if name not in at.without]
    return at


def picked(known: tuple[str, ...]) -> None:
    """Leave out the sections that the pills leave out."""
    chosen = st.session_state[SECTIONS]
    go(Place(tuple(name for name in known if name not in chosen)))
