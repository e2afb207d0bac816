"""Where the reader of Trade-offs is: what is drawn against what, and the baseline."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard.session.address import Address
from dashboard.session.reader import Reader
from dashboard.views.tradeoffs.figures import COSTS, KEPT

#: Session keys of the pickers. Streamlit forgets them when another page is shown; PLACE stays.
COST, KEEPS, BASELINE = "tradeoffs_cost", "tradeoffs_keeps", "tradeoffs_baseline"
PLACE = "tradeoffs_place"
ADDRESS = Address("tradeoffs", ("cost", "keeps", "baseline"))


@dataclass(frozen=True)
class Place:
    """Names of COSTS and KEPT, and the baseline's id ("" for the page's own choice)."""

    cost: str = next(iter(COSTS))
    keeps: str = next(iter(KEPT))
    baseline: str = ""

    def to_params(self) -> dict[str, str]:
        """Return what differs from the defaults, as query parameters."""
        return {name: value for name, value in vars(self).items() if value != getattr(Place(), name)}

    @classmethod
    def from_params(cls, params: dict[str, str]) -> Place:
        """Read query parameters; what is not known becomes the default."""
        cost, keeps = params.get("cost", ""), params.get("keeps", "")
        return cls(
            cost if cost in COSTS else cls.cost,
            keeps if keeps in KEPT else cls.keeps,
            params.get("baseline", ""),
        )


READER = Reader(PLACE, ADDRESS, Place())
here, settle = READER.here, READER.settle


def adopt() -> Place:
    """Return where the reader is: where a control went, else what the address says."""
    READER.follow(Place.from_params, arrived=COST not in st.session_state)
    return here()


def picked() -> None:
    """Go to what the pickers say."""
    state = st.session_state
    READER.go(Place(state[COST], state[KEEPS], state[BASELINE]))
