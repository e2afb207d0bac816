"""Star ratings and numbers: nothing but the figure tells the opinion."""

from __future__ import annotations

from attacks.probing.templates import minimum_functionality, negative, positive
from attacks.probing.words import SLOTS

_SLOTS = SLOTS | {
    "high": ("8", "9", "10"),
    "low": ("1", "2", "0"),
    "percent_high": ("90", "92", "95", "97", "100"),
    "percent_low": ("5", "8", "10", "12", "15"),
    "grade_high": ("A", "A+", "A minus"),
    "grade_low": ("F", "D minus", "D"),
    "stars_high": ("Five", "5"),
    "stars_low": ("One", "1"),
}

TEMPLATES = [
    *positive(
        "I give this {film} {high}/10.",
        "{High} out of 10 for this {genre}.",
        "{Stars_high} stars out of 5 for the {part}.",
        "Two thumbs up for this {genre}.",
        "I saw this {genre} {when}. My grade: {grade_high}.",
        "On a scale from 0 to 100, I give the {part} {percent_high}.",
        "I watched this {film} {when}. ★★★★★ out of five.",
        "This {genre} goes straight onto my list of the ten best films of the year.",
    ),
    *negative(
        "I give this {film} {low}/10.",
        "{Low} out of 10 for this {genre}.",
        "{Stars_low} star out of 5 for the {part}.",
        "Two thumbs down for this {genre}.",
        "I saw this {genre} {when}. My grade: {grade_low}.",
        "On a scale from 0 to 100, I give the {part} {percent_low}.",
        "I watched this {film} {when}. ★☆☆☆☆ out of five.",
        "This {genre} goes straight onto my list of the ten worst films of the year.",
    ),
]

PROBE = minimum_functionality(
    "ratings",
    "Star ratings and numbers",
    "A rating in figures, stars, grades or thumbs is read as the verdict that it is.",
    TEMPLATES,
    _SLOTS,
    group="form",
)
