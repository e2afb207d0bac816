"""What the Attack page asks the layers below for, and what it remembers: recipes, facts of reviews, jobs."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from attacks.batches import pace
from attacks.composition.base import Recipe
from dashboard.records import attacks, evaluations
from dashboard.records.attacks import job
from dashboard.records.evaluations import DataChoice
from dashboard.session import desk_place as desk_state
from dashboard.session import listed, selection
from dashboard.session.address import Address
from dashboard.session.desk_place import Place
from dashboard.views.attack.estimate import Pace
from sentiment_core import models
from sentiment_core.errors import ReelcheckError
from sentiment_core.evaluation import review_order
from sentiment_core.models import ModelCard

if TYPE_CHECKING:
    from attacks.batches.runs import AttackRun
    from attacks.composition.settings import Missing
    from sentiment_core.jobs.jobs import JobStatus

_ITS_OWN: Mapping[str, Any] = MappingProxyType({})
#: The batch or the job being watched, in the address.
RUN, JOB = "run", "job"
WATCHED = Address("attack_watched", (JOB, RUN))
KIND_TITLES = {
    "stock": "TextAttack's own",
    "style": "in the style of a published attack",
    "original": "TextAttack's own, needs extra resources",
    "baseline": "random baseline",
    "own": "your own",
}


@dataclass(frozen=True)
class ReviewFacts:
    """What a form and an estimate need to know of the reviews; words are of the mean review."""

    n: int
    words: float


def missing(recipe: Recipe, family: str, params: Mapping[str, Any] = _ITS_OWN) -> Sequence[Missing]:
    """Return what keeps a recipe from running here; only paths are checked, nothing is run."""
    from attacks.recipes import missing

    return missing(recipe, family, params)


@st.cache_data(max_entries=32, show_spinner=False)
def review_facts(fingerprint: str, split: str, low: int, high: int | None) -> ReviewFacts:
    """Return how many reviews of a split have so many words, and how long the mean one is."""
    words = _words(fingerprint, split)
    within = words[words.between(low, high if high is not None else words.max())]
    return ReviewFacts(len(within), float(within.mean()) if len(within) else 0.0)


@st.cache_resource(max_entries=4, show_spinner=False)
def _words(fingerprint: str, split: str) -> pd.Series:
    return review_order.count_words(evaluations.dataset(fingerprint).split(split)["text"])


def paces(
    model_id: str, recipe: str, params: Mapping[str, Any], *, quick: bool
) -> tuple[Pace | None, Pace | None]:
    """Return how fast past batches of this model went: one of this recipe and settings, one of another.

    Quick batches and others are not compared.
    """
    known = [run for run in attacks.list_runs() if run.spec.model_id == model_id and run.finished]
    past = [run for run in known if run.spec.quick == quick]
    same = (run for run in past if run.spec.recipe == recipe and dict(run.spec.params) == dict(params))
    alike = next((found for run in same if (found := _pace(run))), None)
    other = next((found for run in past if run.spec.recipe != recipe and (found := _pace(run))), None)
    return alike, other


def _pace(run: AttackRun) -> Pace | None:
    try:
        rates = _rates(run.run_id)
    except ReelcheckError:  # a damaged batch has no pace
        return None
    return Pace(attacks.short_title(run), *rates) if rates else None


@st.cache_data(max_entries=1024, show_spinner=False)
def _rates(run_id: str) -> tuple[float, float] | None:
    """Return seconds a review and queries a second of a finished batch, None where it is too short."""
    return pace.rates(attacks.open_run(run_id).records, 2)


# --- what the error desk shows -------------------------------------------------------------------


def desk_place() -> Place | None:
    """Return the error desk's place that the address names, where a link came from there."""
    params = {name: st.query_params[name] for name in desk_state.PARAMS if name in st.query_params}
    return Place.from_params(params) if "outcome" in params else None


def desk_ids(place: Place) -> tuple[str, ...]:
    """Return the reviews that the error desk's filters show, with the sidebar's models, in its order."""
    chosen = selection.selection()
    if chosen.data is None or chosen.model_a is None:
        return ()
    first = evaluations.evaluation_of(chosen.model_a.model_id, chosen.data)
    second = evaluations.evaluation_of(chosen.model_b.model_id, chosen.data) if chosen.model_b else None
    if first is None:
        return ()
    run_b = second.run_id if second else None
    rows = desk_state.rows(first.run_id, run_b, place.threshold)
    places = desk_state.matching(first.run_id, run_b, place.threshold, place.filters)
    return tuple(rows["example_id"].iloc[places])


def wrong_ids(ids: Sequence[str], card: ModelCard, choice: DataChoice) -> frozenset[str]:
    """Return which of these reviews a model gets wrong without an attack; none where it was not measured."""
    found = evaluations.evaluation_of(card.model_id, choice)
    if found is None:
        return frozenset()
    frame = evaluations.open_evaluation(found.run_id).frame
    wrong = frame.loc[frame["predicted"] != frame["label"], "example_id"]
    return frozenset(wrong.astype(str)).intersection(ids)


# --- jobs ----------------------------------------------------------------------------------------


def attack_jobs(*, active_only: bool = False) -> list[JobStatus]:
    """Return the batches' jobs, newest first."""
    from sentiment_core.jobs import jobs

    return [found for found in jobs.list_jobs(active_only) if _attacks(found)]


def _attacks(found: JobStatus) -> bool:
    return found.module == attacks.MODULE and found.argv[:1] == ("run",)


def run_of(found: JobStatus) -> str | None:
    """Return the batch that a job works on, or None where it has not started one yet."""
    from attacks.batches import runs

    return runs.run_of_job(found.run_id)


def job_of(run_id: str) -> JobStatus | None:
    """Return the job that last worked on a batch, or None where a terminal started it."""
    from attacks.batches import runs

    found = runs.job_of_run(run_id)
    return job(found) if found else None


def cancel(found: JobStatus, run: AttackRun | None) -> None:
    """Cancel a batch; finished reviews are kept."""
    from attacks.batches import runs
    from sentiment_core.jobs import jobs

    if run is None:
        jobs.cancel(found.run_id)
    else:
        runs.cancel(run.run_id)


def resume(found: JobStatus | None, run: AttackRun | None) -> str:
    """Resume a batch that was cancelled or failed, in its own job where it has one; return the job's id."""
    from sentiment_core.jobs import jobs

    if found is not None and found.state != "finished":
        _check_cluster(found.argv)
        return jobs.resume(found.run_id)
    assert run is not None
    title = f"{attacks.short_title(run)}, {run.total:,} reviews, resumed"
    return attacks.start(["run", "--resume", run.run_id], title)


def _check_cluster(argv: Sequence[str]) -> None:
    """Raise DataError where a job would go back to a cluster that pages may not name (any more)."""
    for flag, address in itertools.pairwise(argv):
        if flag == "--cluster":
            listed.check_cluster(address)


def last_records(run: AttackRun, most: int) -> list[dict[str, Any]]:
    """Return the records that came last, the newest first."""
    from attacks.batches import files

    return [record.to_json() for record in files.journaled(run.folder)[::-1][:most]]


# --- what is watched, in the address -------------------------------------------------------------


def watched() -> tuple[str | None, str | None]:
    """Return the job and the run that the address names."""
    asked = WATCHED.asked()
    return asked.get(JOB), asked.get(RUN)


def watch(*, job: str = "", run: str = "") -> None:
    """Put what somebody chose to watch into the address; nothing where they stopped watching."""
    WATCHED.go(job=job, run=run)


def cards() -> dict[str, ModelCard]:
    """Return the models that can be attacked, by id."""
    return {card.model_id: card for card in models.list_models()}
