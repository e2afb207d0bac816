"""Where the reader of Improve is: the pair of models, the decision shown, and the page of the ledger."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from dashboard.session.address import Address, page_number
from dashboard.session.reader import Reader

#: Session keys of the pickers. Streamlit forgets them when another page is shown; PLACE stays.
NEW, BASELINE = "improve_new", "improve_baseline"
PLACE = "improve_place"
ADDRESS = Address("improve", ("new", "baseline", "decision", "page"))


@dataclass(frozen=True)
class Place:
    """Ids of both models ("" for the page's own choice), of a decision ("" for the newest), and a page."""

    new: str = ""
    baseline: str = ""
    decision: str = ""
    page: int = 1

    def to_params(self) -> dict[str, str]:
        """Return what differs from the defaults, as query parameters."""
        params = {"new": self.new, "baseline": self.baseline, "decision": self.decision}
        params["page"] = str(self.page) if self.page != 1 else ""
        return {name: value for name, value in params.items() if value}

    @classmethod
    def from_params(cls, params: dict[str, str]) -> Place:
        """Read query parameters; what cannot be read becomes the default."""
        names = {name: params.get(name, "") for name in ("new", "baseline", "decision")}
        return cls(**names, page=page_number(params.get("page")))


READER = Reader(PLACE, ADDRESS, Place())
here, go, settle = READER.here, READER.go, READER.settle


def adopt() -> Place:
    """Return where the reader is: where a control went, else what the address says."""
    READER.follow(Place.from_params, arrived=NEW not in st.session_state)
    return here()


def picked() -> None:
    """Go to the pair that the pickers say."""
    go(Place(st.session_state[NEW], st.session_state[BASELINE]))


def read(new: str, baseline: str, decision: str) -> None:
    """Show a decision of the ledger."""
    go(replace(here(), new=new, baseline=baseline, decision=decision))


def turn(page: int) -> None:
    """Turn to a page of the ledger."""
    go(replace(here(), page=page))
