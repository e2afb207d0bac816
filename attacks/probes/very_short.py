"""Reviews of one to three words."""

from __future__ import annotations

from attacks.probing.templates import minimum_functionality, negative, positive
from attacks.probing.words import SLOTS

TEMPLATES = [
    *positive(
        "{Good}.",
        "{Good}!!!",
        "{Loved} it.",
        "{Good} {film}.",
        "Simply {good}.",
        "{Good} {part}!",
        "{Good}, {good2}.",
    ),
    *negative(
        "{Bad}.",
        "{Bad}!!!",
        "{Hated} it.",
        "{Bad} {film}.",
        "Simply {bad}.",
        "{Bad} {part}!",
        "{Bad}, {bad2}.",
    ),
]

PROBE = minimum_functionality(
    "very-short",
    "Very short",
    "One to three words are enough to tell an opinion.",
    TEMPLATES,
    SLOTS,
    group="words",
)
