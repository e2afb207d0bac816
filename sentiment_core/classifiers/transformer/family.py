"""The transformer family: how one is fitted and loaded."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sentiment_core.classifiers.base import (
    ClassifierFamily,
    FitResult,
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


FAMILY = ClassifierFamily(
    name="transformer",
    title="Transformer, fine-tuned",
    description="A pretrained encoder with a classification head, fine-tuned on the reviews.",
    default_params=DEFAULTS,
    fit=fit,
    load=load,
    slow_to_load=True,
    distil=distil,
)
