"""Reported opinion: what others say against what the writer says."""

from __future__ import annotations

from attacks.probing.templates import minimum_functionality, negative, positive
from attacks.probing.words import SLOTS

TEMPLATES = [
    *positive(
        "{Critics} called this {film} {bad}, but I {loved} it.",
        "{Person} {hated} it. I thought that the {part} was {good}.",
        "Everyone told me that the {part} was {bad}. I found it {good}.",
        "I {loved} this {film}, whatever {critics} say about the {bad} {part}.",
        "According to {critics}, it is {a:bad} {film}. I couldn't disagree more.",
        '"{Bad}" and "{bad2}" is what {critics} wrote. They are wrong: it is {good}.',
        "{Person} walked out and said that it was {bad}. I stayed, and I {loved} it.",
    ),
    *negative(
        "{Critics} called this {film} {good}, but I {hated} it.",
        "{Person} {loved} it. I thought that the {part} was {bad}.",
        "Everyone told me that the {part} was {good}. I found it {bad}.",
        "I {hated} this {film}, whatever {critics} say about the {good} {part}.",
        "According to {critics}, it is {a:good} {film}. I couldn't disagree more.",
        '"{Good}" and "{good2}" is what {critics} wrote. They are wrong: it is {bad}.',
        "{Person} cheered and said that it was {good}. I left early, and I {hated} it.",
    ),
]

PROBE = minimum_functionality(
    "reported-opinion",
    "Reported opinion",
    "The writer's own opinion counts where it contradicts what others say.",
    TEMPLATES,
    SLOTS,
    group="two sides",
)
