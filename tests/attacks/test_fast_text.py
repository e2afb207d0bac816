"""FastText is AttackedText in every attribute, over chains of random edits of awkward texts."""

from __future__ import annotations

import random

import numpy as np
import pytest
from made_reviews import EDGE_TEXTS, made_reviews

from attacks.engine.fast import long_text
from attacks.engine.fast.edits import EditedText
from attacks.engine.fast.long_text import long_text_class
from attacks.engine.fast.text import text_class

TEXTS = [
    *EDGE_TEXTS,
    *made_reviews(6, seed=5)["text"],
    " leading and trailing  double  spaces \n\n new\tlines\u00a0and\u2003odd ones ",
    "'quoted' --dashes-- *stars* _under_ @at@ a-b-c 'tis o'clock' `tick`",
    "I I I. I, I; I! (I) [I] 'I' I",
    "a<SPLIT>b I S P L I T",
    "SPLAT <SPLAT> <SPLITS> T",
    "word\u200bwith\u200dinvisible \u202eletters\u202c ṡtacked̈ ΣΑΣ ÇÉ",
    "x",
    "good.bad.ugly...fine,twelve;3.14/2 10/10",
]
NEW_WORDS = [
    "",
    "x",
    "fine",
    "two words",
    " three  more words ",
    "--",
    "!?",
    "film",
    "don't",
    "-film-",
    "f.i.l.m",
    "[UNK]",
    "naïve",
    "Жук",
    "好",
    "е\u0301",
    "\u200b",
    "SPLIT",
    "<SPLIT>",
    "I",
    "'",
    "a-b",
    "new\nline",
]


@pytest.fixture(params=["short", "long", "long, nothing kept"])
def fast(request, monkeypatch, textattack):
    """FastText, and LongText with the memory it has, and with none: everything is found anew."""
    if request.param == "short":
        return text_class()
    if request.param == "long, nothing kept":
        monkeypatch.setattr(long_text, "KEPT", 0)
    return long_text_class()


@pytest.fixture(scope="module")
def plain(textattack):
    from textattack.shared import AttackedText

    return AttackedText


def assert_equal(ours, theirs):
    assert ours.text == theirs.text
    assert ours.words == theirs.words
    assert ours.num_words == theirs.num_words
    assert ours.tokenizer_input == theirs.tokenizer_input
    assert list(ours._text_input.items()) == list(theirs._text_input.items())
    assert ours.words_per_input == theirs.words_per_input
    mine, other = ours.attack_attrs, theirs.attack_attrs
    assert list(mine) == list(other)
    assert mine["modified_indices"] == other["modified_indices"]
    assert list(mine["modified_indices"]) == list(other["modified_indices"])
    np.testing.assert_array_equal(mine["original_index_map"], other["original_index_map"])
    assert mine["original_index_map"].dtype == other["original_index_map"].dtype
    assert mine.get("newly_modified_indices") == other.get("newly_modified_indices")
    if "previous_attacked_text" in other:
        assert mine["previous_attacked_text"].text == other["previous_attacked_text"].text
    assert hash(ours) == hash(type(ours)(ours.text)) and ours == theirs
    for index in range(0, len(theirs.words), 1 + len(theirs.words) // 7):
        assert ours.text_until_word_index(index) == theirs.text_until_word_index(index)
        assert ours.text_after_word_index(index) == theirs.text_after_word_index(index)
        for size in (1, 4, 50):
            assert ours.text_window_around_index(index, size) == theirs.text_window_around_index(index, size)


def edited(text, edit, index, new_word):
    """Return the edited text, or the exception that the edit raises."""
    try:
        match edit:
            case "replace":
                return text.replace_word_at_index(index, new_word)
            case "delete":
                return text.delete_word_at_index(index)
            case "before":
                return text.insert_text_before_word_index(index, new_word)
            case "after":
                return text.insert_text_after_word_index(index, new_word)
            case "words":
                words = list(text.words)
                words[index] = new_word
                return text.generate_new_attacked_text(words)
            case "several":
                other = (index * 7 + 3) % len(text.words)
                return text.replace_words_at_indices([index, other], [new_word, "other"])
            case "shorter":
                return text.generate_new_attacked_text([*text.words[:index], new_word])
    except (ValueError, IndexError) as error:
        return f"{type(error).__name__}: {error}"


EDITS = ["replace"] * 4 + ["delete", "before", "after", "words", "several", "shorter"]


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_chains_of_random_edits_give_what_textattack_gives(fast, plain, number):
    rng = random.Random(number)
    # With nothing kept, each edit of a chain multiplies the work.
    chains, edits = (20, 12) if long_text.KEPT else (1, 3)
    for _ in range(1 if len(TEXTS[number]) > 5000 else chains):
        ours, theirs = fast(TEXTS[number]), plain(TEXTS[number])
        assert_equal(ours, theirs)
        for _ in range(edits):
            if not theirs.words:
                break
            edit, new_word = rng.choice(EDITS), rng.choice(NEW_WORDS)
            index = rng.randrange(len(theirs.words))
            new_word = rng.choice([new_word, theirs.words[index], theirs.words[index][::-1]])
            made = edited(ours, edit, index, new_word), edited(theirs, edit, index, new_word)
            if isinstance(made[1], str):
                assert made[0] == made[1]
                continue
            ours, theirs = made
            assert type(ours) is fast
            if rng.random() < 0.7:  # else the words of this one are first needed by a child
                assert_equal(ours, theirs)
        assert_equal(ours, theirs)


@pytest.mark.parametrize("index", [-1, 5, 6])
def test_a_place_outside_of_the_text_is_refused_as_textattack_refuses_it(fast, plain, index):
    texts = fast("only five words are here"), plain("only five words are here")
    said = [edited(text, "replace", index, "x") for text in texts]
    assert isinstance(said[1], str) and said[0] == said[1]


def test_a_word_that_is_no_string_is_refused(fast):
    with pytest.raises(TypeError):
        fast("some words").replace_word_at_index(0, 3)


def test_places_given_as_numpy_integers_come_back_as_textattack_gives_them(fast, plain):
    made = [kind("one two three").replace_word_at_index(np.int64(1), "x") for kind in (fast, plain)]
    assert_equal(*made)
    assert {type(place) for place in made[0].attack_attrs["modified_indices"]} == {int}


def test_label_names_are_handed_on(fast, plain):
    made = [kind("one two", {"label_names": ["a", "b"]}) for kind in (fast, plain)]
    assert_equal(*(text.replace_word_at_index(0, "x") for text in made))


def test_two_inputs_go_to_textattacks_own_code(fast, plain):
    from collections import OrderedDict

    inputs = OrderedDict([("premise", "I saw it"), ("hypothesis", "I liked it")])
    made = [kind(inputs).replace_word_at_index(3, "You") for kind in (fast, plain)]
    assert_equal(*made)


def test_the_model_is_told_what_changed():
    first = text_class()("the plot is thin, very thin")
    second = first.replace_word_at_index(5, "fat").replace_word_at_index(1, "")
    assert not isinstance(first.tokenizer_input, EditedText)
    told = second.tokenizer_input
    steps = []
    while isinstance(told, EditedText):
        start, end, new_end = told.stretch
        steps.append((str(told), told.source[start:end], told[start:new_end]))
        assert told == told.source[:start] + told[start:new_end] + told.source[end:]
        told = told.source
    assert steps == [
        ("the is thin, very fat", " plot", ""),
        ("the plot is thin, very fat", "thin", "fat"),
    ]
