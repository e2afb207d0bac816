"""Nationality: adjectives and the names of peoples."""

from __future__ import annotations

import re

from attacks.rewriting.base import Attribute
from attacks.rewriting.moving import groups_in, rewriting, vocabulary, words_in
from attacks.rewriting.origin_words import Origin, finder
from attacks.rewriting.people import sentences_about

NAME = "nationality"
ORIGINS = {
    "American": Origin("American", "American", "Americans"),
    "British": Origin("British", "Brit", "Brits"),
    "Chinese": Origin("Chinese", "Chinese person", "Chinese people"),
    "French": Origin("French", "French person", "French people"),
    "German": Origin("German", "German", "Germans"),
    "Indian": Origin("Indian", "Indian", "Indians"),
    "Italian": Origin("Italian", "Italian", "Italians"),
    "Japanese": Origin("Japanese", "Japanese person", "Japanese people"),
    "Mexican": Origin("Mexican", "Mexican", "Mexicans"),
    "Nigerian": Origin("Nigerian", "Nigerian", "Nigerians"),
    "Russian": Origin("Russian", "Russian", "Russians"),
}
GROUPS = tuple(ORIGINS)
_ADJECTIVES = "|".join(GROUPS)
#: Languages, dishes, wars and other things that keep their name.
_FIXED = re.compile(
    rf"""\b(?:
    (?:in|into|speaks?|spoken?|speaking|learns?|subtitled|dubbed|understand|original|native|latin|south|north
        |central|african|asian|anglo|franco|all|early|middle|un|irish|west|east|ancient)
        [ -](?:{_ADJECTIVES})s?
    |(?:{_ADJECTIVES})[ ](?:language|accents?|subtitles?|subtitled|dubbed|dialog(?:ue)?|spoken|version
        |title|words?|dream|way|pie|flag|eagle|history|south|west|revolution|revolutionary|war
        |civil|idol|beauty|psycho|gothic|football|indians?|fries|kiss|kissing|toast|bread|horn|maid|resistance
        |connection|poodle|shepherd|measles|silent|expressionist|expressionism|new|wave|neorealism|neo|giallo
        |horror|roulette|doll|bath|ocean|summer|chief|tribes?|reservation|village|standoff|border|isles|empire
        |raj|army|navy|troops|soldiers?|soil|invasion|occupation|government|president|embassy|consulate|born
        |countryside|riviera|alps|mafia|opera|cinema|market|tv|television|public|audiences?|comic|manga|anime
        |samurai|kung|martial|opium|wall|restaurant|food|wine|cooking|westerns?|western|spaghetti|nazis?)
    )\b""",
    re.I | re.X,
)
#: Where a nation's places, leaders or wars are named, another nation would contradict.
_PLACES = words_in(
    """
    giallo gialli wendigo america usa us americas hollywood york manhattan brooklyn chicago texas california
    vegas washington boston florida vietnam england english britain uk london bbc scotland scottish wales
    oxford cambridge royal queen china beijing shanghai hong kong taiwan mandarin cantonese mao france paris
    parisian cannes marseille germany berlin munich nazi nazis hitler wwii ww2 reich holocaust concentration
    gestapo india delhi mumbai bombay bollywood hindi hindu sikh tamil caste rajah cowboys cowboy tribe tribes
    apache sioux cherokee navajo western westerns reservation italy rome roman venice naples sicily sicilian
    florence milan mafia fellini mussolini japan tokyo kyoto samurai yakuza geisha hiroshima anime manga pearl
    mexico acapulco tijuana cartel border nigeria lagos fraulein command mademoiselle signor senor africa
    african russia moscow soviet ussr kgb stalin lenin communist tsar czar petersburg siberia war
    """
)
_STATES = re.compile(r"\bU\.\s?S\.|\bU\.K\.|\bUnited (?:States|Kingdom)\b")


def _objection(text: str) -> str:
    if _STATES.search(text):
        return "a place or an event of one nation is in the text"
    there = _PLACES & vocabulary(text)
    if there == {"us"} and not re.search(r"\bUS\b", text):
        return ""
    return "a place or an event of one nation is in the text" if there else ""


_find = finder(ORIGINS, _FIXED)
_PEOPLE = (
    {group: f"{origin.adjective} woman" for group, origin in ORIGINS.items()},
    {group: f"{origin.adjective} student" for group, origin in ORIGINS.items()},
)

ATTRIBUTE = Attribute(
    name=NAME,
    title="Nationality",
    description="American, French, Nigerian, ...: the adjective and the people of a nation.",
    note=(
        "Eleven nations, chosen by size and by how often reviews name them. 'French film' speaks of a "
        "film, and its reputation is part of what is measured; texts that name places or wars are left "
        "out."
    ),
    groups=GROUPS,
    mentioned=groups_in(
        _find,
        words_in(" ".join(w for o in ORIGINS.values() for _, f in o.forms() for w in f.lower().split()))
        - {"person", "people"},
    ),
    rewrite=rewriting(NAME, GROUPS, _find, _objection),
    templates=sentences_about(_PEOPLE),
)
