"""The reviews that slices are cut from: their properties and the models' answers, read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.elements.measured import Measured
from dashboard.records import evaluations, slices
from dashboard.records.evaluations import DataChoice

if TYPE_CHECKING:
    from attacks.own.slices import OwnSlice
    from attacks.slices.properties import Property


@dataclass(frozen=True)
class Reviews:
    """The chosen reviews as the chosen models read them; `runs` are their evaluations, in order."""

    fingerprint: str
    split: str
    runs: tuple[str, ...]

    @property
    def answered(self) -> pd.DataFrame:
        """Return example_id, text, label, and the probabilities prob_0 (and prob_1); read-only."""
        return _answered(self.fingerprint, self.split, self.runs)

    @property
    def properties(self) -> pd.DataFrame:
        """Return what a query can name, in the order of `answered`; read-only."""
        return slices.properties(self.fingerprint, self.split, self.runs)

    def mask(self, own: OwnSlice) -> pd.Series[bool]:
        """Return whether each review is in a slice, missing where that is open; SliceError if it is wrong."""
        return _mask(self.fingerprint, self.split, self.runs, own.query, own.pattern)

    def figures(self, own: OwnSlice) -> list[pd.DataFrame]:
        """Return the gaps between a slice and the other reviews, a table a model."""
        return _figures(self.fingerprint, self.split, self.runs, own.query, own.pattern)


def of(models: Sequence[Measured], choice: DataChoice) -> Reviews:
    """Return the reviews that these models were measured on."""
    return Reviews(choice.fingerprint, choice.split, tuple(model.run_id for model in models))


def known_columns(reviews: Reviews) -> dict[str, Property]:
    """Return the columns that these reviews have something in, with what they say."""
    from attacks.slices.properties import CATEGORY, NUMBER, PROPERTIES, YES_NO, Property

    frame = reviews.properties
    there = [str(name) for name in frame.columns if frame[name].notna().any()]

    def kind(name: str) -> str:
        if pd.api.types.is_bool_dtype(frame[name]):
            return YES_NO
        return NUMBER if pd.api.types.is_numeric_dtype(frame[name]) else CATEGORY

    return {
        name: PROPERTIES.get(name) or Property(name, "A column of the data", kind(name), None)
        for name in there
    }


def _examples(fingerprint: str, split: str) -> pd.DataFrame:
    return slices.examples(fingerprint, split)


@st.cache_resource(max_entries=8, show_spinner=False)
def _answered(fingerprint: str, split: str, runs: tuple[str, ...]) -> pd.DataFrame:
    rows = _examples(fingerprint, split)[["example_id", "text", "label"]]
    for place, run_id in enumerate(runs):
        said = evaluations.open_evaluation(run_id).frame.set_index("example_id")["prob_positive"]
        rows = rows.assign(**{f"prob_{place}": rows["example_id"].map(said).astype(float)})
    return rows


@st.cache_data(max_entries=64, show_spinner="Finding the reviews")
def _mask(
    fingerprint: str, split: str, runs: tuple[str, ...], query: str | None, pattern: str | None
) -> pd.Series[bool]:
    from attacks.own import slices as own_slices

    properties = slices.properties(fingerprint, split, runs)
    own = own_slices.OwnSlice("draft", query, pattern)
    own_slices.checked(own, map(str, properties.columns))
    return own_slices.mask_of(own, properties, _examples(fingerprint, split)["text"])


@st.cache_data(max_entries=64, show_spinner=False)
def _figures(
    fingerprint: str, split: str, runs: tuple[str, ...], query: str | None, pattern: str | None
) -> list[pd.DataFrame]:
    from attacks.slices.fairness import fairness_table

    mask = _mask(fingerprint, split, runs, query, pattern).reset_index(drop=True)
    rows = _answered(fingerprint, split, runs)
    tables = []
    for place in range(len(runs)):
        there = rows[f"prob_{place}"].notna().to_numpy()
        frame = pd.DataFrame({"label": rows["label"], "prob_positive": rows[f"prob_{place}"]})
        tables.append(
            fairness_table(frame[there].reset_index(drop=True), {"slice": mask[there].reset_index(drop=True)})
        )
    return tables


def worst_first(reviews: Reviews, mask: pd.Series[bool], by: int) -> pd.DataFrame:
    """Return the reviews in a slice, what a model gets most wrong first; `wrong` says whether it errs.

    `place` is each one's in `reviews.answered`.
    """
    rows = reviews.answered.assign(place=np.arange(len(mask)))
    inside = rows[mask.fillna(False).to_numpy(dtype=bool)].dropna(subset=[f"prob_{by}"])
    prob, label = inside[f"prob_{by}"].to_numpy(dtype=float), inside["label"].to_numpy(dtype=int)
    miss = np.abs(prob - label)
    inside = inside.assign(wrong=(prob >= 0.5) != (label == 1), miss=miss)
    return inside.sort_values(["miss", "example_id"], ascending=[False, True]).reset_index(drop=True)
