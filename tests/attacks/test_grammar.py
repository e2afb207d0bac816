"""Small grammar checks: what is wrong, what is not, and what was added."""

from __future__ import annotations

import pytest
from made_reviews import EDGE_TEXTS

from attacks.language.grammar import errors, errors_added, forms


@pytest.mark.parametrize(
    "text",
    [
        "a awful film",
        "an great film",
        "an unique film",
        "the the film",
        "I want to watched it",
        "it will watched soon",
        "these movie are long",
        "this movies",
        "zero\u200bwidth",
        "g\u043eod film",
        "broken \ufffd here",
    ],
)
def test_an_error_is_found(text):
    assert len(errors(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "An hour of a European film about a university, an honest man, a one-off and an umbrella.",
        "I had had enough of that that night; very very slow. No no.",
        "She would put it there, to being or not to be; I used to like these films.",
        "An FBI agent, an 8 and a UK film. This series was good. Every news.",
        "\u0442\u044b \u0438 caf\u00e9, na\u00efve \u0130stanbul",
        "this works, and this looks fine",
    ],
)
def test_right_sentences_have_none(text):
    assert errors(text) == []


def test_only_what_was_added_counts():
    assert errors_added("a awful film", "a awful film") == []
    assert errors_added("a awful film", "an awful film") == []
    assert errors_added("a bad film, a awful end", "a awful film, a awful end") == ["'a awful': a or an"]


def test_forms_are_those_of_the_dictionary():
    assert forms("movies") == {"NNS"}
    assert forms("loved") == {"VBD", "VBN"}
    assert forms("saw") >= {"VBD"} and "VBN" not in forms("saw")
    assert forms("unheardofword") == frozenset()


@pytest.mark.parametrize("text", EDGE_TEXTS)
def test_edge_texts_pass(text):
    assert isinstance(errors(text), list)
    assert errors_added(text, text) == []
