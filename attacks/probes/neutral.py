"""Facts without an opinion: a model should be undecided, so these are judged by a band, never by a class."""

from __future__ import annotations

from attacks.probing.base import Capability, Case
from attacks.probing.judging import MIDDLE, near_the_middle
from attacks.probing.templates import Template, cases_of
from attacks.probing.words import SLOTS

_SLOTS = SLOTS | {
    "minutes": ("88", "94", "101", "107", "113", "126"),
    "year": ("1974", "1983", "1991", "1998", "2004", "2011", "2016"),
    "number": ("three", "four", "five", "six", "seven"),
    "job": ("a teacher", "a ferry captain", "a baker", "a translator", "a postman", "a surveyor"),
    "language": ("Portuguese", "Swedish", "English", "German", "Italian"),
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
    "genre": ("comedy", "thriller", "drama", "western", "musical", "war film"),
}

TEXTS = (
    "The {film} was shot in {place} in {year}.",
    "It runs for {minutes} minutes and has {number} chapters.",
    "{Director} directed it and wrote the script with {number} others.",
    "The main character is {job} who moves from {place} to {place2}.",
    "This {genre} will be shown on television on {day}.",
    "The dialogue is in {language}, with subtitles.",
    "It is the {genre} that {director} made in {year}.",
    "The first scene takes place in {place}, the last in {place2}.",
    "I saw this {film} in {place} on {day}.",
    "A sequel was made in {place} in {year}, with {number} of the same actors.",
)


def _cases() -> list[Case]:
    return cases_of("neutral", [Template(text, None) for text in TEXTS], _SLOTS)


PROBE = Capability(
    "neutral",
    "Neutral and factual",
    f"A statement of fact gets a probability between {MIDDLE[0]} and {MIDDLE[1]}: no class is right.",
    "MFT",
    _cases,
    near_the_middle,
    group="form",
)
