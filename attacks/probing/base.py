"""What a probe is: short texts with a known expectation, and the rule that says whether a model held it.

Kinds after Ribeiro et al. 2020 (CheckList): MFT, a minimum functionality test, has a right answer; INV
must not change the answer; DIR must not move it the wrong way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sentiment_core.errors import ReelcheckError
from sentiment_core.metrics.base import FloatArray

KINDS = ("MFT", "INV", "DIR")

#: Probes are listed by these groups, in this order.
GROUPS = ("words", "negation", "two sides", "tone", "form", "other")

#: A verdict on one case: held, failed, or None where the rule does not apply.
Held = bool | None


class ProbeError(ReelcheckError):
    """A probe is not known, or a user's own is not written as it must be."""


@dataclass(frozen=True)
class Case:
    """One text and what is expected of it.

    Attributes:
        case_id: unique within its capability.
        template: the pattern that the text was made from; the spread over templates is reported.
        expected: MFT: the right class, 1 positive or 0 negative; None where neither is (neutral texts).
            DIR: of a group's first case its class, of the others where the probability may move, 1 up or
            0 down. INV: None.
        group: cases that are judged together; an MFT case is a group of its own.
        order: place in the group; 0 is the original that the others are compared with.
    """

    case_id: str
    text: str
    template: str
    expected: int | None
    group: str
    order: int = 0


#: Judges the cases of one group, in their order, by float64 [cases], the probability of positive.
Judge = Callable[[Sequence[Case], FloatArray], list[Held]]


@dataclass(frozen=True)
class Capability:
    """One thing that a model should be able to do with language.

    Attributes:
        description: one sentence for the page.
        family: "language" (texts of our own), "robustness" (changed real reviews) or "own" (a user's).
        severity: how strongly real reviews are changed, 1 to 3; None for the others.
        group: one of GROUPS.
        cases: makes the cases, the same at every call.
        judge: the rule.
    """

    name: str
    title: str
    description: str
    kind: str
    cases: Callable[[], list[Case]]
    judge: Judge
    family: str = "language"
    severity: int | None = None
    group: str = "other"
