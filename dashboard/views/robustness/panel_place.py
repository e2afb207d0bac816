"""Where the reader of a blind panel is: which panel and which of its texts, in session and URL."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from dashboard.session.address import Address, page_number
from dashboard.session.reader import Reader

#: Session key of the choice of panels. Streamlit forgets it when another page is shown; PLACE stays.
PICKED = "robustness_panel"
PLACE = "robustness_panel_place"
ADDRESS = Address("panel", ("panel", "item"))


@dataclass(frozen=True)
class Place:
    """Where the reader is; None leaves the choice to the page: the newest panel, its first unread text."""

    panel: str | None = None
    item: int | None = None

    def to_params(self) -> dict[str, str]:
        """Return what differs from the defaults, as query parameters."""
        params = {"panel": self.panel or "", "item": str(self.item) if self.item else ""}
        return {name: value for name, value in params.items() if value}

    @classmethod
    def from_params(cls, params: dict[str, str]) -> Place:
        """Read query parameters; what cannot be read becomes the default."""
        item = page_number(params["item"]) if params.get("item") else None
        return cls(params.get("panel") or None, item)


READER = Reader(PLACE, ADDRESS, Place())
here, go, settle = READER.here, READER.go, READER.settle


def adopt() -> Place:
    """Return where the reader is: where a control went, else what the address says."""
    READER.follow(Place.from_params, arrived=PICKED not in st.session_state)
    return here()


def pick(panel: str) -> None:
    """Go to another panel."""
    st.session_state.pop(PICKED, None)
    go(Place(panel))


def picked() -> None:
    """Go to the panel that the control says."""
    go(Place(st.session_state[PICKED]))


def read(item: int | None) -> None:
    """Read a text of the panel."""
    go(replace(here(), item=item))
