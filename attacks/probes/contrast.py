"""Contrast: one clause gives way to the other, and the verdict is in the one that stays."""

from __future__ import annotations

from attacks.probing.templates import minimum_functionality, negative, positive
from attacks.probing.words import SLOTS

TEMPLATES = [
    *positive(
        "The {part} is {bad}, but this is still {a:good} {film}.",
        "Although the {part} is {bad}, I {loved} this {film}.",
        "Despite the {bad} {part}, this is {a:good} {film}.",
        "I {loved} this {film}, even though the {part} is {bad}.",
        "The {part} may be {bad}; nevertheless, the {film} as a whole is {good}.",
        "While the {part} is {bad}, this {genre} is {good} overall.",
        "Yes, the {part} is {bad}. Still, what {a:good} {film}!",
    ),
    *negative(
        "The {part} is {good}, but this is still {a:bad} {film}.",
        "Although the {part} is {good}, I {hated} this {film}.",
        "Despite the {good} {part}, this is {a:bad} {film}.",
        "I {hated} this {film}, even though the {part} is {good}.",
        "The {part} may be {good}; nevertheless, the {film} as a whole is {bad}.",
        "While the {part} is {good}, this {genre} is {bad} overall.",
        "Yes, the {part} is {good}. Still, what {a:bad} {film}!",
    ),
]

PROBE = minimum_functionality(
    "contrast",
    "Contrast",
    "Where praise and blame meet in a sentence, but, although or despite says which one counts.",
    TEMPLATES,
    SLOTS,
    group="two sides",
)
