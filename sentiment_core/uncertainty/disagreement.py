"""How far several answers to one text disagree, in bits.

Depeweg et al. 2018 (eq. 5) and Houlsby et al. 2011 ("Bayesian Active Learning by Disagreement", eq. 2): the
entropy of the mean answer is the mean entropy of the answers, which is what each of them leaves open, and
what is left, their mutual information with whoever answers: how much they contradict each other. It is 0
where all answer alike, unsure or not, and 1 bit where half are certain of each side.

Whether it finds errors better than the largest probability is another question: over 17 data sets of text
nothing did consistently (Varshney et al. 2022, "Investigating selective prediction approaches").
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Disagreement:
    """What n answers to one text have in common.

    Attributes:
        n: answers.
        mean: of their probabilities of positive.
        low, high: the least and the largest of them.
        n_positive: those of 0.5 or more.
        entropy: of the mean, in bits: how unsure they are together.
        expected_entropy: the mean of their entropies: how unsure each of them is.
        bald: entropy - expected_entropy, never below 0: how much they contradict each other.
    """

    n: int
    mean: float
    low: float
    high: float
    n_positive: int
    entropy: float
    expected_entropy: float
    bald: float

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return dict(vars(self))


def between(prob_positive: Sequence[float] | Floats) -> Disagreement:
    """Return the disagreement of one or more probabilities of positive; ValueError for none."""
    answers = np.asarray(prob_positive, dtype=np.float64)
    if not len(answers):
        raise ValueError("no answers are given")
    mean = math.fsum(answers) / len(answers)
    total, each = float(entropy(np.array([mean]))[0]), float(entropy(answers).mean())
    same = bool(np.ptp(answers) == 0)  # rounding would leave 1e-17
    return Disagreement(
        len(answers),
        mean,
        float(answers.min()),
        float(answers.max()),
        int((answers >= 0.5).sum()),
        total,
        total if same else each,
        0.0 if same else max(0.0, total - each),
    )


def entropy(prob_positive: Floats) -> Floats:
    """Return float64 [n], in bits: 0 for a certain answer, 1 for one half."""
    both = np.stack([prob_positive, 1 - prob_positive])
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(both > 0, both * np.log2(both), 0.0)
    return np.asarray(-parts.sum(axis=0) + 0.0)
