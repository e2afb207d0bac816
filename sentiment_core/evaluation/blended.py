"""Predicting with a blend member by member: what evaluations of a member keep is not computed again."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
import pandas as pd

from sentiment_core import models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Classifier, Progress, no_progress
from sentiment_core.classifiers.blend import members
from sentiment_core.classifiers.blend.classifier import weighted_sum
from sentiment_core.classifiers.blend.members import Member
from sentiment_core.evaluation import readings
from sentiment_core.evaluation.prediction import Answers, ask, prediction_table
from sentiment_core.evaluation.readings import Asked
from sentiment_core.jobs.progress import Stages
from sentiment_core.models import ModelCard


def predict(
    card: ModelCard,
    examples: pd.DataFrame,
    fingerprint: str,
    split: str,
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
        fingerprint: of the data set.
        split: its name.
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
    bar, answers = Stages(progress, float(len(made_of.members))), []
    for place, member in enumerate(made_of.members):
        asked = Asked(member.model_id, fingerprint, split, member.max_length)
        load = functools.partial(load_member, card.model_id, place)
        one = functools.partial(ask, load, (member.family,), workers=workers, cluster=cluster)
        stage = bar.stage(1.0, f"asking {member.model_id}")
        answers.append(_answers_of(member, examples, asked, kept, functools.partial(one, progress=stage)))
    log_odds = weighted_sum(made_of.weights, 0.0, [one.prob_positive for one in answers])
    reader = answers[made_of.reader]
    lost = np.logical_and.reduce([one.knows_nothing for one in answers])
    said = Answers(np.asarray(expit(log_odds)), reader.n_tokens, reader.truncated, lost)
    return prediction_table(card.model_id, examples, said)


def load_member(model_id: str, place: int) -> Classifier:
    """Load one member of a blend, as the blend asks it."""
    found = members.read(models.resolve(model_id).folder, FAMILIES)
    return found.members[place].opened(FAMILIES)


def _answers_of(
    member: Member,
    examples: pd.DataFrame,
    asked: Asked,
    kept: Mapping[str, pd.DataFrame],
    ask_now: functools.partial[Answers],
) -> Answers:
    """Return a member's answers: kept ones, and the others now; those of a longer reading are kept, too."""
    member.check()
    ids = examples["example_id"]
    known = readings.answers_in(kept[member.model_id], ids, asked) if member.model_id in kept else None
    answers = Answers.empty(len(examples)) if known is None else known
    new = np.flatnonzero(np.isnan(answers.prob_positive))
    if len(new):
        now = ask_now([str(text) for text in examples["text"].iloc[new]])
        answers.put(new.tolist(), now)
        if known is not None:
            name = models.resolve(member.model_id).short_name
            readings.keep(asked, name, ids.iloc[new].astype(str), now)
    return answers
