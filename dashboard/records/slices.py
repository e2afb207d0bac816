"""Which reviews are in a slice: their properties, each computed when a filter first asks for it, and kept."""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from dashboard.records import evaluations
from sentiment_core.errors import DamagedFile
from sentiment_core.storage import workspace
from sentiment_core.storage.kept import read_table

if TYPE_CHECKING:
    from attacks.own.slices import OwnSlice

Runs = tuple[str, ...]


@st.cache_resource(max_entries=4, show_spinner=False)
def examples(fingerprint: str, split: str) -> pd.DataFrame:
    """Return one split of a data set that was evaluated; shared by all visitors, so read-only."""
    return evaluations.dataset(fingerprint).split(split).reset_index(drop=True)


def properties(
    fingerprint: str, split: str, runs: Runs, names: Collection[str] | None = None
) -> pd.DataFrame:
    """Return what a query can name, in the order of `examples`; read-only.

    With several evaluations, n_tokens is the most that one of the models reads, and a review is truncated
    where it is for one of them: the same reviews whichever model comes first.

    Args:
        fingerprint: of the data set.
        split: of it.
        runs: evaluations of these reviews.
        names: only these columns; the others are not computed.
    """
    known = _known() if names is None else sorted(set(names) & set(_known()))
    said = _as_read(fingerprint, split, tuple(sorted(runs)))
    texts = _described(fingerprint, split, tuple(known))
    return texts.assign(**said) if names is None else texts.assign(**{n: said[n] for n in said if n in names})


def inside(fingerprint: str, split: str, runs: Runs, slices: tuple[OwnSlice, ...]) -> pd.Series[bool]:
    """Return whether each review of a split is in all of these slices, by its example_id.

    Args:
        fingerprint: of the data set.
        split: of it.
        runs: evaluations of these reviews.
        slices: of `defined`: a user's own may have changed since it was last asked for.

    Raises:
        SliceError: a slice asks for a column that these reviews lack.
    """
    return _inside(fingerprint, split, runs, slices)


def defined(names: Collection[str]) -> tuple[OwnSlice, ...]:
    """Return the slices that these names speak of, each under its name; SliceError where there is none."""
    from attacks.own import named
    from attacks.own.slices import OwnSlice

    found = ((name, named.definition(name)) for name in names)
    return tuple(OwnSlice(name, own.query, own.pattern) for name, own in found)


def languages_of(fingerprint: str, split: str) -> list[str]:
    """Return the codes of the reviews' languages, the most frequent first, where that is known already.

    Known from a column of the data, or since a filter asked for it; empty otherwise, since to detect the
    languages of many reviews takes a while.
    """
    from sentiment_core import languages

    in_data = languages.of_column(examples(fingerprint, split)) is not None
    if not in_data and not _kept(fingerprint, split, "language").is_file():
        return []
    return [
        str(code) for code in _described(fingerprint, split, ("language",))["language"].value_counts().index
    ]


@st.cache_data(max_entries=64, show_spinner="Finding the reviews")
def _inside(fingerprint: str, split: str, runs: Runs, slices: tuple[OwnSlice, ...]) -> pd.Series[bool]:
    from attacks.own import named
    from attacks.slices import queries

    asked = {name for own in slices if own.query is not None for name in queries.columns(own.query)}
    rows = examples(fingerprint, split)
    kept = named.inside_of(slices, properties(fingerprint, split, runs, asked), rows["text"])
    return pd.Series(kept, index=pd.Index(rows["example_id"]))


@st.cache_resource(max_entries=16, show_spinner="Computing the properties of the reviews")
def _described(fingerprint: str, split: str, names: tuple[str, ...]) -> pd.DataFrame:
    """Return these properties of the texts, then the data's own columns; what is computed is kept on disk."""
    from attacks.slices import properties

    rows = examples(fingerprint, split)
    there = {name: values for name in names if (values := _read(fingerprint, split, name)) is not None}
    missing = [name for name in names if name not in there]
    made = properties.properties(rows, missing)
    for name in missing:
        if properties.PROPERTIES[name].compute is not None:
            with workspace.unless_read_only():
                workspace.write_parquet(_kept(fingerprint, split, name), made[[name]])
    return made.assign(**there)[[*names, *(name for name in made if name not in missing)]]


def _read(fingerprint: str, split: str, name: str) -> pd.Series | None:
    """Return a property that was computed before; None where it was not, or its file is damaged."""
    with contextlib.suppress(FileNotFoundError, DamagedFile):
        found = read_table(_kept(fingerprint, split, name), [name])[name]
        return found if len(found) == len(examples(fingerprint, split)) else None
    return None


def _kept(fingerprint: str, split: str, name: str) -> Path:
    return workspace.cache_folder("properties") / f"{fingerprint}-{split}-{_code()}" / f"{name}.parquet"


@functools.cache
def _code() -> str:
    """Return a fingerprint of the code that computes properties."""
    from attacks import slices

    files = sorted(Path(slices.__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


@functools.cache
def _known() -> tuple[str, ...]:
    from attacks.slices.properties import PROPERTIES

    return tuple(PROPERTIES)


@st.cache_resource(max_entries=8, show_spinner=False)
def _as_read(fingerprint: str, split: str, runs: Runs) -> dict[str, pd.Series]:
    """Return what the models' predictions say of the reviews: n_tokens and truncated."""
    from attacks.slices import reading

    frames = [evaluations.open_evaluation(run_id).frame for run_id in runs]
    return reading.as_read(examples(fingerprint, split)["example_id"], frames)


def seen(run_id: str) -> NDArray[np.bool_] | None:
    """Return which reviews of an evaluation its model was trained or tuned on; None: not known."""
    return _seen(run_id)


@st.cache_resource(max_entries=16, show_spinner="Looking the reviews up in the training data")
def _seen(run_id: str) -> NDArray[np.bool_] | None:
    from sentiment_core.evaluation import records

    found = evaluations.open_evaluation(run_id)
    marks = records.marks_of(found, evaluations.text_keys(found.fingerprint, found.split))
    return None if marks is None else np.asarray(marks != "", dtype=bool)
