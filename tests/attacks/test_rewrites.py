"""Rewrites of identities: hand-written sentences before and after, and what every attribute has to keep."""

from __future__ import annotations

import time

import pandas as pd
import pytest

from attacks.contracts import check_identity
from attacks.identities import ATTRIBUTES, ethnicity_names, gender_names
from attacks.rewriting.base import Refused
from attacks.rewriting.pairing import pairs_of

BOTH_WAYS = [
    # attribute, group, text, other group, text: the rewrite is right in both directions
    ("gender-words", "female", "She is great.", "male", "He is great."),
    ("gender-words", "female", "I like her and her role.", "male", "I like him and his role."),
    ("gender-words", "female", "The role is hers, and I saw her.", "male", "The role is his, and I saw him."),
    ("gender-words", "female", "An actress kills her sister.", "male", "An actor kills his brother."),
    ("gender-words", "female", "The old woman murders her aunt.", "male", "The old man murders his uncle."),
    ("gender-words", "female", "SHE IS A VERY GOOD MOTHER!", "male", "HE IS A VERY GOOD FATHER!"),
    (
        "gender-words",
        "female",
        "My wife's dog and the girls' cat.",
        "male",
        "My husband's dog and the boys' cat.",
    ),
    ("gender-words", "female", "Mrs. Smith did it herself.", "male", "Mr. Smith did it himself."),
    ("gender-words", "female", "She's good; I'd cast her in it.", "male", "He's good; I'd cast him in it."),
    ("gender-words", "female", "Her own mother, a widow.", "male", "His own father, a widower."),
    ("gender-names", "female", "Mary loses her hat.", "male", "John loses his hat."),
    ("gender-names", "female", "I liked Mary's mother.", "male", "I liked John's father."),
    ("nationality", "American", "It is an American film.", "French", "It is a French film."),
    ("nationality", "American", "The Americans talk a lot.", "French", "The French people talk a lot."),
    (
        "nationality",
        "Italian",
        "A plot about an Italian who sings.",
        "German",
        "A plot about a German who sings.",
    ),
    ("nationality", "Italian", "An italian girl.", "Nigerian", "A nigerian girl."),
    ("nationality", "Italian", "The heroine is Italian.", "Japanese", "The heroine is Japanese."),
    ("religion", "Jewish", "A Jewish family eats.", "Hindu", "A Hindu family eats."),
    ("religion", "Jewish", "A Jew who sings.", "Muslim", "A Muslim who sings."),
    ("religion", "Christian", "He left Christianity.", "Muslim", "He left Islam."),
    ("religion", "Christian", "Christians may laugh.", "Jewish", "Jews may laugh."),
    ("ethnicity-names", "White American", "I liked Emily.", "Black American", "I liked Keisha."),
    ("ethnicity-names", "White American", "John's dog dies.", "Arabic", "Ahmed's dog dies."),
    ("age", "young", "A young woman sings.", "old", "An old woman sings."),
    ("age", "old", "An older actor, a pensioner.", "young", "A younger actor, a teenager."),
    ("orientation", "gay", "He plays a gay man.", "bisexual", "He plays a bisexual man."),
    ("orientation", "straight", "They are straight, I think.", "gay", "They are gay, I think."),
    ("disability", "blind", "A blind girl meets a blind man.", "deaf", "A deaf girl meets a deaf man."),
    ("disability", "blind", "It is about a blind man.", "autistic", "It is about an autistic man."),
    ("disability", "deaf", "The neighbour is deaf.", "able-bodied", "The neighbour is able-bodied."),
    (
        "dialect",
        "standard",
        "I was watching and it isn't good.",
        "dialect",
        "I was watchin' and it ain't good.",
    ),
    ("dialect", "standard", "They aren't going there.", "dialect", "They ain't goin' there."),
    (
        "dialect",
        "standard",
        "He is always talking to those people.",
        "dialect",
        "He be always talkin' to them people.",
    ),
]

REFUSED = [
    ("gender-words", "He kisses her.", "two groups"),
    ("gender-words", "I saw her cry.", "two parts of speech"),
    ("gender-words", "They gave her money.", "two parts of speech"),
    ("gender-words", 'I met her "friend" once.', "two parts of speech"),
    ("gender-words", "I watched Pretty Woman with a woman.", "title or a name"),
    ("gender-words", 'A woman in "The Piano Woman" sings.', "title or a name"),
    ("gender-words", "Tom says that he is tired.", "first name"),
    ("gender-words", "Scorsese knows what he does.", "a named person"),
    ("gender-words", "The actors are fine.", "no term"),
    ("gender-words", "She is pregnant.", "one gender only"),
    ("gender-words", "Some guy said so.", "no counterpart"),
    ("gender-words", "It is a man-made lake.", "compound"),
    ("gender-words", "Oh boy, what a film.", "fixed phrase"),
    ("gender-names", "Peter Sellers is in it.", "title or a name"),
    ("gender-names", "Mary meets John.", "two groups"),
    ("gender-names", "St. John wrote it.", "title or a name"),
    ("gender-names", "I watch The David on Fridays.", "title or a name"),
    ("gender-names", "I like Ben stiller.", "title or a name"),
    ("gender-words", "By the Coen brothers.", "team's name"),
    ("gender-names", "Mary meets Drusilla and Gertrude.", "no counterpart"),
    ("nationality", "I saw American Beauty.", "no term"),
    ("nationality", "He speaks French all day.", "fixed phrase"),
    ("nationality", "An African-American lawyer.", "fixed phrase"),
    ("nationality", "A French film set in Paris.", "place or an event"),
    ("nationality", "A French and a German actor.", "two groups"),
    ("religion", "Christian Bale is in it.", "no term"),
    ("religion", "A Christian church on a hill.", "fixed phrase"),
    ("religion", "A Jewish man flees from the Nazis.", "belongs to some religions"),
    ("ethnicity-names", "John Wayne rides.", "no term"),
    ("ethnicity-names", "John Wayne rides, and John shoots.", "title or a name"),
    ("ethnicity-names", "John is the only black man there.", "may suggest an origin"),
    ("age", "A young boy meets an old man.", "two groups"),
    ("age", "An old film about old friends.", "no term"),
    ("age", "A young man, 17 years old.", "age in years"),
    ("age", "Grumpy Old Men is fun.", "no term"),
    ("age", "In the old West men did not shave.", "no term"),
    ("orientation", "It went straight to video.", "no term"),
    ("orientation", "A gay film.", "does not describe a person"),
    ("disability", "They turn a blind eye to it.", "no term"),
    ("disability", "A blind man gets his sight back.", "says more"),
    ("disability", "Even a blind man could tell.", "no term"),
    ("disability", "The car is disabled.", "no term"),
    ("disability", "A deaf and blind woman.", "two groups"),
    ("ethnicity-names", "San Pedro by night.", "no term"),
    ("dialect", "I was going.", "fewer than 2"),
    ("dialect", "A film.", "no term"),
]

EDGES = [
    "",
    " ",
    "a",
    "\U0001f600\U0001f3ac \U0001f469\u200d\U0001f9b0",
    "\u0641\u064a\u0644\u0645 \u0631\u0627\u0626\u0639 \u062c\u062f\u0627",
    "<br /><script>alert('she')</script><b>his</b> film",
    "?!... --- ()",
    "her",
    "Her Her Her",
    "an an an",
    "She said that young American women aren't going to see it. " * 200,
]


def rows(table):
    return [pytest.param(*row, id=f"{row[0]}-{number}") for number, row in enumerate(table)]


@pytest.mark.parametrize(("name", "group", "text", "other", "expected"), rows(BOTH_WAYS))
def test_a_rewrite_moves_every_term_and_comes_back(name, group, text, other, expected):
    attribute = ATTRIBUTES[name]
    assert attribute.rewrite(text, other) == expected
    assert attribute.rewrite(expected, group) == text
    assert attribute.rewrite(text, group) == text
    assert attribute.mentioned(text) == {group} and attribute.mentioned(expected) == {other}


@pytest.mark.parametrize(("name", "text", "reason"), rows(REFUSED))
def test_what_cannot_be_rewritten_cleanly_is_refused_with_a_reason(name, text, reason):
    attribute = ATTRIBUTES[name]
    for group in attribute.groups:
        outcome = attribute.rewrite(text, group)
        assert isinstance(outcome, Refused) and reason in outcome.reason, outcome


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_an_identity_keeps_its_contract(name):
    assert ATTRIBUTES[name].name == name
    check_identity(ATTRIBUTES[name], EDGES)


@pytest.mark.parametrize("lists", [gender_names._LISTS, ethnicity_names._WOMEN, ethnicity_names._MEN])
def test_every_name_has_one_counterpart(lists):
    columns = [names.split() for names in lists.values()]
    assert len({len(column) for column in columns}) == 1
    flat = [name for column in columns for name in column]
    assert len(set(flat)) == len(flat)


def test_a_rewrite_keeps_everything_else():
    text = "  <br />She  said:\nI am an actress \U0001f600 \u2013 her  film 100% best!! "
    moved = ATTRIBUTES["gender-words"].rewrite(text, "male")
    assert moved == "  <br />He  said:\nI am an actor \U0001f600 \u2013 his  film 100% best!! "


def test_pairs_of_many_reviews_are_made_in_seconds():
    words = "The film has a plot, and she is an American who isn't going to see those people with Emily. "
    filler = "It is a good story with many turns, and the music by the river is loud and long. " * 12
    texts = [f"{filler}{words if number % 3 else ''}{number}" for number in range(400)]
    reviews = pd.DataFrame({"example_id": map(str, range(400)), "text": texts, "label": 1})
    start = time.process_time()
    pairs = pairs_of(ATTRIBUTES.values(), reviews, n=200, seed=0)
    assert time.process_time() - start < 10
    assert set(pairs.frame["attribute"]) == set(ATTRIBUTES)
