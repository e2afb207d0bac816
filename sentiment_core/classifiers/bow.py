"""Bag of words: plain counts of words and pairs of words, with logistic regression."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core.classifiers.base import ClassifierFamily, FitResult, Params, Progress, no_progress
from sentiment_core.classifiers.linear import Weighting, load
from sentiment_core.classifiers.linear_fit import Labels, fit_linear

DEFAULTS = MappingProxyType({"max_n": 2, "min_df": 2, "C": 0.0, "seed": 0})
GRID = (0.003, 0.01, 0.03, 0.1)


def weigh(counts: Any, labels: Labels) -> Weighting:
    """Return the counts as they are."""
    return Weighting("count", np.ones(counts.shape[1]), normalised=False)


def fit(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    params: Params,
    folder: Path,
    *,
    scratch: Path,
    progress: Progress = no_progress,
) -> FitResult:
    """Fit on `train`; seconds, so nothing is kept in `scratch`."""
    return fit_linear(train, validation, params, folder, weigh=weigh, grid=GRID, progress=progress)


FAMILY = ClassifierFamily(
    name="bow",
    title="Bag of words + logistic regression",
    description=(
        "Counts of words and pairs of words, and a logistic regression over them. "
        "The simplest model here: what weighting buys is measured against it."
    ),
    default_params=DEFAULTS,
    fit=fit,
    load=load,
)
