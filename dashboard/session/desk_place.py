"""What the Errors page remembers: its filters and the review being read, in session and URL; cached desks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard.records import evaluations, slices
from dashboard.session import selection
from dashboard.session.address import Address, page_number
from dashboard.session.reader import Reader
from sentiment_core.classifiers.base import ShowsTruncation, Span
from sentiment_core.evaluation import review_order
from sentiment_core.evaluation.review_order import Filters

if TYPE_CHECKING:
    from attacks.own.slices import OwnSlice

#: Session key of the filter on outcomes, which Streamlit forgets when another page is shown; PLACE stays.
OUTCOME = "desk_outcome"
PLACE = "desk_place"

PARAMS = (*vars(Filters()), "threshold", "page", "review")
ADDRESS = Address("desk", PARAMS)


@dataclass(frozen=True)
class Place:
    """Where the reader is: what is shown, at which threshold, which page, which review (None: its first)."""

    filters: Filters = Filters()
    threshold: float = 0.5
    page: int = 1
    review: str | None = None

    def to_params(self) -> dict[str, str]:
        """Return what differs from the defaults, as query parameters."""
        params = self.filters.to_params()
        params |= {"threshold": f"{self.threshold:g}"} if self.threshold != 0.5 else {}
        params |= {"page": str(self.page)} if self.page != 1 else {}
        return params | ({"review": self.review} if self.review else {})

    @classmethod
    def from_params(cls, params: dict[str, str]) -> Place:
        """Read query parameters; what cannot be read becomes the default."""
        return cls(
            Filters.from_params(params),
            read_threshold(params.get("threshold")),
            page_number(params.get("page")),
            params.get("review"),
        )


def read_threshold(given: str | None) -> float:
    """Return a threshold from the URL, or 0.5 where it is none."""
    try:
        threshold = float(given) if given else 0.5
    except ValueError:
        return 0.5
    return threshold if 0 <= threshold <= 1 else 0.5


def link_params(filters: Filters, threshold: float) -> dict[str, str]:
    """Return the query parameters of a link that opens Errors with these filters."""
    shared = {name: st.session_state[name] for name in selection.SHARED if st.session_state.get(name)}
    return shared | Place(filters, threshold).to_params() | {"outcome": filters.outcome}


READER = Reader(PLACE, ADDRESS, Place())
acted = READER.stay
write_place = READER.settle


def adopt_place() -> Place:
    """Return where the reader is: where a control of the desk went, else what the address says."""
    READER.follow(Place.from_params, arrived=OUTCOME not in st.session_state)
    return READER.here()


# --- cached desks: runs never change, so their ids and the filters name everything ---------------


@st.cache_resource(max_entries=8, show_spinner="Laying out the reviews")
def rows(run_a: str, run_b: str | None, threshold: float) -> pd.DataFrame:
    """Return the desk of one evaluation (and a second beside it); shared by all visitors, so read-only."""
    return review_order.at_threshold(_laid_out(run_a, run_b), threshold)


@st.cache_resource(max_entries=4, show_spinner=False)
def _laid_out(run_a: str, run_b: str | None) -> pd.DataFrame:
    """Return the desk at one half: what takes time does not depend on the threshold."""
    first = evaluations.open_evaluation(run_a)
    other = evaluations.open_evaluation(run_b).frame if run_b else None
    examples = evaluations.dataset(first.fingerprint).examples
    return review_order.desk(examples, first.frame, other, words=evaluations.words(first.fingerprint))


def matching(run_a: str, run_b: str | None, threshold: float, filters: Filters) -> NDArray[np.int64]:
    """Return the places of the rows that pass the filters, in order; SliceError where a slice is not here."""
    return _matching(run_a, run_b, threshold, filters, slices.defined(filters.slices))


@st.cache_resource(max_entries=64, show_spinner=False)
def _matching(
    run_a: str, run_b: str | None, threshold: float, filters: Filters, defined: tuple[OwnSlice, ...]
) -> NDArray[np.int64]:
    """Return the places; `defined` are the filters' slices as they are now, since a user may change them."""
    found, runs = rows(run_a, run_b, threshold), (run_a, *([run_b] if run_b else []))
    first = evaluations.open_evaluation(run_a)
    inside = None
    if defined:
        kept = slices.inside(first.fingerprint, first.split, runs, defined)
        inside = kept.reindex(found["example_id"]).fillna(False).to_numpy(dtype=bool)
    if filters.training != "any" and (ids := _seen(runs)) is not None:
        found = found.assign(seen=found["example_id"].isin(ids))
    return review_order.matching(found, filters, inside)


def _seen(runs: tuple[str, ...]) -> pd.Index | None:
    """Return the reviews that one of the models was trained on; None where that is not known of any."""
    marks = {run_id: slices.seen(run_id) for run_id in runs}
    frames = [
        evaluations.open_evaluation(run_id).frame["example_id"][mark]
        for run_id, mark in marks.items()
        if mark is not None
    ]
    return pd.Index(pd.concat(frames)) if frames else None


@st.cache_data(max_entries=256, show_spinner=False)
def spans(model_id: str, text: str) -> list[Span]:
    """Return which stretches of a review a model reads; nothing where it cannot say."""
    model = evaluations.classifier(model_id)
    return [Span(*span) for span in model.spans(text)] if isinstance(model, ShowsTruncation) else []
