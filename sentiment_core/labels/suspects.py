"""Which labels may be wrong: confident learning (Northcutt et al. 2021) on probabilities from other reviews.

A model knows the labels it was trained on, so a probability says something about a label only where the model
did not see it. Reviews that a model was not trained on get its own probabilities; others get those of models
of the same settings, each fitted without a fifth of the reviews (out of fold).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core import data, models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import DataError, ModelError
from sentiment_core.evaluation import records
from sentiment_core.evaluation.prediction import predict_frame
from sentiment_core.evaluation.seen import marked
from sentiment_core.labels.out_of_fold import OutOfFold, in_words
from sentiment_core.schema import Dataset
from sentiment_core.training import members

FLIP, AMBIGUOUS = "flip", "ambiguous"
COLUMNS = ("example_id", "score", "kind", "label", "prob_positive", "reason")
FOLDS = 5
#: Fewer reviews of a label give no threshold for it.
LEAST_PER_LABEL = 5


@dataclass(frozen=True)
class Suspects:
    """Suspected label errors of one split.

    Attributes:
        frame: COLUMNS, the most suspect first. `score` is the probability of the given label, 0 to 1; `kind`
            is FLIP where the other label is more probable than it is on average for reviews that carry it,
            AMBIGUOUS where the model merely prefers it.
        n: the reviews looked at.
        folds: how many models of the same settings were fitted; 0 where the model's own probabilities serve.
        thresholds: mean probability of its own label over the reviews of each label, as confident learning
            takes it (negative, positive).
    """

    frame: pd.DataFrame
    n: int
    folds: int
    thresholds: tuple[float, float]


def suspects(
    model: str,
    dataset: Dataset,
    split: str = "test",
    *,
    folds: int = FOLDS,
    refit: bool | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Suspects:
    """Return the suspected label errors of a split.

    Args:
        model: id or alias; its settings are used where models are fitted.
        dataset: it is stored, so that verdicts on it can be kept.
        split: train, validation, test, or "all".
        folds: models fitted where the model saw these reviews, each without 1/folds of them.
        refit: fit them even if the model did not see the reviews (True), or never (False: an error where it
            did). What was fitted for the same request before is not fitted again.
        seed: of the folds.
        progress: called at every step.

    Raises:
        DataError: too few reviews of a label, or no such split.
        ModelError: the model saw the reviews and its family takes too long to be fitted unasked.
    """
    card = models.resolve(model)
    rows = dataset.examples if split == "all" else records.split_or_error(dataset, split)
    rows = rows.reset_index(drop=True)
    _check_labels(rows)
    data.store(dataset)
    seen = _seen(card, rows)
    if refit or (refit is None and seen.any()):
        members.check_learns(card.family)
        asked = OutOfFold(card, rows, folds, seed)
        if refit is None and FAMILIES[card.family].asked_when_wanted and asked.known() is None:
            raise ModelError(
                f"{card.short_name} was trained on {int(seen.sum()):,} of these {len(rows):,} reviews, and "
                f"fitting {folds} such models takes about {in_words(asked.expected_seconds())}; ask for it "
                "with --refit, or use a linear model"
            )
        probabilities, folds = asked.probabilities(progress), asked.parts
    elif seen.any():
        raise ModelError(
            f"{card.short_name} was trained on {int(seen.sum()):,} of these {len(rows):,} reviews; its own "
            "probabilities say nothing about their labels; leave out --no-refit"
        )
    else:
        folds, probabilities = 0, _own(card, dataset, split, rows, progress)
    return judge(rows, probabilities, folds)


def of_folds(
    model: str, dataset: Dataset, split: str = "test", *, folds: int = FOLDS, seed: int = 0
) -> tuple[Suspects | None, float]:
    """Return the suspects by models that were fitted out of fold before, else None and the seconds it takes.

    Raises:
        DataError: too few reviews of a label, or no such split.
    """
    rows = dataset.examples if split == "all" else records.split_or_error(dataset, split)
    rows = rows.reset_index(drop=True)
    _check_labels(rows)
    asked = OutOfFold(models.resolve(model), rows, folds, seed)
    known = asked.known()
    return (None, asked.expected_seconds()) if known is None else (judge(rows, known, asked.parts), 0.0)


def judge(rows: pd.DataFrame, prob_positive: NDArray[np.float64], folds: int = 0) -> Suspects:
    """Return the suspects among labeled rows, given float64 [n] out-of-sample probabilities."""
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    labels = rows["label"].to_numpy(np.int64)
    both = np.column_stack([1 - prob_positive, prob_positive])
    score = get_label_quality_scores(labels, both, method="self_confidence")
    flips = find_label_issues(labels, both, filter_by="confident_learning", n_jobs=1)
    suspected = flips | (both.argmax(axis=1) != labels)
    thresholds = both[labels == 0, 0].mean(), both[labels == 1, 1].mean()
    frame = pd.DataFrame(
        {
            "example_id": rows["example_id"].astype(str).to_numpy(),
            "score": score,
            "kind": np.where(flips, FLIP, AMBIGUOUS),
            "label": labels,
            "prob_positive": prob_positive,
        }
    )[suspected]
    frame["reason"] = [
        _reason(label, probability, kind, thresholds)
        for label, probability, kind in zip(
            frame["label"], frame["prob_positive"], frame["kind"], strict=True
        )
    ]
    order = frame["score"].to_numpy().argsort(kind="stable")
    return Suspects(
        frame.iloc[order].reset_index(drop=True)[list(COLUMNS)],
        len(rows),
        folds,
        (float(thresholds[0]), float(thresholds[1])),
    )


def _reason(label: int, prob_positive: float, kind: str, thresholds: tuple[float, float]) -> str:
    other, probability = (1, prob_positive) if label == 0 else (0, 1 - prob_positive)
    names = ("negative", "positive")
    said = f"labeled {names[label]}; probability of {names[other]} {100 * probability:.1f} %"
    usual = f"reviews labeled {names[other]} get {100 * thresholds[other]:.1f} % on average"
    return (
        f"{said}, where {usual}"
        if kind == FLIP
        else f"{said}, short of what {usual.removeprefix('reviews ')}"
    )


def _check_labels(rows: pd.DataFrame) -> None:
    counts = np.bincount(rows["label"].to_numpy(np.int64), minlength=2)
    if counts.min() < LEAST_PER_LABEL:
        raise DataError(
            f"{counts[0]:,} negative and {counts[1]:,} positive reviews; at least {LEAST_PER_LABEL} of each "
            "label are needed"
        )


def _seen(card: models.ModelCard, rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows the model was fitted or tuned on; all of them where that is not known."""
    marks = marked(card, rows["text"])
    return np.ones(len(rows), dtype=bool) if marks is None else np.asarray(marks != "", dtype=bool)


def _own(
    card: models.ModelCard, dataset: Dataset, split: str, rows: pd.DataFrame, progress: Progress
) -> NDArray[np.float64]:
    found = records.latest_evaluation(card.model_id, dataset.fingerprint, split)
    frame = found.frame if found else predict_frame(card.model_id, rows, progress=progress)
    by_id = frame.set_index(frame["example_id"].astype(str))["prob_positive"]
    found_in_order = by_id.reindex(rows["example_id"].astype(str))
    return np.asarray(found_in_order, dtype=np.float64)
