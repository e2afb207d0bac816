"""Where the reader of the Probes page is: part, cell, which cases, page and case, in session and URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st

from dashboard.session.address import Address, page_number
from dashboard.session.reader import Reader

LANGUAGE, REVIEWS, EDITED, OWN, FILES = "language", "reviews", "edited", "own", "runs"
PARTS = {
    LANGUAGE: "Language",
    REVIEWS: "Changed reviews",
    EDITED: "Edited pairs",
    OWN: "Your own",
    FILES: "Runs",
}
#: Which of a cell's cases are listed.
SHOWS = ("failed", "both", "all")
PART = "probes_part"
PLACE = "probes_place"
ADDRESS = Address("probes", ("part", "run", "cell", "by", "show", "page", "case"))


@dataclass(frozen=True)
class Place:
    """Where the reader is; None leaves the choice to the page: the worst cell, its first case.

    `by` is which of the two models the cell is of; with `run`, one stored run is shown instead of the models.
    """

    part: str = LANGUAGE
    capability: str | None = None
    severity: int | None = None
    by: int = 0
    show: str = "failed"
    page: int = 1
    case: str | None = None
    run: str | None = None

    def to_params(self) -> dict[str, str]:
        """Return what differs from the defaults, as query parameters."""
        cell = f"{self.capability}~{self.severity}" if self.severity else self.capability
        given = {
            "part": self.part if self.part != LANGUAGE else None,
            "cell": cell,
            "by": "b" if self.by else None,
            "show": self.show if self.show != "failed" else None,
            "page": str(self.page) if self.page != 1 else None,
            "case": self.case,
            "run": self.run,
        }
        return {name: value for name, value in given.items() if value}

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> Place:
        """Read query parameters; what cannot be read becomes the default, since people edit URLs."""
        capability, _, severity = params.get("cell", "").partition("~")
        part, show = (params.get(name, "") for name in ("part", "show"))
        return cls(
            part if part in PARTS else LANGUAGE,
            capability or None,
            int(severity) if severity in ("1", "2", "3") else None,
            int(params.get("by") == "b"),
            show if show in SHOWS else "failed",
            page_number(params.get("page")),
            params.get("case") or None,
            params.get("run") or None,
        )


READER = Reader(PLACE, ADDRESS, Place())
here, go = READER.here, READER.go


def adopt() -> Place:
    """Return where the reader is: where a control of the page went, else what the address says."""
    arrived = PART not in st.session_state
    followed = READER.follow(Place.from_params, arrived=arrived)
    if arrived and not followed:
        READER.move(replace(here(), run=None))
    if arrived or followed:
        st.session_state[PART] = here().part
    return here()


# --- what the controls do ------------------------------------------------------------------------


def part_changed() -> None:
    """Go to another part, where its worst cell is picked."""
    go(Place(part=st.session_state[PART], run=here().run))


def show_changed(key: str) -> None:
    """List other cases of the same cell."""
    show = st.session_state[key]
    go(replace(here(), show=show if show in SHOWS else "failed", page=1, case=None))


def pick_cell(capability: str, severity: int | None, by: int) -> None:
    """Go to a cell, keeping which of its cases are listed."""
    go(replace(here(), capability=capability, severity=severity, by=by, page=1, case=None))


def read(case: str) -> None:
    """Go to a case of the cell."""
    go(replace(here(), case=case))


def turn(page: int) -> None:
    """Go to another page of the cell's cases."""
    go(replace(here(), page=page, case=None))


def see(capability: str) -> None:
    """Go to a capability in the matrix; the part's control follows in the next run."""
    st.session_state.pop(PART, None)
    go(Place(capability=capability, run=here().run))


def show_kept(run_id: str) -> None:
    """Show one stored run instead of the chosen models."""
    st.session_state.pop(PART, None)
    _go_now(Place(run=run_id))


def leave_kept() -> None:
    """Show the chosen models again."""
    _go_now(replace(here(), run=None))


def _go_now(place: Place) -> None:
    """Go to a place in the midst of a run, which is about to be drawn again."""
    READER.go(place)
    READER.settle(place)
