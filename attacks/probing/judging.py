"""The rules: right class, near the middle, unchanged, moved the right way."""

from __future__ import annotations

from collections.abc import Sequence

from attacks.probing.base import Case, Held
from sentiment_core.metrics.base import FloatArray

#: How far a probability may move before it counts: what CheckList's own sentiment suite allows for DIR, and
#: its `Expect.inv(tolerance)` for a class that flips (Ribeiro et al. 2020, checklist/expect.py).
TOLERANCE = 0.1

#: A text without an opinion should leave a model undecided. The band is ours: outside it the model calls one
#: class at least four times as likely as the other.
MIDDLE = (0.2, 0.8)


def right_class(cases: Sequence[Case], prob_positive: FloatArray) -> list[Held]:
    """MFT: the class at threshold 0.5 is the expected one."""
    pairs = zip(cases, prob_positive, strict=True)
    return [
        None if case.expected is None else bool((probability >= 0.5) == bool(case.expected))
        for case, probability in pairs
    ]


def near_the_middle(cases: Sequence[Case], prob_positive: FloatArray) -> list[Held]:
    """MFT without a right class: the probability lies in the band MIDDLE, its ends included."""
    low, high = MIDDLE
    return [bool(low <= probability <= high) for probability in prob_positive]


def unchanged(cases: Sequence[Case], prob_positive: FloatArray) -> list[Held]:
    """INV: the class is the original's, or the probability moved by TOLERANCE at most.

    The original itself is not judged. A model that is undecided between 0.45 and 0.55 so fails by nothing.
    """
    first = prob_positive[0]
    return [None, *(_unchanged(first, later) for later in prob_positive[1:])]


def moved_rightly(cases: Sequence[Case], prob_positive: FloatArray) -> list[Held]:
    """DIR: the probability moved at most TOLERANCE in the wrong direction.

    The original itself is not judged. The rule does not apply where the original cannot fail (it has no
    more than TOLERANCE to move the wrong way, as in CheckList), nor where the model misreads the original
    already: that is a matter of vocabulary, not of this capability.
    """
    first = prob_positive[0]
    misread = cases[0].expected is not None and (first >= 0.5) != bool(cases[0].expected)
    later = zip(cases[1:], prob_positive[1:], strict=True)
    return [None, *(None if misread else _moved_rightly(case, first, moved) for case, moved in later)]


def _unchanged(first: float, later: float) -> bool:
    return bool((first >= 0.5) == (later >= 0.5) or abs(later - first) <= TOLERANCE)


def _moved_rightly(case: Case, first: float, later: float) -> Held:
    if case.expected is None:
        return None
    if case.expected == 1:
        return None if first <= TOLERANCE else bool(later - first >= -TOLERANCE)
    return None if first >= 1 - TOLERANCE else bool(later - first <= TOLERANCE)
