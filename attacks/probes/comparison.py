"""Comparison with another film: praise and blame belong to the one that they are said of."""

from __future__ import annotations

from attacks.probing.templates import minimum_functionality, negative, positive
from attacks.probing.words import SLOTS

TEMPLATES = [
    *positive(
        "I {hated} {other}, but this {film} is {good}.",
        "Unlike {other}, which was {bad}, this {film} is {good}.",
        "{Director} once made {other}, which was {bad}. The new {film} is {good}.",
        "{Other} was {bad} and {bad2}. Its sequel, which I saw {when}, is {good}.",
        "This {film} is everything that {other} should have been and wasn't: {good}.",
        "The {part} in {other} was {bad}; here it is {good}, and so is the rest.",
        "Forget {other}, that {bad} {genre}, and see this {film} instead.",
    ),
    *negative(
        "I {loved} {other}, but this {film} is {bad}.",
        "Unlike {other}, which was {good}, this {film} is {bad}.",
        "{Director} once made {other}, which was {good}. The new {film} is {bad}.",
        "{Other} was {good} and {good2}. Its sequel, which I saw {when}, is {bad}.",
        "This {film} is everything that {other} fortunately wasn't: {bad}.",
        "The {part} in {other} was {good}; here it is {bad}, and so is the rest.",
        "Skip this {film} and see {other} instead, that {good} {genre}.",
    ),
]

PROBE = minimum_functionality(
    "comparison",
    "Comparison with another film",
    "Words about another film say nothing about the one under review, except by contrast.",
    TEMPLATES,
    SLOTS,
    group="two sides",
)
