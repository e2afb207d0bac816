from __future__ import annotations

import pytest

from attacks.language import antonyms, wordnet
from attacks.language.antonyms import are_antonyms

needs_wordnet = pytest.mark.skipif(not wordnet.there(), reason="WordNet is not on this machine")

OPPOSITE = """
good bad, best worst, loved hated, boring exciting, dull thrilling, funny unfunny, beautiful ugly, many
few, always never, first last, success failure, succeeded failed, hero villain, believable unbelievable,
memorable forgettable, hopeful hopeless, tasteful tasteless, watchable unwatchable, likes dislikes, long
short, slow fast, happily unhappily, terrible terrific, boring enjoyable, masterpiece disaster, with
without
"""
ALIKE = """
good great, film movie, boring dull, loved adored, actor actress, bad awful, story plot, funny hilarious,
slow sluggish, big large, watch see, end ending, director filmmaker, scene scenes, talked spoke, the a,
press press, camera lens, song music, quite rather, london paris, twelve thirteen, read reader
"""


def pairs(text: str) -> list[tuple[str, ...]]:
    return [tuple(pair.split()) for pair in text.replace("\n", " ").split(",")]


@pytest.fixture
def without_wordnet(monkeypatch):
    monkeypatch.setattr(wordnet, "there", lambda: False)
    antonyms.opposites.cache_clear()
    yield
    antonyms.opposites.cache_clear()


@pytest.mark.parametrize(("a", "b"), pairs(OPPOSITE))
def test_opposites_are_known_both_ways_without_wordnet(a, b, without_wordnet):
    assert are_antonyms(a, b)
    assert are_antonyms(b.upper(), a.capitalize())


@pytest.mark.parametrize(("a", "b"), pairs(ALIKE))
def test_other_pairs_are_no_opposites(a, b):
    assert not are_antonyms(a, b)
    assert not are_antonyms(b, a)


@needs_wordnet
@pytest.mark.parametrize(("a", "b"), [("rural", "urban"), ("ponderous", "light"), ("increase", "decreases")])
def test_wordnet_adds_what_our_list_lacks(a, b):
    assert are_antonyms(a, b)


@pytest.mark.parametrize("word", ["", "a", "😀", "جيد", "<b>", "!!!", "good", "x" * 2000])
def test_no_word_is_its_own_opposite(word):
    assert not are_antonyms(word, word)
    assert not are_antonyms(word, "")
    assert not are_antonyms("", word)


def test_praise_and_blame_share_no_word():
    from attacks.language.opposites import BLAME, PRAISE

    assert not set(PRAISE.split()) & set(BLAME.split())
