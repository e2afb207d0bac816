"""What the pages read of attack runs: the runs, their names, records and verdicts; and the jobs on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from attacks.composition.base import Recipe
from dashboard import wording
from dashboard.wording import format_started
from sentiment_core import models
from sentiment_core.errors import ReelcheckError, RunError
from sentiment_core.schema import Estimate
from sentiment_core.storage import journal, unchanged

if TYPE_CHECKING:
    from attacks.batches.archive import ArchiveCheck
    from attacks.batches.runs import AttackRun
    from sentiment_core.jobs.jobs import JobStatus


MODULE = "attacks"
MANIFEST = "manifest.json"
#: Where a review was typed on the page, what stands in place of a data set's name.
TYPED = "typed"
OUTCOME_WORDS = {
    "succeeded": "fooled",
    "failed": "not fooled",
    "skipped": "skipped",
    "errored": "error",
}
#: Models that read the texts of a transfer matrix at most.
MOST_READERS = 8


# --- runs ----------------------------------------------------------------------------------------


def list_runs() -> list[AttackRun]:
    """Return the batches, newest first, finished and unfinished.

    For the records of a finished one use `open_run`, which reads them once for all visitors.
    """
    from attacks.batches import runs

    return [run if run.finished else _shared(run) for run in runs.list_attacks()]


def open_run(run_id: str) -> AttackRun:
    """Return a batch, shared by all visitors until there are more records: do not write into them."""
    from attacks.batches import runs

    return _shared(runs.open_attack(run_id))


def _shared(run: AttackRun) -> AttackRun:
    grows = MANIFEST if run.finished else journal.FILE
    return _read_once(run.run_id, unchanged.stamp(str(run.folder / grows)))


@st.cache_resource(max_entries=64, show_spinner=False)
def _read_once(run_id: str, stamp: unchanged.Stamp) -> AttackRun:
    from attacks.batches import runs

    return runs.open_attack(run_id)


def size(run: AttackRun) -> int:
    """Return how many reviews have a record; for a finished run without reading the records."""
    return int(run.manifest["n"]) if run.manifest else len(run.records)


def unreadable(run: AttackRun) -> str:
    """Report how many lines of an unfinished batch's journal cannot be read; empty for none."""
    from attacks.batches import files

    return "" if run.finished else files.unreadable_in_words(run.folder)


def is_single(run: AttackRun) -> bool:
    """Whether this is one review that was typed by hand."""
    return run.spec.data.get("name") == TYPED


def is_baseline(run: AttackRun) -> bool:
    """Whether the recipe edits by chance, so that attacks are seen against it."""
    recipe = recipes().get(run.spec.recipe)
    return recipe is not None and recipe.kind == "baseline"


def picked(run: AttackRun) -> str:
    """Return in words how the reviews were picked; empty where they are a random sample of the split."""
    from attacks.batches import drawn

    return drawn.picked(run.spec.data.get("selection") or {})


def lengths(run: AttackRun) -> str:
    """Return in words how long the reviews had to be; empty for any length."""
    from attacks.batches import drawn

    return drawn.lengths(run.spec.data.get("selection") or {})


# --- names ---------------------------------------------------------------------------------------


def model_name(run: AttackRun) -> str:
    """Return the attacked model's short name, also where it is no longer on the shelf."""
    known = {card.model_id: card.short_name for card in models.list_models()}
    recorded = (run.manifest or {}).get("model", {}).get("alias")
    return known.get(run.spec.model_id) or str(recorded or run.spec.model_id)


def recipe_title(run: AttackRun) -> str:
    """Return the recipe's title, with the settings that are not its own; its name where it is not known."""
    recipe = recipes().get(run.spec.recipe)
    title = recipe.title if recipe else run.spec.recipe
    details = [wording.in_words(run.spec.params)] if run.spec.params else []
    details += ["quick"] if run.spec.quick else []
    return f"{title} ({', '.join(details)})" if details else title


def short_title(run: AttackRun) -> str:
    """Return what a chart calls a run: `tfidf · PWWS`."""
    return f"{model_name(run)} · {recipe_title(run)}"


def full_title(run: AttackRun) -> str:
    """Return what a picker calls a run: with how many reviews, and when."""
    of = "typed by hand" if is_single(run) else f"{run.total:,} reviews"
    how = picked(run)
    state = "" if run.finished else ", not finished"
    return f"{short_title(run)}, {of}{f' ({how})' if how else ''}, {format_started(run.run_id)}{state}"


# --- jobs ----------------------------------------------------------------------------------------


def start(argv: Sequence[str], title: str) -> str:
    """Start `python -m attacks ARGV` as a job and return the job's id."""
    from sentiment_core.jobs import jobs

    return jobs.start(list(argv), title, module=MODULE)


def active(command: str) -> list[JobStatus]:
    """Return the jobs of one command of `python -m attacks` that run or wait."""
    from sentiment_core.jobs import jobs

    return [
        job for job in jobs.list_jobs(active_only=True) if job.module == MODULE and job.argv[:1] == (command,)
    ]


def start_judging(run_ids: Sequence[str]) -> None:
    """Start the job that judges whether the changes keep the meaning, and draw the page again."""
    for run_id in run_ids:
        start(["judge", run_id], f"Judge {short_title(open_run(run_id))}")
    st.rerun()


# --- verdicts ------------------------------------------------------------------------------------


def verdict_stamp(run_id: str) -> str:
    """Return what changes when a verdict on this run's texts does."""
    from attacks.batches import verdicts

    return verdicts.stamp(run_id)


def verdicts(run_id: str) -> pd.DataFrame | None:
    """Return automatic verdicts with those by hand on top; None where nothing was judged.

    Current ones; shared by all visitors, so do not write into them.
    """
    return _verdicts(run_id, verdict_stamp(run_id))


@st.cache_resource(max_entries=64, show_spinner=False)
def _verdicts(run_id: str, stamp: str) -> pd.DataFrame | None:
    from attacks.batches import verdicts

    return verdicts.verdicts_of(run_id)


def overrule(run_id: str, example_id: str, valid: bool | None) -> None:
    """Store a verdict by hand; None removes it."""
    from attacks.batches import verdicts

    verdicts.overrule(run_id, example_id, valid)


def unjudged(run_id: str, records: pd.DataFrame) -> int:
    """Return how many texts that fooled have no verdict."""
    from attacks.validity import judged

    return int(judged.validity(records, verdicts(run_id)).isna().sum())


# --- downloads and checks ------------------------------------------------------------------------


def export(run_id: str, kind: str) -> bytes:
    """Return a run's records with their verdicts as a file, of an unfinished run those so far."""
    from attacks.batches import export as exporting

    return exporting.FORMATS[kind](exporting.with_verdicts(open_run(run_id).records, verdicts(run_id)))


def file_name(run: AttackRun, kind: str) -> str:
    """Return what an exported file is called: `attack-nbsvm-pwws-imdb-embedded-100.csv`."""
    data = str(run.spec.data.get("name", "reviews"))
    own = "textattack" if kind == "textattack" else ""
    parts = ("attack", own, model_name(run), run.spec.recipe, data, str(size(run)))
    return wording.file_name(*parts, suffix="jsonl" if kind == "jsonl" else "csv")


def provenance(run: AttackRun) -> dict[str, Any]:
    """Return what made a run: its spec without the ids, and what the manifest records."""
    spec = {
        name: value for name, value in vars(run.spec).items() if name not in ("example_ids", "params", "data")
    }
    spec |= {"params": dict(run.spec.params), "data": dict(run.spec.data), "reviews": run.total}
    recorded = {
        name: value for name, value in (run.manifest or {}).items() if name not in ("spec", "figures")
    }
    return {"run_id": run.run_id, "spec": spec, **recorded}


def known(run_id: str) -> bool:
    """Whether there is a batch of that id."""
    try:
        open_run(run_id)
    except ReelcheckError:
        return False
    return True


def transfer(run_ids: Sequence[str], valid_only: bool = False) -> pd.DataFrame | None:
    """Return whose texts, or whose valid ones, fool whom, where that was computed for exactly these runs."""
    from attacks.batches import transfer

    return transfer.newest_transfer(run_ids, valid_only=valid_only)


def transfer_argv(run_ids: Sequence[str], valid_only: bool = False) -> list[str]:
    """Return the command that runs every model on the shelf on the texts of these runs."""
    flags = ["--valid"] if valid_only else []
    flags += [part for model_id in list(model_names())[:MOST_READERS] for part in ("--model", model_id)]
    return ["transfer", *run_ids, *flags]


def check(run_id: str) -> ArchiveCheck:
    """Predict a sample of a run's adversarial texts again, and compare its files with what was recorded."""
    from attacks.batches import archive

    return archive.check(run_id)


def model_names() -> dict[str, str]:
    """Return the models' short names by id."""
    return {card.model_id: card.short_name for card in models.list_models()}


def recipes() -> dict[str, Recipe]:
    """Return every recipe by name: those that come with the package, then the user's own."""
    from attacks.own.recipes import STORE
    from attacks.recipes import RECIPES

    return {**RECIPES, **STORE.all()}


def job(job_id: str) -> JobStatus | None:
    """Return a job's current status, or None if there is no such job."""
    from sentiment_core.jobs import jobs

    try:
        return jobs.status(job_id)
    except RunError:
        return None


@st.cache_resource(max_entries=64, show_spinner=False)
def figures(run_id: str, n: int, stamp: str) -> dict[str, Estimate]:
    """Return every figure of a batch; its id, its size and the stamp of its verdicts name them."""
    from attacks.figures import robustness

    return robustness.figures(open_run(run_id).records, verdicts(run_id))


def trouble_of(run_id: str, n: int) -> str:
    """Return why a batch's figures cannot be computed (damaged records or verdicts), or an empty text."""
    try:
        figures(run_id, n, verdict_stamp(run_id))
    except ReelcheckError as error:
        return str(error)
    return ""
