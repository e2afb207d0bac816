"""Fitting a linear model: vocabulary, weighting, then logistic regression with C chosen on validation."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core.classifiers.base import (
    Distil,
    Fit,
    FitAgainst,
    FitResult,
    Params,
    Progress,
    Setting,
    Substitutions,
    Teaching,
    no_progress,
)
from sentiment_core.classifiers.linear import folding, pruning
from sentiment_core.classifiers.linear.classifier import Floats, LinearClassifier, Weighting, save
from sentiment_core.classifiers.linear.folding import Embedding
from sentiment_core.classifiers.linear.ngrams import Vocabulary, learn
from sentiment_core.classifiers.linear.resistance import PART_OF_C, STRENGTHS, Resistance
from sentiment_core.classifiers.linear.robust import Fitted
from sentiment_core.classifiers.linear.soft_labels import weighted_rows
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


def fit_of(
    weigh_with: Callable[[Params], Weigh],
    grid: Sequence[float],
    embed_with: Callable[[Params], Embedding] | None = None,
) -> Fit:
    """Return the fit of a linear family from its weighting, given the settings, and its choice of C.

    It takes seconds, so nothing is kept in `scratch`. `embed_with` gives its word vectors, if it has any.
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
        how = _how(weigh_with, grid, embed_with, params)
        return fit_linear(train, validation, params, folder, progress=progress, **how)

    return fit


def distil_of(
    weigh_with: Callable[[Params], Weigh],
    grid: Sequence[float],
    embed_with: Callable[[Params], Embedding] | None = None,
) -> Distil:
    """Return the fit of a linear family that learns a teacher's answers; as `fit_of` otherwise."""

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
        how = _how(weigh_with, grid, embed_with, params)
        return fit_linear(train, validation, params, folder, progress=progress, teaching=teaching, **how)

    return distil


def fit_against_of(weigh_with: Callable[[Params], Weigh], grid: Sequence[float]) -> FitAgainst:
    """Return the fit of a linear family against substitutions of words; as `fit_of` otherwise."""

    def fit_against(
        train: pd.DataFrame,
        validation: pd.DataFrame,
        params: Params,
        folder: Path,
        *,
        against: Substitutions,
        scratch: Path,
        progress: Progress = no_progress,
    ) -> FitResult:
        how = _how(weigh_with, grid, None, params)
        return fit_linear(train, validation, params, folder, progress=progress, against=against, **how)

    return fit_against


def _how(
    weigh_with: Callable[[Params], Weigh],
    grid: Sequence[float],
    embed_with: Callable[[Params], Embedding] | None,
    params: Params,
) -> dict[str, Any]:
    embedding = embed_with(params) if embed_with else None
    return {"weigh": weigh_with(params), "grid": grid, "embedding": embedding}


def fit_linear(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    params: Params,
    folder: Path,
    *,
    weigh: Weigh,
    grid: Sequence[float],
    progress: Progress = no_progress,
    teaching: Teaching | None = None,
    embedding: Embedding | None = None,
    against: Substitutions | None = None,
) -> FitResult:
    """Learn everything on `train`, choose C from `grid` on `validation`, and write the model.

    `params` holds max_n, min_df, spelling (see `ngrams.learn`), C (0: choose it) and seed. A student that
    keeps fewer features is fitted on all of them first, and again on the most telling ones. Against
    substitutions the model is then fitted further (see `resistance`).
    """
    _check(params, teaching)
    grid = [float(params["C"])] if params["C"] else grid
    most = teaching.most_features if teaching else 0
    steps = len(grid) * (2 if most else 1) + 2 + (len(STRENGTHS) if against else 0)
    progress(0, steps, "reading words")
    vocabulary, counts = learn(
        train["text"].tolist(), params["max_n"], params["min_df"], params.get("spelling", False)
    )
    if not vocabulary.size:
        raise ModelError(f"no word occurs in {params['min_df']} reviews; set min_df to a smaller number")
    vectors: Floats | None = None
    if embedding is not None:
        vocabulary, counts = folding.with_words(vocabulary, counts, embedding.further_words())
        vectors = embedding.vectors(vocabulary.words, _within(progress, 0, steps))
    progress(1, steps, "weighting words")
    labels = train["label"].to_numpy(dtype=np.int64)
    weighting = weigh(counts, labels)

    def fitted(step: int, grid: Sequence[float] = tuple(grid)) -> list[Candidate]:
        """Fit every C."""
        features = weighting.features(counts)
        of_words = None if vectors is None else folding.whitened(features, vectors[vocabulary.keys[0]])
        wide = folding.widened(features, of_words)
        asked = _validation(validation, vocabulary, weighting)
        rows = dataclasses.replace(_rows(wide, labels, *asked, teaching), words=of_words)
        found: list[Candidate] = []
        for c in grid:
            progress(step + len(found), steps, f"logistic regression, C = {c:g}")
            found.append(_candidate(rows, c, TOLERANCE[weighting.normalised], params["seed"]))
        return found

    candidates = fitted(2)
    if most:
        kept = pruning.most_telling(weighting.features(counts), _best(candidates).weights, most)
        vocabulary, words = pruning.only(vocabulary, kept)
        vectors, counts = None if vectors is None else vectors[words], counts[:, kept]
        # Half precision, as its file holds it: the figures are those of the loaded model.
        factors = weighting.factors[kept].astype(np.float16).astype(np.float64)
        weighting = Weighting(weighting.local, factors, weighting.normalised)
        candidates = fitted(2 + len(grid))
    best = _best(candidates)
    details: dict[str, Any] = {}
    if against is not None:
        resistance = Resistance(train, validation, vocabulary, weighting, counts, against)
        (start,) = fitted(len(grid) + 1, [PART_OF_C * best.c])
        best, details = _resisting(resistance, best, start, _within(progress, 2 + len(grid), steps))
    save(LinearClassifier("", vocabulary, weighting, best.weights, best.bias), folder, half=bool(most))
    return FitResult(
        params=dict(params) | {"C": best.c},
        validation=best.figures,
        curves=[{"C": candidate.c, **candidate.figures} for candidate in candidates],
        details={"features": vocabulary.size, "words": len(vocabulary.words), **details},
    )


def _resisting(
    resistance: Resistance, plain: Candidate, start: Candidate, progress: Progress
) -> tuple[Candidate, dict[str, Any]]:
    """Return the strength that is chosen, and what each gave up and gained on the validation reviews."""

    def tick(place: int) -> None:
        progress(place, len(STRENGTHS), f"against substitutions, strength {place + 1} of {len(STRENGTHS)}")

    first, second = (Fitted(one.weights, one.bias) for one in (plain, start))
    tried = resistance.tried(first, second, start.c, tick)
    best = resistance.chosen(tried)
    strengths = [
        {
            "strength": one.strength and one.strength._asdict(),
            "accuracy": one.accuracy,
            "resisting": one.resisting,
            "chosen": one is best,
        }
        for one in tried
    ]
    details = {"resistance": strengths}
    if best.strength is None:
        return plain, details
    log_odds = resistance.asked @ best.model.weights + best.model.bias
    truth = (resistance.truth > 0).astype(np.int64)
    return Candidate(start.c, best.model.weights, best.model.bias, _figures(truth, log_odds)), details


def _within(progress: Progress, begin: float, total: float) -> Progress:
    """Return the progress of one step of several."""

    def told(done: float, of: float, what: str) -> None:
        progress(begin + done / of, total, what)

    return told


@dataclass(frozen=True)
class _Rows:
    """Features and labels of the training and the validation reviews.

    With `weights`, the training rows are a student's (see `soft_labels`): their last column is the bias's.
    With `words`, the training rows have the reviews' vectors behind their n-grams.
    """

    train: Any
    train_labels: Labels
    validation: Any
    validation_labels: Labels
    weights: Floats | None = None
    dtype: type = np.float32
    words: folding.Whitened | None = None


def _rows(
    features: Any, labels: Labels, validation: Any, validation_labels: Labels, teaching: Teaching | None
) -> _Rows:
    if teaching is None:
        return _Rows(features, labels, validation, validation_labels)
    taught = weighted_rows(features, labels, teaching)
    dtype = np.float16 if teaching.most_features else np.float32
    return _Rows(taught.features, taught.labels, validation, validation_labels, taught.weights, dtype)


def _best(candidates: Sequence[Candidate]) -> Candidate:
    """Return the one that is chosen.

    Log loss moves smoothly with C; accuracy on 1,000 reviews jumps by more than C changes it.
    """
    return min(candidates, key=lambda candidate: candidate.figures["log_loss"])


def _validation(rows: pd.DataFrame, vocabulary: Vocabulary, weighting: Weighting) -> tuple[Any, Labels]:
    features = weighting.features(vocabulary.counts(rows["text"].tolist()))
    return features, rows["label"].to_numpy(dtype=np.int64)


def _candidate(rows: _Rows, c: float, tolerance: float, seed: int) -> Candidate:
    """Fit with liblinear's dual solver: seconds on 20,000 reviews, and converged where lbfgs stops early."""
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression(
        C=c,
        solver="liblinear",
        dual=True,
        tol=tolerance,
        max_iter=5000,
        random_state=seed,
        fit_intercept=rows.weights is None,
    )
    regression.fit(rows.train, rows.train_labels, sample_weight=rows.weights)
    coefficients: Floats = regression.coef_[0]
    bias = float(np.ravel(regression.intercept_)[0])
    if rows.weights is not None:
        coefficients, bias = coefficients[:-1], float(coefficients[-1])
    # As the type that the file holds: the figures are those of the loaded model.
    alone, bias = folding.folded(coefficients, bias, rows.words)
    weights = alone.astype(rows.dtype).astype(np.float64)
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


def _check(params: Params, teaching: Teaching | None) -> None:
    if teaching is not None and teaching.hidden_states:
        raise ModelError("a linear model has no hidden states to compare; leave --hidden-states out")
    for name, setting in SETTINGS.items():
        if not params.get(name, setting.low) >= setting.low:  # older trainings do not know of newer settings
            raise ModelError(f"{name} = {params[name]} is not possible; give {setting.low:g} or more")
