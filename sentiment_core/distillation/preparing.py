"""What a distillation needs before it starts: how the student learns, on which texts, and of whom."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core import models
from sentiment_core.distillation import transfer
from sentiment_core.distillation.students import TRANSFORMER, Student, check_pair
from sentiment_core.distillation.transfer import Transfer
from sentiment_core.errors import ModelError
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset
from sentiment_core.training import train
from sentiment_core.training.edited_reviews import held_out_texts
from sentiment_core.training.rows import rows_for_training, with_training_rows
from sentiment_core.training_texts import keys


@dataclass(frozen=True)
class How:
    """How a student learns.

    Attributes:
        temperature: both models' logits are divided by it where they are compared; above 0.
        hard_share: how much of the loss is that of the labels, 0 to 1.
        hidden_states: whether the student's layers are compared with the teacher's.
        ask: of the training reviews, how many the teacher is asked about; the others keep their label alone.
            None: all.
        most_features: how many n-grams a linear student keeps; 0: all.
        transfer: data sets and files of texts to learn on as well.
    """

    temperature: float = 2.0
    hard_share: float = 0.2
    hidden_states: bool = False
    ask: int | None = None
    most_features: int = 0
    transfer: Sequence[str] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        if not 0 < self.temperature <= 100:
            raise ModelError(f"temperature is {self.temperature:g}; give a number above 0, up to 100")
        if not 0 <= self.hard_share <= 1:
            raise ModelError(f"the hard share is {self.hard_share:g}; give a number from 0 to 1")
        if self.ask is not None and self.ask < 1:
            raise ModelError(f"the teacher is to be asked about {self.ask} reviews; give 1 or more")
        if self.most_features < 0:
            raise ModelError(f"{self.most_features} features are to be kept; give 1 or more, or 0 for all")
        if self.hidden_states and self.ask is not None:
            raise ModelError("with hidden states the teacher reads every training review; leave --ask out")


@dataclass(frozen=True)
class Prepared:
    """A distillation that can start: everything is checked and read, and nothing is asked yet."""

    teacher: ModelCard
    student: Student
    how: How
    dataset: Dataset
    params: dict[str, Any]
    train: pd.DataFrame
    validation: pd.DataFrame
    transfer: Transfer

    @property
    def learned_on(self) -> pd.DataFrame:
        """Return the rows that the student learns on, those without a label last."""
        return train.with_transfer(self.train, self.transfer.rows)

    @property
    def asked(self) -> list[str]:
        """Return the texts that the teacher is asked about before the student is fitted."""
        texts = self.learned_on["text"]
        mine = [] if self.how.hidden_states else texts[self.are_asked].tolist()
        return [*mine, *self.validation["text"]]

    @property
    def are_asked(self) -> NDArray[np.bool_]:
        """Return bool [learned_on]: of which rows the teacher's answer is learned.

        With `ask` they are a seeded sample of the labeled ones.
        """
        n, n_further = len(self.train), len(self.transfer.rows)
        asked = np.ones(n + n_further, dtype=np.bool_)
        if self.how.ask is not None and self.how.ask < n:
            asked[:n] = False
            asked[np.random.default_rng(self.seed).permutation(n)[: self.how.ask]] = True
        return asked

    @property
    def seed(self) -> int:
        """Return the seed in force."""
        return int(self.params.get("seed", 0))

    @property
    def identity(self) -> dict[str, Any]:
        """Return what decides the student besides data and settings."""
        how = self.how
        return {
            "teacher": self.teacher.model_id,
            "temperature": how.temperature,
            "hard_share": how.hard_share,
            "hidden_states": how.hidden_states,
            "ask": how.ask,
            "most_features": how.most_features,
            "transfer": _hash(list(self.transfer.rows["text"])),
        }


def prepare(
    teacher: str, student: Student, dataset: Dataset, how: How, params: Mapping[str, Any] | None = None
) -> Prepared:
    """Check and read everything that a distillation needs.

    Args:
        teacher: id or alias of a model.
        student: what to make.
        dataset: reviews; without a train split they are split 80/10/10, without a validation split 5 % of
            train is held out instead.
        how: the student learns.
        params: settings over the student's own.

    Raises:
        ModelError: the teacher is not known, or the student cannot learn from it or with these settings.
        DataError: reviews or transfer texts cannot be used.
    """
    card = models.resolve(teacher)
    given = {**student.params, **(params or {})}
    if how.most_features == 0:
        check_pair(card, student, params or {})
    in_force = train.params_in_force(student.family, given)
    if how.most_features and student.family == TRANSFORMER:
        raise ModelError("a transformer has no n-grams to keep fewer of; leave --features out")
    if how.hidden_states and student.family != TRANSFORMER:
        raise ModelError(f"{student.name} has no hidden states to compare; leave --hidden-states out")
    divided = with_training_rows(dataset, int(in_force.get("seed", 0)))
    rows, validation = rows_for_training(divided, int(in_force.get("seed", 0)))
    held_out = held_out_texts(divided, validation)
    further = transfer.read(how.transfer, rows["text"].tolist(), held_out)
    return Prepared(card, student, how, divided, given, rows, validation, further)


def _hash(texts: Sequence[str]) -> str:
    """Return a hash of texts in any order; nothing for none."""
    return hashlib.sha256(np.sort(keys(texts)).tobytes()).hexdigest()[:16] if len(texts) else ""
