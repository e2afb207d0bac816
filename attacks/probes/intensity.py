"""Intensifiers and hedges: a word that strengthens or weakens an opinion does not move it the other way."""

from __future__ import annotations

from attacks.probing.templates import Template, directional
from attacks.probing.words import SLOTS

UP, DOWN = 1, 0

_SLOTS = SLOTS | {
    "nice": ("good", "funny", "clever", "charming", "moving", "entertaining", "gripping", "touching"),
    "poor": ("bad", "weak", "boring", "silly", "clumsy", "dull", "lifeless", "annoying"),
    "part": ("acting", "script", "dialogue", "story", "ending"),
    "please": ("enjoyed", "liked", "admired", "loved"),
    "displease": ("disliked", "hated", "loathed", "detested"),
}

_INTENSIFIERS = [
    Template(
        "The {part} is {nice}.",
        1,
        (("The {part} is very {nice}.", UP), ("The {part} is extremely {nice}.", UP)),
    ),
    Template(
        "This {film} is {nice}.",
        1,
        (("This {film} is really {nice}.", UP), ("This {film} is so {nice}!", UP)),
    ),
    Template(
        "I {please} the {part}.",
        1,
        (("I truly {please} the {part}.", UP), ("I {please} the {part} very much indeed.", UP)),
    ),
    Template(
        "It is {a:nice} {genre}.",
        1,
        (("It is an incredibly {nice} {genre}.", UP), ("It is {a:nice} {genre}, without any doubt.", UP)),
    ),
    Template(
        "The {part} is {poor}.",
        0,
        (("The {part} is very {poor}.", DOWN), ("The {part} is extremely {poor}.", DOWN)),
    ),
    Template(
        "This {film} is {poor}.",
        0,
        (("This {film} is really {poor}.", DOWN), ("This {film} is so {poor}!", DOWN)),
    ),
    Template(
        "I {displease} the {part}.",
        0,
        (
            ("I truly {displease} the {part}.", DOWN),
            ("I {displease} the {part} very much indeed.", DOWN),
        ),
    ),
    Template(
        "It is {a:poor} {genre}.",
        0,
        (("It is an incredibly {poor} {genre}.", DOWN), ("It is {a:poor} {genre}, without any doubt.", DOWN)),
    ),
]

_HEDGES = [
    Template(
        "The {part} is {nice}.",
        1,
        (("The {part} is somewhat {nice}.", DOWN), ("I suppose the {part} is {nice}.", DOWN)),
    ),
    Template(
        "This {film} is {good}.",
        1,
        (("This {film} is arguably {good}.", DOWN), ("This {film} is {good}, more or less.", DOWN)),
    ),
    Template(
        "I {please} the {part}.",
        1,
        (("I sort of {please} the {part}.", DOWN), ("I guess I {please} the {part}.", DOWN)),
    ),
    Template(
        "It is {a:nice} {genre}.",
        1,
        (("It is perhaps {a:nice} {genre}.", DOWN), ("It is a fairly {nice} {genre}.", DOWN)),
    ),
    Template(
        "The {part} is {poor}.",
        0,
        (("The {part} is somewhat {poor}.", UP), ("I suppose the {part} is {poor}.", UP)),
    ),
    Template(
        "This {film} is {bad}.",
        0,
        (("This {film} is arguably {bad}.", UP), ("This {film} is {bad}, more or less.", UP)),
    ),
    Template(
        "I {displease} the {part}.",
        0,
        (("I sort of {displease} the {part}.", UP), ("I guess I {displease} the {part}.", UP)),
    ),
    Template(
        "It is {a:poor} {genre}.",
        0,
        (("It is perhaps {a:poor} {genre}.", UP), ("It is a slightly {poor} {genre}.", UP)),
    ),
]

PROBES = (
    directional(
        "intensifiers",
        "Intensifiers",
        "Very, really or extremely does not make praise weaker or blame milder.",
        _INTENSIFIERS,
        _SLOTS,
        group="tone",
    ),
    directional(
        "hedging",
        "Hedging",
        "Somewhat, perhaps or I suppose does not make praise stronger or blame harsher.",
        _HEDGES,
        _SLOTS,
        group="tone",
    ),
)
