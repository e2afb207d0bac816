"""What every probe promises: clear words, cases that are the same at every call, a rule that can be held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from attacks.probing.base import GROUPS, KINDS, Capability, Case
from sentiment_core.contracts.base import require, require_words

FAMILIES = ("language", "robustness", "own")
#: Of ours: enough cases that 5 % can be told from 15 %, and no template that decides alone.
LEAST_CASES, LEAST_TEMPLATES, LARGEST_SHARE, LEAST_PER_TEMPLATE = 60, 6, 0.2, 3
#: The longest description that a list shows whole.
LONGEST_DESCRIPTION = 140


def check_probe(probe: Capability) -> None:
    """Check a probe's words, its cases, and that its rule is held by whoever knows the expectation.

    Those of family "language" must also have enough cases over enough templates.

    Raises:
        ContractError: a promise of `attacks.probing.base.Capability` is not kept.
    """
    who = f"probe {probe.name!r}"
    _check_words(who, probe)
    cases = probe.cases()
    require(cases, who, "it has no case")
    require(probe.cases() == cases, who, "its cases differ from call to call")
    _check_unique(who, probe, cases)
    _check_groups(who, probe, cases)
    _check_expectations(who, probe, cases)
    _check_rule(who, probe, cases)
    if probe.family == "language":
        _check_size(who, probe, cases)


def _check_words(who: str, probe: Capability) -> None:
    require_words(who, probe.name, probe.title, probe.description)
    length = len(probe.description)
    require(length < LONGEST_DESCRIPTION, who, f"its description has {length} characters; allowed: under 140")
    for what, found, allowed in (
        ("kind", probe.kind, KINDS),
        ("group", probe.group, GROUPS),
        ("family", probe.family, FAMILIES),
        ("severity", probe.severity, (None, 1, 2, 3)),
    ):
        require(found in allowed, who, f"its {what} is {found!r}; allowed: {allowed}")


def _check_unique(who: str, probe: Capability, cases: Sequence[Case]) -> None:
    for what, values in (
        ("case_id", [case.case_id for case in cases]),
        ("text", [case.text for case in cases if probe.family != "robustness"]),
    ):
        twice = [value for value, times in Counter(values).items() if times > 1]
        require(not twice, who, f"two cases have the {what} {twice[0][:60]!r}" if twice else "")


def _check_groups(who: str, probe: Capability, cases: Sequence[Case]) -> None:
    for name, group in _groups(cases):
        orders = [case.order for case in group]
        require(
            orders == list(range(len(group))),
            who,
            f"the orders of group {name!r} are {orders}, not 0, 1, ...",
        )
        alone = len(group) == 1
        expected = "one case" if probe.kind == "MFT" else "an original and what it became"
        require(
            alone == (probe.kind == "MFT"),
            who,
            f"group {name!r} has {len(group)} cases, and needs {expected}",
        )


def _check_expectations(who: str, probe: Capability, cases: Sequence[Case]) -> None:
    for case in cases:
        allowed: tuple[int | None, ...] = (None,) if probe.kind == "INV" else (0, 1)
        if probe.kind == "MFT" or (probe.kind == "DIR" and case.order == 0):
            allowed = (0, 1, None)
        require(
            case.expected in allowed,
            who,
            f"case {case.case_id!r} expects {case.expected!r}; allowed in {probe.kind}: {allowed}",
        )


def _check_rule(who: str, probe: Capability, cases: Sequence[Case]) -> None:
    """Somebody who knows the expectation holds every case."""
    for name, group in _groups(cases):
        held = probe.judge(group, _said_by_who_knows(probe, group))
        require(len(held) == len(group), who, f"its rule gives {len(held)} verdicts for {len(group)} cases")
        judged = held if probe.kind == "MFT" else held[1:]
        require(all(judged), who, f"who answers as group {name!r} expects does not hold it: {held}")


def _said_by_who_knows(
    probe: Capability, group: Sequence[Case]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    if probe.kind == "MFT":
        return np.array([0.5 if case.expected is None else 0.02 + 0.96 * case.expected for case in group])
    start = 0.5 if group[0].expected is None else 0.3 + 0.4 * group[0].expected
    moves = [0.0 if case.expected is None else 0.4 * case.expected - 0.2 for case in group[1:]]
    return np.array([start, *(start + move for move in moves)])


def _check_size(who: str, probe: Capability, cases: Sequence[Case]) -> None:
    judged = [case for case in cases if probe.kind == "MFT" or case.order > 0]
    sizes = Counter(case.template for case in judged)
    require(len(judged) >= LEAST_CASES, who, f"it has {len(judged)} cases to judge; {LEAST_CASES} or more")
    require(len(sizes) >= LEAST_TEMPLATES, who, f"it has {len(sizes)} templates; {LEAST_TEMPLATES} or more")
    most, least = max(sizes.values()), min(sizes.values())
    require(
        most <= LARGEST_SHARE * len(judged),
        who,
        f"one template has {most} of its {len(judged)} cases; a fifth at most",
    )
    require(least >= LEAST_PER_TEMPLATE, who, f"one template has {least} cases; {LEAST_PER_TEMPLATE} or more")
    answers = {case.expected for case in judged} - {None}
    require(len(answers) != 1, who, "all its cases have one answer, which a constant gives too")


def _groups(cases: Sequence[Case]) -> Iterator[tuple[str, list[Case]]]:
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.group, []).append(case)
    yield from groups.items()
