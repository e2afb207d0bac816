"""From a teacher and a student's name to a model on the shelf, with what it costs in its manifest.

A killed distillation resumes: the teacher's answers are kept, fine-tuning has checkpoints, and a model that
was fitted but not measured yet is measured. The student does not need its teacher once it is on the shelf.
"""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from sentiment_core import models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Progress, Teaching, no_progress
from sentiment_core.distillation import answers, estimate
from sentiment_core.distillation.answers import Floats
from sentiment_core.distillation.estimate import Expected
from sentiment_core.distillation.measuring import measured
from sentiment_core.distillation.preparing import Prepared
from sentiment_core.errors import RunError
from sentiment_core.jobs.progress import Stages
from sentiment_core.models import ModelCard
from sentiment_core.storage import locks
from sentiment_core.storage.workspace import models_folder, read_json
from sentiment_core.training import train
from sentiment_core.training.taught import Taught

RECORD = "distilled_from"
LOCK = "lock"


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
    asked = prepared.are_asked
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
