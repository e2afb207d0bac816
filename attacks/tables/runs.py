"""A robustness table as a run: started, resumed after any interruption, shown as far as it is.

`runs/table/<run_id>/steps.json` names the batch of each cell from its start, so that a table resumes at the
review where it stopped; the batches are attack runs like any other, and one that exists already is used.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from attacks.batches import runs as attack_runs
from attacks.batches import transfer, verdicts
from attacks.batches.sampled import batch
from attacks.tables import plan, rows
from attacks.tables.certified import certified
from attacks.tables.spec import Cell, TableSpec, cells, check, left_out
from sentiment_core import data, models
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import ResourceMissing, RunError
from sentiment_core.jobs.progress import Stages
from sentiment_core.schema import Dataset
from sentiment_core.storage import provenance, runs
from sentiment_core.storage.kept import ESTIMATE, Damaged
from sentiment_core.storage.steps import Steps

KIND = "table"
FORM = runs.Form(
    spec={
        "models": [str],
        "recipes": [str],
        "data": {"name": str, "fingerprint": str},
        "split": str,
        "limit": int,
        "network_limit?": int,
        "query_budget?": int,
        "seed": int,
    },
    manifest={
        "n": int,
        "rows": [
            {
                "model_id": str,
                "recipe": str,
                "run_id": str,
                "n": int,
                "of": int,
                "counts": {...: int},
                "figures": {...: ESTIMATE},
                "transfer": {...: ESTIMATE},
            }
        ],
        "certified?": [
            {
                "model_id": str,
                "edits": str,
                "brackets": [{"k": int, "certified": ESTIMATE, "at_most": ESTIMATE}],
            }
        ],
    },
)
#: Rough seconds for the bar: judging the texts of a batch, and a network or another model reading a text.
_JUDGED, _READ = 30.0, {True: 0.06, False: 0.002}


@dataclass(frozen=True)
class Table:
    """A table as far as it is: `rows` are those of its manifest or, of an unfinished one, those so far.

    `certified` has what kept certificates say of the models, where there are any.
    """

    run_id: str
    spec: TableSpec
    finished: bool
    rows: list[dict[str, Any]]
    certified: list[dict[str, Any]]


def start(spec: TableSpec) -> str:
    """Check a spec, make its run's folder and return the run's id; nothing is attacked yet.

    Raises:
        RunError: no model can be attacked with any of the recipes, or a limit lets nothing happen.
    """
    spec = dataclasses.replace(spec, models=tuple(models.resolve(name).model_id for name in spec.models))
    check(spec)
    record = runs.json_ready(dataclasses.asdict(spec))
    return runs.create(KIND, runs.new_run_id(KIND, spec.data["name"], record), record).name


def resume(
    run_id: str,
    *,
    workers: int = 0,
    cluster: str | None = None,
    progress: Progress = no_progress,
) -> str:
    """Do every cell that is not done yet, then judge and transfer, write the manifest, and return the id.

    Args:
        run_id: of a run that `start` made; one that is finished is left as it is.
        workers: processes of one thread each that attack; 0: this process.
        cluster: address of a Dask scheduler, whose workers attack instead.
        progress: called at every step; Cancelled raised in it keeps what is done.

    Raises:
        RunError: another process works on this table, or a batch of it is damaged or gone.
    """
    run = _opened(run_id)
    with runs.alone(run.folder):
        if not run.finished:
            _Making(run, workers, cluster, progress).work()
    return run_id


def open_table(run_id: str) -> Table:
    """Return a table, finished or as far as it is; RunError if there is none of that id."""
    run = _opened(run_id)
    spec = spec_of(run)
    if run.manifest is not None:
        return Table(run_id, spec, True, list(run.manifest["rows"]), list(run.manifest.get("certified", ())))
    return Table(run_id, spec, False, rows.rows_of(cells(spec), Steps(run.folder).made), certified(spec))


def planned(run_id: str, workers: int = 1) -> list[plan.Planned]:
    """Return what is left of a table's run, with an estimate of each cell."""
    run = _opened(run_id)
    return plan.planned(spec_of(run), Steps(run.folder).made, workers)


def list_tables() -> list[runs.Run]:
    """Return the tables, newest first, finished and unfinished."""
    return runs.list_runs(KIND, FORM)


def damaged_tables() -> list[Damaged]:
    """Return what is wrong with the tables that are damaged."""
    return runs.damaged_runs(KIND, FORM)


def spec_of(run: runs.Run) -> TableSpec:
    """Return the spec that a run of FORM holds."""
    known = {item.name for item in dataclasses.fields(TableSpec)}
    given = {name: value for name, value in run.spec.items() if name in known and value is not None}
    return TableSpec(**given | {name: tuple(given[name]) for name in ("models", "recipes")})


class _Making:
    """One table at work."""

    def __init__(self, run: runs.Run, workers: int, cluster: str | None, progress: Progress) -> None:
        self.spec = spec_of(run)
        self.folder = run.folder
        self.dataset: Dataset = data.by_fingerprint(self.spec.data["fingerprint"])
        self.dealt: dict[str, Any] = {"workers": workers, "cluster": cluster}
        self.steps = Steps(run.folder)
        self.plan = plan.planned(self.spec, self.steps.made, workers)
        self.bar = Stages(progress, sum(item.seconds + _JUDGED for item in self.plan) + self._reading())

    def work(self) -> None:
        """Do what is left and finish the run."""
        began = time.monotonic()
        for network in (False, True):  # what is quick is complete before what may take days begins
            part = [item for item in self.plan if _asks_a_network(item.cell) == network]
            for item in part:
                self._attacked(item)
            for item in part:
                _judged_if_possible(self.steps.made[item.cell.step], self.bar.stage(_JUDGED, "judging"))
        for recipe in self.spec.recipes:
            self._transferred(recipe)
        self._finish(round(time.monotonic() - began, 3))
        self.bar.done("the table is complete")

    def _attacked(self, item: plan.Planned) -> None:
        """Attack one cell's reviews."""
        told = self.bar.stage(item.seconds, f"{rows.short_name(item.cell.model_id)}")
        run_id = self.steps.once(item.cell.step, lambda: self._batch(item.cell))
        attack_runs.resume(run_id, **self.dealt, progress=told)

    def _batch(self, cell: Cell) -> str:
        limits: dict[str, Any] = {"seed": self.spec.seed, "query_budget": self.spec.query_budget}
        return batch(cell.model_id, cell.recipe, self.dataset, self.spec.split, cell.n, **limits)

    def _transferred(self, recipe: str) -> None:
        """Let every model read the texts that fooled the others."""
        made = [self.steps.made[item.cell.step] for item in self.plan if item.cell.recipe == recipe]
        if not made or len(self.spec.models) < 2:
            return
        told = self.bar.stage(self._reading() / len(self.spec.recipes), f"transfer of {recipe}")
        self.steps.once(
            rows.transfer_step(recipe),
            lambda: transfer.transfer_runs(made, self.spec.models, progress=told),
        )

    def _reading(self) -> float:
        """Return about how many seconds all models take to read all texts."""
        texts = 2 * sum(item.cell.n for item in self.plan)
        return texts * sum(_READ[models.resolve(name).asks_a_network] for name in self.spec.models)

    def _finish(self, seconds: float) -> None:
        made = rows.rows_of([item.cell for item in self.plan], self.steps.made)
        manifest = {
            "spec": dataclasses.asdict(self.spec),
            "rows": made,
            "certified": certified(self.spec),
            "runs": dict(self.steps.made),
            "left_out": [item._asdict() for item in left_out(self.spec)],
            "n": max(row["n"] for row in made),
            "wall_seconds": seconds,
            "versions": provenance.versions(),
            "git_revision": provenance.git_revision(),
        }
        runs.finish(self.folder, manifest)


def _asks_a_network(cell: Cell) -> bool:
    return models.resolve(cell.model_id).asks_a_network


def _judged_if_possible(run_id: str, progress: Callable[[float, float, str], None]) -> None:
    """Judge a batch's texts; without the encoder the figures of valid texts say why they are undefined."""
    try:
        verdicts.judge_run(run_id, progress)
    except ResourceMissing:
        return


def _opened(run_id: str) -> runs.Run:
    kind = runs.folder_of(run_id).parent.name
    if kind != KIND:
        raise RunError(
            f"run {run_id!r} is of kind {kind!r}; `python -m attacks table --list` names the tables"
        )
    return runs.open_run(run_id, FORM)
