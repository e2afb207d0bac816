"""Where the reader of edited pairs is: which set, which kind of edit, which pairs, page and pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st

from dashboard.session.address import Address, page_number
from dashboard.session.reader import Reader
from sentiment_core.pairs.kinds import KINDS

#: Which pairs are listed, by the first model's answers.
SIDES = {
    "failed": "not both right",
    "edit": "only the original right",
    "right": "both right",
    "all": "all pairs",
}
#: Session keys of the controls. Streamlit forgets them when another page is shown; PLACE stays.
SET, EDIT, LISTED = "probes_pairs_set", "probes_pairs_edit", "probes_pairs_listed"
PLACE = "probes_pairs_place"
ADDRESS = Address("pairs", ("pairs", "edit", "sides", "leaf", "pair"))


@dataclass(frozen=True)
class Place:
    """Where the reader is; None leaves the choice to the page: the newest set, the page's first pair."""

    pairs: str | None = None
    edit: str = ""
    sides: str = "failed"
    page: int = 1
    pair: str | None = None

    def to_params(self) -> dict[str, str]:
        """Return what differs from the defaults, as query parameters."""
        given = {
            "pairs": self.pairs,
            "edit": self.edit,
            "sides": self.sides if self.sides != "failed" else None,
            "leaf": str(self.page) if self.page != 1 else None,
            "pair": self.pair,
        }
        return {name: value for name, value in given.items() if value}

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> Place:
        """Read query parameters; what cannot be read becomes the default, since people edit URLs."""
        edit, sides = params.get("edit", ""), params.get("sides", "")
        return cls(
            params.get("pairs") or None,
            edit if edit in KINDS else "",
            sides if sides in SIDES else "failed",
            page_number(params.get("leaf")),
            params.get("pair") or None,
        )


READER = Reader(PLACE, ADDRESS, Place())
here, go = READER.here, READER.go


def adopt() -> Place:
    """Return where the reader is: where a control went, else what the address says."""
    arrived = LISTED not in st.session_state
    followed = READER.follow(Place.from_params, arrived=arrived)
    if arrived or followed:
        st.session_state.update({EDIT: here().edit, LISTED: here().sides})
    return here()


def set_changed() -> None:
    """Go to another set of pairs."""
    go(Place(st.session_state[SET], here().edit, here().sides))


def filters_changed() -> None:
    """Go to the first page of what the filters say."""
    go(Place(here().pairs, st.session_state[EDIT], st.session_state[LISTED]))


def read(pair: str | None) -> None:
    """Read a pair of the list."""
    go(replace(here(), pair=pair)) if pair else READER.stay()


def turn(page: int) -> None:
    """Turn to a page of the list."""
    go(replace(here(), page=page, pair=None))
