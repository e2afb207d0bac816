"""The words that an attack changed, against the texts themselves."""

from __future__ import annotations

import random
import time

import pytest

from attacks.language.word_alignment import DELETED, INSERTED, REPLACED, changed_words, words_of

WORDS = ("the", "film", "was", "good", "and", "not", "too", "long")
EDGE_TEXTS = [
    "",
    "a",
    "film",
    "good good good good",
    "😀 👍🏽 fine",
    "فيلم رائع جدا",
    "?!... --- !!!",
    "<script>alert('x')</script> <b>bold</b>",
    "one\u200btwo b\u0430d\x08d e\u0301t\u00e9",
    "lone \ud800 surrogate",
    " \n\t ",
]


def rebuilt(original, perturbed, changes):
    """Apply the changes to the original's words: an oracle that needs no alignment."""
    words = [word.text for word in words_of(original)]
    out, at = [], 0
    for change in changes:
        out += words[at : change.position]
        taken = len(words_of(change.original))
        out += [word.text for word in words_of(change.perturbed)]
        at = change.position + taken
    return out + words[at:]


def test_one_replaced_word_is_found_with_its_place_in_both_texts():
    (change,) = changed_words("A truly good film.", "A truly bad film.")
    assert (change.op, change.original, change.perturbed) == (REPLACED, "good", "bad")
    assert (change.original_start, change.original_end) == (8, 12)
    assert (change.perturbed_start, change.perturbed_end) == (8, 11)
    assert change.position == 2


def test_inserted_and_deleted_words_are_told_apart():
    (inserted,) = changed_words("I liked it", "I never liked it")
    (deleted,) = changed_words("I never liked it", "I liked it")
    assert (inserted.op, inserted.original, inserted.perturbed) == (INSERTED, "", "never")
    assert (deleted.op, deleted.original, deleted.perturbed) == (DELETED, "never", "")
    assert inserted.original_start == inserted.original_end == 2


@pytest.mark.parametrize(
    ("original", "perturbed", "before", "after"),
    [
        ("a good film", "a go od film", "good", "go od"),
        ("very good film", "verygood film", "very good", "verygood"),
        ("a bad film", "a b@d film", "bad", "b@d"),
        ("a bad film", "a b\u200bad film", "bad", "b\u200bad"),
    ],
)
def test_a_word_torn_joined_or_masked_is_one_replacement(original, perturbed, before, after):
    (change,) = changed_words(original, perturbed)
    assert (change.op, change.original, change.perturbed) == (REPLACED, before, after)


@pytest.mark.parametrize("original", EDGE_TEXTS)
@pytest.mark.parametrize("perturbed", EDGE_TEXTS)
def test_applying_the_changes_gives_the_perturbed_words(original, perturbed):
    changes = changed_words(original, perturbed)
    assert rebuilt(original, perturbed, changes) == [word.text for word in words_of(perturbed)]
    for change in changes:
        assert original[change.original_start : change.original_end] == change.original
        assert perturbed[change.perturbed_start : change.perturbed_end] == change.perturbed


@pytest.mark.parametrize("text", EDGE_TEXTS)
def test_equal_texts_have_no_changes(text):
    assert changed_words(text, text) == []


def test_random_edits_are_rebuilt_and_no_more_changes_are_named_than_were_made():
    rng = random.Random(4)
    for _ in range(200):
        words = [rng.choice(WORDS) for _ in range(rng.randint(0, 30))]
        edited, made = list(words), 0
        for _ in range(rng.randint(0, 5)):
            at, kind = rng.randint(0, len(edited)), rng.choice("rid")
            if kind == "i":
                edited.insert(at, rng.choice(["bad", "zzz"]))
            elif at < len(edited):
                edited[at : at + 1] = [] if kind == "d" else [rng.choice(["bad", "zzz"])]
            made += 1
        changes = changed_words(" ".join(words), " ".join(edited))
        assert rebuilt(" ".join(words), " ".join(edited), changes) == edited
        assert len(changes) <= made


@pytest.mark.parametrize("kind", ["varied", "repeated", "unrelated"])
def test_two_thousand_words_take_less_than_50_milliseconds(kind):
    rng = random.Random(1)
    words = ["good"] * 2000 if kind == "repeated" else [f"w{rng.randint(0, 300)}" for _ in range(2000)]
    edited = [f"x{n}" if n % 7 == 0 or kind == "unrelated" else word for n, word in enumerate(words)]
    changed_words("warm", "up")
    fastest = min(_seconds(" ".join(words), " ".join(edited)) for _ in range(5))
    assert fastest < 0.05


def _seconds(original, perturbed):
    started = time.process_time()
    changed_words(original, perturbed)
    return time.process_time() - started
