"""The registry of probes; to add one, add a file with its `PROBE` and a line here."""

from __future__ import annotations

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
from attacks.probing.base import GROUPS, KINDS, Capability, Case, ProbeError

__all__ = ["GROUPS", "KINDS", "PROBES", "Capability", "Case", "ProbeError"]

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
