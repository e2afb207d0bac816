"""How accuracy grows with the number of training reviews: one point per family, size and seed.

A run of kind learning-curve. Each point is journaled when it is done, so a kill loses one at most. For one
seed the smaller sets of reviews are parts of the larger ones. The models are not kept.
"""

from __future__ import annotations

import functools
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pandas as pd

from sentiment_core import data
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Params, Progress, no_progress
from sentiment_core.data.splitting import limited
from sentiment_core.errors import DataError, RunError
from sentiment_core.evaluation.prediction import Answers, predict_here, prediction_table, worker_count
from sentiment_core.evaluation.records import split_or_error
from sentiment_core.evaluation.scoring import score
from sentiment_core.jobs.progress import Stages
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset
from sentiment_core.storage import journal, provenance, runs, workspace
from sentiment_core.storage.kept import Damaged
from sentiment_core.training import members, train

KIND = "learning-curve"
RESULTS = "results.parquet"

#: A point: what was trained on how many reviews, and how accurate it is. `size` is what was asked for,
#: `n_train` what was trained on; `n` is the number of reviews behind the accuracy; seconds are of training,
#: in a process's first point with the loading of libraries.
COLUMNS = ("family", "size", "seed", "n_train", "accuracy", "ci_low", "ci_high", "n", "seconds")

_POINT = {
    "family": str,
    "size": int,
    "seed": int,
    "n_train": int,
    "accuracy?": float,
    "ci_low?": float,
    "ci_high?": float,
    "n": int,
    "seconds": float,
    ...: None,
}
FORM = runs.Form(
    spec={
        "title": str,
        "data": {"name": str, "fingerprint": str},
        "families": [str],
        "sizes": [int],
        "seeds": [int],
        "split": str,
        "params": {...: dict},
        "evaluate_on?": int,
    },
    tables=(RESULTS,),
)

#: (family, size, seed)
Point: TypeAlias = tuple[str, int, int]

SIZES = (50, 200, 1000, 5000, 20000)


@dataclass(frozen=True)
class CurveRequest:
    """The request of a learning curve.

    `params` are settings by family; `evaluate_on` limits the reviews that each point is measured on.
    """

    dataset: Dataset
    families: Sequence[str]
    sizes: Sequence[int] = SIZES
    seeds: Sequence[int] = (0,)
    split: str = "test"
    params: Mapping[str, Params] | None = None
    evaluate_on: int | None = None

    def spec(self) -> dict[str, Any]:
        """Return the record of the request, after checking that it can be met."""
        if self.split == "train":
            raise DataError("split 'train' is what is learned from; measure on test or validation")
        split_or_error(self.dataset, self.split)
        if self.evaluate_on is not None and self.evaluate_on < 1:
            raise DataError(f"evaluate_on is {self.evaluate_on}; give 1 or more")
        given = {family: dict((self.params or {}).get(family, {})) for family in self.families}
        for family, params in given.items():
            train.params_in_force(family, params)
            members.check_learns(family)
        return {
            "title": f"Learning curve of {', '.join(self.families)} on {self.dataset.name}",
            "data": {"name": self.dataset.name, "fingerprint": self.dataset.fingerprint},
            "families": list(self.families),
            "sizes": reachable(self.dataset, self.sizes),
            "seeds": list(self.seeds),
            "split": self.split,
            "params": given,
            "evaluate_on": self.evaluate_on,
        }


@dataclass(frozen=True)
class LearningCurve:
    """A learning curve as kept on disk, finished or not; `frame` has COLUMNS, one row per finished point."""

    run_id: str
    spec: dict[str, Any]
    manifest: dict[str, Any] | None
    running: bool
    frame: pd.DataFrame

    @property
    def n_points(self) -> int:
        """Return how many points there will be."""
        return len(_points(self.spec))


def start(request: CurveRequest) -> str:
    """Make the run of a new learning curve and return its id; `resume` does the work."""
    spec = request.spec()
    data.store(request.dataset)
    folder = runs.create(KIND, runs.new_run_id("curve", "-".join(spec["families"]), spec), spec)
    return folder.name


def unfinished_like(request: CurveRequest) -> str | None:
    """Return the newest unfinished run of exactly this request, or None."""
    asked = runs.json_ready(request.spec())
    same = (run for run in list_curves() if not run.finished and run.spec == asked)
    return next((run.run_id for run in same), None)


def resume(run_id: str, *, workers: int | None = None, progress: Progress = no_progress) -> LearningCurve:
    """Measure the points that are missing, the smallest first, and finish the run.

    Raises:
        RunError: the run is finished already, or another process is at it.
    """
    run = _opened(run_id)
    if run.finished:
        raise RunError(f"learning curve {run_id!r} is finished; start a new one for other points")
    with runs.alone(run.folder):
        dataset = data.by_fingerprint(run.spec["data"]["fingerprint"])
        done = {(p["family"], p["size"], p["seed"]) for p in journal.records(run.folder, _POINT)}
        missing = [point for point in _points(run.spec) if point not in done]
        bar = Stages(progress, float(sum(size for _, size, _ in missing)))
        for family, size, seed in missing:
            stage = bar.stage(float(size), f"{family}, {size:,} reviews, seed {seed}")
            journal.append(run.folder, _measured(run, dataset, (family, size, seed), workers, stage))
        _finish(run)
        bar.done("learning curve finished")
    return open_curve(run_id)


def open_curve(run_id: str) -> LearningCurve:
    """Return a learning curve, running or finished; RunError if there is none of that id."""
    run = _opened(run_id)
    running = not run.finished and runs.is_running(run.folder)
    return LearningCurve(run.run_id, run.spec, run.manifest, running, _frame(run))


def list_curves() -> list[runs.Run]:
    """Return the learning curves, newest first."""
    return runs.list_runs(KIND, FORM)


def damaged_curves() -> list[Damaged]:
    """Return what is wrong with the learning curves whose files are not as they must be."""
    return runs.damaged_runs(KIND, FORM)


def repair(run_id: str) -> None:
    """Write the table and the manifest of a learning curve again from its journal.

    A damaged manifest is removed where points are missing: then the rest can be measured.

    Raises:
        RunError: its spec is damaged, which says what the points are.
    """
    folder = runs.folder_of(run_id)
    with runs.alone(folder):
        spec = runs.unfinished_again(folder, FORM, "learning curve")
        run = runs.Run(KIND, run_id, folder, spec, None)
        if len(_frame(run)) == len(_points(spec)):
            _finish(run)


def reachable(dataset: Dataset, sizes: Sequence[int]) -> list[int]:
    """Return the sizes in rising order, each once; those beyond what there is become all there is."""
    there = len(dataset.split("train"))
    if not there:
        raise DataError(f"'{dataset.name}' has no training reviews; split it first")
    if not sizes or min(sizes) < 4:
        raise DataError(f"sizes are {', '.join(map(str, sizes)) or 'missing'}; give numbers of 4 or more")
    return sorted({min(size, there) for size in sizes})


def subset(dataset: Dataset, size: int, seed: int) -> Dataset:
    """Return `size` training reviews and at most as many for validation, stratified, the test ones left out.

    Who has fifty labeled reviews to train on does not have a thousand to validate with. With
    one seed, a smaller subset is part of a larger one.
    """
    seen = dataset.examples[dataset.examples["split"] != "test"].reset_index(drop=True)
    return limited(Dataset(dataset.name, dataset.fingerprint, seen), size, seed)


def _points(spec: Mapping[str, Any]) -> list[Point]:
    return [
        (family, size, seed)
        for size in spec["sizes"]
        for seed in spec["seeds"]
        for family in spec["families"]
    ]


def _measured(
    run: runs.Run, dataset: Dataset, point: Point, workers: int | None, progress: Progress
) -> dict[str, Any]:
    """Return one point: train aside, predict, score, and remove the model."""
    family, size, seed = point
    params = dict(run.spec["params"][family])
    params |= {"seed": seed} if "seed" in FAMILIES[family].default_params else {}
    examples = _examples(dataset, run.spec)
    shelf = run.folder / "models"
    part = subset(dataset, size, seed)
    # After a kill the interrupted point resumes from its checkpoints, which are in `shelf`.
    card = train.train(family, part, params, resume=True, progress=progress, shelf=shelf)
    table = prediction_table(card.model_id, examples, _answers(card, examples, workers))
    shutil.rmtree(shelf)
    accuracy = score(table, metrics=["accuracy"])["accuracy"]
    return {
        "family": family,
        "size": size,
        "seed": seed,
        "n_train": card.manifest["data"]["n_train"],
        "accuracy": accuracy.value,
        "ci_low": accuracy.ci_low,
        "ci_high": accuracy.ci_high,
        "n": accuracy.n,
        "seconds": card.manifest["seconds"],
    }


def _examples(dataset: Dataset, spec: Mapping[str, Any]) -> pd.DataFrame:
    if spec["evaluate_on"] is None:
        return dataset.split(spec["split"])
    return limited(dataset, spec["evaluate_on"], 0).split(spec["split"])


def _answers(card: ModelCard, examples: pd.DataFrame, workers: int | None) -> Answers:
    texts = [str(text) for text in examples["text"]]
    load = functools.partial(FAMILIES[card.family].load, card.folder, card.model_id)
    processes = worker_count(card.families, len(texts), workers)
    if processes == 1:
        return predict_here(load(), texts)
    from sentiment_core.evaluation.prediction import predict_in_processes

    return predict_in_processes(load, texts, processes, no_progress)


def _frame(run: runs.Run) -> pd.DataFrame:
    """Return the finished points, by family and size."""
    if run.finished:
        return runs.read_table(run, RESULTS, COLUMNS)
    points = {(p["family"], p["size"], p["seed"]): p for p in journal.records(run.folder, _POINT)}
    frame = pd.DataFrame(list(points.values()), columns=list(COLUMNS))
    return frame.sort_values(["family", "size", "seed"], ignore_index=True)


def _finish(run: runs.Run) -> None:
    frame = _frame(run)
    workspace.write_parquet(run.folder / RESULTS, frame)
    facts = {
        "n_points": len(frame),
        "seconds": round(float(frame["seconds"].sum()), 3),
        "created": run.created,
        **provenance.of_files(run.folder / RESULTS),
    }
    runs.finish(run.folder, {**run.spec, **facts})


def _opened(run_id: str) -> runs.Run:
    kind = runs.folder_of(run_id).parent.name
    if kind != KIND:
        raise RunError(f"run {run_id!r} is of kind {kind!r}, not a learning curve")
    return runs.open_run(run_id, FORM)
