"""Measure a model on a data set, keep the record, and find it again.

An evaluation is a run folder: `results.parquet` with a prediction for every review, and a manifest with every
metric, its interval and its n.
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core import data, models
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import DamagedFile, DataError, ModelError, RunError
from sentiment_core.evaluation import blended, spending
from sentiment_core.evaluation import seen as seen_before
from sentiment_core.evaluation.comparison import Comparison, compare
from sentiment_core.evaluation.prediction import predict_frame, worker_count
from sentiment_core.evaluation.scoring import score
from sentiment_core.evaluation.seen import Seen
from sentiment_core.metrics.base import FloatArray
from sentiment_core.schema import PREDICTION_COLUMNS, Dataset, Estimate
from sentiment_core.storage import kept, provenance, runs, workspace
from sentiment_core.storage.kept import ESTIMATE, Damaged
from sentiment_core.training_texts import TRAIN

__all__ = [
    "Comparison",
    "Evaluation",
    "compare",
    "damaged_evaluations",
    "evaluate",
    "latest_evaluation",
    "list_evaluations",
    "open_evaluation",
    "predict_frame",
    "score",
]

KIND = "evaluation"
RESULTS = "results.parquet"
#: The column of predictions that older runs lack.
LATER = PREDICTION_COLUMNS[-1]
FORM = runs.Form(
    manifest={
        "model_id": str,
        "model_alias?": str,
        "data": {"name": str, "fingerprint": str, "split": str, "n": int},
        "n": int,
        "metrics": {"accuracy": ESTIMATE, ...: ESTIMATE},
        "seen?": seen_before.SHAPE,
        "carried_from?": str,
        f"{spending.KEY}?": spending.SHAPE,
        "created?": str,
        "seconds?": float,
        "reviews_per_second?": float,
    },
    tables=(RESULTS,),
)


@dataclass(frozen=True)
class Evaluation:
    """A finished evaluation; its predictions are read when they are first asked for."""

    run_id: str
    manifest: dict[str, Any]
    folder: Path

    @functools.cached_property
    def frame(self) -> pd.DataFrame:
        """Return PREDICTION_COLUMNS, one row per review; it is shared, so do not write to it."""
        kept = runs.read_table(runs.open_run(self.run_id, FORM), RESULTS, PREDICTION_COLUMNS[:-1])
        return kept if LATER in kept else kept.assign(**{LATER: False})

    @functools.cached_property
    def metrics(self) -> dict[str, Estimate]:
        """Return every metric at threshold 0.5 by name."""
        return {name: Estimate.from_json(record) for name, record in self.manifest["metrics"].items()}

    @functools.cached_property
    def seen(self) -> Seen | None:
        """Return how many of its reviews the model was trained on; None where that is not known.

        Of a run of before this was recorded it is found out once and kept, which takes a second.
        """
        record = self.manifest.get("seen") or _kept_seen(self)
        return Seen.from_json(record) if record else None

    @property
    def model_id(self) -> str:
        """Return the id of the model that was measured."""
        return str(self.manifest["model_id"])

    @property
    def fingerprint(self) -> str:
        """Return the content hash of the data set it was measured on."""
        return str(self.manifest["data"]["fingerprint"])

    @property
    def split(self) -> str:
        """Return the split it was measured on."""
        return str(self.manifest["data"]["split"])


def evaluate(
    model: str,
    dataset: Dataset,
    split: str = "test",
    *,
    workers: int | None = None,
    cluster: str | None = None,
    progress: Progress = no_progress,
) -> str:
    """Predict every review of a split, score the predictions, keep both, and return the run's id.

    Args:
        model: id or alias of a trained model.
        dataset: it is stored under its fingerprint, so that its texts can be read later.
        split: train, validation or test.
        workers: processes; see `prediction.worker_count`.
        cluster: address of a Dask scheduler, whose workers predict instead.
        progress: called at every step; Cancelled raised in it leaves nothing behind.

    A model that is made of others is computed from their newest evaluations on these reviews, where there are
    any; its speed counts the time that these took.

    Raises:
        DataError: the split holds no review.
        ModelError: the model is not known or damaged.
        RunError: a prediction process was killed.
    """
    card = models.resolve(model)
    examples = split_or_error(dataset, split)
    data.store(dataset)
    spec = {"model_id": card.model_id, "fingerprint": dataset.fingerprint, "split": split}
    run_id = runs.new_run_id(KIND, card.short_name, spec)
    started, asked = time.monotonic(), spending.Spending(card)
    how: dict[str, Any] = {"workers": workers, "cluster": cluster, "progress": progress}
    kept_runs = _evaluations_of_members(card, dataset.fingerprint, split)
    if kept_runs:
        known = {member: found.frame for member, found in kept_runs.items()}
        frame = blended.predict(card, examples, known, **how)
    else:
        frame = predict_frame(card.model_id, examples, **how)
    processes = 0 if cluster else worker_count(card.families, len(frame), workers)
    before = sum(float(found.manifest.get("seconds") or 0) for found in kept_runs.values())
    speed = _speed(len(frame), before + time.monotonic() - started, processes)
    marks = seen_before.marked(card, examples["text"])
    facts = {
        "model_id": card.model_id,
        "model_alias": card.alias,
        "data": {
            "name": dataset.name,
            "fingerprint": dataset.fingerprint,
            "split": split,
            "n": len(frame),
        },
        "n": len(frame),
        "metrics": {name: estimate.to_json() for name, estimate in score(frame).items()},
        **({} if marks is None else {"seen": seen_before.measured(marks, frame).to_json()}),
        **({"kept": {member: found.run_id for member, found in kept_runs.items()}} if kept_runs else {}),
    }
    _write(run_id, spec, frame, facts | speed | asked.record)
    return run_id


def latest_or_new(
    model: str, dataset: Dataset, split: str, *, workers: int | None = None, progress: Progress = no_progress
) -> Evaluation:
    """Return the newest evaluation of a model on a split of a data set; where there is none, make it."""
    card = models.resolve(model)
    found = latest_evaluation(card.model_id, dataset.fingerprint, split)
    if found is not None:
        return found
    return open_evaluation(evaluate(card.model_id, dataset, split, workers=workers, progress=progress))


def carry_over(found: Evaluation, model: str, change: Callable[[FloatArray], FloatArray]) -> str:
    """Keep an evaluation of another model that gives `change` of the same probabilities; return its id.

    Nothing is predicted; the manifest says from which run the probabilities are. A run that was carried over
    before is found again instead.
    """
    card = models.resolve(model)
    kept_before = (
        run.run_id
        for run in list_evaluations(card.model_id, found.fingerprint, found.split)
        if run.manifest.get("carried_from") == found.run_id
    )
    if (known := next(kept_before, None)) is not None:
        return known
    prob = change(found.frame["prob_positive"].to_numpy(np.float64))
    changed = {"model_id": card.model_id, "prob_positive": prob, "predicted": (prob >= 0.5).astype(np.int64)}
    frame = found.frame.assign(**changed)[list(PREDICTION_COLUMNS)]
    spec = {"model_id": card.model_id, "fingerprint": found.fingerprint, "split": found.split}
    marks = marks_of(found)
    facts = {
        "model_id": card.model_id,
        "model_alias": card.alias,
        "data": found.manifest["data"],
        "n": len(frame),
        "metrics": {name: estimate.to_json() for name, estimate in score(frame).items()},
        **({} if marks is None else {"seen": seen_before.measured(marks, frame).to_json()}),
        "carried_from": found.run_id,
    }
    run_id = runs.new_run_id(KIND, card.short_name, spec)
    _write(run_id, spec, frame, facts)
    return run_id


def split_or_error(dataset: Dataset, split: str) -> pd.DataFrame:
    """Return the rows of a split; DataError names the splits that there are."""
    examples = dataset.split(split)
    if examples.empty:
        counts = dataset.examples["split"].value_counts()
        there = ", ".join(f"{name} ({count:,})" for name, count in counts.items()) or "none"
        raise DataError(f"'{dataset.name}' has no reviews in split {split!r}; splits: {there}")
    return examples


def open_evaluation(run_id: str) -> Evaluation:
    """Return a finished evaluation; RunError if there is none of that id."""
    kind = runs.folder_of(run_id).parent.name
    if kind != KIND:
        raise RunError(f"run {run_id!r} is of kind {kind!r}, not an evaluation")
    run = runs.open_run(run_id, FORM)
    if run.manifest is None:
        raise RunError(f"evaluation {run_id!r} is not finished; evaluate again")
    return Evaluation(run.run_id, run.manifest, run.folder)


def list_evaluations(
    model_id: str | None = None, fingerprint: str | None = None, split: str | None = None
) -> list[Evaluation]:
    """Return the finished evaluations, newest first, of one model, data set or split where given."""
    kept = runs.list_runs(KIND, FORM)
    found = [Evaluation(run.run_id, run.manifest, run.folder) for run in kept if run.manifest]
    return [
        evaluation
        for evaluation in found
        if model_id in (None, evaluation.model_id)
        and fingerprint in (None, evaluation.fingerprint)
        and split in (None, evaluation.split)
    ]


def damaged_evaluations() -> list[Damaged]:
    """Return what is wrong with the evaluations whose files are not as they must be."""
    return runs.damaged_runs(KIND, FORM)


def latest_evaluation(model_id: str, fingerprint: str, split: str = "test") -> Evaluation | None:
    """Return the newest evaluation of a model on a split of a data set, or None."""
    return next(iter(list_evaluations(model_id, fingerprint, split)), None)


def _evaluations_of_members(card: models.ModelCard, fingerprint: str, split: str) -> dict[str, Evaluation]:
    """Return by member its newest evaluation on these reviews, where there is one that can be read."""
    kept_runs = {}
    for model_id in card.members:
        found = latest_evaluation(model_id, fingerprint, split)
        with suppress(RunError):  # damaged: as good as none
            if found is not None and len(found.frame):
                kept_runs[model_id] = found
    return kept_runs


def _kept_seen(found: Evaluation) -> dict[str, Any] | None:
    """Return what `Seen.to_json` gives for a run whose manifest lacks it, kept in the workspace's cache."""
    file = workspace.cache_folder("seen") / f"{found.run_id}.json"
    try:
        return dict(kept.read_json(file, seen_before.SHAPE))
    except (FileNotFoundError, DamagedFile):
        record = _seen_now(found)
    if record is not None:
        with workspace.unless_read_only():
            workspace.write_json(file, record)
    return record


def _seen_now(found: Evaluation) -> dict[str, Any] | None:
    marks = marks_of(found)
    return None if marks is None else seen_before.measured(marks, found.frame).to_json()


def marks_of(found: Evaluation, keys: pd.Series | None = None) -> NDArray[Any] | None:
    """Return for each row of the frame "train", "validation" or "" where its model never saw the review.

    None where that is not known: the model, its training data or these reviews are not here any more.

    Args:
        found: an evaluation.
        keys: `training_texts.keys` of the split's texts by example_id, where they are known already.
    """
    try:
        card, dataset = models.resolve(found.model_id), data.by_fingerprint(found.fingerprint)
        ids = found.frame["example_id"]
    except (ModelError, DataError, RunError):
        return None
    if keys is not None and ids.isin(keys.index).all():
        return seen_before.marked_keys(card, keys.loc[ids].to_numpy(np.uint64))
    texts = dataset.split(found.split).set_index("example_id")["text"].reindex(ids)
    return seen_before.marked(card, texts) if texts.notna().all() else None


def not_trained_on(found: Evaluation) -> pd.DataFrame:
    """Return the predictions of the reviews that the model was not trained on, as far as that is known."""
    marks = marks_of(found)
    return found.frame if marks is None else found.frame[marks != TRAIN].reset_index(drop=True)


def _write(run_id: str, spec: Mapping[str, Any], frame: pd.DataFrame, manifest: Mapping[str, Any]) -> None:
    folder = runs.create(KIND, run_id, spec)
    workspace.write_parquet(folder / RESULTS, frame)
    created = {"created": runs.open_run(run_id).created}
    runs.finish(folder, {**manifest, **created, **provenance.of_files(folder / RESULTS)})


def _speed(n: int, seconds: float, processes: int) -> dict[str, float | int]:
    """Return how fast n reviews went, loading the model included, and with how many processes and threads.

    0 processes are a cluster's workers, of one thread each.
    """
    torch = sys.modules.get("torch")
    return {
        "seconds": round(seconds, 3),
        "reviews_per_second": round(n / max(seconds, 1e-3), 2),
        "workers": processes,
        "threads": 1 if processes != 1 or torch is None else int(torch.get_num_threads()),
    }
