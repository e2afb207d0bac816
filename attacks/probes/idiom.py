"""Idioms: the sense is in the whole phrase, not in its words."""

from __future__ import annotations

from attacks.probing.templates import minimum_functionality, negative, positive
from attacks.probing.words import SLOTS

_SLOTS = SLOTS | {
    "part": ("acting", "script", "dialogue", "story", "music", "ending"),
    "praise": (
        "knocked my socks off",
        "blew me away",
        "swept me off my feet",
        "had me on the edge of my seat",
        "took my breath away",
        "hit it out of the park",
        "was worth every penny",
        "stole my heart",
    ),
    "blame": (
        "fell flat",
        "left me cold",
        "bored me to tears",
        "missed the mark by a mile",
        "went off the rails",
        "got on my nerves",
        "was not worth the price of a ticket",
        "sank like a stone",
    ),
    "gem": ("a breath of fresh air", "second to none", "out of this world", "the real deal", "pure gold"),
    "wreck": ("a train wreck", "a waste of space", "a damp squib", "dead on arrival", "a load of rubbish"),
}

TEMPLATES = [
    *positive(
        "This {film} {praise}.",
        "The {part} {praise}.",
        "I saw it {when}, and it {praise}.",
        "The {part} is {gem}.",
        "This {genre} is {gem}.",
        "To put it briefly, the {part} {praise}.",
        "What can I say about this {genre}? It {praise}.",
    ),
    *negative(
        "This {film} {blame}.",
        "The {part} {blame}.",
        "I saw it {when}, and it {blame}.",
        "The {part} is {wreck}.",
        "This {genre} is {wreck}.",
        "To put it briefly, the {part} {blame}.",
        "What can I say about this {genre}? It {blame}.",
    ),
]

PROBE = minimum_functionality(
    "idiom",
    "Idiom",
    "An idiom is understood as a whole: it fell flat, it knocked my socks off.",
    TEMPLATES,
    _SLOTS,
    group="words",
)
