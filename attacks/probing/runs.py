"""Probe runs: runs of kind "probe", with every case and the whole matrix."""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from attacks.probing.base import Capability
from attacks.probing.probe import CASE_COLUMNS, matrix, probe
from attacks.probing.summary import MATRIX_COLUMNS, with_verdicts
from sentiment_core import models
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import RunError
from sentiment_core.schema import Estimate
from sentiment_core.storage import provenance, runs, workspace
from sentiment_core.storage.kept import ESTIMATE, Damaged

_FLOATS = ("template_min", "template_max", "heterogeneity_p", "p", "p_adjusted")

KIND = "probe"
RESULTS = "results.parquet"
FORM = runs.Form(
    manifest={
        "model_id": str,
        "model_alias?": str,
        "data?": dict,
        "n": int,
        "n_texts": int,
        "matrix": [
            {
                **dict.fromkeys(MATRIX_COLUMNS, object),
                "capability": str,
                "verdict": str,
                "failure_rate": ESTIMATE,
                "severity": (int, type(None)),
                **dict.fromkeys(_FLOATS, (float, type(None))),
            }
        ],
        "verdicts": {...: int},
        "seconds": float,
        "created?": str,
    },
    tables=(RESULTS,),
)


@dataclass(frozen=True)
class ProbeRun:
    """A finished probe run; its cases are read when first needed."""

    run_id: str
    manifest: dict[str, Any]
    folder: Path

    @functools.cached_property
    def frame(self) -> pd.DataFrame:
        """Return `probing.CASE_COLUMNS`, one row per case; shared, so do not write to it."""
        return runs.read_table(runs.open_run(self.run_id, FORM), RESULTS, CASE_COLUMNS)

    @functools.cached_property
    def matrix(self) -> pd.DataFrame:
        """Return MATRIX_COLUMNS, the figures as the run kept them; failure_rate is an Estimate.

        Verdicts follow from the figures, so that those of runs kept by another rule can be compared.
        """
        table = pd.DataFrame(self.manifest["matrix"], columns=list(MATRIX_COLUMNS))
        table["failure_rate"] = [Estimate.from_json(record) for record in table["failure_rate"]]
        # JSON has no NaN: what is not defined was kept as null.
        return with_verdicts(table.astype({"severity": "Int64", **dict.fromkeys(_FLOATS, "float64")}))

    @property
    def model_id(self) -> str:
        """Return the id of the model that was probed."""
        return str(self.manifest["model_id"])


def run_probes(
    model: str,
    capabilities: Sequence[Capability],
    *,
    data: Mapping[str, Any] | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    progress: Progress = no_progress,
) -> str:
    """Probe a model, keep cases and matrix, and return the run's id.

    Args:
        model: id or alias.
        capabilities: see `probing.probe`.
        data: where real reviews came from (name, fingerprint, split, n, seed), for the record.
        workers: processes; see `prediction.worker_count`.
        cluster: address of a Dask scheduler, whose workers predict instead.
        progress: Cancelled raised in it leaves nothing behind.
    """
    card = models.resolve(model)
    names = list(dict.fromkeys(capability.name for capability in capabilities))
    spec = {"model_id": card.model_id, "capabilities": names, "data": dict(data or {})}
    run_id = runs.new_run_id(KIND, card.short_name, spec)
    started = time.monotonic()
    frame = probe(card.model_id, capabilities, workers=workers, cluster=cluster, progress=progress)
    table = matrix(frame)
    facts = {
        "model_id": card.model_id,
        "model_alias": card.alias,
        "data": dict(data or {}),
        "n": len(frame),
        "n_texts": int(frame["text"].nunique()),
        "matrix": table.to_dict(orient="records"),
        "verdicts": table["verdict"].value_counts().to_dict(),
        "seconds": round(time.monotonic() - started, 2),
    }
    _write(run_id, spec, frame, facts)
    return run_id


def open_probe(run_id: str) -> ProbeRun:
    """Return a finished probe run; RunError if there is none of that id."""
    kind = runs.folder_of(run_id).parent.name
    run = runs.open_run(run_id, FORM if kind == KIND else runs.ANY)
    if kind != KIND or run.manifest is None:
        raise RunError(f"run {run_id!r} is not a finished probe run; `python -m attacks probe` makes one")
    return ProbeRun(run.run_id, run.manifest, run.folder)


def list_probes(model_id: str | None = None) -> list[ProbeRun]:
    """Return the finished probe runs, newest first, of one model where given."""
    kept = runs.list_runs(KIND, FORM)
    found = [ProbeRun(run.run_id, run.manifest, run.folder) for run in kept if run.manifest]
    return [run for run in found if model_id in (None, run.model_id)]


def damaged_probes() -> list[Damaged]:
    """Return what is wrong with the probe runs that are damaged."""
    return runs.damaged_runs(KIND, FORM)


def _write(run_id: str, spec: Mapping[str, Any], frame: pd.DataFrame, facts: Mapping[str, Any]) -> None:
    folder = runs.create(KIND, run_id, spec)
    workspace.write_parquet(folder / RESULTS, frame)
    created = {"created": runs.open_run(run_id).created}
    runs.finish(folder, {**facts, **created, **provenance.of_files(folder / RESULTS)})
