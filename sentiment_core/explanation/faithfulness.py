"""Does a model rely on the words that an explanation names? Leave them out in that order, and see.

DeYoung et al. 2020 (ERASER): comprehensiveness is how far the probability of the model's answer falls, on
average over the steps, while the highest words are left out first; sufficiency while the lowest are. Edin et
al. 2024 ("Normalized AOPC", arXiv 2408.08137): both depend on the model and the review as much as on the
explanation, so each is given between the lowest and the highest value that any order of this review's words
was found to have. Their search for those orders is a beam search; so is this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment_core.explanation.asking import Asker, Floats

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Words are left out in at most so many steps of like size; texts with fewer words lose one at a time.
STEPS = 10
BEAM = 3


@dataclass(frozen=True)
class Faithfulness:
    """Of each method's order, and of the best orders found.

    Attributes:
        comprehensiveness: by method, in [0, 1]: 1 where no order was found that lowers the answer more.
        sufficiency: by method, in [0, 1]: 0 where no order was found that keeps the answer better.
        raw: by method, (comprehensiveness, sufficiency) as ERASER has them, in probability.
        limits: lowest and highest value that any order was found to have, in probability.
        searched: lowest and highest value of the orders that the search itself found.
    """

    comprehensiveness: dict[str, float]
    sufficiency: dict[str, float]
    raw: dict[str, tuple[float, float]]
    limits: tuple[float, float]
    searched: tuple[float, float]


class Curve:
    """How far the probability of a model's answer falls while words are left out in some order."""

    def __init__(self, asker: Asker, steps: int = STEPS) -> None:
        self.asker = asker
        self.n = len(asker.passage.words)
        number = min(self.n, steps)
        self.sizes = np.diff(np.round(np.linspace(0, self.n, number + 1)).astype(np.int64))
        self.sign = 1.0 if asker.whole() >= 0 else -1.0
        self.full = float(self._probabilities(np.ones((1, self.n), dtype=bool))[0])

    def drops(self, left_out: Bools) -> Floats:
        """Return float64 [rows]: how far the probability falls without the words that a row marks."""
        return self.full - self._probabilities(~left_out)

    def area(self, order: Ints) -> float:
        """Return the mean drop over the steps, words left out in this order."""
        left_out = np.zeros((len(self.sizes), self.n), dtype=bool)
        for step, end in enumerate(np.cumsum(self.sizes)):
            left_out[step, order[:end]] = True
        return float(self.drops(left_out).mean())

    def _probabilities(self, keep: Bools) -> Floats:
        answers: Floats = 1 / (1 + np.exp(-self.sign * self.asker.of(keep)))
        return answers


def faithfulness(asker: Asker, scores: Mapping[str, Floats], beam: int = BEAM) -> Faithfulness:
    """Return how each method's scores (log-odds toward positive) do on one passage."""
    curve = Curve(asker)
    orders = {name: np.argsort(-curve.sign * found, kind="stable") for name, found in scores.items()}
    raw = {name: (curve.area(order), curve.area(order[::-1])) for name, order in orders.items()}
    guides = [order for forward in orders.values() for order in (forward, forward[::-1])]
    searched = (-search(curve, guides, -1.0, beam), search(curve, guides, 1.0, beam))
    seen = [value for pair in raw.values() for value in pair]
    low, high = min(*searched, *seen), max(*searched, *seen)
    spread = high - low if high - low > 1e-9 else np.nan
    return Faithfulness(
        {name: (first - low) / spread for name, (first, _) in raw.items()},
        {name: (second - low) / spread for name, (_, second) in raw.items()},
        raw,
        (low, high),
        searched,
    )


@dataclass(frozen=True)
class _State:
    left_out: Bools
    total: float


def search(curve: Curve, guides: list[Ints], sign: float, beam: int) -> float:
    """Return the highest `sign` times area that a beam search over orders finds.

    A step leaves out one more group of words. Tried are the words whose leaving out alone does most, and
    those that a guide would leave out next; where a step is one word, every word is tried.
    """
    states = [_State(np.zeros(curve.n, dtype=bool), 0.0)]
    for size in curve.sizes:
        tried = np.unique(
            np.concatenate([_next(curve, state, guides, size, sign) for state in states]), axis=0
        )
        gains = sign * curve.drops(tried)
        before = {state.left_out.tobytes(): state.total for state in states}
        reached = [
            _State(row, gain + max(total for key, total in before.items() if _within(key, row)))
            for row, gain in zip(tried, gains, strict=True)
        ]
        states = sorted(reached, key=lambda state: -state.total)[:beam]
    return states[0].total / len(curve.sizes)


def _within(key: bytes, row: Bools) -> bool:
    return not (np.frombuffer(key, dtype=bool) & ~row).any()


def _next(curve: Curve, state: _State, guides: list[Ints], size: int, sign: float) -> Bools:
    """Return [tried, words]: what may be left out after one more step."""
    remaining = np.flatnonzero(~state.left_out)
    singles = np.tile(state.left_out, (len(remaining), 1))
    singles[np.arange(len(remaining)), remaining] = True
    if size == 1 or len(remaining) <= size:
        return singles if size == 1 else np.ones((1, curve.n), dtype=bool)
    strongest = remaining[np.argsort(-sign * curve.drops(singles), kind="stable")]
    groups = [strongest[:size]] + [order[~state.left_out[order]][:size] for order in guides]
    tried = np.tile(state.left_out, (len(groups), 1))
    for row, group in zip(tried, groups, strict=True):
        row[group] = True
    return tried
