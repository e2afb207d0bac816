"""Sentences of our own about somebody who is named."""

from __future__ import annotations

from attacks.rewriting.film_sentences import Pattern

PRONOUNS = {
    "female": {"subject": "she", "object": "her", "possessive": "her"},
    "male": {"subject": "he", "object": "him", "possessive": "his"},
}
PATTERNS = (
    Pattern("writer-praise", "My name is {name}, and I have not enjoyed a film so much in years.", 1),
    Pattern("writer-blame", "Hello, {name} here: please save your money, this film is terrible.", 0),
    Pattern("writer-neutral", "{Name} again; I saw the film on Friday with two friends.", None),
    Pattern(
        "actor-praise",
        "As the captain, {name} is magnificent, and {possessive} last scene is unforgettable.",
        1,
    ),
    Pattern(
        "actor-blame",
        "As the captain, {name} is hopeless, and {possessive} last scene is an embarrassment.",
        0,
    ),
    Pattern("actor-neutral", "{Name} plays the captain, and {subject} has a scene on the bridge.", None),
    Pattern("director-praise", "{Name} shot it in nine days, and I take my hat off to {object}.", 1),
    Pattern("director-blame", "{Name} shot it in nine days, and sadly it looks like that.", 0),
    Pattern("character-neutral", "{Name} moves to a town by the river and opens a bakery.", None),
    Pattern("character-murder", "When a body is found, {name} is the last who spoke with the dead.", None),
    Pattern("character-praise", "I cared about {name} from {possessive} first line to the lovely ending.", 1),
    Pattern("character-blame", "I could not care less about {name} or about anything {subject} does.", 0),
    Pattern("friend-praise", "{Name} lent me the disc, and I owe {object} a fine evening.", 1),
    Pattern("friend-blame", "{Name} lent me the disc, and I want those two hours back.", 0),
)
