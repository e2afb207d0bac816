"""Conditionals and wishes: what could have been is not what is."""

from __future__ import annotations

from attacks.probing.templates import minimum_functionality, negative, positive
from attacks.probing.words import SLOTS

_SLOTS = SLOTS | {
    "love": ("loved", "enjoyed", "liked", "recommended"),
    "fair": ("good", "convincing", "interesting", "bearable"),
    "days": ("hours", "days", "another hour", "a week", "another three hours"),
}

TEMPLATES = [
    *negative(
        "This could have been {a:good} {film} if only the {part} had worked.",
        "I wish that the {part} had been {fair}.",
        "It would have been {good} with better {part}.",
        "If someone had taken more care with the {part}, I might have {love} this {film}.",
        "With another director, this {genre} might have been {good}.",
        "It should have been {a:good} {genre}. It could have been. It isn't.",
        "Had they only cared about the {part}, what {a:good} {film} it would have been.",
    ),
    *positive(
        "I wish that every {genre} were as {good} as this one.",
        "If you see only one {genre} this year, let it be this one.",
        "I wish that it had been longer; I could have gone on watching for {days}.",
        "If all films had {part} like this, I would live in the cinema.",
        "Had I known how {good} this {film} is, I would have seen it years ago.",
        "If I had the time, I would watch this {genre} again {when}.",
        "It could so easily have been {bad}. Instead, it is {good}.",
    ),
]
_SLOTS["part"] = ("acting", "directing", "dialogue", "photography", "music", "editing", "casting")

PROBE = minimum_functionality(
    "conditional",
    "Conditional and wish",
    "What would have been good is not good, and a wish for more of it is praise.",
    TEMPLATES,
    _SLOTS,
    group="tone",
)
