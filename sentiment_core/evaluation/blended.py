"""Predicting with a blend member by member: what evaluations of a member keep is not computed again."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core import models
from sentiment_core.calibration import scaling
from sentiment_core.calibration.applying import rescaled
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Classifier, Progress, no_progress
from sentiment_core.classifiers.blend import members
from sentiment_core.classifiers.blend.classifier import BlendClassifier, weighted_sum
from sentiment_core.evaluation.prediction import Answers, ask, prediction_table
from sentiment_core.jobs.progress import Stages
from sentiment_core.models import ModelCard


def predict(
    card: ModelCard,
    examples: pd.DataFrame,
    kept: Mapping[str, pd.DataFrame],
    *,
    workers: int | None = None,
    cluster: str | None = None,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """Return PREDICTION_COLUMNS of a blend, equal to what `predict_frame` returns.

    Args:
        card: the blend.
        examples: the rows of a split.
        kept: predictions of members on these rows, by their ids.
        workers: processes; see `prediction.worker_count`.
        cluster: address of a Dask scheduler, whose workers predict instead.
        progress: called after every chunk.

    Raises:
        ModelError: the blend is damaged, or a member is missing or changed.
    """
    from scipy.special import expit

    models.check_files(card)
    made_of = members.read(card.folder, FAMILIES)
    texts = [str(text) for text in examples["text"]]
    bar, answers = Stages(progress, float(len(made_of.members))), []
    for place, member in enumerate(made_of.members):
        load = functools.partial(load_member, card.model_id, place)
        stage = bar.stage(1.0, f"asking {member.model_id}")
        member.check()
        known = answers_in(kept[member.model_id], examples["example_id"]) if member.model_id in kept else None
        how: dict[str, Any] = {"workers": workers, "cluster": cluster, "progress": stage}
        answers.append(known or ask(load, (member.family,), texts, **how))
    # as `load_model` would scale it, had it been calibrated
    whole = rescaled(BlendClassifier(card.model_id, (), made_of.weights), scaling.of_manifest(card.manifest))
    assert isinstance(whole, BlendClassifier)
    log_odds = weighted_sum(whole.weights, whole.bias, [one.prob_positive for one in answers])
    reader = answers[made_of.reader]
    lost = np.logical_and.reduce([one.knows_nothing for one in answers])
    said = Answers(np.asarray(expit(log_odds)), reader.n_tokens, reader.truncated, lost)
    return prediction_table(card.model_id, examples, said)


def load_member(model_id: str, place: int) -> Classifier:
    """Load one member of a blend, as the blend asks it."""
    found = members.read(models.resolve(model_id).folder, FAMILIES)
    return found.members[place].opened(FAMILIES)


def answers_in(frame: pd.DataFrame, example_ids: pd.Series) -> Answers | None:
    """Return what an evaluation's predictions say of these reviews, in their order; None where not of all."""
    rows = frame.drop_duplicates("example_id").set_index("example_id")
    if not example_ids.isin(rows.index).all():
        return None
    said = rows.loc[example_ids]
    return Answers(
        said["prob_positive"].to_numpy(dtype=np.float64),
        said["n_tokens"].to_numpy(dtype=np.int64),
        said["truncated"].to_numpy(dtype=np.bool_),
        said["knows_nothing"].to_numpy(dtype=np.bool_),
    )
