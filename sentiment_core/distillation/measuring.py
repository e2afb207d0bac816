"""What a student costs and keeps: its size, its time per review, and how far it is from its teacher."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core.classifiers.base import Classifier
from sentiment_core.evaluation.comparison import compare
from sentiment_core.evaluation.scoring import score
from sentiment_core.schema import Estimate

#: Reviews that are timed one by one: a median of fewer jumps.
TIMED = 40
_TO_WARM_UP = 3


@dataclass(frozen=True)
class Measured:
    """A student beside its teacher on the n validation reviews, which chose its best epoch or setting.

    Attributes:
        size_bytes: of its files.
        ms_per_review: the median of `n_timed` reviews, one at a time on one thread, in processor time: what
            else the machine does makes it no longer.
        accuracy, teacher_accuracy: on the same reviews.
        difference: accuracy minus the teacher's, with a paired bootstrap interval.
    """

    size_bytes: int
    ms_per_review: float
    n_timed: int
    accuracy: Estimate
    teacher_accuracy: Estimate
    difference: Estimate

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        plain = {
            name: value.to_json() if isinstance(value, Estimate) else value
            for name, value in vars(self).items()
        }
        return plain | {"on": "validation"}


def measured(
    student: Classifier, size_bytes: int, validation: pd.DataFrame, teacher_log_odds: Any
) -> Measured:
    """Measure a student on its validation reviews.

    Args:
        student: loaded from its files.
        size_bytes: of these.
        validation: columns example_id, text, label.
        teacher_log_odds: float64 [n], of the same reviews.
    """
    from scipy.special import expit

    texts = validation["text"].tolist()
    ours = _frame(validation, student.predict_proba(texts)[:, 1])
    theirs = _frame(validation, expit(teacher_log_odds))
    accuracy = ["accuracy"]
    ms = milliseconds(student, texts[:: max(1, len(texts) // TIMED)][:TIMED])
    return Measured(
        size_bytes,
        round(float(np.median(ms)), 3),
        len(ms),
        score(ours, metrics=accuracy)["accuracy"],
        score(theirs, metrics=accuracy)["accuracy"],
        compare(theirs, ours, metrics=accuracy).differences["accuracy"],
    )


def milliseconds(classifier: Classifier, texts: Sequence[str]) -> list[float]:
    """Return the processor time that each text takes alone, on one thread; the first few are asked twice."""
    with one_thread():
        for text in texts[:_TO_WARM_UP]:
            classifier.predict_proba([text])
        return [_timed(classifier, text) for text in texts]


def line(found: Mapping[str, Any], teacher: str) -> str:
    """Return what `to_json` gave as a line: size, time, and points from the teacher with their interval."""
    size, ms = found["size_bytes"], found["ms_per_review"]
    written = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} KB"
    difference = Estimate.from_json(found["difference"])
    value, low, high = (100 * part for part in (difference.value, difference.ci_low, difference.ci_high))
    return (
        f"{written}, {ms:.3g} ms per review on one core, {value:+.1f} points [{low:+.1f}, {high:+.1f}] "
        f"from {teacher} on {difference.n:,} validation reviews"
    )


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread, where it is loaded."""
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else 0
    if torch:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        if torch:
            torch.set_num_threads(before)


def _timed(classifier: Classifier, text: str) -> float:
    started = time.process_time()
    classifier.predict_proba([text])
    return 1000 * (time.process_time() - started)


def _frame(rows: pd.DataFrame, prob_positive: Any) -> pd.DataFrame:
    return rows[["example_id", "label"]].assign(prob_positive=np.asarray(prob_positive, dtype=np.float64))
