"""The cheapest way through a lattice for every number of changes (Viterbi 1967)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.certificates.lattice import Floats, Lattice, Step
from sentiment_core.classifiers.linear.ngrams import Ints


@dataclass(frozen=True)
class Ways:
    """What was found: `values[i]` is float64 [states before step i, changes]; the last is behind the end."""

    lattice: Lattice
    costs: Floats
    values: list[Floats]

    @property
    def least(self) -> Floats:
        """Return float64 [changes + 1]: the least cost with at most 0, 1, ... words changed."""
        least: Floats = self.values[-1].min(axis=0)
        return least

    def cheapest(self, changes: int) -> Ints:
        """Return int64 [steps]: the pairs of a cheapest way with at most so many words changed."""
        state = int(np.argmin(self.values[-1][:, changes]))
        pairs = np.empty(len(self.lattice.steps), dtype=np.int64)
        for place in reversed(range(len(pairs))):
            step, values = self.lattice.steps[place], self.values[place]
            here = _leading_to(step, state)
            left = changes - step.changes[here]
            known = values[step.state[here], np.maximum(left, 0)]
            costs = np.where(left >= 0, known + self.costs[step.pairs][here], np.inf)
            at = here[int(np.argmin(costs))]
            pairs[place] = step.pairs.start + at
            changes -= int(step.changes[at])
            state = int(step.state[at])
        return pairs


def ways(lattice: Lattice, costs: Floats, changes: int) -> Ways:
    """Return the cheapest ways with up to so many words changed; `costs` is float64 [pairs]."""
    values = [np.zeros((1, changes + 1))]
    most = max((int(step.changes.max()) for step in lattice.steps), default=0)
    for step in lattice.steps:
        before = np.full((len(values[-1]), most + changes + 1), np.inf)
        before[:, most:] = values[-1]
        left = (most - step.changes)[:, None] + np.arange(changes + 1)
        through = before[step.state[:, None], left] + costs[step.pairs][:, None]
        values.append(np.minimum.reduceat(through, step.starts, axis=0))
    return Ways(lattice, costs, values)


def _leading_to(step: Step, state: int) -> Ints:
    ends = np.append(step.starts[1:], len(step.state))
    return np.arange(step.starts[state], ends[state])
