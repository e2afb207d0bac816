"""Religion: believers, their adjective, and the name of the faith."""

from __future__ import annotations

import re

from attacks.rewriting.base import Attribute
from attacks.rewriting.moving import groups_in, rewriting, vocabulary, words_in
from attacks.rewriting.origin_words import Origin, finder
from attacks.rewriting.people import sentences_about

NAME = "religion"
ORIGINS = {
    "Buddhist": Origin("Buddhist", "Buddhist", "Buddhists", "Buddhism"),
    "Christian": Origin("Christian", "Christian", "Christians", "Christianity"),
    "Hindu": Origin("Hindu", "Hindu", "Hindus", "Hinduism"),
    "Jewish": Origin("Jewish", "Jew", "Jews", "Judaism"),
    "Muslim": Origin("Muslim", "Muslim", "Muslims", "Islam"),
}
GROUPS = tuple(ORIGINS)
_ADJECTIVES = "|".join((*GROUPS, "Jew"))
_FIXED = re.compile(
    rf"""\b(?:
    (?:born[ -]again|judeo|evangelical|fundamentalist|orthodox|hasidic|anti|non|coptic|radical|sunni|shia|zen)
        [ -](?:{_ADJECTIVES})s?
    |(?:{_ADJECTIVES})[ ](?:monks?|science|era|right|rock|church|mosque|temple|state|calendar|ghetto|quarter
        |fundamentalists?|extremists?|terrorists?|crusaders?|names?|allegory|values|bale|slater)
    )\b""",
    re.I | re.X,
)
#: What belongs to one faith only: beside it another would contradict.
_BELONGS = words_in(
    """
    inquisition slavery rome roman romans gladiator gladiators farrakhan pagan pagans paganism genocide german
    germany germans aryan york brooklyn war band deported camps warsaw poland pogrom persecution church
    churches bible biblical jesus christ christ's cross crucifixion crucified gospel gospels pope vatican
    priest priests nun nuns catholic catholics catholicism protestant protestants baptist mormon mormons amish
    evangelical sunday christmas easter resurrection messiah apostle apostles saint saints mosque mosques imam
    koran quran allah muhammad mohammed mecca islamic islamist sharia jihad terrorist terrorists terrorism
    hijab taliban arab arabs arabic palestinian palestinians iran iraq pakistan pakistani afghanistan
    synagogue rabbi rabbis torah hebrew yiddish kosher israel israeli israelis zionist zionism holocaust nazi
    nazis hitler ghetto auschwitz concentration semitic antisemitic antisemitism passover hanukkah bar goy
    goyim gentile gentiles temple temples brahmin caste krishna shiva vishnu karma reincarnation yoga guru
    india indian monk monks buddha zen dalai lama tibet tibetan nirvana crusade crusades crusader crusaders
    trinity devil satan german germany germans aryan york brooklyn war band deported camps warsaw poland
    russia pogrom persecution persecuted extermination genocide inquisition slavery hell rapture apocalypse
    preacher missionary missionaries baptism pork
    """
)


def _objection(text: str) -> str:
    there = sorted(_BELONGS & vocabulary(text))
    return f"'{there[0]}' belongs to some religions only" if there else ""


_find = finder(ORIGINS, _FIXED)
_PEOPLE = (
    {group: f"{origin.adjective} woman" for group, origin in ORIGINS.items()},
    {group: origin.one for group, origin in ORIGINS.items()},
)

ATTRIBUTE = Attribute(
    name=NAME,
    title="Religion",
    description="Buddhists, Christians, Hindus, Jews and Muslims: believers, adjective and faith.",
    note=(
        "Five faiths by name only, without believers of none and without denominations. Few reviews can "
        "be rewritten, as most that name a faith name its buildings or its history too."
    ),
    groups=GROUPS,
    mentioned=groups_in(
        _find, words_in(" ".join(form.lower() for origin in ORIGINS.values() for _, form in origin.forms()))
    ),
    rewrite=rewriting(NAME, GROUPS, _find, _objection),
    templates=sentences_about(_PEOPLE),
)
