"""Change over time: what the writer once thought against what the writer thinks now."""

from __future__ import annotations

from attacks.probing.templates import minimum_functionality, negative, positive
from attacks.probing.words import SLOTS

_SLOTS = SLOTS | {
    "once": ("as a child", "as a teenager", "ten years ago", "when it came out", "when I was young"),
    "now": ("today", "now", "these days", "after all these years"),
}

TEMPLATES = [
    *positive(
        "I used to {hate} this {film}, but now I find it {good}.",
        "At first I found the {part} {bad}; on a second viewing I {loved} it.",
        "{Once}, I {hated} this {film}. Seeing it again {when}, I found it {good}.",
        "It begins as {a:bad} {genre}, but by the end it is {a:good} one.",
        "I no longer think that this {film} is {bad}. It is {good}.",
        "I thought it was {bad} {once}. How wrong I was: {now} I {love} the {part}.",
        "I went in expecting something {bad}. I came out having seen {a:good} {film}.",
    ),
    *negative(
        "I used to {love} this {film}, but now I find it {bad}.",
        "At first I found the {part} {good}; on a second viewing I {hated} it.",
        "{Once}, I {loved} this {film}. Seeing it again {when}, I found it {bad}.",
        "It begins as {a:good} {genre}, but by the end it is {a:bad} one.",
        "I no longer think that this {film} is {good}. It is {bad}.",
        "I thought it was {good} {once}. How wrong I was: {now} I {hate} the {part}.",
        "I went in expecting something {good}. I came out having seen {a:bad} {film}.",
    ),
]

PROBE = minimum_functionality(
    "change-over-time",
    "Change over time",
    "What the writer thinks now counts, not what the writer used to think.",
    TEMPLATES,
    _SLOTS,
    group="two sides",
)
