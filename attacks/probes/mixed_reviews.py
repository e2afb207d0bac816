"""Reviews that weigh strengths against weaknesses, with the verdict at the end or at the beginning."""

from __future__ import annotations

from attacks.probing.templates import minimum_functionality, negative, positive
from attacks.probing.words import SLOTS

TEMPLATES = [
    *positive(
        "The {part} is {bad}. The {part2} is {good}, though, and the {part3} even better. All in all, "
        "this is {a:good2} {film} that I can recommend.",
        "I have some complaints: the {part} is {bad} and the {part2} isn't much better. But taken as a "
        "whole, I {loved} this {film}.",
        "Weak points: the {part} and the {part2}. Strong points: the {part3}. Verdict: {a:good} {film}, "
        "go and see it.",
        "I {loved} this {film}. True, the {part} is {bad} and the {part2} could have been better. The "
        "{part3} is what I will remember.",
        "{A:good} {genre}, and I would watch it again tomorrow. There are faults: the {part} is {bad}, "
        "and the {part2} is uneven.",
        "Let me say it at once: this is {a:good} {film}. The {part} is {bad}, I admit, and the {part2} "
        "drags here and there.",
    ),
    *negative(
        "The {part} is {good}. The {part2} is {bad}, though, and the {part3} even worse. All in all, "
        "this is {a:bad2} {film} that I cannot recommend.",
        "There are things to praise: the {part} is {good} and the {part2} isn't far behind. But taken as "
        "a whole, I {hated} this {film}.",
        "Strong points: the {part} and the {part2}. Weak points: the {part3}. Verdict: {a:bad} {film}, "
        "stay away from it.",
        "I {hated} this {film}. True, the {part} is {good} and the {part2} could have been worse. The "
        "{part3} is what I would like to forget.",
        "{A:bad} {genre}, and I will not watch it again. There are strengths: the {part} is {good}, and "
        "the {part2} has its moments.",
        "Let me say it at once: this is {a:bad} {film}. The {part} is {good}, I admit, and the {part2} "
        "shines here and there.",
    ),
]

PROBE = minimum_functionality(
    "mixed-reviews",
    "Mixed reviews",
    "A review that names strengths and weaknesses is read by its verdict, be it first or last.",
    TEMPLATES,
    SLOTS,
    group="two sides",
)
