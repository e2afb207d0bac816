"""The family of converted transformers: fine-tuned as a transformer is, then converted."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from sentiment_core.classifiers.base import ClassifierFamily, FitResult, Params, Progress, no_progress
from sentiment_core.classifiers.onnx.classifier import load
from sentiment_core.classifiers.transformer import classifier as transformer
from sentiment_core.storage import workspace

#: A transformer's, and whether weights are int8.
DEFAULTS = MappingProxyType({**transformer.DEFAULTS, "int8": True})


def fit(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    params: Params,
    folder: Path,
    *,
    scratch: Path,
    progress: Progress = no_progress,
) -> FitResult:
    """Fine-tune a transformer, convert it, and measure what was written."""
    from sentiment_core.classifiers.onnx.converting import convert, converters
    from sentiment_core.classifiers.transformer.finetuning import fine_tune

    used = converters()  # before hours of training, not after
    tuning = {name: params[name] for name in transformer.DEFAULTS}
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        tuned = Path(name)
        result = fine_tune(train, validation, tuning, tuned, scratch=scratch, progress=progress)
        if not any(tuned.iterdir()):  # of processes that train together the first one writes
            return result
        workspace.write_json(tuned / "manifest.json", {"params": tuning})
        convert(transformer.load(tuned, folder.name), folder, int8=params["int8"])
    figures = _figures(folder, params, validation)
    details = {**result.details, "converters": used, "validation_before": result.validation}
    return FitResult(dict(params), figures, result.curves, details)


def _figures(folder: Path, params: Params, validation: pd.DataFrame) -> dict[str, float]:
    from sklearn.metrics import accuracy_score, f1_score, log_loss

    answers = load(folder, folder.name, params).predict_proba(validation["text"].tolist())
    labels = validation["label"].to_numpy()
    predicted = np.argmax(answers, axis=1)
    return {
        "accuracy": float(accuracy_score(labels, predicted)),
        "f1": float(f1_score(labels, predicted, zero_division=0.0)),
        "loss": float(log_loss(labels, answers, labels=[0, 1])),
    }


FAMILY = ClassifierFamily(
    name="onnx",
    title="Transformer, converted to ONNX",
    description="A fine-tuned transformer, computed by ONNX Runtime: faster, and with int8 weights smaller.",
    default_params=DEFAULTS,
    fit=fit,
    load=load,
    slow_to_load=True,
)
