"""Certificates of linear models over n-grams: sound, and decided for nearly all reviews."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np

from attacks.certificates.edits import Edits, words_of
from attacks.certificates.lattice import Lattice, lattice_of
from attacks.certificates.margin import Margin
from attacks.certificates.schema import BROKEN, CERTIFIED, UNDECIDED, WRONG, Certificate, CertificateSpec, Row
from attacks.certificates.slots import Slot, Uncertifiable, slots, written
from attacks.certificates.worst import Answer, WorstCase
from attacks.schema import Example
from sentiment_core.classifiers.linear.classifier import LinearClassifier
from sentiment_core.classifiers.linear.ngrams import Ints
from sentiment_core.execution.base import Stop

PARTS_UP, TIME_UP = "the limit on parts was reached", "the time limit was reached"


class LinearCertifier:
    """Certifies reviews for one linear model and one kind of edits."""

    def __init__(self, classifier: LinearClassifier, edits: Edits, spec: CertificateSpec) -> None:
        self.classifier, self.edits, self.spec = classifier, edits, spec

    def __call__(self, example: Example, stop: Stop) -> Certificate:
        """Return what is known of a review, for each number of changes."""
        began, used = time.monotonic(), time.process_time()
        rows = tuple(self._rows(example, began, stop))
        return Certificate(example.example_id, example.label, rows, round(time.process_time() - used, 6))

    def _rows(self, example: Example, began: float, stop: Stop) -> list[Row]:
        margin = self._margin(example.text, example.label)
        if self._is_wrong(example.text, example.label):
            return [Row(k, WRONG, margin, margin) for k in self.spec.changes]
        try:
            words = words_of(example.text)
            found = slots(example.text, words, self.edits.candidates, max(self.spec.changes))
        except Uncertifiable as reason:
            return [Row(k, UNDECIDED, math.nan, margin, why=str(reason)) for k in self.spec.changes]
        lattice = lattice_of(found, self.classifier.vocabulary)
        if not lattice.steps:  # no change changes what the model reads
            return [Row(k, CERTIFIED, margin, margin) for k in self.spec.changes]
        review = Margin(self.classifier, example.text, example.label, lattice)
        deadline = began + (math.inf if self.spec.seconds is None else self.spec.seconds)
        most = self.edits.most_words(len(words))
        rows: list[Row] = []
        for k in self.spec.changes:
            known = rows[-1] if rows and rows[-1].status == BROKEN else None
            worst = WorstCase(lattice, review, int(min(k, most, len(lattice.steps) * k)))
            answer = worst.answer(0 if known else self.spec.parts, deadline, stop)
            rows.append(self._row(k, answer, example, found, lattice, known, deadline))
        return rows

    def _row(
        self,
        k: int,
        answer: Answer,
        example: Example,
        found: Sequence[Slot],
        lattice: Lattice,
        known: Row | None,
        deadline: float,
    ) -> Row:
        """Return the row of an answer; a text found for fewer changes is a witness for more."""
        if known is not None and known.margin <= answer.margin:
            return Row(k, BROKEN, answer.least, known.margin, known.witness)
        if answer.safe:
            return Row(k, CERTIFIED, answer.least, answer.margin)
        text = written(example.text, found, chosen(lattice, answer.worst, len(found)))
        if self._is_wrong(text, example.label):
            return Row(k, BROKEN, answer.least, answer.margin, text)
        why = TIME_UP if time.monotonic() > deadline else PARTS_UP
        return Row(k, UNDECIDED, answer.least, answer.margin, why=why)

    def _margin(self, text: str, label: int) -> float:
        return float(self.classifier.log_odds([text])[0]) * (1 if label == 1 else -1)

    def _is_wrong(self, text: str, label: int) -> bool:
        return bool((self.classifier.predict_proba([text])[0, 1] >= 0.5) != label)


def chosen(lattice: Lattice, pairs: Ints, n_slots: int) -> list[int]:
    """Return which variant of each slot a text takes, from its pair of each step."""
    variants = np.zeros(n_slots, dtype=np.int64)
    for step, pair in zip(lattice.steps, pairs, strict=True):
        variants[step.slot] = step.options[step.option[pair - step.pairs.start]].variant
    return variants.tolist()
