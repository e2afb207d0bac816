"""What every model says of one review, what such an answer has been worth, and how far they disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Classifier
from sentiment_core.data.finding import Review
from sentiment_core.evaluation import prediction, seen
from sentiment_core.evaluation.records import Evaluation
from sentiment_core.evaluation.worth import Worth, worth_in
from sentiment_core.labels import suspects
from sentiment_core.labels.out_of_fold import OutOfFold
from sentiment_core.labels.votes import Answered
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset
from sentiment_core.uncertainty.disagreement import Disagreement, between


@dataclass(frozen=True)
class Answer:
    """One model's answer to one review.

    Attributes:
        run_id: the evaluation that kept it; "" where the model was asked now.
        seen: "train" or "validation" where the model learned or was tuned on this text, "" where it never
            saw it, None where that is not known.
        worth: what such a probability has been worth; None where the model has no evaluation.
    """

    model_id: str
    name: str
    prob_positive: float
    n_tokens: int
    truncated: bool
    knows_nothing: bool
    run_id: str
    seen: str | None
    worth: Worth | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types but for NaN."""
        return {**vars(self), "worth": self.worth.to_json() if self.worth else None}


def kept_answer(card: ModelCard, found: Evaluation, review: Review) -> Answer | None:
    """Return the answer that an evaluation of this review's split kept; None where it has none."""
    rows = found.frame[(found.frame["example_id"].astype(str) == review.example_id).to_numpy()]
    if rows.empty:
        return None
    row = rows.iloc[0]
    return Answer(
        card.model_id,
        card.short_name,
        float(row["prob_positive"]),
        int(row["n_tokens"]),
        bool(row["truncated"]),
        bool(row["knows_nothing"]),
        found.run_id,
        seen_by(card, review.text),
    )


def asked_now(card: ModelCard, classifier: Classifier, review: Review) -> Answer:
    """Ask a model."""
    said = prediction.answer(classifier, [review.text])
    return Answer(
        card.model_id,
        card.short_name,
        float(said.prob_positive[0]),
        int(said.n_tokens[0]),
        bool(said.truncated[0]),
        bool(said.knows_nothing[0]),
        "",
        seen_by(card, review.text),
    )


def with_worth(
    answer: Answer, found: Evaluation | None, example_id: str, known: NDArray[np.bool_] | None = None
) -> Answer:
    """Return an answer with what it has been worth in an evaluation; `known` as `worth_in` takes it."""
    if found is None:
        return answer
    said = worth_in(found, answer.prob_positive, example_id, known)
    return Answer(**{**vars(answer), "worth": said})


def seen_by(card: ModelCard, text: str) -> str | None:
    """Return whether a model was trained ("train") or tuned ("validation") on a text, or neither ("")."""
    marks = seen.marked(card, pd.Series([text]))
    return None if marks is None else str(marks[0])


def suspected(found: Evaluation) -> dict[str, str] | None:
    """Return the suspect labels of an evaluation with their kind; None for too few reviews of a label."""
    labels = found.frame["label"].to_numpy(np.int64)
    if np.bincount(labels, minlength=2).min() < suspects.LEAST_PER_LABEL:
        return None
    frame = suspects.judge(found.frame, found.frame["prob_positive"].to_numpy(float)).frame
    return dict(zip(frame["example_id"], frame["kind"], strict=True))


@dataclass(frozen=True)
class Folds:
    """What models of one card's settings say of reviews that they were fitted without, by example_id."""

    prob_positive: Mapping[str, float]
    suspect: Mapping[str, str]


def folds_of(card: ModelCard, dataset: Dataset, split: str) -> Folds | None:
    """Return what models fitted out of fold said of a split; None where they are not kept."""
    rows = dataset.split(split)
    if np.bincount(rows["label"].to_numpy(np.int64), minlength=2).min() < suspects.LEAST_PER_LABEL:
        return None
    known = OutOfFold(card, rows, suspects.FOLDS).known()
    if known is None:
        return None
    frame = suspects.judge(rows, known).frame
    ids = rows["example_id"].astype(str)
    return Folds(
        dict(zip(ids, known.tolist(), strict=True)),
        dict(zip(frame["example_id"], frame["kind"], strict=True)),
    )


def as_voter(
    answer: Answer, example_id: str, suspect: Mapping[str, str] | None, folds: Folds | None = None
) -> Answered:
    """Return an answer as a voter on the label.

    Args:
        answer: a model's.
        example_id: of the review.
        suspect: of the evaluation that kept the answer, by `suspected`.
        folds: of the model's settings, which vote in the place of a model that learned the label.
    """
    if answer.seen != "" and folds is not None and example_id in folds.prob_positive:
        name = f"{answer.name} out of fold"
        return Answered(name, folds.prob_positive[example_id], "", folds.suspect.get(example_id, ""))
    kind = suspect.get(example_id, "") if suspect is not None and answer.run_id else None
    return Answered(answer.name, answer.prob_positive, answer.seen, kind)


def disagreement(answers: Sequence[Answer]) -> Disagreement | None:
    """Return how far the models disagree; None for fewer than two that know something of the text."""
    able = [answer.prob_positive for answer in answers if not answer.knows_nothing]
    return between(able) if len(able) > 1 else None
