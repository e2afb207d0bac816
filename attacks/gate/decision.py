"""Decisions: pass, warn or fail of one criterion, and of all together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from attacks.gate.measured import Measured

PASS, WARN, FAIL = "pass", "warn", "fail"
ALPHA, POWER = 0.05, 0.8


@dataclass(frozen=True)
class Criterion:
    """What must not get worse, and by how much it may.

    Attributes:
        name, title: the key in the configuration, and the words on a page.
        higher_is_better: the direction of the figure.
        margin: the largest acceptable loss, in the figure's unit (0.01 = one point; of ratios: 1 %).
        smallest: the smallest loss that matters: a larger one that is no chance fails.
        required: whether an undecided or unmeasured one makes the verdict warn.
        unit: in which a hundredth is shown.
        budget: of a cost, in `cost` units: up to which the figure is no loss whatever it was before.
        cost: the unit of what is a cost, "" elsewhere.
    """

    name: str
    title: str
    higher_is_better: bool
    margin: float
    smallest: float
    required: bool = True
    unit: str = "points"
    budget: float = 0.0
    cost: str = ""


@dataclass(frozen=True)
class Unmeasured:
    """Why there is no figure, and the command that makes one."""

    reason: str
    command: str


@dataclass(frozen=True)
class Decision:
    """One criterion decided; `difference` is new - old, with ends that are each one-sided at `level`."""

    criterion: Criterion
    verdict: str
    sentence: str
    measured: Measured | None = None
    difference: tuple[float, float, float] = (math.nan, math.nan, math.nan)
    level: float = math.nan
    n_needed: int | None = None
    command: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types; NaN is left for `runs.json_ready`."""
        value, low, high = self.difference
        found = self.measured
        return {
            "name": self.criterion.name,
            "title": self.criterion.title,
            "verdict": self.verdict,
            "required": self.criterion.required,
            "margin": self.criterion.margin,
            "smallest": self.criterion.smallest,
            "unit": self.criterion.cost or self.criterion.unit,
            "budget": self.criterion.budget if self.criterion.cost else None,
            "higher_is_better": self.criterion.higher_is_better,
            "old": found.old if found else None,
            "new": found.new if found else None,
            "difference": {"value": value, "ci_low": low, "ci_high": high},
            "level": self.level,
            "n": found.n if found else 0,
            "n_needed": self.n_needed,
            "sentence": self.sentence,
            "command": self.command,
            "sources": list(found.sources) if found else [],
        }


def decide_all(
    found: Sequence[tuple[Criterion, Measured | Unmeasured]], alpha: float = ALPHA
) -> list[Decision]:
    """Decide every criterion, one-sided at alpha over the number of those measured (Bonferroni).

    Bonferroni and not Holm: each interval can then be read against its margin on its own, while Holm's level
    for one criterion depends on the others, and has no such intervals.
    """
    measured = sum(isinstance(figure, Measured) for _, figure in found)
    level = alpha / max(measured, 1)
    return [
        decide(criterion, figure, level)
        if isinstance(figure, Measured)
        else Decision(criterion, WARN, f"not measured: {figure.reason}", command=figure.command)
        for criterion, figure in found
    ]


def decide(criterion: Criterion, found: Measured, level: float) -> Decision:
    """Decide one criterion by the interval of the paired loss against its margin (non-inferiority).

    Piaggio et al. 2012, the CONSORT statement for such trials; of paired shares Liu et al. 2002, "Tests for
    equivalence or non-inferiority for paired binary data", Statistics in Medicine 21.

    fail: the loss is shown above the margin, or shown above 0 and larger than the smallest that matters.
    pass: the loss is shown below the margin. warn: neither, which is no evidence of either.
    """
    low, high = found.bounds(level)
    if low > criterion.margin or (low > 0 and found.loss > criterion.smallest):
        verdict, needed = FAIL, None
    elif high < criterion.margin or (found.variance == 0 and high <= criterion.margin):
        verdict, needed = PASS, None
    else:
        verdict, needed = WARN, n_needed(criterion.margin, found, level / found.tests)
    difference = (-found.loss, -high, -low) if criterion.higher_is_better else (found.loss, low, high)
    sentence = _sentence(criterion, found, verdict, difference, needed)
    return Decision(criterion, verdict, sentence, found, difference, level, needed)


def n_needed(margin: float, found: Measured, level: float) -> int | None:
    """Return the n that decides with 80 % power, were the loss as seen; None where none would.

    n = (z_level + z_power)^2 variance / (margin - loss)^2 (Julious 2004, "Sample sizes for clinical trials
    with normal data"). A share at its margin has a variance of at least margin (1 - margin). Clusters count
    as many times as each has members now; `level` is the one of this figure's own bounds.
    """
    from scipy import special

    gap = abs(margin - found.loss)
    if gap < 1e-9:
        return None
    variance = max(found.variance, margin * (1 - margin) if found.share else 0.0)
    z = float(-special.ndtri(level) + special.ndtri(POWER))
    per_unit = found.n / found.units
    enough = math.ceil(found.least_units * per_unit)
    return max(math.ceil(z**2 * variance / gap**2 * per_unit), enough, found.n + 1)


def verdict_of(decisions: Sequence[Decision]) -> str:
    """Return fail if any fails, else warn if a required one is undecided or unmeasured, else pass.

    With nothing measured at all the answer is warn: no evidence is no pass.
    """
    if any(found.verdict == FAIL for found in decisions):
        return FAIL
    undecided = any(found.verdict == WARN and found.criterion.required for found in decisions)
    return PASS if not undecided and any(found.measured for found in decisions) else WARN


_WORDS: Mapping[str, str] = {
    PASS: "shown to be no worse than the margin",
    FAIL: "shown to be worse",
    WARN: "undecided",
}


def _sentence(
    criterion: Criterion,
    found: Measured,
    verdict: str,
    difference: tuple[float, float, float],
    needed: int | None,
) -> str:
    value, low, high = (
        f"{round(100 * end, 1) + 0.0:+.1f}" if math.isfinite(end) else "unknown" for end in difference
    )
    sign = "-" if criterion.higher_is_better else "+"
    more = f"; about n = {needed:,} would decide" if needed else ""
    if verdict == WARN and needed is None:
        more = "; the loss equals the margin, and no n would decide"
    note = f" ({found.note})" if found.note else ""
    return (
        f"{criterion.title}: {_WORDS[verdict]}: {value} {criterion.unit} [{low}, {high}], "
        f"margin {sign}{100 * criterion.margin:g}, n = {found.n:,}{note}{more}"
    )
