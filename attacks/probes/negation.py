"""Negation: a word that turns the sense, next to what it turns, twice, from afar, and over a whole clause."""

from __future__ import annotations

from attacks.probing.templates import minimum_functionality, negative, positive
from attacks.probing.words import SLOTS

# What is denied must leave no doubt: "not brilliant" may still be good, "not awful" may still be poor. So
# mild words are negated here, and strong ones only where two negations give them back.
_SLOTS = SLOTS | {
    "weak": ("dull", "boring", "weak", "clumsy", "bad"),
    "fair": ("good", "convincing", "interesting", "enjoyable", "impressive"),
    "enjoy": ("enjoy", "like"),
    "enjoyed": ("enjoyed", "liked"),
    "anyone": ("anyone", "my friends", "anybody", "families", "fans of the genre"),
    "company": ("with my sister", "with three friends", "with my parents", "on my own", "in a full house"),
}

_SIMPLE = [
    *positive(
        "I was not {bored} for a single minute.",
        "The {part} does not disappoint.",
        "You will not regret seeing this {film}, and you will not tire of the {part}.",
        "There is not one {weak} scene in this {film}.",
        "I never got tired of the {part}.",
        "I have no complaints about the {part} or the {part2}.",
    ),
    *negative(
        "The {part} is not {fair}.",
        "This is not {a:fair} {film}.",
        "I did not enjoy this {film}, and I did not like the {part}.",
        "I would not recommend this {film} to {anyone}.",
        "The {part} didn't work for me at all.",
        "There is nothing {fair} about the {part}.",
    ),
]

_DOUBLE = [
    *positive(
        "There wasn't a single scene in this {film} that I didn't {love}.",
        "Nobody could say that the {part} isn't {good}.",
        "You cannot watch this {film} and not {love} the {part}.",
        "It would be wrong to deny that the {part} is {good}.",
        "There was never a moment when the {part} did not work.",
        "I can't name a single person who didn't {love} this {film}.",
    ),
    *negative(
        "There wasn't a single minute of this {film} when I wasn't {bored}.",
        "Nobody could say that the {part} isn't {bad}.",
        "You cannot watch this {film} and not be {bored} by the {part}.",
        "It would be wrong to deny that the {part} is {bad}.",
        "There was never a moment when the {part} did not annoy me.",
        "I can't name a single person who wasn't {bored} by this {film}.",
    ),
]

_LONG_RANGE = [
    *positive(
        "I was not, although I saw it {company} and at the end of a very long week, {bored} by this {film}.",
        "Never in the whole running time, which is longer than that of most films of its kind, "
        "was I {bored} by the {part}.",
        "Nothing in the {part}, from the first shot to the last and through all the turns that the "
        "plot takes, is {weak}.",
        "Not one of the many scenes of this {film} that were shot in the old harbour, in the school or on "
        "the train is {weak}.",
        "At no point while I sat there {company} did I find this {film} {weak}.",
        "I would not, whatever you may have heard about its long production, call any part of "
        "this {film} {weak}.",
    ),
    *negative(
        "I would not, having now watched it {company} and read the book as well, call this {film} {fair}.",
        "Nothing in the {part}, from the first shot to the last and through all the turns that the plot "
        "takes, is {fair}.",
        "I did not, although I saw it {company} and was in the best of moods, {enjoy} this {film}.",
        "Not one of the many scenes of this {film} that were shot in the old harbour, in the school or on "
        "the train is {fair}.",
        "At no point while I sat there {company} did I find this {film} {fair}.",
        "Neither the {part}, on which so much time and care must have been spent, nor the {part2} is {fair}.",
    ),
]

_CLAUSE = [
    *positive(
        "I don't think that there is {a:weak} scene in this {film}.",
        "I don't believe that you will be {bored} by this {film}.",
        "I can't imagine that anyone will be {bored} by the {part}.",
        "I don't agree at all with those who say that the {part} is {weak}.",
        "I never felt that the {part} was {weak}.",
        "I refuse to believe that anybody could find this {film} {weak}.",
    ),
    *negative(
        "I don't think that this is {a:fair} {film}.",
        "I don't believe that you will {enjoy} this {film}.",
        "I can't say that I {enjoyed} the {part}.",
        "I don't agree at all with those who say that the {part} is {fair}.",
        "I never felt that the {part} was {fair}.",
        "I refuse to believe that anybody could find this {film} {fair}.",
    ),
]

PROBES = (
    minimum_functionality(
        "negation-simple",
        "Negation",
        "A not, never or nothing right beside a word turns its sense.",
        _SIMPLE,
        _SLOTS,
        group="negation",
    ),
    minimum_functionality(
        "negation-double",
        "Double negation",
        "Two negations in one sentence take each other away.",
        _DOUBLE,
        _SLOTS,
        group="negation",
    ),
    minimum_functionality(
        "negation-long-range",
        "Long-range negation",
        "A negation reaches over many words to the one that it turns.",
        _LONG_RANGE,
        _SLOTS,
        group="negation",
    ),
    minimum_functionality(
        "negation-clause",
        "Negated clause",
        "A negated main clause turns what the subordinate clause says.",
        _CLAUSE,
        _SLOTS,
        group="negation",
    ),
)
