"""Models that are made of others on the shelf: which ones, and that none of them knows the reviews already.

The weights of a blend are fitted on validation reviews. Some of its members were tuned on the same ones (the
best of a few settings or epochs was kept by them), which is recorded; to fit such members anew out of fold
would take hours, and a choice among a few moves their answers little. A member that was *trained* on them,
or on the test reviews that the blend will be measured on, is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core import models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.blend import blending
from sentiment_core.errors import ModelError, RunError
from sentiment_core.evaluation import records, seen
from sentiment_core.evaluation.blended import answers_in
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset
from sentiment_core.training_texts import TRAIN, VALIDATION, TrainingTexts

#: Of a split, the share of reviews that a member may have been trained on: a few duplicates move no weight,
#: and evaluations say which reviews a model has seen.
FEW = 0.01


def by_id(family: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with ids in place of aliases, which may mean another model later.

    Raises:
        ModelError: a model is not known, is named twice, or is made of others itself; or there is only one.
    """
    setting = FAMILIES[family].made_of
    if not setting or setting not in params:
        return dict(params)
    names = [name.strip() for name in str(params[setting]).split(",") if name.strip()]
    cards = [models.resolve(name) for name in names]
    for name, card in zip(names, cards, strict=True):
        if card.members:
            raise ModelError(f"'{name}' is a {card.family} itself; name the models that it is made of")
    if len({card.model_id for card in cards}) < max(2, len(cards)):
        raise ModelError(
            f"a {family} needs two models or more, each once; given: {', '.join(names) or 'none'}; "
            f"name them: --set {setting}=A,B"
        )
    return {**params, setting: ",".join(card.model_id for card in cards)}


def of(family: str, params: Mapping[str, Any]) -> list[ModelCard]:
    """Return the models that one with these settings is made of; none where it stands by itself."""
    setting = FAMILIES[family].made_of
    return [models.resolve(name) for name in str(params[setting]).split(",")] if setting else []


def check_learns(family: str) -> None:
    """Raise ModelError for a family that learns nothing from training reviews."""
    if FAMILIES[family].learns:
        return
    advice = f"train its members, then a {family} of them" if FAMILIES[family].made_of else "train another"
    raise ModelError(f"a {family} learns nothing from training reviews; {advice}")


def check_unseen(members: Sequence[ModelCard], dataset: Dataset, validation: pd.DataFrame) -> None:
    """Raise ModelError where a member was trained on validation or test reviews, but for a few duplicates."""
    for card in members:
        known = seen.training_texts(card)
        for split, rows in ((VALIDATION, validation), ("test", dataset.split("test"))):
            n = 0 if known is None else int((known.seen(map(str, rows["text"])) == TRAIN).sum())
            if n > FEW * len(rows):
                raise ModelError(
                    f"member '{card.short_name}' was trained on {n:,} of the {len(rows):,} {split} reviews "
                    f"of '{dataset.name}'; use data that it has not seen, or another member"
                )


def lend_answers(
    members: Sequence[ModelCard],
    dataset: Dataset,
    validation: pd.DataFrame,
    scratch: Path,
) -> None:
    """Put into `scratch` what kept evaluations say that the members answer to the validation reviews."""
    texts = validation["text"].astype(str).tolist()
    for card in members:
        found = records.latest_evaluation(card.model_id, dataset.fingerprint, VALIDATION)
        with suppress(RunError):  # damaged: as good as none
            answers = found and answers_in(found.frame, validation["example_id"])
            if answers:
                blending.keep_answers(scratch, card.model_id, texts, answers.prob_positive)


def seen_by(members: Sequence[ModelCard], validation: pd.DataFrame) -> TrainingTexts:
    """Return what a model made of these has seen: all that its members were trained or tuned on."""
    known = [texts for card in members if (texts := seen.training_texts(card)) is not None]
    tuned = TrainingTexts.of([], validation["text"].astype(str))
    train = np.unique(np.concatenate([tuned.train, *(texts.train for texts in known)]))
    return TrainingTexts(train, np.unique(np.concatenate([tuned.validation, *(t.validation for t in known)])))


def facts(members: Sequence[ModelCard], validation: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return by id how many of these reviews tuned a member before; None where that is not known."""
    found = {}
    for card in members:
        known = seen.training_texts(card)
        marks = None if known is None else known.seen(validation["text"].astype(str))
        found[card.model_id] = {"tuned_on": None if marks is None else int((marks == VALIDATION).sum())}
    return found
