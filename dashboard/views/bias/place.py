"""Where the reader of Bias and slices is: part, filters, pair, slice and review, in session and URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from dashboard.session.address import Address, page_number
from dashboard.session.reader import Reader

REWRITES, GROUPS, SLICES, WEAKEST, TOXICITY, FILES = (
    "rewrites",
    "groups",
    "slices",
    "weakest",
    "toxicity",
    "files",
)
PARTS = {
    REWRITES: "Rewrites",
    GROUPS: "Groups",
    SLICES: "Your slices",
    WEAKEST: "Weakest slices",
    TOXICITY: "Toxicity",
    FILES: "Files and provenance",
}
#: Which texts the rewrites are of, and which pairs are listed.
SOURCES = {"": "all texts", "reviews": "real reviews", "templates": "built-in sentences"}
SHOWS = {"": "all pairs", "flips": "pairs whose class flips"}
PART = "bias_part"
PLACE = "bias_place"
PARAMS = ("part", "attribute", "source", "show", "by", "page", "pair", "metric", "family", "slice", "review")


@dataclass(frozen=True)
class Place:
    """Where the reader is; an empty text leaves the choice to the page.

    `by` is which of the two models ranks the pairs or errors; `page` is of the list that the part shows.
    """

    part: str = REWRITES
    attribute: str = ""
    source: str = ""
    show: str = ""
    by: int = 0
    page: int = 1
    pair: str = ""
    metric: str = ""
    family: str = ""
    slice: str = ""
    review: str = ""

    def to_params(self) -> dict[str, str]:
        """Return what differs from the defaults, as query parameters."""
        given = {name: getattr(self, name) for name in PARAMS if getattr(self, name) != getattr(Place, name)}
        return {name: "b" if name == "by" else str(value) for name, value in given.items()}

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> Place:
        """Read query parameters; what cannot be read becomes the default, since people edit URLs."""
        texts = {name: params.get(name, "") for name in PARAMS}
        known: dict[str, Any] = {
            "part": texts["part"] if texts["part"] in PARTS else SLICES if texts["slice"] else REWRITES,
            "source": texts["source"] if texts["source"] in SOURCES else "",
            "show": texts["show"] if texts["show"] in SHOWS else "",
        }
        known |= {"by": int(texts["by"] == "b"), "page": page_number(texts["page"])}
        return cls(**(texts | known))


READER = Reader(PLACE, Address("bias", PARAMS), Place())
here, stay = READER.here, READER.stay


def adopt() -> Place:
    """Return where the reader is: where a control of the page went, else what the address says."""
    READER.follow(Place.from_params, arrived=PART not in st.session_state)
    if st.session_state.get(PART) != here().part:
        st.session_state[PART] = here().part
    return here()


def go(**changes: Any) -> None:
    """Go elsewhere by a control; a list starts at its first page unless the change says otherwise."""
    READER.go(replace(here(), **{"page": 1, "pair": "", "review": "", **changes}))


def part_changed() -> None:
    """Go to another part, keeping whom the rewrites are of."""
    go(part=st.session_state[PART])


def choose(label: str, name: str, titles: Mapping[str, str], *, container: Any = None, help: str = "") -> str:
    """Draw a filter that is a field of the place, and return what it says; another value goes there."""
    key = f"bias_{name}"
    now = str(getattr(here(), name))
    options = list(titles)
    st.session_state[key] = now if now in options else options[0]
    (container or st).selectbox(
        label,
        options,
        key=key,
        format_func=lambda option: titles.get(option, option),
        on_change=lambda: go(**{name: st.session_state[key]}),
        help=help or None,
    )
    return str(st.session_state[key])
