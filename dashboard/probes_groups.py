"""In which groups the matrix shows the kinds of language, and what the words of probes mean. No streamlit."""

from __future__ import annotations

from collections.abc import Iterable

#: What is alike stands together; a capability that is in no group comes at the end.
GROUPS: dict[str, tuple[str, ...]] = {
    "words": ("vocabulary", "very-short", "idiom", "plot-words"),
    "negation": ("negation-simple", "negation-double", "negation-long-range", "negation-clause"),
    "two sides": ("contrast", "mixed-reviews", "comparison", "change-over-time", "reported-opinion"),
    "tone": ("intensifiers", "hedging", "conditional", "rhetorical-questions", "sarcasm"),
    "form": ("ratings", "emoji", "very-long", "neutral"),
}
OTHER, OWN = "other", "your own"

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
    """Return the group in which a capability stands."""
    if family == "own":
        return OWN
    return next((group for group, names in GROUPS.items() if capability in names), OTHER)


def in_order(capabilities: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return (capability, family) pairs, each once, in the order of the groups."""
    known = [name for names in GROUPS.values() for name in names]
    places = {name: place for place, name in enumerate(known)}
    each = dict.fromkeys(capabilities)
    return sorted(each, key=lambda pair: (pair[1] == "own", places.get(pair[0], len(places))))
