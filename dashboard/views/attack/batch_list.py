"""All batches: what runs, what waits, what was stopped, what is finished; a row opens one."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboard.records import attacks
from dashboard.views.attack import state
from dashboard.wording import format_estimate, format_started
from sentiment_core.errors import ReelcheckError
from sentiment_core.jobs.jobs import JobStatus

if TYPE_CHECKING:
    from attacks.batches.runs import AttackRun

KEY = "attack_list"
MOST = 50
COLUMNS = ("batch", "reviews", "state", "fooled", "started")


def show(opened: str | None = None, watched_job: str | None = None) -> None:
    """Draw the batches, newest first, one a row, the open one marked; picking another shows it."""
    runs = attacks.list_runs()[:MOST]
    waiting = [
        job
        for job in state.attack_jobs(active_only=True)
        if job.run_id != watched_job and not state.run_of(job)
    ]
    if not runs and not waiting:
        return
    st.header("Batches", anchor=False)
    table = pd.DataFrame(
        [*(_waiting(job) for job in waiting), *(_row(run, opened) for run in runs)], columns=list(COLUMNS)
    )
    picked: Any = st.dataframe(
        table,
        key=f"{KEY}-{opened or ''}",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "batch": st.column_config.TextColumn(width="medium"),
            "fooled": st.column_config.TextColumn(width=176, help="Of the reviews that the model got right"),
        },
        alt="Batches, newest first; pick a row to open it",
    )
    rows = picked["selection"]["rows"]
    if rows and not (rows[0] >= len(waiting) and runs[rows[0] - len(waiting)].run_id == opened):
        _open(rows[0], waiting, runs)


def _open(row: int, waiting: list[JobStatus], runs: list[AttackRun]) -> None:
    if row < len(waiting):
        state.watch(job=waiting[row].run_id)
    else:
        state.watch(run=runs[row - len(waiting)].run_id)
    st.rerun()


def _waiting(job: JobStatus) -> dict[str, str]:
    return {"batch": job.title, "reviews": "", "state": job.state, "fooled": "", "started": ""}


def _row(run: AttackRun, opened: str | None) -> dict[str, str]:
    done = attacks.size(run)
    how = "typed by hand" if attacks.is_single(run) else attacks.picked(run)
    return {
        "batch": ", ".join(filter(None, (attacks.short_title(run), how))),
        "reviews": f"{done:,} of {run.total:,}",
        "state": _state(run) + (", shown above" if run.run_id == opened else ""),
        "fooled": _fooled(run) if run.finished else "",
        "started": format_started(run.run_id),
    }


def _fooled(run: AttackRun) -> str:
    """Return the share of a batch that is fooled; for a single review its outcome."""
    if attacks.is_single(run) and attacks.size(run):
        with suppress(ReelcheckError, IndexError):
            return attacks.OUTCOME_WORDS[attacks.open_run(run.run_id).records["outcome"].iloc[0]]
    return format_estimate(run.figures["success_rate"])


def _state(run: AttackRun) -> str:
    if run.finished:
        return "finished"
    if run.running:
        return "running"
    job = state.job_of(run.run_id)
    return job.state if job else "not finished"
