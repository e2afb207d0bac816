"""From a model on the shelf to a converted copy on the shelf, if the copy answers as the model does."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sentiment_core import models, training_texts
from sentiment_core.calibrating import training_data
from sentiment_core.calibration import scaling
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Classifier, Progress, no_progress
from sentiment_core.classifiers.onnx.classifier import load
from sentiment_core.classifiers.onnx.converting import convert, converters
from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
from sentiment_core.errors import ModelError
from sentiment_core.exporting import parity, vocabulary
from sentiment_core.exporting.parity import Parity
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset
from sentiment_core.storage import provenance, runs, workspace

FAMILY = "onnx"
FORMATS = ("onnx",)
#: Reviews that original and copy are compared on.
REVIEWS = 400
#: What a copy takes over from the model's manifest.
_CARRIED = ("base", "base_revision", "data", "seed", "curves", "adversarial", "paired")


@dataclass(frozen=True)
class ExportSpec:
    """What is made of a model.

    `least_count`: how often a token must occur in the training reviews to be kept; 0 keeps all.
    """

    int8: bool = False
    least_count: int = 0

    @property
    def exact(self) -> bool:
        """Return whether nothing is given up."""
        return not (self.int8 or self.least_count)


def export(
    name: str,
    spec: ExportSpec,
    *,
    dataset: Dataset | None = None,
    reviews: int = REVIEWS,
    alias: str | None = None,
    force: bool = False,
    progress: Progress = no_progress,
) -> ModelCard:
    """Convert a model, compare both on validation reviews, and put the copy on the shelf.

    Args:
        name: id or alias of a transformer.
        spec: what is given up for size and speed.
        dataset: whose validation reviews are used; by default those the model was trained with.
        reviews: how many of them.
        alias: of the copy.
        force: keep the copy although its answers are not the model's.
        progress: called at every step.

    Raises:
        ModelError: the model's family needs no export, or its architecture cannot be converted, or the
            copy answers otherwise.
        DataError: the reviews are not here.
    """
    if alias is not None:
        models.check_alias(alias)
    card = models.resolve(name)
    _check_family(card)
    dataset = dataset or training_data(card)
    compared, facts = parity.validation_reviews(card, dataset, reviews)
    progress(0, 2 * len(compared), "converting")
    source = _transformer(card)
    with workspace.reserved(workspace.models_folder() / model_id for model_id in _ids(card, spec)) as (
        target,
        folder,
    ):
        pruned, smaller = vocabulary.pruned(source, dataset, spec.least_count, progress)
        convert(smaller, folder, int8=spec.int8)
        params = {**FAMILIES[FAMILY].default_params, **card.manifest["params"], "int8": spec.int8}
        found = parity.measured(source, load(folder, target.name, params), compared, facts, progress)
        if (why := parity.poor(found, exact=spec.exact)) and not force:
            raise ModelError(f"the copy of {card.short_name} is not kept: {why}; --force keeps it")
        _write_manifest(card, spec, params, target.name, folder, found, pruned)
    if alias is not None:
        models.set_alias(alias, target.name)
    return models.resolve(target.name)


def _check_family(card: ModelCard) -> None:
    if card.family == FAMILY:
        raise ModelError(f"{card.short_name} is converted already; export the model it was made from")
    if not FAMILIES[card.family].slow_to_load:
        raise ModelError(
            f"{card.short_name} needs no export: a {card.family} model is {card.size_bytes / 1e6:,.1f} MB "
            "and computes without torch as it is"
        )


def _transformer(card: ModelCard) -> TransformerClassifier:
    loaded: Classifier = models.load_model(card.model_id)
    if not isinstance(loaded, TransformerClassifier):
        raise ModelError(
            f"{card.short_name} cannot be exported: only transformers are, and it is a {card.family} model; "
            "export its members"
        )
    return loaded


def _write_manifest(
    card: ModelCard,
    spec: ExportSpec,
    params: dict[str, Any],
    model_id: str,
    folder: Path,
    found: Parity,
    pruned: dict[str, Any] | None,
) -> None:
    files = provenance.hashes(folder)
    accuracy = found.accuracy_after
    record = {
        "model_id": model_id,
        "family": FAMILY,
        "title": f"{card.title}, ONNX{' int8' if spec.int8 else ''}",
        **{name: card.manifest[name] for name in _CARRIED if name in card.manifest},
        "device": "cpu",
        "params": params,
        "params_given": asdict(spec),
        "validation": {"accuracy": accuracy.value},
        "versions": provenance.versions(),
        "git_revision": provenance.git_revision(),
        "created": workspace.utc_now("milliseconds"),
        "size_bytes": sum((folder / name).stat().st_size for name in files),
        "files": files,
        "parity": found.to_json(),
        "export": {
            "format": "onnx",
            "source": card.model_id,
            "source_files": dict(card.manifest["files"]),
            "source_bytes": card.size_bytes,
            "calibration": card.manifest.get(scaling.KEY),
            "converters": converters(),
            # int8 takes the scale of activations from each text: no reviews set it
            "calibration_data": None,
            "vocabulary": pruned,
        },
        "details": dict(card.manifest.get("details", {})),
    }
    seen = card.folder / training_texts.FILE
    if seen.is_file():
        shutil.copyfile(seen, folder / training_texts.FILE)
    workspace.write_json(folder / models.MANIFEST, runs.json_ready(record))


def _ids(card: ModelCard, spec: ExportSpec) -> Iterator[str]:
    named = json.dumps([card.model_id, asdict(spec)], sort_keys=True)
    digest, now = hashlib.sha256(named.encode()).hexdigest()[:8], datetime.now(UTC)
    while True:
        yield f"{FAMILY}-{now:%Y%m%dt%H%M%S}-{digest}"
        now += timedelta(seconds=1)
