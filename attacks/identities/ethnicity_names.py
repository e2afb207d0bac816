"""First names that are widespread in one group, in place of names of another; the gender stays."""

from __future__ import annotations

from dataclasses import replace

from attacks.rewriting import first_names
from attacks.rewriting.base import Attribute
from attacks.rewriting.film_sentences import PATTERNS, PRONOUNS, filled
from attacks.rewriting.moving import IN_A_NAME, Term, groups_in, rewriting, spelt, vocabulary, words_in

NAME = "ethnicity-names"
_WOMEN = {
    "Arabic": ("Fatima Amina Leila Yasmin Samira Zahra Noura Rania Huda Khadija Mariam Nadia"),
    "Black American": (
        "Ebony Keisha Latoya Tanisha Aaliyah Imani Lakisha Shanice Tamika Latonya Shaniqua Kiara"
    ),
    "Chinese": ("Meiling Xiaoli Yuhua Lihua Jingyi Meihua Xiuying Yanmei Liling Minghua Qiaolan Yifan"),
    "Hispanic": (
        "Lupita Leticia Ximena Marisol Maribel Consuelo Pilar Catalina Yolanda Beatriz Graciela Lucia"
    ),
    "Indian": ("Priya Anjali Lakshmi Deepa Sunita Kavita Pooja Radha Meera Divya Nisha Shreya"),
    "White American": ("Sarah Emily Amy Megan Susan Kate Karen Linda Nancy Julie Helen Anne"),
}
_MEN = {
    "Arabic": ("Ahmed Mohammed Hassan Omar Khalid Youssef Tariq Mustafa Ibrahim Abdullah Samir Karim"),
    "Black American": (
        "Jamal Darnell Tyrone Deshawn Malik Kareem Terrell Rasheed Jermaine Darius Leroy Lamar"
    ),
    "Chinese": ("Wei Jianguo Zhiwei Haoran Guoqiang Weimin Xiaoming Jianhua Zhiqiang Mingzhe Yong Haitao"),
    "Hispanic": ("Jose Juan Pedro Miguel Alejandro Ernesto Javier Pablo Hector Rafael Fernando Guillermo"),
    "Indian": ("Raj Arjun Vikram Sanjay Rahul Amit Anil Ravi Suresh Rajesh Manoj Sunil"),
    "White American": ("John Tom Jack Brad Paul Keith Peter Scott Steve Bob Greg Todd"),
}
GROUPS = tuple(_WOMEN)
_NAMES = first_names.counterparts(_WOMEN) | first_names.counterparts(_MEN)
_find_all = first_names.finder(_NAMES)
#: A text that speaks of origins itself would contradict a name.
_TELLS_ORIGIN = words_in(
    """
    black blacks white whites african asian hispanic latino latina latin mexican spanish indian indians arab
    arabs arabic chinese japanese muslim muslims islam jewish hindu negro racist racism race racial slave
    slaves slavery ghetto immigrant immigrants european caucasian irish italian polish wasp mandarin bollywood
    ethnic
    """
)


def _find(text: str) -> list[Term]:
    """Return the names that stand alone; full names are somebody else, unless they share the first name."""
    terms = _find_all(text)
    terms = [replace(term, refusal=IN_A_NAME) if _in_brackets(text, term) else term for term in terms]
    full = {text[term.start : term.end] for term in terms if term.refusal}
    alone = [term for term in terms if not term.refusal]
    return [
        replace(term, refusal=IN_A_NAME) if text[term.start : term.end] in full else term for term in alone
    ]


def _in_brackets(text: str, term: Term) -> bool:
    """Return whether a name is an actor's in brackets ("a soldier (Luke)")."""
    return text[term.start - 1 : term.start] + text[term.end : term.end + 1] == "()"


def _objection(text: str) -> str:
    there = sorted(_TELLS_ORIGIN & vocabulary(text))
    return f"'{there[0]}' may suggest an origin" if there else ""


def _people() -> list[dict[str, dict[str, str]]]:
    rows = []
    for names, gender in ((_WOMEN, "female"), (_MEN, "male")):
        for place in (0, 3):
            rows.append({group: {"name": names[group].split()[place]} | PRONOUNS[gender] for group in GROUPS})
    return rows


ATTRIBUTE = Attribute(
    name=NAME,
    title="Names by ethnicity",
    description="First names that are widespread in one group of people, in place of those of another.",
    note=(
        "A name is a weak sign of anybody's ethnicity: lists of 24 names a group, some with a class or "
        "an age about them, and several shared between groups. Rare names are also rare words to a "
        "model."
    ),
    groups=GROUPS,
    mentioned=groups_in(_find, frozenset(name.title() for name in _NAMES), spelt),
    rewrite=rewriting(NAME, GROUPS, _find, _objection),
    templates=filled(PATTERNS, _people()),
)
