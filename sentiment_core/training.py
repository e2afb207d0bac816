"""From a data set to a model on the shelf: settings checked, family fitted, manifest written last."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from sentiment_core import models, provenance
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import ClassifierFamily, FitResult, Params, Progress, no_progress
from sentiment_core.errors import DataError, ModelError
from sentiment_core.schema import LABEL_NAMES, Dataset
from sentiment_core.workspace import models_folder, utc_now, write_json, written_aside

#: Share of the training rows that stands in for a missing validation split.
VALIDATION_SHARE = 0.05
#: Facts that a family may put into FitResult.details and that the manifest lifts to its top level.
LIFTED: Mapping[str, Any] = {
    "title": None,
    "base": None,
    "base_revision": None,
    "device": "cpu",
    "threads": 1,
}


@dataclass(frozen=True)
class TrainingSpec:
    """What was asked for; equal specs share a hash, and with it their checkpoints."""

    family: str
    data: str
    fingerprint: str
    params: dict[str, Any]
    given: dict[str, Any]

    @property
    def hash(self) -> str:
        """Return 8 hex digits over family, data and every parameter in force."""
        asked = [self.family, self.fingerprint, self.params]
        plain = json.dumps(asked, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(plain.encode()).hexdigest()[:8]


def train(
    family: str,
    dataset: Dataset,
    params: Params | None = None,
    *,
    alias: str | None = None,
    resume: bool = False,
    progress: Progress = no_progress,
) -> models.ModelCard:
    """Train a family on a data set and put the model on the shelf.

    Under torchrun or accelerate every process calls this; the first one shelves the model, and what the
    others get back is not on the shelf.

    Args:
        family: a name in FAMILIES.
        dataset: reviews with a train split; without a validation split, 5 % of train stands in for it.
        params: settings that differ from the family's defaults.
        alias: a short name for the model.
        resume: go on from the checkpoints of an interrupted training with the same spec; else clear them.
        progress: told about every step.

    Raises:
        ModelError: unknown family or setting, or an alias that cannot be used.
        DataError: no training reviews, or only one class among them.
    """
    spec = training_spec(family, dataset, params or {})
    if alias is not None:
        models.check_alias(alias)
    rows = rows_for_training(dataset, int(spec.params.get("seed", 0)))
    scratch = _prepared_scratch(spec, resume)
    if not is_first_process():
        return _assist(spec, *rows, scratch, progress)
    model_id = _fit_onto_shelf(spec, *rows, scratch, progress)
    shutil.rmtree(scratch, ignore_errors=True)
    if alias is not None:
        models.set_alias(alias, model_id)
    return models.resolve(model_id)


def training_spec(family: str, dataset: Dataset, given: Params) -> TrainingSpec:
    """Return the spec with every default filled in."""
    kind = family_named(family)
    unknown = sorted(set(given) - set(kind.default_params))
    if unknown:
        known = ", ".join(sorted(kind.default_params))
        raise ModelError(f"{family} has no setting '{unknown[0]}'; known: {known}")
    params = {**kind.default_params, **given}
    return TrainingSpec(family, dataset.name, dataset.fingerprint, params, dict(given))


def family_named(name: str) -> ClassifierFamily:
    """Return the family with this name, or say which there are."""
    if name not in FAMILIES:
        raise ModelError(f"family '{name}' is not known; known: {', '.join(FAMILIES)}")
    return FAMILIES[name]


def rows_for_training(dataset: Dataset, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (train, validation) rows; a data set without validation lends 5 % of train, stratified."""
    train_rows, validation_rows = dataset.split("train"), dataset.split("validation")
    if train_rows.empty:
        raise DataError(
            f"'{dataset.name}' has no reviews in split 'train'; give the file a column 'split' "
            "with train and test, or let the data be split first"
        )
    _require_both_classes(dataset.name, train_rows)
    if validation_rows.empty:
        train_rows, validation_rows = _lend_validation(train_rows, seed)
    return train_rows, validation_rows


def is_first_process() -> bool:
    """Return whether this process is the one that writes, as torchrun and accelerate number them."""
    return os.environ.get("RANK", "0") == "0"


def _lend_validation(rows: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the validation share from each class among texts that stand in the table once."""
    single = rows[~rows["text"].duplicated(keep=False)]
    lent = [
        group.sample(n=max(1, round(len(group) * VALIDATION_SHARE)), random_state=seed)
        for _, group in single.groupby("label")
    ]
    if sum(map(len, lent)) < 2:
        raise DataError(
            f"{len(rows):,} training reviews are too few to take a validation split from; give 20 or more"
        )
    chosen = rows.index.isin(pd.concat(lent).index)
    return rows[~chosen].reset_index(drop=True), rows[chosen].reset_index(drop=True)


def _require_both_classes(name: str, rows: pd.DataFrame) -> None:
    counts = rows["label"].value_counts()
    for label, label_name in LABEL_NAMES.items():
        if counts.get(label, 0) < 2:
            raise DataError(
                f"'{name}' has {counts.get(label, 0)} {label_name} reviews in split 'train'; "
                "at least 2 of each class are needed"
            )


def _prepared_scratch(spec: TrainingSpec, resume: bool) -> Path:
    """Return the folder for checkpoints; it is named by the spec, so that the same command finds it again."""
    scratch = models_folder() / f".training-{spec.hash}"
    if not resume and is_first_process():
        shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True, exist_ok=True)
    return scratch


def _fit_onto_shelf(
    spec: TrainingSpec,
    train_rows: pd.DataFrame,
    validation_rows: pd.DataFrame,
    scratch: Path,
    progress: Progress,
) -> str:
    model_id = _fresh_id(spec)
    started = time.monotonic()
    with written_aside(models_folder() / model_id) as folder:
        result = FAMILIES[spec.family].fit(
            train_rows, validation_rows, spec.params, folder, scratch=scratch, progress=progress
        )
        facts = {
            "data": _data_record(spec, train_rows, validation_rows),
            "seconds": round(time.monotonic() - started, 3),
        }
        write_json(folder / models.MANIFEST, _manifest(model_id, spec, result, folder) | facts)
    return model_id


def _assist(
    spec: TrainingSpec,
    train_rows: pd.DataFrame,
    validation_rows: pd.DataFrame,
    scratch: Path,
    progress: Progress,
) -> models.ModelCard:
    """Fit beside the first process and throw this process's files away."""
    with tempfile.TemporaryDirectory() as name:
        folder, kind = Path(name), FAMILIES[spec.family]
        result = kind.fit(
            train_rows, validation_rows, spec.params, folder, scratch=scratch, progress=progress
        )
        model_id = _fresh_id(spec)
        return models.ModelCard(model_id, None, kind.title, folder, _manifest(model_id, spec, result, folder))


def _fresh_id(spec: TrainingSpec) -> str:
    """Return the id from UTC time and spec; a second training within one second takes the next."""
    now = datetime.now(UTC)
    while True:
        model_id = f"{spec.family}-{now:%Y%m%dt%H%M%S}-{spec.hash}"
        if not (models_folder() / model_id).exists():
            return model_id
        now += timedelta(seconds=1)


def _data_record(
    spec: TrainingSpec, train_rows: pd.DataFrame, validation_rows: pd.DataFrame
) -> dict[str, Any]:
    return {
        "name": spec.data,
        "fingerprint": spec.fingerprint,
        "n_train": len(train_rows),
        "n_validation": len(validation_rows),
    }


def _manifest(model_id: str, spec: TrainingSpec, result: FitResult, folder: Path) -> dict[str, Any]:
    lifted = {key: result.details.get(key, default) for key, default in LIFTED.items()}
    lifted["base"] = lifted["base"] or spec.params.get("base")
    files = provenance.hashes(folder)
    record = {
        "model_id": model_id,
        "family": spec.family,
        **lifted,
        "title": lifted["title"] or FAMILIES[spec.family].title,
        "params": result.params,
        "params_given": spec.given,
        "seed": spec.params.get("seed"),
        "validation": result.validation,
        "curves": result.curves,
        "versions": provenance.versions(),
        "git_revision": provenance.git_revision(),
        "created": utc_now(),
        "size_bytes": sum((folder / name).stat().st_size for name in files),
        "files": files,
        "details": {key: value for key, value in result.details.items() if key not in LIFTED},
    }
    return dict(_plain(record))


def _plain(value: Any) -> Any:
    """Return JSON types: NaN and infinity become null, NumPy numbers become Python's."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
