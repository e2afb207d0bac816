"""The transformer family: how one is fitted and loaded."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd

from sentiment_core.classifiers.base import (
    ClassifierFamily,
    FitResult,
    Further,
    Params,
    Progress,
    Teaching,
    no_progress,
)
from sentiment_core.classifiers.transformer.classifier import DEFAULTS, load


def fit(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    params: Params,
    folder: Path,
    *,
    scratch: Path,
    progress: Progress = no_progress,
) -> FitResult:
    """Fine-tune with the Hugging Face Trainer; see `finetuning.fine_tune`."""
    from sentiment_core.classifiers.transformer.finetuning import fine_tune

    return fine_tune(train, validation, params, folder, scratch=scratch, progress=progress)


def distil(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    params: Params,
    folder: Path,
    *,
    teaching: Teaching,
    scratch: Path,
    progress: Progress = no_progress,
) -> FitResult:
    """Fine-tune on a teacher's answers too; see `distilling`."""
    from sentiment_core.classifiers.transformer.finetuning import fine_tune

    return fine_tune(train, validation, params, folder, scratch=scratch, progress=progress, teaching=teaching)


def fit_further(
    start: Path,
    train: pd.DataFrame,
    validation: pd.DataFrame,
    params: Params,
    folder: Path,
    *,
    scratch: Path,
    progress: Progress = no_progress,
) -> FitResult:
    """Fine-tune further from a model's own weights, those of an adapter on its base included."""
    from sentiment_core.classifiers.transformer.finetuning import fine_tune

    return fine_tune(train, validation, params, folder, scratch=scratch, progress=progress, start=start)


def settings_further(params: Params, n: int, shown: bool) -> dict[str, Any]:
    """Return the settings of a training further on n reviews: gentle, short, and with checkpoints.

    A fifth of the learning rate: warming up again to the old peak forgets what was learned before (Gupta et
    al. 2023, "Continual pre-training of large language models: how to (re)warm your model?").
    """
    epochs = 2.0
    steps = math.ceil(n / params["batch_size"]) * int(epochs)
    return {
        "learning_rate": params["learning_rate"] / 5,
        "epochs": epochs,
        "evaluate_every": max(1, steps // 4),  # rounded up, the fourth would fall behind the last step
        "start_competes": shown,
    }


FAMILY = ClassifierFamily(
    name="transformer",
    title="Transformer, fine-tuned",
    description="A pretrained encoder with a classification head, fine-tuned on the reviews.",
    default_params=DEFAULTS,
    fit=fit,
    load=load,
    slow_to_load=True,
    further=Further(fit_further, settings_further),
    distil=distil,
)
