"""Calibrates a model of the shelf: measures before and after, and keeps a new model of the same weights.

The model itself stays as it is, and with it every run and cache that names it. The calibrated one has an id
of its own, its manifest says of which model and on which reviews, and its files are links to the same
weights. Its evaluations are those of the model with calibrated probabilities, since nothing else changes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core import data, models
from sentiment_core.calibration import scaling
from sentiment_core.calibration.fitting import METHODS, Fitted, out_of_fold
from sentiment_core.calibration.scaling import Scaling
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import DataError, ReelcheckError
from sentiment_core.evaluation import records
from sentiment_core.evaluation.comparison import compare
from sentiment_core.evaluation.records import Evaluation
from sentiment_core.metrics.base import FloatArray
from sentiment_core.models import ModelCard
from sentiment_core.notes import NOTE
from sentiment_core.schema import Dataset, Estimate
from sentiment_core.storage import runs, workspace

VALIDATION, TEST = "validation", "test"
NONE = "none"
#: What is shown before and after: those that depend on the probabilities beyond their order.
FIGURES = ("accuracy", "ece", "ece_mass", "log_loss", "brier")


@dataclass(frozen=True)
class BeforeAndAfter:
    """Figures of the same n reviews with the model's own probabilities and with calibrated ones."""

    data: Mapping[str, Any]
    before: Mapping[str, Estimate]
    after: Mapping[str, Estimate]
    change: Mapping[str, Estimate]
    labels_changed: int

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        sides = {"before": self.before, "after": self.after, "change": self.change}
        figures = {
            name: {side: of[name].to_json() for side, of in sides.items() if name in of} for name in FIGURES
        }
        return {"data": dict(self.data), **figures, "labels_changed": self.labels_changed}


@dataclass(frozen=True)
class Calibration:
    """What was fitted for a model, and the figures before and after.

    Attributes:
        card: the model that was asked for; `scaling` is of its weights, whatever it is calibrated with now.
        method: a name in METHODS, or NONE.
        fitted_on: the reviews; each calibrated probability is by a scaling fitted without its review.
        tested_on: the test reviews of the same data, where the model was measured on them.
    """

    card: ModelCard
    method: str
    fitted: Fitted
    fitted_on: BeforeAndAfter
    tested_on: BeforeAndAfter | None


def training_data(card: ModelCard) -> Dataset:
    """Return the data set that a model was trained on; DataError where it is not in this workspace."""
    name, fingerprint = (str(card.trained_on.get(key)) for key in ("name", "fingerprint"))
    try:
        return data.by_fingerprint(fingerprint)
    except DataError:
        if name in data.DATASETS and (dataset := data.load(name)).fingerprint == fingerprint:
            return dataset
        raise DataError(
            f"the data that {card.short_name} was trained on, {name}, is not in this workspace; name reviews "
            "with --data"
        ) from None


def measure(
    card: ModelCard,
    dataset: Dataset,
    method: str = "temperature",
    *,
    split: str = VALIDATION,
    test: bool = False,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress = no_progress,
) -> Calibration:
    """Fit a scaling to a model's probabilities of a split, and measure it before and after.

    Kept evaluations are used where there are some. Reviews that the model was trained on are left out.

    Args:
        card: the model; if it is calibrated, its weights are calibrated anew.
        dataset: labeled reviews.
        method: a name in METHODS, or NONE to measure only.
        split: the reviews that are fitted to.
        test: measure the model on the test reviews too, where that was not done before.
        seed: of the folds.
        workers: processes that predict.
        progress: called at every step.

    Raises:
        DataError: the split holds no review, or its reviews determine no scaling.
    """
    found = records.latest_or_new(card.model_id, dataset, split, workers=workers, progress=progress)
    frame = _raw(card, records.not_trained_on(found))
    prob, labels = _answers(frame)
    facts = {"name": dataset.name, "fingerprint": dataset.fingerprint, "split": split, "n": len(frame)}
    if method == NONE:
        return Calibration(card, method, _unfitted(len(frame)), _sides(frame, prob, facts), None)
    fit = METHODS[method]
    fitted = fit(prob, labels)
    fitted_on = _sides(frame, out_of_fold(fit, prob, labels, seed=seed), facts)
    tested = None if split == TEST else _tested(card, dataset, test, workers, progress)
    tested_on = _with(fitted.scaling, card, tested) if tested else None
    return Calibration(card, method, fitted, fitted_on, tested_on)


def keep(found: Calibration, alias: str | None = None) -> tuple[ModelCard, list[str]]:
    """Put the calibrated model on the shelf, with the evaluations of the model; return it and their ids.

    The same calibration as before is found again. The alias is by default that of the model and -calibrated.
    """
    if found.method == NONE:
        raise ReelcheckError("nothing was fitted, so there is nothing to keep")
    source = _source(found.card)
    alias = alias or f"{source.short_name}-calibrated".lower()
    models.check_alias(alias)
    record = _record(found, source)
    card = next((known for known in models.list_models() if _same(known, record)), None)
    card = card or _shelve(source, found.card.folder, record)
    models.set_alias(alias, card.model_id)
    return models.resolve(card.model_id), _carried(found, models.resolve(alias))


def calibrated_from(card: ModelCard) -> list[ModelCard]:
    """Return the calibrated models of a model, newest first."""
    return [
        other
        for other in reversed(models.list_models())
        if other.manifest.get(scaling.KEY, {}).get("source") == card.model_id
    ]


# --- measuring -----------------------------------------------------------------------------------


def _raw(card: ModelCard, frame: pd.DataFrame) -> pd.DataFrame:
    """Return predictions with the probabilities of the weights as they were trained."""
    known = scaling.of_manifest(card.manifest)
    if known is None:
        return frame
    return frame.assign(prob_positive=known.undone(frame["prob_positive"].to_numpy(np.float64)))


def _answers(frame: pd.DataFrame) -> tuple[FloatArray, Any]:
    return frame["prob_positive"].to_numpy(np.float64), frame["label"].to_numpy(np.int64)


def _sides(frame: pd.DataFrame, calibrated: FloatArray, facts: Mapping[str, Any]) -> BeforeAndAfter:
    after = frame.assign(prob_positive=calibrated)
    before = frame["prob_positive"].to_numpy(np.float64)
    if np.array_equal(before, calibrated):  # nothing was fitted
        return BeforeAndAfter(facts, records.score(frame, metrics=FIGURES), {}, {}, 0)
    return BeforeAndAfter(
        facts,
        records.score(frame, metrics=FIGURES),
        records.score(after, metrics=FIGURES),
        compare(frame, after, metrics=FIGURES).differences,
        int(((before >= 0.5) != (calibrated >= 0.5)).sum()),
    )


def _with(found: Scaling, card: ModelCard, tested: Evaluation) -> BeforeAndAfter:
    """Return the figures of reviews that nothing was fitted to."""
    frame = _raw(card, tested.frame)
    return _sides(frame, found.of(_answers(frame)[0]), tested.manifest["data"])


def _tested(
    card: ModelCard, dataset: Dataset, wanted: bool, workers: int | None, progress: Progress
) -> Evaluation | None:
    if wanted:
        return records.latest_or_new(card.model_id, dataset, TEST, workers=workers, progress=progress)
    return records.latest_evaluation(card.model_id, dataset.fingerprint, TEST)


def _unfitted(n: int) -> Fitted:
    return Fitted(Scaling(), Estimate(1.0, np.nan, np.nan, n, "nothing was fitted"))


# --- keeping -------------------------------------------------------------------------------------


def _source(card: ModelCard) -> ModelCard:
    """Return the model whose weights these are; the model itself where that one is gone."""
    source = card.manifest.get(scaling.KEY, {}).get("source")
    return next((other for other in models.list_models() if other.model_id == source), card)


def _record(found: Calibration, source: ModelCard) -> dict[str, Any]:
    record = {
        "method": found.method,
        "scale": found.fitted.scaling.scale,
        "shift": found.fitted.scaling.shift,
        "temperature": found.fitted.temperature.to_json(),
        "source": source.manifest.get(scaling.KEY, {}).get("source", source.model_id),
        "data": dict(found.fitted_on.data),
        "ece": found.fitted_on.to_json()["ece"],
    }
    return dict(runs.json_ready(record))


def _same(card: ModelCard, record: Mapping[str, Any]) -> bool:
    kept = card.manifest.get(scaling.KEY) or {}
    return all(kept.get(key) == record[key] for key in ("method", "scale", "shift", "source", "data"))


def _shelve(source: ModelCard, weights: Path, record: Mapping[str, Any]) -> ModelCard:
    """Make the folder of the calibrated model: its manifest, and links to all other files."""
    targets = (workspace.models_folder() / model_id for model_id in _ids(source, record))
    with workspace.reserved(targets) as (target, folder):
        for path in (path for path in sorted(weights.rglob("*")) if path.is_file()):
            relative = path.relative_to(weights)
            if str(relative) not in (models.MANIFEST, models.CARD, NOTE):
                _link(path, folder / relative)
        facts = {
            "model_id": target.name,
            "title": f"{source.title.removesuffix(', calibrated')}, calibrated",
            "created": workspace.utc_now("milliseconds"),
            scaling.KEY: record,
        }
        workspace.write_json(folder / models.MANIFEST, source.manifest | facts)
    return models.resolve(target.name)


def _link(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, target)
    except OSError:  # a disk without links
        shutil.copy2(path, target)


def _ids(source: ModelCard, record: Mapping[str, Any]) -> Iterator[str]:
    named = {key: record[key] for key in ("method", "scale", "shift", "source", "data")}
    digest = hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()[:8]
    now = datetime.now(UTC)
    while True:
        yield f"{source.family}-{now:%Y%m%dt%H%M%S}-{digest}"
        now += timedelta(seconds=1)


def _carried(found: Calibration, card: ModelCard) -> list[str]:
    """Carry over the newest evaluation of each split but that of test reviews that were fitted to."""
    old, new = scaling.of_manifest(found.card.manifest), found.fitted.scaling
    fitted_to = found.fitted_on.data
    left_out = (fitted_to["fingerprint"], TEST) if fitted_to["split"] == TEST else None

    def change(prob: FloatArray) -> FloatArray:
        return new.of(old.undone(prob) if old else prob)

    newest = {
        (run.fingerprint, run.split): run
        for run in reversed(records.list_evaluations(found.card.model_id))
        if (run.fingerprint, run.split) != left_out
    }
    return [records.carry_over(run, card.model_id, change) for run in newest.values()]
