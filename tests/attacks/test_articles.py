"""The one rule for "a" and "an": what probes fill in, what a rewrite puts right, what grammar objects to."""

from __future__ import annotations

import pytest
from made_reviews import EDGE_TEXTS

from attacks.language.articles import article_for
from attacks.language.grammar import errors
from attacks.probing.templates import fill
from attacks.rewriting import film_sentences

AN = (
    "awful actor old unkind Indian American unusual uneven uninspired unimportant umbrella uncle hour honest "
    "honestly honor heir AWFUL EIGHT I 8 8th 11 18"
)
A = (
    "great woman hero heterosexual honey hotel house Honolulu European Eurasian unique university uniform "
    "useful used usual user usable Ukrainian ubiquitous utopian one once one-off EUROPEAN 1 10 110 "
    "\u00e9lan \u0645\u0631\u062d\u0628\u0627 \U0001f600"
)


@pytest.mark.parametrize(("article", "words"), [("an", AN), ("a", A)])
def test_the_article_goes_by_the_sound(article, words):
    assert {word: article_for(word) for word in words.split()} == dict.fromkeys(words.split(), article)


@pytest.mark.parametrize("word", ["honest", "unique", "unimportant", "European", "odd", "user"])
def test_a_probe_a_sentence_of_ours_and_the_grammar_agree(word):
    article = article_for(word)
    assert fill("It is {a:x} film.", {"x": word}) == f"It is {article} {word} film."
    assert film_sentences.fill("It is {a x} film.", {"x": word}) == f"It is {article} {word} film."
    other = {"a": "an", "an": "a"}[article]
    assert errors(f"It is {article} {word} film.") == []
    assert len(errors(f"It is {other} {word} film.")) == 1


@pytest.mark.parametrize("text", EDGE_TEXTS)
def test_any_text_gets_one_of_the_two(text):
    assert article_for(text) in ("a", "an")
