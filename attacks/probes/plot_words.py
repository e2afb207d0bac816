"""Plot words against the verdict: a sad story can be a good film, a cheerful one a bad film."""

from __future__ import annotations

from attacks.probing.templates import minimum_functionality, negative, positive
from attacks.probing.words import SLOTS

_SLOTS = SLOTS | {
    "dark": (
        "a brutal murder",
        "a mother who loses her child",
        "a village that is destroyed by war",
        "the slow death of a lonely man",
        "torture and revenge",
        "a terrible disease that kills a whole family",
        "hatred and betrayal",
    ),
    "bright": (
        "a happy wedding",
        "true love and friendship",
        "a brave little girl who saves her village",
        "two best friends on a sunny island",
        "a brilliant inventor and his loving family",
        "kindness and hope",
        "a wonderful summer by the sea",
    ),
    "fear": ("horrifying", "disgusting", "sickening", "terrifying", "cruel", "heartbreaking"),
    "joy": ("happy", "cheerful", "joyful", "lively", "merry"),
    "crimes": ("murders", "killings", "crimes", "battles", "executions"),
    "feasts": ("weddings", "parties", "festivals", "reunions", "birthdays"),
}

TEMPLATES = [
    *positive(
        "It tells of {dark}, and it is {a:good} {film}.",
        "The story is about {dark}. I {loved} it.",
        "The {crimes} are {fear}, as they must be, and the {film} is {good}.",
        "{A:good} {film} about {dark}, with {good2} {part}.",
        "There is nothing but {dark} in it, and yet I have rarely {loved} {a:genre} so much.",
        "The villain is {fear}, the hero dies in despair, and the {film} is {good}.",
    ),
    *negative(
        "It tells of {bright}, and it is {a:bad} {film}.",
        "The story is about {bright}. I {hated} it.",
        "The {feasts} are {joy}, as they must be, and the {film} is {bad}.",
        "{A:bad} {film} about {bright}, with {bad2} {part}.",
        "There is nothing but {bright} in it, and yet I have rarely {hated} {a:genre} so much.",
        "The hero is {joy}, the lovers are united in the end, and the {film} is {bad}.",
    ),
]
_SLOTS["part"] = ("acting", "directing", "dialogue", "photography", "music", "editing", "casting")
_SLOTS["hated"] = ("hated", "disliked", "loathed", "detested")
_SLOTS["loved"] = ("loved", "adored", "enjoyed", "admired")

PROBE = minimum_functionality(
    "plot-words",
    "Plot words against the verdict",
    "Sad, cruel or happy events in the story are not an opinion of the film.",
    TEMPLATES,
    _SLOTS,
    group="words",
)
