"""Stored probe runs: each model's newest result for every capability, its cases, and estimates."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.records import finished
from sentiment_core import models

if TYPE_CHECKING:
    from attacks.probing.runs import ProbeRun

KIND = "probe"
LANGUAGE, REVIEWS, OWN = "language", "robustness", "own"


@dataclass(frozen=True)
class Probed:
    """What is known of one model: a row a capability (and severity), each from the newest run that has it.

    `matrix` has MATRIX_COLUMNS and `run_id`; verdicts are adjusted over exactly these rows.
    """

    model_id: str
    name: str
    colour: str
    matrix: pd.DataFrame

    def rows(self, families: Sequence[str]) -> pd.DataFrame:
        """Return the rows of some families."""
        return self.matrix[self.matrix["family"].isin(families)]

    def row(self, capability: str, severity: int | None) -> dict[str, Any] | None:
        """Return one row as a record, or None where this model was not asked."""
        same = self.matrix["capability"] == capability
        wanted = self.matrix["severity"].isna() if severity is None else self.matrix["severity"] == severity
        found = self.matrix[same & wanted.fillna(False)].to_dict("records")
        return found[0] if found else None


def list_runs() -> list[ProbeRun]:
    """Return the finished probe runs, newest first; read from disk only when there is a new one."""
    from attacks.probing import runs as probe_runs

    return finished.listed(KIND, probe_runs.list_probes)


def gone_runs() -> list[ProbeRun]:
    """Return the probe runs whose model is no longer on the shelf."""
    shelf = {card.model_id for card in models.list_models()}
    return [run for run in list_runs() if run.model_id not in shelf]


def model_name(run: ProbeRun) -> str:
    """Return the probed model's short name, also where it is no longer on the shelf."""
    known = {card.model_id: card.short_name for card in models.list_models()}
    return known.get(run.model_id) or str(run.manifest.get("model_alias") or run.model_id)


# --- one model's matrix --------------------------------------------------------------------------


def probed(model_id: str, name: str, colour: str) -> Probed | None:
    """Return what is known of a model, or None where it was not probed."""
    runs = tuple(run.run_id for run in list_runs() if run.model_id == model_id)
    return _as_probed(runs, model_id, name, colour)


def probed_by(run: ProbeRun, colour: str) -> Probed | None:
    """Return what one run says, as for a model that is gone."""
    return _as_probed((run.run_id,), run.model_id, model_name(run), colour)


def _as_probed(runs: tuple[str, ...], model_id: str, name: str, colour: str) -> Probed | None:
    table = _merged(runs, own_written()) if runs else pd.DataFrame()
    return None if table.empty else Probed(model_id, name, colour, table)


def own_written() -> tuple[tuple[str, str], ...]:
    """Return the user's kept probes, each with when its file was written."""
    from attacks.publishing import probed as standing

    return standing.own_written()


@st.cache_resource(max_entries=32, show_spinner=False)
def _merged(run_ids: tuple[str, ...], written: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """Return what `attacks.publishing.probed.newest` does of these runs, once for all visitors."""
    from attacks.publishing import probed as standing

    by_id = {run.run_id: run for run in list_runs()}
    return standing.newest([by_id[run_id] for run_id in run_ids], written)


# --- cases ---------------------------------------------------------------------------------------


@st.cache_resource(max_entries=16, show_spinner=False)
def frame(run_id: str) -> pd.DataFrame:
    """Return a run's cases; shared by all visitors, so read-only."""
    return next(run for run in list_runs() if run.run_id == run_id).frame


def cases(run_id: str, capability: str, severity: int | None) -> pd.DataFrame:
    """Return a cell's cases with their originals and how far each is off; a row a case."""
    from attacks.probing.summary import with_originals

    found = frame(run_id)
    wanted = found["severity"].isna() if severity is None else found["severity"] == severity
    return with_originals(found[(found["capability"] == capability) & wanted.fillna(False)])


@st.cache_resource(max_entries=64, show_spinner=False)
def cell_cases(runs: tuple[str, ...], capability: str, severity: int | None) -> pd.DataFrame:
    """Return a cell's cases with the answers of one model or two; shared by all visitors, so read-only.

    Args:
        runs: one run a model; the columns `prob_0, before_0, held_0, far_0` are the first one's, and so on.
        capability: the cell's.
        severity: the cell's.

    Returns:
        `case_id, kind, template, expected, text, original` and the answers, without the groups' originals.
    """
    return joined([cases(run_id, capability, severity) for run_id in runs])


def joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the same cases as several models answered them, beside each other; see `cell_cases`."""
    what = ["case_id", "kind", "template", "expected", "text", "original"]
    answers = {"prob_positive": "prob", "prob_original": "before", "held": "held", "far": "far"}
    tables = []
    for place, frame in enumerate(frames):
        judged = frame[(frame["kind"] == "MFT") | (frame["order"] != 0)]
        named = judged.rename(columns={old: f"{new}_{place}" for old, new in answers.items()})
        tables.append(named[[*what, *(f"{new}_{place}" for new in answers.values())]])
    # The texts of two runs over different reviews need not meet.
    together = functools.reduce(lambda one, other: one.merge(other, on=what, how="outer", sort=False), tables)
    return together.reset_index(drop=True)


@st.cache_resource(max_entries=64, show_spinner=False)
def by_template(run_id: str, capability: str, severity: int | None) -> pd.DataFrame:
    """Return the failure rate of each template of a cell."""
    from attacks.probing import summary

    return summary.by_template(cases(run_id, capability, severity))
