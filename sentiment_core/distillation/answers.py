"""What a teacher says of texts, kept by model and text: each text is asked about once, whatever is killed.

The answers lie in the workspace's cache as a journal: removing it costs time and nothing else.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment_core import models
from sentiment_core.classifiers.base import Classifier, GivesLogOdds, Progress, no_progress
from sentiment_core.errors import RunError
from sentiment_core.evaluation.prediction import CHUNK_FOR_PROCESS, Work, worker_count
from sentiment_core.execution import executor_for
from sentiment_core.execution.base import Lost, Stop
from sentiment_core.models import ModelCard
from sentiment_core.storage import journal, locks, workspace
from sentiment_core.training_texts import keys

Floats = NDArray[np.float64]

_CHUNK = {"keys": [str], "log_odds": [float]}
#: Beyond these a probability of a model without log-odds is 0 or 1: e^-700 is about the smallest float64.
LARGEST_LOG_ODDS = 700.0


def log_odds(
    teacher: ModelCard,
    texts: Sequence[str],
    *,
    workers: int | None = None,
    progress: Progress = no_progress,
) -> Floats:
    """Return the teacher's log-odds of the positive class, float64 [n], in the order of `texts`.

    Texts that differ in white space only are one text.

    Raises:
        RunError: a process that asked was killed.
    """
    wanted, known = _names(texts), kept(teacher)
    new = {name: text for name, text in zip(wanted, texts, strict=True) if name not in known}
    if new:
        known |= _asked(teacher, new, workers, progress)
    return np.array([known[name] for name in wanted], dtype=np.float64)


def missing(teacher: ModelCard, texts: Sequence[str]) -> list[str]:
    """Return the texts that the teacher was not asked about yet."""
    known = kept(teacher)
    return [text for name, text in zip(_names(texts), texts, strict=True) if name not in known]


def kept(teacher: ModelCard) -> dict[str, float]:
    """Return the kept answers by the name of their text; what is damaged counts as not asked yet."""
    chunks = journal.records(_folder(teacher), _CHUNK)
    return {
        name: answer
        for chunk in chunks
        if len(chunk["keys"]) == len(chunk["log_odds"])
        for name, answer in zip(chunk["keys"], chunk["log_odds"], strict=True)
    }


def answers_of(classifier: Classifier, texts: Sequence[str]) -> Floats:
    """Return a loaded classifier's log-odds, from its probabilities where it gives no others."""
    if isinstance(classifier, GivesLogOdds):
        return np.asarray(classifier.log_odds(texts), dtype=np.float64)
    said = np.asarray(classifier.predict_proba(texts), dtype=np.float64)
    with np.errstate(divide="ignore"):
        found: Floats = np.clip(np.log(said[:, 1]) - np.log(said[:, 0]), -LARGEST_LOG_ODDS, LARGEST_LOG_ODDS)
    return found


def _asked(
    teacher: ModelCard, new: dict[str, str], workers: int | None, progress: Progress
) -> dict[str, float]:
    folder, texts = _folder(teacher), list(new.values())
    found: dict[str, float] = {}
    work = Work(texts, progress)
    chunks = [list(new.items())[at : at + CHUNK_FOR_PROCESS] for at in range(0, len(new), CHUNK_FOR_PROCESS)]
    processes = worker_count(teacher.families, len(texts), workers)
    executor = executor_for(0 if processes == 1 else processes)
    prepare = functools.partial(_prepare, teacher.model_id)
    for index, result in executor.run(
        prepare, [[text for _, text in chunk] for chunk in chunks], tick=work.report
    ):
        if isinstance(result, Lost):
            raise RunError(
                f"a process that asked {teacher.short_name} was killed after {work.reviews:,} of "
                f"{len(texts):,} texts, perhaps for lack of memory; the answers so far are kept: try again"
            )
        of_chunk = dict(zip((name for name, _ in chunks[index]), map(float, result), strict=True))
        _keep(folder, of_chunk)
        found |= of_chunk
        first = index * CHUNK_FOR_PROCESS
        work.finish(range(first, first + len(of_chunk)))
    return found


def _prepare(model_id: str) -> Callable[[list[str], Stop], Floats]:
    classifier = models.load_model(model_id)

    def ask(texts: list[str], stop: Stop) -> Floats:
        return answers_of(classifier, texts)

    return ask


def _keep(folder: Path, answers: dict[str, float]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with workspace.unless_read_only(), locks.locked(folder):
        journal.append(folder, {"keys": list(answers), "log_odds": list(answers.values())})


def _names(texts: Sequence[str]) -> list[str]:
    """Return each text's hash as 16 hex digits: more digits than a kept number may have."""
    return [f"{int(key):016x}" for key in keys(texts)]


def _folder(teacher: ModelCard) -> Path:
    return workspace.cache_folder("answers") / teacher.model_id
