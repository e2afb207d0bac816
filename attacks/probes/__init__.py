"""The probes that are known, one file each (a few hold a family of them); a new one is a file and a line."""

from __future__ import annotations

from collections.abc import Sequence

from attacks.probes import (
    change_over_time,
    comparison,
    conditional,
    contrast,
    emoji,
    idiom,
    intensity,
    mixed_reviews,
    negation,
    neutral,
    plot_words,
    ratings,
    reported_opinion,
    rhetorical_questions,
    sarcasm,
    very_long,
    very_short,
    vocabulary,
)
from attacks.probes.base import GROUPS, KINDS, Capability, Case, ProbeError

__all__ = ["GROUPS", "KINDS", "PROBES", "Capability", "Case", "ProbeError", "probe_named", "probes_named"]

_ALL = (
    vocabulary.PROBE,
    very_short.PROBE,
    idiom.PROBE,
    plot_words.PROBE,
    *negation.PROBES,
    contrast.PROBE,
    mixed_reviews.PROBE,
    comparison.PROBE,
    change_over_time.PROBE,
    reported_opinion.PROBE,
    *intensity.PROBES,
    conditional.PROBE,
    rhetorical_questions.PROBE,
    sarcasm.PROBE,
    ratings.PROBE,
    emoji.PROBE,
    very_long.PROBE,
    neutral.PROBE,
)

PROBES: dict[str, Capability] = {probe.name: probe for probe in _ALL}


def probe_named(name: str) -> Capability:
    """Return a capability of PROBES, or one that a user wrote.

    Raises:
        ProbeError: nothing is called so, or the user's file is wrong.
    """
    if name in PROBES:
        return PROBES[name]
    from attacks.probes.own import kept_names, open_own  # it asks this module which names are taken

    kept = kept_names()
    if name in kept:
        return open_own(name)
    raise ProbeError(f"capability '{name}' is not known; known: {', '.join([*PROBES, *kept])}")


def probes_named(names: Sequence[str] | None = None) -> list[Capability]:
    """Return the capabilities of these names, each once; without names all of PROBES."""
    if names is None:
        return list(PROBES.values())
    return [probe_named(name) for name in dict.fromkeys(names)]
