"""Certificates as run folders of kind "certificate": started, resumed after any interruption, and finished.

`runs/certificate/<run_id>/` holds the spec and the reviews from the start, one journal line per review, and
at the end `results.parquet`, a row per review and number of changes, and the manifest.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from attacks.batches import files
from attacks.certificates import figures
from attacks.certificates.figures import Bracket
from attacks.certificates.methods import method_for, preparation
from attacks.certificates.schema import COLUMNS, UNDECIDED, Certificate, CertificateSpec, Row
from attacks.schema import Example
from sentiment_core import models
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import RunError
from sentiment_core.execution import executor_for
from sentiment_core.execution.base import Lost
from sentiment_core.storage import journal, kept, provenance, runs, workspace
from sentiment_core.storage.kept import ESTIMATE, Damaged, Shape

KIND = "certificate"
RESULTS = "results.parquet"
_SPEC: Shape = {
    "model_id": str,
    "edits": str,
    "recipe?": str,
    "params?": dict,
    "changes": [int],
    "data?": {"name?": str, "fingerprint?": str, "split?": str},
    "example_ids": [str],
    "parts": int,
    "seconds?": float,
    "noise?": str,
    "kept?": float,
    "samples?": int,
    "error?": float,
}
_MAYBE = (float, type(None))
_LINE: Shape = {
    "example_id": str,
    "label": int,
    "rows": [{"k": int, "status": str, "lower_bound": _MAYBE, "margin": _MAYBE, "witness": str, "why": str}],
    "seconds": float,
}
FORM = runs.Form(
    spec=_SPEC,
    manifest={
        "model_id": str,
        "model_alias?": str,
        "method": str,
        "n": int,
        "brackets": [
            {
                "k": int,
                "n": int,
                "estimates": dict.fromkeys(("certified", "at_most", "undecided", "turned"), ESTIMATE),
                ...: object,
            }
        ],
        "seconds_per_review": float,
        ...: object,
    },
    tables=(RESULTS,),
)


@dataclass(frozen=True)
class CertificateRun:
    """Certificates of many reviews; `manifest` is None until the run is finished."""

    run_id: str
    folder: Path
    spec: CertificateSpec
    manifest: dict[str, Any] | None

    @property
    def finished(self) -> bool:
        """Whether every review has been looked at."""
        return self.manifest is not None

    @functools.cached_property
    def rows(self) -> pd.DataFrame:
        """Return COLUMNS, a row per review and number of changes; of an unfinished run those so far."""
        if self.manifest is None:
            return _frame(_journaled(self.folder), self.spec.example_ids)
        return runs.read_table(runs.open_run(self.run_id, FORM), RESULTS, COLUMNS)

    @functools.cached_property
    def brackets(self) -> list[Bracket]:
        """Return the bracket of each number of changes."""
        if self.manifest is None:
            return figures.brackets(self.rows)
        return [figures.bracket_from(record) for record in self.manifest["brackets"]]

    @property
    def whose_edits(self) -> str:
        """Return the recipe or the kind of edits."""
        return self.spec.recipe or self.spec.edits


def certify(
    spec: CertificateSpec,
    examples: Sequence[Example],
    *,
    started: Any = lambda run_id: None,
    workers: int = 0,
    cluster: str | None = None,
    progress: Progress = no_progress,
) -> str:
    """Certify reviews and return the run's id; a run of exactly this is resumed, or given as it is.

    `started` is called with the run's id before the first review.

    Raises:
        RunError: there is no method for the model, or the edits cannot be stated.
    """
    run_id = _known(spec, examples) or start(spec, examples)
    started(run_id)
    return resume(run_id, workers=workers, cluster=cluster, progress=progress)


def start(spec: CertificateSpec, examples: Sequence[Example]) -> str:
    """Make the folder of a new run and return its id; nothing is certified yet."""
    card = models.resolve(spec.model_id)
    method_for(card)
    full = _full(spec, examples)
    record = runs.json_ready(dataclasses.asdict(full))
    what = f"{KIND}-{full.recipe or full.edits}"
    folder = runs.create(KIND, runs.new_run_id(what, card.short_name, record), record)
    files.write_examples(folder, examples)  # last: a folder without it is no run yet
    return folder.name


def resume(
    run_id: str, *, workers: int = 0, cluster: str | None = None, progress: Progress = no_progress
) -> str:
    """Certify every review of a run that has no line yet, and finish the run.

    Args:
        run_id: of a run that `start` made; one that is finished is left as it is.
        workers: processes of one thread each; 0: this process.
        cluster: address of a Dask scheduler, whose workers certify instead.
        progress: called at least twice a second; raise Cancelled in it to stop. What is done is kept.
    """
    folder = open_certificate(run_id).folder
    with runs.alone(folder):
        run = open_certificate(run_id)
        if run.finished:
            return run_id
        began = time.monotonic()
        for certificate in _certificates(run, workers, cluster, progress):
            journal.append(folder, certificate.to_json())
        _finish(run, {"workers": workers, "wall_seconds": round(time.monotonic() - began, 3)})
    return run_id


def open_certificate(run_id: str) -> CertificateRun:
    """Return a run, finished or not; RunError if there is none of that id."""
    kind = runs.folder_of(run_id).parent.name
    if kind != KIND:
        raise RunError(f"run {run_id!r} is of kind {kind!r}, not a certificate; `attacks certify` makes one")
    return _from_run(runs.open_run(run_id, FORM))


def list_certificates(model_id: str | None = None) -> list[CertificateRun]:
    """Return the runs, newest first, finished and unfinished, of one model where given."""
    found = [
        _from_run(run)
        for run in runs.list_runs(KIND, FORM)
        if run.finished or (run.folder / files.EXAMPLES).exists()  # else it is being made right now
    ]
    return [run for run in found if model_id in (None, run.spec.model_id)]


def damaged_certificates() -> list[Damaged]:
    """Return what is wrong with the runs that are damaged."""
    found = {item.name: item for item in runs.damaged_runs(KIND, FORM)}
    for folder in workspace.runs_folder(KIND).glob("[!.]*"):
        trouble = _trouble_of_reviews(folder)
        if trouble and folder.name not in found:
            found[folder.name] = runs.damaged(folder, trouble)
    return [found[name] for name in sorted(found, reverse=True)]


def repair(run_id: str) -> None:
    """Write the table and the manifest of a run again from its journal; what has no line can be resumed.

    Raises:
        RunError: the spec or the reviews are lost.
    """
    folder = runs.folder_of(run_id)
    with runs.alone(folder):
        spec = _spec_from(runs.unfinished_again(folder, FORM, "certificate"))
        run = CertificateRun(run_id, folder, spec, None)
        files.read_examples(folder)
        if len(_journaled(folder)) == len(spec.example_ids):
            _finish(run, {})


def _certificates(
    run: CertificateRun, workers: int, cluster: str | None, progress: Progress
) -> Iterator[Certificate]:
    done = {certificate.example_id for certificate in _journaled(run.folder)}
    total, count = len(run.spec.example_ids), len(done)
    left = [example for example in files.read_examples(run.folder) if example.example_id not in done]

    def tick() -> None:
        progress(count, total, f"certifying: {count} of {total}")

    tick()
    slim = dataclasses.replace(run.spec, data={}, example_ids=())
    for index, answer in executor_for(workers, cluster).run(preparation(slim), left, tick=tick):
        count += 1
        yield _lost(run.spec, left[index], answer) if isinstance(answer, Lost) else answer
        tick()


def _lost(spec: CertificateSpec, example: Example, answer: Lost) -> Certificate:
    rows = tuple(Row(k, UNDECIDED, math.nan, math.nan, why=answer.reason) for k in spec.changes)
    return Certificate(example.example_id, example.label, rows, 0.0)


def _finish(run: CertificateRun, facts: Mapping[str, Any]) -> None:
    frame = _frame(_journaled(run.folder), run.spec.example_ids)
    workspace.write_parquet(run.folder / RESULTS, frame)
    card = models.resolve(run.spec.model_id)
    method = method_for(card)
    seconds = frame.drop_duplicates("example_id")["seconds"]
    manifest = {
        "spec": dataclasses.asdict(run.spec),
        "model_id": card.model_id,
        "model_alias": card.alias,
        "model": {"model_id": card.model_id, "files": card.manifest["files"]},
        "method": method.name,
        "statement": method.statement,
        "data": dict(run.spec.data),
        "n": len(run.spec.example_ids),
        "brackets": [bracket.to_json() for bracket in figures.brackets(frame)],
        "seconds_per_review": round(float(seconds.mean()), 6),
        "created": runs.Run(KIND, run.run_id, run.folder, {}, None).created,
        **provenance.of_files(run.folder / RESULTS),
    }
    runs.finish(run.folder, {**manifest, **facts})


def _frame(certificates: Sequence[Certificate], example_ids: Sequence[str]) -> pd.DataFrame:
    """Return COLUMNS in the order of `example_ids`; reviews without a certificate are left out."""
    by_id = {certificate.example_id: certificate for certificate in certificates}
    rows = [
        (one.example_id, one.label, *dataclasses.astuple(row), one.seconds)
        for name in example_ids
        if (one := by_id.get(name)) is not None
        for row in one.rows
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    whole = {"label": "int64", "k": "int64"}
    numbers = dict.fromkeys(("lower_bound", "margin", "seconds"), "float64")
    texts = dict.fromkeys(("example_id", "status", "witness", "why"), "str")
    return frame.astype({**whole, **numbers, **texts})


def _journaled(folder: Path) -> list[Certificate]:
    """Return the certificates of a run's journal, each review's first."""
    by_id: dict[str, Certificate] = {}
    for line in journal.records(folder, _LINE):
        rows = tuple(Row(**{**row, **_undefined(row)}) for row in line["rows"])
        certificate = Certificate(line["example_id"], line["label"], rows, line["seconds"])
        by_id.setdefault(certificate.example_id, certificate)
    return list(by_id.values())


def _undefined(row: Mapping[str, Any]) -> dict[str, float]:
    return {name: math.nan for name in ("lower_bound", "margin") if row[name] is None}


def _trouble_of_reviews(folder: Path) -> str:
    """Return what is wrong with the reviews of an unfinished run; nothing while it is being made."""
    if (folder / runs.MANIFEST).exists() or not (folder / journal.FILE).exists():
        return ""
    return kept.table_trouble(folder / files.EXAMPLES)


def _from_run(run: runs.Run) -> CertificateRun:
    return CertificateRun(run.run_id, run.folder, _spec_from(run.spec), run.manifest)


def _spec_from(record: Mapping[str, Any]) -> CertificateSpec:
    known = {item.name for item in dataclasses.fields(CertificateSpec)}
    fields = {name: value for name, value in record.items() if name in known and value is not None}
    lists = {name: tuple(fields[name]) for name in ("changes", "example_ids")}
    return CertificateSpec(**fields | lists)


def _full(spec: CertificateSpec, examples: Sequence[Example]) -> CertificateSpec:
    ids = tuple(example.example_id for example in examples)
    card = models.resolve(spec.model_id)
    return dataclasses.replace(spec, model_id=card.model_id, example_ids=ids)


def _known(spec: CertificateSpec, examples: Sequence[Example]) -> str | None:
    """Return the newest run of exactly this."""
    wanted = runs.json_ready(dataclasses.asdict(_full(spec, examples)))
    for run in list_certificates(wanted["model_id"]):
        if runs.json_ready(dataclasses.asdict(run.spec)) == wanted:
            return run.run_id
    return None
