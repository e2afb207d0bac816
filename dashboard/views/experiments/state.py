"""What Experiments asks the core for: facts of data sets, training jobs, live curves, searches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboard.records.evaluations import DataChoice
from dashboard.session import listed
from dashboard.views.experiments.estimate import KNOWN, DataFacts
from dashboard.views.experiments.plan import TRANSFORMER
from sentiment_core import models
from sentiment_core.errors import ResourceMissing
from sentiment_core.models import CURRENT

if TYPE_CHECKING:
    from sentiment_core.jobs.jobs import JobStatus
    from sentiment_core.models import ModelCard
    from sentiment_core.search.records import StudyRecord
    from sentiment_core.storage.runs import Run
    from sentiment_core.training.learning_curves import LearningCurve

#: Commands whose jobs train something.
TRAINING_COMMANDS = frozenset({"train", "optimize", "learning-curve"})
#: Reviews sampled to estimate lengths.
LENGTH_SAMPLE = 2_000
SHARE_TRAINED_ON = 0.8  # of data without a training split


@dataclass(frozen=True)
class Named:
    """A finished or running search or learning curve: its run, and a name for the picker."""

    run_id: str
    title: str


def data_facts(name: str) -> DataFacts:
    """Return counts and lengths of the reviews to train on; an error where they cannot be had or read."""
    from sentiment_core.data import DATASETS

    missing = DATASETS[name].available() if name in DATASETS else None
    if missing:
        raise ResourceMissing(missing)
    return KNOWN.get(name) or read_facts(name)


@st.cache_data(max_entries=16, ttl=60, show_spinner="Reading the reviews")
def read_facts(name: str) -> DataFacts:
    """Return the facts as the data set has them; kept for a minute only: a file may change under its name."""
    from sentiment_core import data

    dataset = data.load(name)
    train, validation, test = (dataset.split(name) for name in ("train", "validation", "test"))
    rows = dataset.examples if train.empty else train
    n_train = int(len(rows) * SHARE_TRAINED_ON) if train.empty else len(train)
    sample = rows["text"].sample(min(LENGTH_SAMPLE, len(rows)), random_state=0)
    words = tuple(int(n) for n in sample.str.split().str.len())
    n_test = (len(rows) - n_train) // 2 if train.empty else len(test)
    return DataFacts(n_train, len(validation), words, train.empty, n_test)


def data_options() -> dict[str, str]:
    """Return what can be trained on: names, fingerprints and listed files, with what a picker shows."""
    from sentiment_core.data import DATASETS
    from sentiment_core.data.files.tables import TABLE_SUFFIXES
    from sentiment_core.data.storing import list_stored

    named = {
        name: name if source.available() is None else f"{name} (not available)"
        for name, source in DATASETS.items()
    }
    stored = {
        str(manifest["fingerprint"]): f"{manifest['name']} ({str(manifest['fingerprint'])[:4]})"
        for manifest in list_stored()
        if manifest["name"] not in named
    }
    return named | stored | listed.files(TABLE_SUFFIXES)


def current_model() -> ModelCard | None:
    """Return the model that is promoted, if there is one and it is still on the shelf."""
    model_id = models.aliases().get(CURRENT)
    return next((card for card in models.list_models() if card.model_id == model_id), None)


@dataclass(frozen=True)
class Measuring:
    """The command that measures a model, and the reviews' name."""

    argv: list[str]
    title: str


def measuring(card: ModelCard, data: DataChoice | None) -> Measuring | None:
    """Return how to measure a model: on these reviews, else on the test reviews of its own data.

    None where nothing was measured here yet, and the model's data is neither built in nor stored.
    """
    from sentiment_core.data import DATASETS
    from sentiment_core.data.loading import is_stored

    name, fingerprint = (str(card.trained_on.get(key)) for key in ("name", "fingerprint"))
    own = name if name in DATASETS else fingerprint if is_stored(fingerprint) else None
    argument = data.argument if data else own
    split, title = (data.split, data.short_title) if data else ("test", f"{name} test")
    if argument is None:
        return None
    return Measuring(["evaluate", "--model", card.model_id, "--data", argument, "--split", split], title)


def active_trainings() -> list[JobStatus]:
    """Return the trainings and searches that run or wait, oldest first."""
    from sentiment_core.jobs import jobs

    return [job for job in reversed(jobs.list_jobs(active_only=True)) if _trains(job)]


def stopped_trainings() -> list[JobStatus]:
    """Return the trainings that did not finish, newest first; not those that were started again."""
    from sentiment_core.jobs import jobs

    return [job for job in jobs.list_stopped() if _trains(job)]


def learns_in_epochs(job: JobStatus) -> bool:
    """Whether a job trains what has a learning curve: a search does, and a training of that family."""
    return job.argv[0] == "optimize" or TRANSFORMER in job.argv or "--preset" in job.argv


def live_curves(jobs_: list[JobStatus]) -> dict[str, list[dict[str, float]]]:
    """Return the curves so far of the jobs that have some, by the job's title."""
    from sentiment_core.jobs import jobs
    from sentiment_core.training import train as training

    found: dict[str, list[dict[str, float]]] = {}
    for job in jobs_:
        scratch = jobs.scratch(job.run_id)
        curves = training.curves_so_far(scratch) if scratch else []
        if curves:
            found[job.title] = curves
    return found


def searches() -> list[Named]:
    """Return the searches, newest first."""
    from sentiment_core.search import search

    return [Named(run.run_id, _search_title(run)) for run in search.list_studies()]


def size_curves() -> list[Named]:
    """Return the learning curves by number of training reviews, newest first."""
    from sentiment_core.training import learning_curves

    return [
        Named(run.run_id, _dated(f"{', '.join(run.spec['families'])} on {run.spec['data']['name']}", run))
        for run in learning_curves.list_curves()
    ]


def open_size_curve(run_id: str) -> LearningCurve:
    """Return a learning curve's current state."""
    from sentiment_core.training import learning_curves

    return learning_curves.open_curve(run_id)


def open_search(run_id: str) -> StudyRecord:
    """Return a search's current state."""
    from sentiment_core.search import search

    return search.open_study(run_id)


@st.cache_data(max_entries=16, show_spinner="Computing the importance of settings")
def importance(run_id: str, n_trials: int, _record: StudyRecord) -> tuple[dict[str, float], int, str]:
    """Return (shares, complete trials, why there are none); computed again when a trial has finished."""
    found = _record.importance
    return dict(found.shares), found.n, found.reason


def trials_table(record: StudyRecord) -> pd.DataFrame:
    """Return the trials for people: the most accurate first, accuracy in per cent, minutes."""
    frame = record.trials.sort_values("value", ascending=False, na_position="last", kind="stable")
    shown = frame[["number", "state", *record.axes]].assign(
        **{"accuracy, %": (100 * frame["value"]).round(1), "minutes": (frame["seconds"] / 60).round(1)}
    )
    return shown.assign(reason=frame["reason"]) if frame["reason"].astype(bool).any() else shown


def _search_title(run: Run) -> str:
    return _dated(f"{Path(run.spec['fixed']['base']).name} on {run.spec['data']['name']}", run)


def _dated(title: str, run: Run) -> str:
    state = "" if run.finished else ", not finished"
    return f"{title}, {run.created[:16].replace('T', ' ')} UTC{state}"


def _trains(job: JobStatus) -> bool:
    return bool(job.argv) and job.argv[0] in TRAINING_COMMANDS
