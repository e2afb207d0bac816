"""Fitting a linear model: vocabulary, weighting, then logistic regression with C chosen on validation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Fit, FitResult, Params, Progress, Setting, no_progress
from sentiment_core.classifiers.linear.classifier import Floats, LinearClassifier, Weighting, save
from sentiment_core.classifiers.linear.ngrams import Vocabulary, learn
from sentiment_core.errors import ModelError

Labels = NDArray[np.int64]

#: What all linear families can be set to.
SETTINGS: Mapping[str, Setting] = {
    "max_n": Setting("Longest n-gram, words", "1 counts single words, 2 pairs too, 3 triples too.", 1, 5),
    "min_df": Setting("Rarest n-gram, reviews", "N-grams that fewer reviews use are left out.", 1, 1_000),
    "C": Setting(
        "C",
        "How closely the training reviews are fitted: larger is closer. 0 chooses the value that is best on "
        "the validation reviews.",
        0,
        1_000,
        0.1,
    ),
    "spelling": Setting(
        "Read misspellings", "Words that are not known are read as the known ones that they may be."
    ),
}

#: When liblinear's dual solver stops, by whether reviews are scaled to length 1: the gradient that it looks
#: at grows with the values. Tighter ones were tried: the validation figures stay as they are.
TOLERANCE = {True: 1e-3, False: 1e-1}

#: (counts CSR [n, features], labels int64 [n]) -> the family's weighting, learned on the training rows.
Weigh = Callable[[Any, Labels], Weighting]


@dataclass(frozen=True)
class Candidate:
    """One fitted regression and its figures on the validation rows."""

    c: float
    weights: Floats
    bias: float
    figures: dict[str, float]


def fit_of(weigh_with: Callable[[Params], Weigh], grid: Sequence[float]) -> Fit:
    """Return the fit of a linear family from its weighting, given the settings, and its choice of C.

    It takes seconds, so nothing is kept in `scratch`.
    """

    def fit(
        train: pd.DataFrame,
        validation: pd.DataFrame,
        params: Params,
        folder: Path,
        *,
        scratch: Path,
        progress: Progress = no_progress,
    ) -> FitResult:
        weigh = weigh_with(params)
        return fit_linear(train, validation, params, folder, weigh=weigh, grid=grid, progress=progress)

    return fit


def fit_linear(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    params: Params,
    folder: Path,
    *,
    weigh: Weigh,
    grid: Sequence[float],
    progress: Progress = no_progress,
) -> FitResult:
    """Learn everything on `train`, choose C from `grid` on `validation`, and write the model.

    `params` holds max_n, min_df, spelling (see `ngrams.learn`), C (0: choose it) and seed.
    """
    _check(params)
    grid = [float(params["C"])] if params["C"] else grid
    steps = len(grid) + 2
    progress(0, steps, "reading words")
    vocabulary, counts = learn(
        train["text"].tolist(), params["max_n"], params["min_df"], params.get("spelling", False)
    )
    if not vocabulary.size:
        raise ModelError(f"no word occurs in {params['min_df']} reviews; set min_df to a smaller number")
    progress(1, steps, "weighting words")
    labels = train["label"].to_numpy(dtype=np.int64)
    weighting = weigh(counts, labels)
    rows = _Rows(weighting.features(counts), labels, *_validation(validation, vocabulary, weighting))
    del counts  # as large as the features, which the solver copies once more
    candidates = []
    for step, c in enumerate(grid, start=2):
        progress(step, steps, f"logistic regression, C = {c:g}")
        candidates.append(_candidate(rows, c, TOLERANCE[weighting.normalised], params["seed"]))
    del rows  # writing needs memory too
    # Log loss moves smoothly with C; accuracy on 1,000 reviews jumps by more than C changes it.
    best = min(candidates, key=lambda candidate: candidate.figures["log_loss"])
    save(LinearClassifier("", vocabulary, weighting, best.weights, best.bias), folder)
    return FitResult(
        params=dict(params) | {"C": best.c},
        validation=best.figures,
        curves=[{"C": candidate.c, **candidate.figures} for candidate in candidates],
        details={"features": vocabulary.size, "words": len(vocabulary.words)},
    )


@dataclass(frozen=True)
class _Rows:
    """Features and labels of the training and the validation reviews."""

    train: Any
    train_labels: Labels
    validation: Any
    validation_labels: Labels


def _validation(rows: pd.DataFrame, vocabulary: Vocabulary, weighting: Weighting) -> tuple[Any, Labels]:
    features = weighting.features(vocabulary.counts(rows["text"].tolist()))
    return features, rows["label"].to_numpy(dtype=np.int64)


def _candidate(rows: _Rows, c: float, tolerance: float, seed: int) -> Candidate:
    """Fit with liblinear's dual solver: seconds on 20,000 reviews, and converged where lbfgs stops early."""
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression(
        C=c, solver="liblinear", dual=True, tol=tolerance, max_iter=5000, random_state=seed
    )
    regression.fit(rows.train, rows.train_labels)
    # As float32, because that is what the file holds: the figures are those of the loaded model.
    weights = regression.coef_[0].astype(np.float32).astype(np.float64)
    bias = float(regression.intercept_[0])
    return Candidate(c, weights, bias, _figures(rows.validation_labels, rows.validation @ weights + bias))


def _figures(labels: Labels, log_odds: Floats) -> dict[str, float]:
    from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

    predicted = (log_odds >= 0).astype(np.int64)
    both_classes = 0 < labels.sum() < len(labels)
    return {
        "accuracy": float(accuracy_score(labels, predicted)),
        "f1": float(f1_score(labels, predicted, zero_division=np.nan)),
        "roc_auc": float(roc_auc_score(labels, log_odds)) if both_classes else float("nan"),
        "log_loss": float(np.mean(np.logaddexp(0.0, np.where(labels == 1, -log_odds, log_odds)))),
    }


def _check(params: Params) -> None:
    for name, setting in SETTINGS.items():
        if not params.get(name, setting.low) >= setting.low:  # older trainings do not know of newer settings
            raise ModelError(f"{name} = {params[name]} is not possible; give {setting.low:g} or more")
