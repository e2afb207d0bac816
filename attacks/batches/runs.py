"""Batches as run folders: started, resumed after any interruption, finished, listed and opened.

`runs/attack/<run_id>/` holds the spec and the attacked reviews from the start, so that it needs neither data
set nor job to resume; one journal line per record, in order of arrival; and at the end `results.parquet`, in
the order of the spec's example_ids, and the manifest.
"""

from __future__ import annotations

import dataclasses
import functools
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from attacks.batches import files
from attacks.batches.files import EXAMPLES, FORM, RESULTS, journaled, to_frame
from attacks.engine.batch import attack_batch
from attacks.figures import robustness
from attacks.own.recipes import recipe_named
from attacks.recipes import configuration
from attacks.schema import AttackRecord, AttackSpec, Example
from sentiment_core import models
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import Cancelled, DamagedFile, RemoteError, RunError
from sentiment_core.evaluation.spending import Spending
from sentiment_core.execution.base import Executor
from sentiment_core.jobs import jobs, worker
from sentiment_core.schema import Estimate
from sentiment_core.storage import journal, kept, provenance, runs, workspace
from sentiment_core.storage.kept import Damaged

KIND = "attack"
CANCEL = "cancel"
#: In a job's folder the attack run it works on, and in the run's folder the job that last did.
RUN_OF_JOB, JOB_OF_RUN = "attack_run.json", "job.json"
#: The tracebacks of the reviews that an exception ended; only the exception's own words are in a record.
ERRORS = "errors.log"
#: The recipe's whole configuration, as it was when the run started.
RECIPE = "recipe.json"

#: The specs of complete run folders, for as long as `runs` remembers them.
_specs: weakref.WeakKeyDictionary[runs.Run, AttackSpec] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class AttackRun:
    """One batch as it was on disk when it was opened; `manifest` is None until it is finished."""

    run_id: str
    folder: Path
    spec: AttackSpec
    manifest: dict[str, Any] | None

    @property
    def finished(self) -> bool:
        """Whether every review has its record."""
        return self.manifest is not None

    @property
    def running(self) -> bool:
        """Whether a process works on it now."""
        return runs.is_running(self.folder)

    @property
    def total(self) -> int:
        """Return how many reviews it attacks."""
        return len(self.spec.example_ids)

    @functools.cached_property
    def records(self) -> pd.DataFrame:
        """Return RECORD_COLUMNS, one row per review; for an unfinished run those so far."""
        if self.manifest is not None:
            return files.read_results(runs.Run(KIND, self.run_id, self.folder, {}, self.manifest))
        return to_frame(journaled(self.folder), self.spec.example_ids)

    @functools.cached_property
    def figures(self) -> dict[str, Estimate]:
        """Return the figures by name: those of the manifest, or of the records so far."""
        if self.manifest is None:
            return robustness.figures(self.records)
        return {name: Estimate.from_json(record) for name, record in self.manifest["figures"].items()}


def start(spec: AttackSpec, examples: Sequence[Example]) -> Path:
    """Make the folder of a new run and return it; nothing is attacked yet.

    Args:
        spec: what is done; its example_ids become those of `examples`.
        examples: the reviews, in the order in which they are reported.
    """
    card = models.resolve(spec.model_id)
    ids = tuple(example.example_id for example in examples)
    if not ids or len(set(ids)) < len(ids):
        raise RunError(f"{len(ids)} reviews with {len(set(ids))} ids are given; each needs its own id")
    full = dataclasses.replace(spec, model_id=card.model_id, example_ids=ids)
    record = runs.json_ready(dataclasses.asdict(full))
    folder = runs.create(KIND, runs.new_run_id(f"attack-{spec.recipe}", card.short_name, record), record)
    workspace.write_json(folder / RECIPE, recipe_today(full))
    files.write_examples(folder, examples)  # last: a folder without it is no run yet
    announce(folder.name)
    return folder


def resume(
    run_id: str,
    *,
    workers: int = 0,
    cluster: str | None = None,
    executor: Executor | None = None,
    progress: Progress = no_progress,
) -> str:
    """Attack every review of a run that has no record yet, finish the run, and return its id.

    Args:
        run_id: of a run that `start` made; one that is finished is left as it is.
        workers: processes of one thread each; 0: this process.
        cluster: address of a Dask scheduler, whose workers attack instead.
        executor: attacks instead of all these.
        progress: called at least twice a second; raise Cancelled in it to stop. What is done is kept.

    Raises:
        RunError: another process works on this run, its files are damaged, or the recipe has changed.
    """
    folder = open_attack(run_id).folder
    with runs.alone(folder):
        run = open_attack(run_id)
        if run.finished:
            return run_id
        _check_recipe(run)
        (folder / CANCEL).unlink(missing_ok=True)
        announce(run_id)
        began, spending = time.monotonic(), Spending(models.resolve(run.spec.model_id))
        records = attack_batch(
            run.spec,
            files.read_examples(folder),
            workers=workers,
            cluster=cluster,
            executor=executor,
            done=journaled(folder),
            progress=functools.partial(_unless_cancelled, folder / CANCEL, progress),
            failed=functools.partial(_log_error, folder / ERRORS),
        )
        try:
            for record in records:
                journal.append(folder, record.to_json())
        except RemoteError as error:
            raise RemoteError(f"{error}; resume with `python -m attacks run --resume {run_id}`") from error
        facts = {"workers": workers, "cluster": cluster, "wall_seconds": round(time.monotonic() - began, 3)}
        finish(run, facts | spending.record)
    return run_id


def open_attack(run_id: str) -> AttackRun:
    """Return a batch, finished or not; RunError if there is none of that id."""
    kind = runs.folder_of(run_id).parent.name
    if kind != KIND:
        raise RunError(f"run {run_id!r} is of kind {kind!r}; `python -m attacks runs` names the attacks")
    return _from_run(runs.open_run(run_id, FORM))


def list_attacks(model_id: str | None = None, recipe: str | None = None) -> list[AttackRun]:
    """Return the batches, newest first, finished and unfinished, of one model or recipe where given."""
    found = [_from_run(run) for run in runs.list_runs(KIND, FORM) if run in _specs or _has_reviews(run)]
    return [
        run for run in found if model_id in (None, run.spec.model_id) and recipe in (None, run.spec.recipe)
    ]


def damaged_attacks() -> list[Damaged]:
    """Return what is wrong with the batches that are damaged."""
    found = {item.name: item for item in runs.damaged_runs(KIND, FORM)}
    for folder in workspace.runs_folder(KIND).glob("[!.]*"):
        trouble = _trouble_beside_spec(folder)
        if trouble and folder.name not in found:
            found[folder.name] = runs.damaged(folder, trouble)
    return [found[name] for name in sorted(found, reverse=True)]


def _trouble_beside_spec(folder: Path) -> str:
    """Return what is wrong with the files that an unfinished batch needs to be resumed; or nothing."""
    if (folder / runs.MANIFEST).exists() or not (folder / runs.SPEC).exists():
        return ""
    if not (folder / EXAMPLES).exists() and not (folder / journal.FILE).exists():
        return ""  # it is being made right now
    try:
        kept.read_json(folder / RECIPE, dict)
    except FileNotFoundError:
        return f"{RECIPE} is missing"
    except DamagedFile as error:
        return error.in_its_folder
    return kept.table_trouble(folder / EXAMPLES)


def cancel(run_id: str) -> bool:
    """Ask the process that works on a run to stop at the next step; return whether there was one."""
    run = open_attack(run_id)
    job = job_of_run(run_id)
    in_job = job is not None and jobs.status(job).active
    if job is not None and in_job:
        jobs.cancel(job)
    elif run.running:
        (run.folder / CANCEL).touch()
    return in_job or run.running


def announce(run_id: str) -> None:
    """Let this job and the run name each other; outside of a job do nothing."""
    job = worker.current()
    if job:
        workspace.write_json(workspace.runs_folder(KIND) / run_id / JOB_OF_RUN, {"job": job.folder.name})
        workspace.write_json(job.folder / RUN_OF_JOB, {"run_id": run_id})


def run_of_job(job_run_id: str) -> str | None:
    """Return the batch that a job works on, or None where it has not started one yet."""
    return _named(runs.open_run(job_run_id).folder / RUN_OF_JOB, "run_id")


def job_of_run(run_id: str) -> str | None:
    """Return the job that last worked on a batch, or None where a terminal did, or the job is gone."""
    job = _named(open_attack(run_id).folder / JOB_OF_RUN, "job")
    return job if job and (workspace.runs_folder(jobs.KIND) / job).is_dir() else None


def _from_run(run: runs.Run) -> AttackRun:
    """Return a new object for each caller: it keeps its records once they are read."""
    spec = _specs.get(run)
    if spec is None:
        spec = files.spec_from(run.spec)
        if _has_reviews(run):
            _specs[run] = spec
    return AttackRun(run.run_id, run.folder, spec, run.manifest)


def _has_reviews(run: runs.Run) -> bool:
    """Whether a run's folder is complete."""
    return (run.folder / EXAMPLES).exists()


def errors_of(run_id: str) -> str:
    """Return the log of the reviews that an exception ended, with tracebacks; empty where there is none."""
    try:
        return (open_attack(run_id).folder / ERRORS).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def _log_error(log: Path, record: AttackRecord, trace: str) -> None:
    with log.open("a", encoding="utf-8", errors="replace") as file:
        file.write(f"{workspace.utc_now()} review {record.example_id}: {record.error}\n{trace}\n")


def _unless_cancelled(cancel_file: Path, progress: Progress, done: float, total: float, what: str) -> None:
    if cancel_file.exists():
        raise Cancelled
    progress(done, total, what)


def recipe_today(spec: AttackSpec) -> dict[str, Any]:
    """Return the recipe's whole configuration as this version has it."""
    return dict(runs.json_ready(configuration(recipe_named(spec.recipe), spec.params)))


def read_recipe(run: AttackRun) -> dict[str, Any]:
    """Return the recipe's configuration as it was when the run started; RunError where it cannot be read."""
    try:
        return dict(kept.read_json(run.folder / RECIPE, dict))
    except FileNotFoundError:
        raise RunError(runs.damaged(run.folder, f"{RECIPE} is missing").sentence) from None
    except DamagedFile as error:
        raise RunError(runs.damaged(run.folder, error.in_its_folder).sentence) from error


def _check_recipe(run: AttackRun) -> None:
    """Raise RunError where resuming would mix records of two recipes."""
    then, now = read_recipe(run), recipe_today(run.spec)
    if not then:
        raise RunError(runs.damaged(run.folder, f"{RECIPE}: it is empty").sentence)
    changed = [name for name in {**then, **now} if then.get(name) != now.get(name)]
    if changed:
        raise RunError(
            f"recipe {run.spec.recipe!r} has changed since run {run.run_id!r} started "
            f"({', '.join(sorted(changed))}); start a new run"
        )


def attacked_model(run: AttackRun) -> dict[str, Any]:
    """Return what a manifest records of the model; ModelError where it is missing."""
    card = models.resolve(run.spec.model_id)
    return {
        "model_id": card.model_id,
        "alias": card.alias,
        "family": card.family,
        "max_length": card.manifest.get("params", {}).get("max_length"),
        "files": card.manifest["files"],
    }


def finish(run: AttackRun, facts: dict[str, Any]) -> None:
    """Write the table of a run whose reviews all have a record in the journal, and its manifest."""
    frame = to_frame(journaled(run.folder), run.spec.example_ids)
    workspace.write_parquet(run.folder / RESULTS, frame)
    finish_with(run, frame, attacked_model(run), facts)


def finish_with(run: AttackRun, frame: pd.DataFrame, model: dict[str, Any], facts: dict[str, Any]) -> None:
    """Write the manifest of a run whose table, these records, is written already."""
    manifest = {
        "spec": dataclasses.asdict(run.spec),
        "recipe": read_recipe(run),
        "model": model,
        "data": dict(run.spec.data),
        "n": len(frame),
        "figures": robustness.figures(frame),
        "counts": robustness.counts(frame),
        "seconds": round(float(frame["seconds"].sum()), 3),
        "created": runs.Run(KIND, run.run_id, run.folder, {}, None).created,
        **provenance.of_files(run.folder / RESULTS),
    }
    runs.finish(run.folder, manifest | facts)


def _named(path: Path, key: str) -> str | None:
    try:
        return str(kept.read_json(path, {key: str})[key])
    except (FileNotFoundError, DamagedFile):
        return None
