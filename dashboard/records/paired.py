"""Kept measurements on pairs: which sets of pairs there are, and each model's newest answers to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboard.records import finished

if TYPE_CHECKING:
    from sentiment_core.pairs.records import PairedRun
    from sentiment_core.pairs.scoring import PairedDifference

KIND = "paired"


def list_runs() -> list[PairedRun]:
    """Return the finished measurements, newest first; read from disk only when there is a new one."""
    from sentiment_core.pairs import records

    return finished.listed(KIND, records.list_paired)


def sets(model_ids: tuple[str, ...]) -> dict[str, str]:
    """Return the titles of the sets of pairs by fingerprint, those first that these models answered."""
    found = list_runs()
    theirs = [run for run in found if run.model_id in model_ids]
    titles: dict[str, str] = {}
    for run in [*theirs, *found]:
        titles.setdefault(run.fingerprint, run.title)
    return titles


def newest(model_id: str, fingerprint: str) -> PairedRun | None:
    """Return a model's newest measurement on a set of pairs, or None."""
    return next(
        (run for run in list_runs() if (run.model_id, run.fingerprint) == (model_id, fingerprint)), None
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def compared(run_a: str, run_b: str) -> dict[str, PairedDifference]:
    """Return the paired differences of two measurements, the second less the first."""
    from sentiment_core.pairs import records, scoring

    return scoring.compare(records.open_paired(run_a).frame, records.open_paired(run_b).frame)
