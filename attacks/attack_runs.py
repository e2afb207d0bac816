"""Batches as run folders: begun, gone on with after whatever ended them, finished, listed and opened.

`runs/attack/<run_id>/` holds the spec and the attacked reviews from the start, so that it needs neither data
set nor job to go on; a journal line a record, in the order of arrival; and at the end `results.parquet`, in
the order of the spec's example_ids, and the manifest.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from attacks import robustness
from attacks.batch import Example, attack_batch
from attacks.recipes import RECIPES
from attacks.schema import RECORD_COLUMNS, AttackRecord, AttackSpec
from sentiment_core import jobs, models, provenance, runs, worker, workspace
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import Cancelled, RunError
from sentiment_core.schema import Estimate

KIND = "attack"
RESULTS, EXAMPLES, CANCEL = "results.parquet", "examples.parquet", "cancel"
#: In a job's folder the attack run it works on, and in the run's folder the job that last did.
RUN_OF_JOB, JOB_OF_RUN = "attack_run.json", "job.json"

#: Columns of the records that are numbers; the others are text.
_NUMBERS = {
    item.name: {"int": "int64", "float": "float64"}[str(item.type)]
    for item in dataclasses.fields(AttackRecord)
    if str(item.type) in ("int", "float")
}


@dataclass(frozen=True)
class AttackRun:
    """One batch as it stood on the disk when it was opened; `manifest` is None until it is finished."""

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
        """Whether a process is at work on it now."""
        return runs.is_running(self.folder)

    @property
    def total(self) -> int:
        """Return how many reviews it attacks."""
        return len(self.spec.example_ids)

    @functools.cached_property
    def records(self) -> pd.DataFrame:
        """Return RECORD_COLUMNS, a row a review; of an unfinished run what there is so far."""
        if not self.finished:
            return to_frame(journaled(self.folder), self.spec.example_ids)
        try:
            return pd.read_parquet(self.folder / RESULTS)
        except (OSError, ValueError) as error:
            raise RunError(
                f"the records of {self.run_id!r} cannot be read ({error}); start it again"
            ) from error

    @functools.cached_property
    def figures(self) -> dict[str, Estimate]:
        """Return the figures by name: those of the manifest, or of the records so far."""
        if self.manifest is None:
            return robustness.figures(self.records)
        return {name: Estimate.from_json(record) for name, record in self.manifest["figures"].items()}


def start_run(spec: AttackSpec, examples: Sequence[Example]) -> Path:
    """Make the folder of a new run and return it; nothing is attacked yet.

    Args:
        spec: what is done; its example_ids become those of `examples`.
        examples: the reviews, in the order in which they are reported.
    """
    card = models.resolve(spec.model_id)
    full = dataclasses.replace(
        spec, model_id=card.model_id, example_ids=tuple(example.example_id for example in examples)
    )
    record = runs.json_ready(dataclasses.asdict(full))
    folder = runs.create(KIND, runs.new_run_id(f"attack-{spec.recipe}", card.short_name, record), record)
    _write_parquet(pd.DataFrame(map(dataclasses.asdict, examples)), folder / EXAMPLES)
    announce(folder.name)
    return folder


def run_batch(
    run_id: str,
    *,
    workers: int = 0,
    cluster: str | None = None,
    progress: Progress = no_progress,
) -> str:
    """Attack every review of a run that has no record yet, finish the run, and return its id.

    Args:
        run_id: of a run that `start_run` made; one that is finished is left as it is.
        workers: processes of one thread each; 0: this process.
        cluster: address of a Dask scheduler, whose workers attack instead.
        progress: told at least twice a second; raise Cancelled in it to stop. What is done is kept.

    Raises:
        RunError: another process is at work on this run, or its files are damaged.
    """
    folder = _open(run_id).folder
    with runs.alone(folder):
        if (run := _open(run_id)).finished:
            return run_id
        (folder / CANCEL).unlink(missing_ok=True)
        announce(run_id)
        began = time.monotonic()
        records = attack_batch(
            run.spec,
            examples_of(run),
            workers=workers,
            cluster=cluster,
            done=journaled(folder),
            progress=functools.partial(_unless_cancelled, folder / CANCEL, progress),
        )
        for record in records:
            runs.append_line(folder, record.to_json())
        _finish(run, workers, time.monotonic() - began)
    return run_id


def open_attack(run_id: str) -> AttackRun:
    """Return a batch, finished or not; RunError if there is none of that id."""
    return _open(run_id)


def list_attacks(model_id: str | None = None, recipe: str | None = None) -> list[AttackRun]:
    """Return the batches, newest first, finished and unfinished, of one model or recipe where given."""
    found = [_from_run(run) for run in runs.list_runs(KIND) if (run.folder / EXAMPLES).exists()]
    return [
        run for run in found if model_id in (None, run.spec.model_id) and recipe in (None, run.spec.recipe)
    ]


def cancel(run_id: str) -> bool:
    """Ask whoever works on a run to stop at the next step; return whether there was somebody to ask."""
    run = _open(run_id)
    job = job_of_run(run_id)
    waits = job is not None and jobs.status(job).active
    if job is not None and waits:
        jobs.cancel(job)
    if run.running:
        (run.folder / CANCEL).touch()
    return waits or run.running


def announce(run_id: str) -> None:
    """Let this job and the run name each other; in a process that is no job do nothing."""
    job = worker.current()
    if job:
        workspace.write_json(job.folder / RUN_OF_JOB, {"run_id": run_id})
        workspace.write_json(workspace.runs_folder(KIND) / run_id / JOB_OF_RUN, {"job": job.folder.name})


def run_of_job(job_run_id: str) -> str | None:
    """Return the batch that a job works on, or None where it has begun none yet."""
    return _named(runs.open_run(job_run_id).folder / RUN_OF_JOB, "run_id")


def job_of_run(run_id: str) -> str | None:
    """Return the job that last worked on a batch, or None where a terminal started it."""
    return _named(_open(run_id).folder / JOB_OF_RUN, "job")


def examples_of(run: AttackRun) -> list[Example]:
    """Return the reviews of a run, in the order of its spec."""
    try:
        frame = pd.read_parquet(run.folder / EXAMPLES)
    except (OSError, ValueError) as error:
        raise RunError(f"the reviews of {run.run_id!r} cannot be read ({error}); start it again") from error
    return [
        Example(str(example_id), str(text), int(label))
        for example_id, text, label in zip(frame["example_id"], frame["text"], frame["label"], strict=True)
    ]


def journaled(folder: Path) -> list[AttackRecord]:
    """Return the records of a run's journal, each review's first, in the order of arrival."""
    by_id: dict[str, AttackRecord] = {}
    for line in runs.read_journal(folder):
        missing = {name: float("nan") for name in ("prob_before", "prob_after") if line[name] is None}
        by_id.setdefault(line["example_id"], AttackRecord(**{**line, **missing}))
    return list(by_id.values())


def to_frame(records: Sequence[AttackRecord], example_ids: Sequence[str]) -> pd.DataFrame:
    """Return RECORD_COLUMNS in the order of `example_ids`; those without a record are left out."""
    by_id = {record.example_id: record.to_json() for record in records}
    rows = [by_id[example_id] for example_id in example_ids if example_id in by_id]
    frame = pd.DataFrame(rows, columns=list(RECORD_COLUMNS))
    return frame.astype({name: _NUMBERS.get(name, "str") for name in RECORD_COLUMNS})


def spec_from(record: Mapping[str, Any]) -> AttackSpec:
    """Return the spec that a run's spec.json holds."""
    known = {item.name for item in dataclasses.fields(AttackSpec)}
    fields = {name: value for name, value in record.items() if name in known}
    return AttackSpec(**fields | {"example_ids": tuple(fields.get("example_ids", ()))})


def _open(run_id: str) -> AttackRun:
    run = runs.open_run(run_id)
    if run.kind != KIND:
        raise RunError(f"run {run_id!r} is of kind {run.kind!r}; `python -m attacks runs` names the attacks")
    return _from_run(run)


def _from_run(run: runs.Run) -> AttackRun:
    return AttackRun(run.run_id, run.folder, spec_from(run.spec), run.manifest)


def _unless_cancelled(cancel_file: Path, progress: Progress, done: float, total: float, what: str) -> None:
    if cancel_file.exists():
        raise Cancelled
    progress(done, total, what)


def _finish(run: AttackRun, workers: int, wall_seconds: float) -> None:
    frame = to_frame(journaled(run.folder), run.spec.example_ids)
    _write_parquet(frame, run.folder / RESULTS)
    runs.finish(
        run.folder, _manifest(run, frame) | {"workers": workers, "wall_seconds": round(wall_seconds, 3)}
    )


def _manifest(run: AttackRun, frame: pd.DataFrame) -> dict[str, Any]:
    card = models.resolve(run.spec.model_id)
    recipe = RECIPES[run.spec.recipe]
    return {
        "spec": dataclasses.asdict(run.spec),
        "recipe": {
            "name": recipe.name,
            "kind": recipe.kind,
            "constants": {**recipe.constants, **run.spec.params},
        },
        "model": {
            "model_id": card.model_id,
            "alias": card.alias,
            "family": card.family,
            "max_length": card.manifest.get("params", {}).get("max_length"),
            "files": card.manifest["files"],
        },
        "data": dict(run.spec.data),
        "n": len(frame),
        "figures": {name: estimate.to_json() for name, estimate in robustness.figures(frame).items()},
        "counts": robustness.counts(frame),
        "seconds": round(float(frame["seconds"].sum()), 3),
        "versions": provenance.versions(),
        "git_revision": provenance.git_revision(),
        "created": runs.open_run(run.run_id).created,
        "hashes": {RESULTS: provenance.sha256(run.folder / RESULTS)},
    }


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write the file whole or not at all."""
    aside = path.with_name(f".{path.name}")
    frame.to_parquet(aside, index=False)
    os.replace(aside, path)


def _named(path: Path, key: str) -> str | None:
    try:
        return str(workspace.read_json(path)[key])
    except (OSError, ValueError, KeyError, TypeError):
        return None
