"""How long a distillation takes, before it starts: its parts are timed on a few of its own reviews."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sentiment_core import models
from sentiment_core.classifiers.base import Classifier
from sentiment_core.distillation import answers
from sentiment_core.distillation.preparing import Prepared
from sentiment_core.evaluation.prediction import worker_count
from sentiment_core.training import train

#: Reviews that are timed, drawn from those that are to be learned on.
SAMPLE = 8
#: Of a linear student on 20,000 IMDb reviews: 1.5 to 3 ms a row and value of C, on one core; each review is
#: up to three rows.
LINEAR_SECONDS_PER_REVIEW = 8e-3
#: Libraries, weights and tokens, before the first step.
START_SECONDS = 10.0
#: A forward pass is about a third of a training step.
FORWARD = 1 / 3


@dataclass(frozen=True)
class Expected:
    """Seconds that the parts of a distillation are expected to take on this machine as busy as it is now."""

    asking: float
    training: float
    measuring: float
    n_asked: int

    @property
    def total(self) -> float:
        """Return the seconds of all parts."""
        return self.asking + self.training + self.measuring


def expected(prepared: Prepared) -> Expected:
    """Return how long a distillation takes; the teacher and the student are tried on SAMPLE reviews."""
    to_ask = answers.missing(prepared.teacher, prepared.asked)
    sample = _sample(prepared.learned_on["text"].tolist(), prepared.seed)
    teacher = _of_teacher(prepared, sample) if to_ask or prepared.how.hidden_states else 0.0
    processes = worker_count(prepared.teacher.families, len(to_ask)) if to_ask else 1
    training, forward = _of_student(prepared, sample, teacher)
    return Expected(
        asking=len(to_ask) * teacher / processes,
        training=training,
        measuring=1.0 + forward * len(prepared.validation),
        n_asked=len(to_ask),
    )


def _sample(texts: Sequence[str], seed: int) -> list[str]:
    drawn = np.random.default_rng(seed).permutation(len(texts))[:SAMPLE]
    return [texts[place] for place in drawn]


def _of_teacher(prepared: Prepared, sample: Sequence[str]) -> float:
    """Return the seconds per review of asking the teacher."""
    loaded = models.load_model(prepared.teacher.model_id)
    answers.answers_of(loaded, sample[:1])  # the first call sets up more than it computes
    return _seconds_per_review(loaded, sample)


def _seconds_per_review(loaded: Classifier, sample: Sequence[str]) -> float:
    started = time.perf_counter()
    answers.answers_of(loaded, sample)
    return (time.perf_counter() - started) / len(sample)


def _of_student(prepared: Prepared, sample: Sequence[str], teacher: float) -> tuple[float, float]:
    """Return the seconds of all training, and those of one answer of the student."""
    n = len(prepared.learned_on)
    params = train.params_in_force(prepared.student.family, prepared.params)
    if "base" not in params:
        fits = 2 if prepared.how.most_features else 1
        return n * LINEAR_SECONDS_PER_REVIEW * fits, 1e-3
    from sentiment_core.classifiers.transformer.timing import seconds_per_step_and_row

    step = seconds_per_step_and_row(params, sample)
    along = teacher if prepared.how.hidden_states else 0.0
    epochs = float(params["epochs"])
    evaluations = max(1.0, epochs) * len(prepared.validation) * step * FORWARD
    return START_SECONDS + epochs * n * (step + along) + evaluations, step * FORWARD
