"""Words that several probes fill their templates with: none in doubt, each fits every place of its slot."""

from __future__ import annotations

#: Adjectives that stand before a noun and after "is".
GOOD = (
    "excellent",
    "wonderful",
    "superb",
    "brilliant",
    "fantastic",
    "terrific",
    "outstanding",
    "delightful",
    "marvellous",
    "great",
)
BAD = (
    "terrible",
    "awful",
    "dreadful",
    "horrible",
    "boring",
    "lousy",
    "atrocious",
    "dull",
    "pathetic",
    "tedious",
)

LOVED = ("loved", "adored", "enjoyed", "admired", "really liked")
HATED = ("hated", "disliked", "loathed", "detested", "couldn't stand")
LOVE = ("love", "enjoy", "like", "adore", "admire")
HATE = ("hate", "dislike", "loathe", "detest")
BORED = ("bored", "disappointed", "annoyed", "irritated", "let down")

FILM = ("film", "movie", "picture")
GENRE = ("comedy", "thriller", "drama", "western", "musical", "war film", "crime film", "love story")

#: What a film is made of, in the singular: "the script is", "the script was".
PART = (
    "acting",
    "script",
    "directing",
    "dialogue",
    "story",
    "photography",
    "music",
    "ending",
    "editing",
    "casting",
)

PERSON = ("my brother", "my sister", "my best friend", "my neighbour", "my wife", "my husband", "my uncle")
CRITICS = ("the critics", "most reviewers", "all my friends", "my colleagues", "the papers", "my parents")
WHEN = ("last night", "on Friday", "yesterday", "at the weekend", "on Sunday evening", "this afternoon")
HOURS = ("two hours", "ninety minutes", "an evening", "a whole afternoon", "two and a half hours")

#: Films that do not exist, so that nobody has an opinion of them.
OTHER = (
    "The Glass Harbour",
    "A Winter Apart",
    "Seven Bridges",
    "The Cartographer",
    "Hollow Street",
    "The Last Ferry",
    "Mapmakers",
    "Copper Lake",
)
DIRECTOR = ("Marta Lindqvist", "Owen Barlow", "Teresa Okafor", "Daniel Havel", "Ruth Amsel", "Paul Ferrante")
PLACE = ("Lisbon", "Glasgow", "Toronto", "Vienna", "Melbourne", "Bristol", "Oslo")

SLOTS: dict[str, tuple[str, ...]] = {
    "good": GOOD,
    "bad": BAD,
    "loved": LOVED,
    "hated": HATED,
    "love": LOVE,
    "hate": HATE,
    "bored": BORED,
    "film": FILM,
    "genre": GENRE,
    "part": PART,
    "person": PERSON,
    "critics": CRITICS,
    "when": WHEN,
    "hours": HOURS,
    "other": OTHER,
    "director": DIRECTOR,
    "place": PLACE,
}
