from __future__ import annotations

import pytest
from made_reviews import EDGE_TEXTS

from attacks.language.tagging import universal_tags

TAGS = {"NOUN", "VERB", "ADJ", "ADV", "PRON", "DET", "ADP", "NUM", "CONJ", "PRT", ".", "X"}

SENTENCES = [
    (
        "I absolutely loved this boring film but it drags .",
        "PRON ADV VERB DET ADJ NOUN CONJ PRON VERB .",
    ),
    ("The two actors slowly walk into a dark house", "DET NUM NOUN ADV VERB ADP DET ADJ NOUN"),
    ("She said it was the best movie of 1999", "PRON VERB PRON VERB DET ADJ NOUN ADP NUM"),
]


@pytest.mark.parametrize(("sentence", "tags"), SENTENCES)
def test_words_get_the_tags_a_grammar_gives_them(sentence, tags):
    assert universal_tags(sentence.split()) == tags.split()


def test_the_same_word_is_tagged_by_its_neighbours():
    assert universal_tags(["we", "want", "to", "look"])[3] == "VERB"
    assert universal_tags(["it", "has", "the", "look"])[3] == "NOUN"


def test_shouting_changes_no_tag():
    words = ["this", "film", "is", "great", "and", "very", "funny"]
    assert universal_tags([word.upper() for word in words]) == universal_tags(words)


@pytest.mark.parametrize("text", EDGE_TEXTS)
def test_every_word_gets_one_known_tag(text):
    words = text.split(" ")
    tags = universal_tags(words)
    assert len(tags) == len(words)
    assert set(tags) <= TAGS


def test_an_empty_word_is_nothing_in_particular():
    assert universal_tags([""]) == ["X"]
    assert universal_tags([]) == []
