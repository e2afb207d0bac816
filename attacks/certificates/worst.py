"""The worst that a linear model answers over all texts of a lattice with at most so many words changed.

The label depends on the sign of `score / length + bias`, hence on that of `score + bias * length`. So the
length matters through the bias alone, and a straight line bounds it there: a tangent of the root where the
bias is negative, a chord over all lengths that there are where it is positive. What is left is a sum over
n-grams, which `bounds` makes one over single uses and `search` minimizes.

Where that bound leaves a review undecided, branch and bound (Land & Doig 1960) looks at the texts in parts:
those that leave one slot as it is and those that do not, or those with one option there and those without.
"""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attacks.certificates.bounds import Terms, lines, secants
from attacks.certificates.lattice import Floats, Lattice
from attacks.certificates.margin import Margin
from attacks.certificates.search import ways
from sentiment_core.classifiers.linear.ngrams import Ints
from sentiment_core.execution.base import Stop, nothing

#: Searches whose lines follow the text that the last one found, at most.
FOLLOWED = 6
#: Parts of the texts that are looked at before a review is left undecided; a few milliseconds each.
MOST_PARTS = 300

Mask = NDArray[np.bool_]


class Answer(NamedTuple):
    """What is known of all texts with at most so many changes.

    Attributes:
        least: no text's margin is lower than this, in log-odds.
        safe: whether every text is answered right, whatever rounding does.
        worst: the pairs of the text with the lowest margin that was found, one of each step.
        margin: that text's.
        parts: how many parts of the texts were looked at.
    """

    least: float
    safe: bool
    worst: Ints
    margin: float
    parts: int


@dataclass(frozen=True)
class _Part:
    """The texts that take one of these options at some steps; at the others every one."""

    options: Mapping[int, Mask] = field(default_factory=dict)

    def only(self, step: int, options: Mask) -> _Part:
        return _Part({**self.options, step: options})


class _Uses(NamedTuple):
    """How many uses of each n-gram the texts of a part destroy and add, at most and at least."""

    most_destroyed: Ints
    most_added: Ints
    destroyed: Ints
    added: Ints


@dataclass(frozen=True)
class _Bound:
    """A part, a lower bound of `score + bias * length` over it, and the text where the bound has it.

    Attributes:
        slack: float64 [n-grams], how much lower than the text's own share the bound is.
    """

    part: _Part
    least: float
    pairs: Ints
    slack: Floats


class WorstCase:
    """The worst text with at most `changes` words changed."""

    def __init__(self, lattice: Lattice, margin: Margin, changes: int) -> None:
        self.lattice, self.margin, self.changes = lattice, margin, changes
        self.at_once = changes * lattice.removed_at_once, changes * lattice.added_at_once
        self._known: dict[tuple[int, bytes], _Uses] = {}
        self.low, self.high = self._squares()

    def answer(
        self, most_parts: int = MOST_PARTS, deadline: float = math.inf, stop: Stop = nothing
    ) -> Answer:
        """Look for a text that is answered wrong, until one is found or there can be none.

        Args:
            most_parts: how many parts of the texts are looked at; the first is all of them.
            deadline: no part is begun after this value of `time.monotonic()`.
            stop: called before each part; what it raises passes.
        """
        first = self._bound(_Part())
        if first.least > self.margin.rounding:
            return self._answer(first.least, first.pairs, 1)
        worst = min([first.pairs, *self._followed()], key=self._margin_of)
        parts, order = 1, itertools.count()
        left = [(first.least, next(order), first)]
        while self._margin_of(worst) > 0 and left[0][0] <= self.margin.rounding:
            if parts >= most_parts or time.monotonic() > deadline:
                break
            stop()
            least, _, bound = heapq.heappop(left)
            halves = self._halves(bound)
            if not halves:  # nothing left to tell apart: rounding decides, or the length
                heapq.heappush(left, (least, next(order), bound))
                break
            for half in halves:
                found = self._bound(half, least)
                parts += 1
                if found.pairs.size and self._margin_of(found.pairs) < self._margin_of(worst):
                    worst = found.pairs
                heapq.heappush(left, (found.least, next(order), found))
        return self._answer(left[0][0], worst, parts)

    def _answer(self, least: float, worst: Ints, parts: int) -> Answer:
        of_all = self.margin.at_least(least, self.low, self.high)
        return Answer(of_all, least > self.margin.rounding, worst, self._margin_of(worst), parts)

    def _margin_of(self, pairs: Ints) -> float:
        return self.margin.of(self.lattice.differences(pairs))

    def _squares(self) -> tuple[float, float]:
        """Return bounds of the texts' squared lengths."""
        if not self.margin.normalised:
            return 1.0, 1.0
        terms, square = self.margin.terms, self.margin.square
        alone = replace(terms, weights=np.zeros(len(terms.weights)))
        least, most = (self._sum(alone, sign, _Part())[0] for sign in (1.0, -1.0))
        return max(0.0, square + least), max(0.0, square - most)

    def _bound(self, part: _Part, known: float = -math.inf) -> _Bound:
        """Return a lower bound over a part, which is no lower than `known`."""
        margin = self.margin
        constant, per_square = self._tangent()
        total, pairs, slack = self._sum(margin.terms, per_square, part)
        least = margin.score + constant + per_square * margin.square + total
        return _Bound(part, max(known, least), pairs, slack)

    def _tangent(self) -> tuple[float, float]:
        """Return (constant, per_square): `bias * length >= constant + per_square * squared length`."""
        bias, low, high = self.margin.bias, self.low, self.high
        if not self.margin.normalised:
            return bias, 0.0
        if bias < 0 and self.margin.square > 0:
            length = math.sqrt(self.margin.square)
            return bias * length / 2, bias / (2 * length)
        if bias > 0 and high > low:
            slope = (math.sqrt(high) - math.sqrt(low)) / (high - low)
            return bias * (math.sqrt(low) - slope * low), bias * slope
        return bias * math.sqrt(high if bias < 0 else low), 0.0

    def _sum(self, terms: Terms, per_square: float, part: _Part) -> tuple[float, Ints, Floats]:
        """Return the least sum of a part's changes, the pairs that have it, and each n-gram's slack."""
        uses = self._uses(part)
        more = uses.added - uses.destroyed
        free = lines(
            replace(terms, uses=terms.uses + more),
            per_square,
            uses.most_destroyed - uses.destroyed,
            uses.most_added - uses.added,
        )
        offset = terms.change(more, per_square) - free.adding * uses.added - free.destroying * uses.destroyed
        costs = self.lattice.costs(free.adding, free.destroying)
        for at, options in part.options.items():
            step = self.lattice.steps[at]
            costs[step.pairs][~options[step.option]] = np.inf
        found = ways(self.lattice, costs, self.changes)
        least = float(found.least[self.changes])
        if least == math.inf:  # the part has no text
            return math.inf, np.empty(0, dtype=np.int64), np.zeros(0)
        pairs = found.cheapest(self.changes)
        added, destroyed = self.lattice.uses(pairs)
        line = offset + free.adding * added + free.destroying * destroyed
        return float(offset.sum()) + least, pairs, terms.change(added - destroyed, per_square) - line

    def _uses(self, part: _Part) -> _Uses:
        lattice = self.lattice
        none = np.zeros(len(lattice.columns), dtype=np.int64)
        total = _Uses(lattice.removable, lattice.addable, none, none)
        for at, options in part.options.items():
            key = at, options.tobytes()
            if key not in self._known:
                self._known[key] = self._difference(at, options)
            total = _Uses(*(one + other for one, other in zip(total, self._known[key], strict=True)))
        most_destroyed = np.maximum(total.destroyed, np.minimum(total.most_destroyed, self.at_once[0]))
        most_added = np.maximum(total.added, np.minimum(total.most_added, self.at_once[1]))
        return total._replace(most_destroyed=most_destroyed, most_added=most_added)

    def _difference(self, at: int, options: Mask) -> _Uses:
        """Return by how much the uses of a part differ from all texts' because of one step's options."""
        lattice, step = self.lattice, self.lattice.steps[at]
        pairs = np.arange(step.pairs.start, step.pairs.stop)
        here = pairs[options[step.option]]
        destroyed, added = (
            lattice.most_in_a_row(rows[here]) - lattice.most_in_a_row(rows[pairs])
            for rows in (lattice.groups[lattice.destroyed], lattice.added)
        )
        always_destroyed = always_added = np.zeros(len(lattice.columns), dtype=np.int64)
        if not options[0]:
            always_destroyed = lattice.counted(lattice.groups[lattice.destroyed[here[0]]])
            if options.sum() == 1:
                always_added = lattice.counted(lattice.added[here[0], lattice.across :])
        return _Uses(destroyed, added, always_destroyed, always_added)

    def _halves(self, bound: _Bound) -> list[_Part]:
        """Return two parts that make up a part, so that the bound's text has less slack in both; or none."""
        if not bound.pairs.size:
            return []
        for gram in np.argsort(-bound.slack, kind="stable"):
            if bound.slack[gram] <= self.margin.rounding:
                break
            for at, options in self._reasons(int(gram), bound.pairs):
                free = bound.part.options.get(at, np.ones(len(options), dtype=bool))
                these, others = free & options, free & ~options
                if these.any() and others.any():
                    return [bound.part.only(at, these), bound.part.only(at, others)]
        return []

    def _reasons(self, gram: int, pairs: Ints) -> Iterator[tuple[int, Mask]]:
        """Yield (step, options): why a text adds or destroys an n-gram, one certain option or any change."""
        changed = None
        for at, (step, pair) in enumerate(zip(self.lattice.steps, pairs, strict=True)):
            option = step.option[pair - step.pairs.start]
            if option:
                changed = at, int(option)
            if changed is None:
                continue
            place, chosen = changed
            options = np.zeros(len(self.lattice.steps[place].options), dtype=bool)
            if (self.lattice.added[pair] == gram).any():
                options[chosen] = True
                yield place, options
            if (self.lattice.groups[self.lattice.destroyed[pair]] == gram).any():
                options = np.ones(len(options), dtype=bool)
                options[0] = False
                yield place, options

    def _followed(self) -> Iterator[Ints]:
        """Yield texts that are each the worst if n-grams go on costing what they cost in the one before."""
        terms, lattice = self.margin.terms, self.lattice
        per_square = self.margin.bias / (2 * math.sqrt(self.margin.square)) if self._has_length else 0.0
        more, seen = np.zeros(len(lattice.columns), dtype=np.int64), set()
        for _ in range(FOLLOWED):
            near = secants(terms, per_square, more)
            pairs = ways(lattice, lattice.costs(near.adding, near.destroying), self.changes).cheapest(
                self.changes
            )
            if pairs.tobytes() in seen:
                return
            seen.add(pairs.tobytes())
            yield pairs
            more = lattice.differences(pairs)

    @property
    def _has_length(self) -> bool:
        return self.margin.normalised and self.margin.square > 0
