"""Very long reviews: some six hundred words of plot and production, and only then the verdict.

A model that reads the first 512 tokens and no more cannot know the answer; that is what this measures.
"""

from __future__ import annotations

import numpy as np

from attacks.probing.base import Capability, Case
from attacks.probing.judging import right_class
from attacks.probing.templates import cases_of, drawn, fill, negative, positive
from attacks.probing.words import SLOTS

#: Words before the verdict: no tokeniser makes fewer tokens than words of them.
WORDS_BEFORE = 540

_SLOTS = SLOTS | {
    "name": ("Anna", "Thomas", "Clara", "Peter", "Julia", "Martin", "Helen", "Frank"),
    "year": ("1974", "1983", "1991", "1998", "2004", "2011"),
    "town": ("Lisbon", "Glasgow", "Toronto", "Vienna", "Melbourne", "Bristol", "Oslo"),
    "weather": ("in the rain", "in the snow", "at noon", "at night", "in the early morning"),
}

#: Sentences of plot and production without an opinion; each is used once in a text.
FILLER = (
    "The {film} opens in {town} {weather}, where {name} is waiting for a train that comes from the north.",
    "{Name} works in the office of a shipping company and lives with a cousin above a bakery.",
    "In the second scene we learn that the house by the river was sold in {year} to a family from {town}.",
    "The camera follows {name} through the market, across the bridge and into the station.",
    "It was shot over {weeks} weeks on a stage in {town} and in the streets around it.",
    "There are {count} speaking parts, and most of the actors come from theatres in {town}.",
    "{Name} receives a letter, reads it at the kitchen table and puts it into a drawer.",
    "The first part takes place in {year}, the second one {count} years later.",
    "When the brother arrives from {town}, the two walk along the harbour and talk about the lease.",
    "The costumes were made in {town}, and the furniture was borrowed from a museum.",
    "Then the story moves to a school, where {name} teaches geography to children of ten.",
    "The map on the wall of the classroom shows the coast before the dam was built.",
    "At the hotel, {name} asks for room {room} and is given the key to the one beside it.",
    "We see the ferry leave {weather}, with {count} passengers and a lorry on the lower deck.",
    "A conversation about the price of timber takes up the next few minutes.",
    "{Name} drives to {town} in a grey car, and the radio reads out the shipping forecast.",
    "The script is based on a short novel that was first printed in {town} in {year}.",
    "After that, the lawyer reads the will aloud, and the family listens.",
    "The credits name {count} producers from three countries.",
    "In the middle section the point of view changes from {name} to the neighbour across the yard.",
    "The neighbour keeps bees, repairs clocks and writes a column for the local paper.",
    "There is a dinner at a long table, with soup, fish and a speech by the mayor.",
    "{Name} leaves the table before the coffee and takes the road along the canal.",
    "The train scene was filmed on a line near {town} that is still in use.",
    "On Monday the office opens at eight, and {name} finds the door unlocked.",
    "Two men carry a piano up the stairs to the {floor} floor and put it by the window.",
    "The sound was recorded on location, and the songs are sung in the dialect of the region.",
    "A title card tells us that {count} months have gone by.",
    "The surveyor measures the field, writes down the figures and drives back to {town}.",
    "{Name} meets the surveyor at the bridge, and they look at the plans together.",
    "In the library, {name} asks for the newspapers of {year} and sits down to read.",
    "The newspaper has a photograph of the mill, with its {count} workers in a row in front of it.",
    "Later the same photograph hangs in the hall of the house by the river.",
    "The aunt tells the children how the town looked before the railway came.",
    "It is early when the cousin packs two suitcases and orders a taxi to the airport.",
    "The taxi driver comes from {town} and has a sister who worked at the mill.",
    "A clerk stamps the papers, keeps one copy and hands back the other.",
    "The last third is told in letters, which are read by {name} and by the cousin in turn.",
    "The distributor showed it first in {town}, in {month}, and then on television.",
    "The version I saw runs for {minutes} minutes and has subtitles in two languages.",
    "{Name} puts the drawer back into the desk and turns off the lamp.",
    "The bakery closes at six, and the street is empty by seven.",
    "A man in a blue coat asks for directions to the customs house.",
    "The two cousins meet on the platform {weather} and walk home by the lower road.",
    "At the end of the week, {name} signs the lease and hands over the keys.",
    "The final shot shows the river, the bridge and the first lights of {town}.",
    "The director, {director}, had worked for {count} years as an editor before this.",
    "The novel has {count} chapters more, which the {film} leaves out.",
    "The clocks are set back by an hour, and the ferry changes its timetable.",
    "The children draw the harbour, and {name} pins the drawings to the wall.",
    "In {month} the school moves to a building near the market.",
    "The mayor opens the new bridge with a short speech, and the band plays twice.",
)
_SLOTS |= {
    "weeks": ("five", "six", "seven", "eight", "nine"),
    "count": ("four", "six", "eleven", "twelve", "fourteen"),
    "room": ("12", "21", "34", "7"),
    "floor": ("second", "third", "fourth"),
    "month": ("March", "June", "September", "October"),
    "minutes": ("118", "124", "131", "137"),
}

TEMPLATES = [
    *positive(
        "My verdict: this is {a:good} {film}, and I {loved} the {part}.",
        "And now to my opinion. I {loved} it: {good} {part}, {a:good2} {genre}.",
        "All in all, I can warmly recommend this {good} {film}.",
        "I {loved} every minute of it, and the {part} most of all. It is {good}.",
        "In short: {good}, {good2}, the best {genre} that I have seen in years.",
        "So much for the plot. The {part} is {good}, and so is the {film} as a whole.",
    ),
    *negative(
        "My verdict: this is {a:bad} {film}, and I {hated} the {part}.",
        "And now to my opinion. I {hated} it: {bad} {part}, {a:bad2} {genre}.",
        "All in all, I can only warn you about this {bad} {film}.",
        "I {hated} every minute of it, and the {part} most of all. It is {bad}.",
        "In short: {bad}, {bad2}, the worst {genre} that I have seen in years.",
        "So much for the plot. The {part} is {bad}, and so is the {film} as a whole.",
    ),
]


def _cases() -> list[Case]:
    """Return short verdicts, each behind a long text of its own; the template is the verdict's."""
    slots = _SLOTS | {"part": ("acting", "directing", "dialogue", "photography", "music", "editing")}
    verdicts = cases_of("very-long", TEMPLATES, slots, per_template=7)  # enough for an interval under 5 %
    return [_behind_filler(case, place) for place, case in enumerate(verdicts)]


def _behind_filler(case: Case, place: int) -> Case:
    return Case(
        case.case_id, f"{_filler(place)} {case.text}", case.template, case.expected, case.group, case.order
    )


def _filler(place: int) -> str:
    """Return WORDS_BEFORE words or a few more, in sentences of FILLER; another `place`, another text."""
    rng = np.random.default_rng(place)
    said: list[str] = []
    words = 0
    for number in rng.permutation(len(FILLER)):
        said.append(fill(FILLER[number], drawn(FILLER[number], _SLOTS, rng)))
        words += len(said[-1].split())
        if words >= WORDS_BEFORE:
            break
    return " ".join(said)


PROBE = Capability(
    "very-long",
    "Very long, verdict after token 512",
    "A verdict at the end of some six hundred words without an opinion is still found.",
    "MFT",
    _cases,
    right_class,
    group="form",
)
