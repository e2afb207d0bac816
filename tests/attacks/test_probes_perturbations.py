"""Changes of real reviews: what they change, what they must leave alone, and that they never break."""

from __future__ import annotations

import html
import re

import pandas as pd
import pytest
from made_reviews import EDGE_TEXTS, made_reviews

from attacks.probes import ProbeError
from attacks.probing.perturbations import PERTURBATIONS, SEVERITIES, capabilities, perturbed
from attacks.probing.surface_noise import keyboard_neighbours

REVIEW = (
    "I can't say that I was bored. John and Mary's film, shot in London in 1987, isn't \"quiet\"; it's a "
    "whole lot better than their last one! I give it 7/10, or 3.5 stars. It is not a waste of your "
    "time, don't you think? They're great -- and the 2 hours flew by. "
) * 3

every_change = pytest.mark.parametrize("name", PERTURBATIONS)


def letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


@every_change
@pytest.mark.parametrize("severity", SEVERITIES)
def test_any_text_is_changed_without_an_error_and_always_in_the_same_way(name, severity):
    for text in EDGE_TEXTS:
        assert perturbed(name, text, severity, key="a") == perturbed(name, text, severity, key="a")
    assert perturbed(name, "", severity) in ("", "<br />") or name == "html"


@every_change
def test_an_ordinary_review_is_changed(name):
    assert all(perturbed(name, REVIEW, severity) != REVIEW for severity in SEVERITIES)


@pytest.mark.parametrize("name", ["typos", "ocr", "doubled-letters"])
def test_a_severer_change_touches_more_words(name):
    def changed(severity: int) -> int:
        pairs = zip(REVIEW.split(), perturbed(name, REVIEW, severity).split(), strict=True)
        return sum(before != after for before, after in pairs)

    n = len(REVIEW.split())
    assert [changed(severity) for severity in SEVERITIES] == [
        round(share * n) for share in (0.02, 0.05, 0.10)
    ]


@pytest.mark.parametrize("name", ["case", "punctuation", "whitespace"])
@pytest.mark.parametrize("severity", SEVERITIES)
def test_changes_of_the_surface_leave_every_letter_and_figure(name, severity):
    assert letters(perturbed(name, REVIEW, severity)) == letters(REVIEW)


def test_punctuation_leaves_ratings_emoticons_and_stars_whole():
    text = "It was 7/10, 3.5 stars: :-) ;) *** of ****, at 10:30."
    for severity in SEVERITIES:
        after = perturbed("punctuation", text, severity)
        assert all(part in after for part in ("7/10", "3.5", ":-)", ";)", "***", "****", "10:30"))


def test_html_remnants_leave_the_text_when_they_are_taken_out():
    for severity in SEVERITIES:
        after = html.unescape(perturbed("html", REVIEW, severity)).replace("\xa0", " ")
        assert letters(re.sub(r"<[^>]*>", " ", after)) == letters(REVIEW)


def test_shuffled_sentences_are_the_same_sentences():
    for severity in SEVERITIES:
        after = perturbed("sentence-order", REVIEW.strip(), severity)
        assert sorted(after.split()) == sorted(REVIEW.split())
    assert perturbed("sentence-order", "One. Two.", 3) == "One. Two."


def test_contractions_go_both_ways_and_leave_questions_alone():
    after = perturbed("contractions", "I can't. It's a film. We do not know. Don't you? Isn't it?", 3)
    assert after == "I cannot. It is a film. We don't know. Don't you? Isn't it?"


def test_names_places_and_years_are_swapped_wherever_they_stand_and_ratings_are_not():
    text = "John saw John in London in 1987. 1987, I say: 10/10, 90 %, 1999/2000, $1950, 5 stars."
    after = perturbed("swaps", text, 3)
    assert not re.search(r"John|London|1987", after)
    first, second = re.match(r"(\w+) saw (\w+)", after).groups()
    assert first == second
    assert after.endswith("10/10, 90 %, 1999/2000, $1950, 5 stars.")
    assert perturbed("swaps", "Nobody is named here.", 3) == "Nobody is named here."


def test_homophones_keep_capitals_and_bring_no_denial_in():
    assert perturbed("homophones", "Their scene. I know it.", 3) == "There seen. I know it."


def test_keys_have_the_neighbours_of_a_real_keyboard():
    neighbours = keyboard_neighbours()
    assert set(neighbours["g"]) >= set("fhtyvb")
    assert set(neighbours["q"]) == set("wa")
    assert all(letter in neighbours[other] for letter, others in neighbours.items() for other in others)


def test_capabilities_pair_each_review_with_its_change():
    reviews = made_reviews(6, seed=3)
    found = capabilities(reviews, ["typos", "swaps"], severities=(1, 3))
    assert [(item.name, item.severity, item.kind) for item in found] == [
        ("typos", 1, "INV"),
        ("typos", 3, "INV"),
        ("swaps", 1, "INV"),
        ("swaps", 3, "INV"),
    ]
    cases = found[0].cases()
    assert [case.order for case in cases] == [0, 1] * 6
    assert [case.text for case in cases[::2]] == list(reviews["text"])
    assert found[2].cases() == [], "no made review names anybody"


def test_what_is_not_known_is_said():
    reviews = pd.DataFrame({"example_id": ["a"], "text": ["A film."]})
    with pytest.raises(ProbeError, match="'spelling' is not known; known: typos, case"):
        capabilities(reviews, ["spelling"])
    with pytest.raises(ProbeError, match="severity is 4; allowed: 1, 2, 3"):
        capabilities(reviews, severities=(4,))
