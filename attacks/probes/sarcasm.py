"""Sarcasm and irony that no reader misses: words of praise that blame, complaints that praise."""

from __future__ import annotations

from attacks.probing.templates import minimum_functionality, negative, positive
from attacks.probing.words import SLOTS

_SLOTS = SLOTS | {
    "hours": ("two hours", "ninety minutes", "a hundred minutes", "two and a half hours"),
    "minutes": ("ten minutes", "twenty minutes", "a quarter of an hour", "half an hour"),
    "chore": ("watching paint dry", "sitting in traffic", "filling in tax forms", "waiting for a late bus"),
    "nothing": ("no plot", "no ending", "nothing to say", "no characters", "no ideas"),
    "cheap": ("a cardboard set", "a rubber monster", "a visible microphone", "a plastic sword"),
}

TEMPLATES = [
    *negative(
        "Oh {good}, {hours} of my life that I will never get back.",
        "I {loved} it so much that I walked out after {minutes}.",
        "If you enjoy {chore}, you will {love} this {genre}.",
        "{A:good} way to waste {hours}, if that is what you are looking for.",
        "The best thing about this {genre} was the moment when it ended and we could all go home.",
        "How {good}: a {genre} with {nothing}. Just what the world was waiting for.",
        "{A:good} cure for sleeplessness: I was gone after {minutes}.",
        'Nothing says "big budget" like {cheap}. Well done, everybody, truly {good}.',
    ),
    *positive(
        "I have just one complaint about this {genre}: it had to end.",
        "The worst thing about this {film} is that it only lasts {hours}.",
        "Thanks a lot, {director}: I laughed so hard {when} that my ribs still hurt.",
        "Be warned: after this {film} every other {genre} will look dull to you.",
        "How dare they make {a:good} {film} like this and not give us a sequel at once?",
        "My only problem with the {part} is that I now want to see it all again, for the third time.",
        "I hate this {film} for one reason only: I did not get to see it sooner. It is {good}.",
        "Curse you, {director}! I meant to sleep {when}, and your {good} {film} kept me awake till three.",
    ),
]

PROBE = minimum_functionality(
    "sarcasm",
    "Sarcasm and irony",
    "Praise that is plainly meant as blame is read as blame, and a mock complaint as praise.",
    TEMPLATES,
    _SLOTS,
    group="tone",
)
