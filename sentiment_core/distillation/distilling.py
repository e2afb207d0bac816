"""From a teacher and a student's name to a model on the shelf, with what it costs in its manifest.

A killed distillation resumes: the teacher's answers are kept, fine-tuning has checkpoints, and a model that
was fitted but not measured yet is measured. The student does not need its teacher once it is on the shelf.
"""

from __future__ import annotations

import functools
import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core import models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Progress, Teaching, no_progress
from sentiment_core.distillation import answers, estimate, transfer
from sentiment_core.distillation.answers import Floats
from sentiment_core.distillation.estimate import Expected
from sentiment_core.distillation.measuring import measured
from sentiment_core.distillation.students import Student, check_pair
from sentiment_core.distillation.transfer import Transfer
from sentiment_core.errors import ModelError, RunError
from sentiment_core.jobs.progress import Stages
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset
from sentiment_core.storage import locks
from sentiment_core.storage.workspace import models_folder, read_json
from sentiment_core.training import train
from sentiment_core.training.edited_reviews import held_out_texts
from sentiment_core.training.rows import rows_for_training, with_training_rows
from sentiment_core.training.taught import Taught
from sentiment_core.training_texts import keys

RECORD = "distilled_from"
LOCK = "lock"


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
        mine = [] if self.how.hidden_states else texts[_are_asked(self)].tolist()
        return [*mine, *self.validation["text"]]

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
    if how.most_features and student.family == "transformer":
        raise ModelError("a transformer has no n-grams to keep fewer of; leave --features out")
    if how.hidden_states and student.family != "transformer":
        raise ModelError(f"{student.name} has no hidden states to compare; leave --hidden-states out")
    divided = with_training_rows(dataset, int(in_force.get("seed", 0)))
    rows, validation = rows_for_training(divided, int(in_force.get("seed", 0)))
    held_out = held_out_texts(divided, validation)
    further = transfer.read(how.transfer, rows["text"].tolist(), held_out)
    return Prepared(card, student, how, divided, given, rows, validation, further)


def distil(
    prepared: Prepared,
    expected: Expected | None = None,
    *,
    alias: str | None = None,
    resume: bool = False,
    workers: int | None = None,
    progress: Progress = no_progress,
    announce: Callable[[Path], None] | None = None,
    asked: Mapping[str, Any] | None = None,
) -> ModelCard:
    """Ask the teacher, fit the student, measure it, and put it on the shelf.

    Args:
        prepared: what `prepare` gave.
        expected: how long its parts take; None: they are tried first.
        alias: a short name for the student.
        resume: from the checkpoints of the same distillation, if it was interrupted. Answers of the teacher
            that are kept are never asked for again.
        workers: processes that ask the teacher.
        progress: called at every step; Cancelled raised in it stops, and keeps what is done.
        announce: called with the folder of checkpoints and curves before the first step.
        asked: how the data set was asked for, for the manifest alone.

    Raises:
        ModelError: the student cannot be fitted.
        RunError: another process is at the same distillation.
    """
    if alias is not None:
        models.check_alias(alias)
    expected = expected or estimate.expected(prepared)
    bar = Stages(progress, expected.total)
    ask = bar.stage(expected.asking, f"asking {prepared.teacher.short_name}")
    said = answers.log_odds(prepared.teacher, prepared.asked, workers=workers, progress=ask)
    n_validation = len(prepared.validation)
    taught = _taught(prepared, said[: len(said) - n_validation])
    with _aside(prepared, taught, resume) as place:
        card = _fitted_before(place) or train.train(
            prepared.student.family,
            prepared.dataset,
            prepared.params,
            resume=resume,
            shelf=place,
            taught=taught,
            progress=bar.stage(expected.training, f"training {prepared.student.name}"),
            announce=announce,
            asked=asked,
        )
        bar.stage(expected.measuring, "measuring the student")
        loaded = FAMILIES[card.family].load(card.folder, card.model_id)
        found = measured(loaded, card.size_bytes, prepared.validation, said[len(said) - n_validation :])
        record = card.manifest[RECORD] | {"measured": found.to_json()}
        models.shelve(card.folder, {RECORD: record})
        shutil.rmtree(place, ignore_errors=True)
    if alias is not None:
        models.set_alias(alias, card.model_id)
    bar.done("the student is on the shelf")
    return models.resolve(card.model_id)


def _taught(prepared: Prepared, said: Floats) -> Taught:
    """Return the lesson: rows that the teacher was not asked about have their label's share whole."""
    how, rows = prepared.how, prepared.learned_on
    asked = _are_asked(prepared)
    hard = np.where(asked, how.hard_share, 1.0)
    hard[len(prepared.train) :] = 0.0
    log_odds = None
    if not how.hidden_states:
        log_odds = np.zeros(len(rows))
        log_odds[asked] = said
    further = prepared.transfer.rows
    if log_odds is not None:
        further = further.assign(label=(log_odds[len(prepared.train) :] > 0).astype(np.int64))
    teaching = Teaching(
        functools.partial(models.load_model, prepared.teacher.model_id),
        log_odds,
        hard,
        how.temperature,
        how.hidden_states,
        how.most_features,
    )
    return Taught(teaching, further, prepared.identity, _record(prepared, asked))


def _record(prepared: Prepared, asked: Any) -> dict[str, Any]:
    how, teacher = prepared.how, prepared.teacher
    return {
        "model_id": teacher.model_id,
        "title": teacher.title,
        "student": prepared.student.name,
        "temperature": how.temperature,
        "hard_share": how.hard_share,
        "hidden_states": how.hidden_states,
        "most_features": how.most_features,
        "n_answers": int(np.sum(asked)),
        "transfer": [Path(name).name for name in prepared.transfer.names],
        "n_transfer": len(prepared.transfer.rows),
        "transfer_left_out": dict(prepared.transfer.left_out),
    }


def _are_asked(prepared: Prepared) -> Any:
    """Return bool [rows]: which the teacher is asked about; with `ask` a seeded sample of the labeled."""
    n, n_further = len(prepared.train), len(prepared.transfer.rows)
    asked = np.ones(n + n_further, dtype=bool)
    if prepared.how.ask is not None and prepared.how.ask < n:
        asked[:n] = False
        asked[np.random.default_rng(prepared.seed).permutation(n)[: prepared.how.ask]] = True
    return asked


@contextmanager
def _aside(prepared: Prepared, taught: Taught, resume: bool) -> Iterator[Path]:
    """Yield this process's folder for a student that is not measured yet, named by what was asked for."""
    _, spec = train.asked_for(prepared.student.family, prepared.dataset, prepared.params, taught=taught)
    place = models_folder() / f".distilling-{spec.hash}"
    place.mkdir(parents=True, exist_ok=True)
    # A file: `train` waits for the lock of the folder itself.
    lock = locks.try_lock(place / LOCK)
    if lock is None:
        raise RunError("another process makes the same student now; wait for it, or change a setting")
    try:
        if not resume:
            for left_over in (path for path in place.iterdir() if path.name != LOCK):
                shutil.rmtree(left_over) if left_over.is_dir() else left_over.unlink()
        yield place
    finally:
        locks.release(lock)


def _fitted_before(place: Path) -> ModelCard | None:
    """Return the student that an interrupted call fitted but did not measure."""
    for path in place.glob(f"*/{models.MANIFEST}"):
        if models.MODEL_ID.fullmatch(path.parent.name):
            manifest = read_json(path, models.SHAPE)
            return ModelCard(path.parent.name, None, manifest["title"], path.parent, manifest)
    return None


def _hash(texts: Sequence[str]) -> str:
    """Return a hash of texts in any order; nothing for none."""
    return hashlib.sha256(np.sort(keys(texts)).tobytes()).hexdigest()[:16] if len(texts) else ""
