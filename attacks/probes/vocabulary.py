"""Plain opinion words in plain sentences: what everything else builds on."""

from __future__ import annotations

from attacks.probing.templates import minimum_functionality, negative, positive
from attacks.probing.words import SLOTS

TEMPLATES = [
    *positive(
        "This is {a:good} {film}.",
        "The {part} is {good} and the {part2} is {good2}.",
        "I {loved} this {film} when I saw it {when}.",
        "{A:good} {genre} with {good2} {part}.",
        "We watched it {when} and {loved} it.",
        "What {a:good} {film}, and what {good2} {part}!",
        "The {part} alone makes this {genre} {good}.",
    ),
    *negative(
        "This is {a:bad} {film}.",
        "The {part} is {bad} and the {part2} is {bad2}.",
        "I {hated} this {film} when I saw it {when}.",
        "{A:bad} {genre} with {bad2} {part}.",
        "We watched it {when} and {hated} it.",
        "What {a:bad} {film}, and what {bad2} {part}!",
        "The {part} alone makes this {genre} {bad}.",
    ),
]
# "with {good} {part}" and "what {good} {part}" want words that stand without an article.
_MASS = ("acting", "directing", "dialogue", "photography", "music", "editing", "casting")

PROBE = minimum_functionality(
    "vocabulary",
    "Vocabulary",
    "Plain words of praise and blame decide plain sentences.",
    TEMPLATES,
    SLOTS | {"part": _MASS},
    group="words",
)
