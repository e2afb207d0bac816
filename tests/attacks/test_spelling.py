"""What a reader sees and reads, by examples that anyone can check."""

from __future__ import annotations

import pytest
from made_reviews import EDGE_TEXTS

from attacks.language.spelling import HOMOGLYPHS, as_seen, is_known, is_readable


@pytest.mark.parametrize(
    ("original", "written"),
    [
        ("wonderful", "wodnerful"),
        ("terrible", "terible"),
        ("boring", "boriing"),
        ("according", "acocdrnig"),
        ("great", "greqt"),
        ("the", "teh"),
        ("film", "ilm"),
        ("good", "go od"),
        ("good", "g-o-o-d"),
        ("good", "g00d"),
        ("bad", "b@d"),
        ("very good", "verygood"),
        ("Great", "GREAT"),
        ("good", "g\u200bood"),
        ("good", "go\u043ed"),
        ("good", "goox\x08d"),
        ("good", "go\u202d\u2066\u202e\u2066d\u2069\u2066o\u2069\u202c\u2069\u202c"),
        ("cliche", "clich\u00e9"),
    ],
)
def test_misspellings_that_a_reader_sees_through_are_readable(original, written):
    assert is_readable(original, written)


@pytest.mark.parametrize(
    ("original", "written"),
    [
        ("bad", "bat"),
        ("love", "lobe"),
        ("good", "great"),
        ("fun", "fn"),
        ("not", "nto"),
        ("best", "bets"),
        ("boring", "xqboringzz"),
        ("great", ""),
        ("film", "melancholy"),
        ("way", "wa"),
    ],
)
def test_other_words_and_riddles_are_not(original, written):
    assert not is_readable(original, written)


def test_look_alikes_of_the_attack_s_own_table_are_seen_as_latin_letters():
    assert "".join(HOMOGLYPHS.values()) != as_seen("".join(HOMOGLYPHS.values())) == "".join(HOMOGLYPHS)


@pytest.mark.parametrize("word", ["film", "watched", "Spielberg's", "don't", "co-star", "1980s", "I", "90th"])
def test_words_that_people_write_are_known(word):
    assert is_known(word)


@pytest.mark.parametrize("word", ["wodnerful", "flim", "teh", "", "😀", "-", "zq", "g\u043eod"])
def test_what_is_no_word_is_not(word):
    assert not is_known(word)


@pytest.mark.parametrize("text", EDGE_TEXTS)
def test_edge_texts_pass_and_look_like_themselves(text):
    assert as_seen(as_seen(text)) == as_seen(text)
    assert is_readable(text[:40], text[:40])
    assert isinstance(is_known(text[:40]), bool)
