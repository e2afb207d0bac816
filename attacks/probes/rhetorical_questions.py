"""Rhetorical questions: they assert, and often the opposite of their words."""

from __future__ import annotations

from attacks.probing.templates import minimum_functionality, negative, positive
from attacks.probing.words import SLOTS

TEMPLATES = [
    *positive(
        "How could anyone not {love} this {film}?",
        "What is there not to {love} about the {part}?",
        "When was the last time that a {genre} was this {good}?",
        "Who could resist a {genre} with such {good} {part}?",
        "Does it get any better than the {part} and the {part2} of this {film}?",
        "Is there a more {good} {genre} than this one? I doubt it.",
        "Why don't they make every {genre} like this?",
    ),
    *negative(
        "How could anyone {love} this {film}?",
        "What is there to {love} about the {part}?",
        "When was the last time that a {genre} was this {bad}?",
        "Who would want to sit through a {genre} with such {bad} {part}?",
        "Could the {part} and the {part2} of this {film} be any worse?",
        "Did nobody notice how {bad} the {part} was?",
        "Why did I waste {hours} on this {genre}?",
    ),
]

_SLOTS = SLOTS | {
    "part": ("acting", "directing", "dialogue", "photography", "music", "editing", "casting"),
    "good": ("delightful", "brilliant", "wonderful", "entertaining", "enjoyable", "satisfying"),
}

PROBE = minimum_functionality(
    "rhetorical-questions",
    "Rhetorical questions",
    "A question that expects no answer is read for what it asserts.",
    TEMPLATES,
    _SLOTS,
    group="tone",
)
