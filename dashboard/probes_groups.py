"""In which order the matrix shows the kinds of language, and what the words of probes mean. No streamlit."""

from __future__ import annotations

from collections.abc import Iterable

from attacks.probes import GROUPS, PROBES

OWN = "your own"

KINDS = {
    "MFT": "Minimum functionality: each text has a right answer",
    "INV": "Invariance: a change that leaves the opinion alone must leave the answer alone",
    "DIR": "Direction: a change must not move the probability the wrong way",
}
VERDICTS = {"holds": "✓", "unclear": "○", "fails": "●", "does not apply": ""}
VERDICT_WORDS = {
    "holds": "held: fails less than 5 %, by its whole interval",
    "unclear": "unclear: its interval leaves open whether more than 5 % fail",
    "fails": "not understood: fails more than 5 %, by its whole interval",
    "does not apply": "the rule applies to no case",
}


def group_of(capability: str, family: str) -> str:
    """Return the group in which a capability stands; one that is no longer known is with the others."""
    if family == "own":
        return OWN
    return PROBES[capability].group if capability in PROBES else GROUPS[-1]


def in_order(capabilities: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return (capability, family) pairs, each once, by group and then as they are registered."""
    groups, known = [*GROUPS, OWN], list(PROBES)

    def place(pair: tuple[str, str]) -> tuple[int, int]:
        return groups.index(group_of(*pair)), known.index(pair[0]) if pair[0] in known else len(known)

    return sorted(dict.fromkeys(capabilities), key=place)
