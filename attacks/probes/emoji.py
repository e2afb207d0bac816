"""Emoji and emoticons beside words without an opinion: the picture alone tells it."""

from __future__ import annotations

from attacks.probing.templates import minimum_functionality, negative, positive
from attacks.probing.words import SLOTS

_SLOTS = SLOTS | {
    "happy": ("👍", "😍", "❤️", "🤩", "👏👏👏", "😊", "🥰", ":-)", ":D", "<3"),
    "cross": ("👎", "🤮", "💩", "😡", "😠", "🤢", "👎👎👎", ":-(", ">:-(", "D:<"),
}

TEMPLATES = [
    *positive(
        "Saw this {film} {when} {happy}",
        "The {part} {happy}",
        "My opinion of this {genre}: {happy}",
        "{Happy} for the {part} and the {part2}",
        "Watched it with {person}. We both felt the same: {happy}",
        "So this is the new {genre} by {director} {happy} {happy2}",
    ),
    *negative(
        "Saw this {film} {when} {cross}",
        "The {part} {cross}",
        "My opinion of this {genre}: {cross}",
        "{Cross} for the {part} and the {part2}",
        "Watched it with {person}. We both felt the same: {cross}",
        "So this is the new {genre} by {director} {cross} {cross2}",
    ),
]

PROBE = minimum_functionality(
    "emoji",
    "Emoji and emoticons",
    "A thumb, a heart or a face, drawn or typed, tells the opinion where no word does.",
    TEMPLATES,
    _SLOTS,
    group="form",
)
