"""One long review takes neither the memory nor the time of the machine."""

from __future__ import annotations

import itertools
import random
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from attacks.engine import attacker, batch
from attacks.engine.attacker import Attacker
from attacks.engine.fast import candidates, long_text
from attacks.engine.fast.long_text import long_text_class
from attacks.resources import offline
from attacks.schema import AttackSpec, Example
from dashboard.views.attack import estimate
from sentiment_core.classifiers import FAMILIES
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import RunError
from sentiment_core.execution import memory
from sentiment_core.execution.base import Lost, nothing
from sentiment_core.execution.processes import Processes
from sentiment_core.training import train

GOOD = "A wonderful film with a superb cast and a moving story that nobody should miss, I think. "


@pytest.fixture(scope="module")
def textattack():
    """TextAttack, imported once (some seconds)."""
    return offline.textattack()


@pytest.fixture(scope="module")
def linear(tmp_path_factory):
    """A tfidf model of a few words."""
    rows = [(f"r{n}", GOOD if n % 2 else GOOD.replace("wonderful", "dull"), n % 2) for n in range(40)]
    frame = pd.DataFrame(rows, columns=["example_id", "text", "label"])
    frame["text"] += frame.index.astype(str)
    frame["split"] = ["train"] * 30 + ["validation"] * 10
    dataset = make_dataset("made", frame.assign(source="made"))
    card = train.train("tfidf", dataset, shelf=tmp_path_factory.mktemp("shelf"))
    return FAMILIES["tfidf"].load(card.folder, card.model_id)


class Counting:
    """A model that counts praise, and remembers how many characters it was given at once."""

    def __init__(self):
        self.most = 0

    def predict_proba(self, texts):
        self.most = max(self.most, sum(map(len, texts)))
        positive = np.array([0.9 - 0.1 * ("wonderful" not in text) for text in texts])
        return np.column_stack([1 - positive, positive])


def attack(recipe, text, model=None, **limits):
    attacking = Attacker(AttackSpec("m", recipe, **limits), model or Counting())
    return attacking(Example("long", text, 1), nothing)


def peak_of(work):
    """Return the most bytes that Python held while `work` ran."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_candidate_holds_no_text(textattack):
    text = long_text_class()(GOOD * 2000)
    text.replace_word_at_index(0, "x")
    made = []
    assert len(text.text) > 150_000
    assert peak_of(lambda: made.extend(map(text.delete_word_at_index, range(2000)))) < 2000 * 500
    assert len({one.text for one in made[:50]}) == 50


def test_what_is_kept_of_the_texts_has_a_bound(textattack, monkeypatch):
    monkeypatch.setattr(long_text, "KEPT", 2**20)
    text = long_text_class()(GOOD * 2000)
    made = [text.delete_word_at_index(place) for place in range(200)]
    asked = (len(one.text) + len(one.attack_attrs["original_index_map"]) for one in made)
    assert peak_of(lambda: sum(asked)) < 2**23


def test_a_chain_of_a_thousand_edits_is_found_again_at_its_end(textattack):
    text = long_text_class()(GOOD * 80)
    for place in range(1200):
        text = text.replace_word_at_index(place, f"w{place}")
    text._memory.clear()
    assert text.words[:3] == ["w0", "w1", "w2"] and len(text.attack_attrs["modified_indices"]) == 1200


@pytest.mark.parametrize("recipe", ["deepwordbug", "input-reduction", "random"])
def test_memory_grows_with_the_length_and_not_with_its_square(textattack, linear, recipe):
    def peak(times):
        return peak_of(lambda: attack(recipe, GOOD * times, linear, query_budget=300))

    peak(60)
    short, long = peak(60), peak(240)
    assert long < 6 * short + 2**23, (short, long)


def test_a_model_gets_a_bounded_batch(textattack):
    model = Counting()
    record = attack("deepwordbug", GOOD * 1500, model, query_budget=200)
    assert record.queries == 200 and record.stopped_by == "query budget" and not record.error
    assert model.most <= 32 * len(GOOD * 1500) + 1000


@pytest.mark.parametrize("stage", ["ranking", "candidates", "constraints", "order"])
def test_every_stage_looks_at_the_clock(textattack, monkeypatch, stage):
    monkeypatch.setattr(long_text, "BETWEEN_LOOKS", 0.0)
    looks = []
    text = long_text_class()(GOOD * 100, look=lambda: looks.append(1))
    made = [text.replace_word_at_index(place, f"w{place}") for place in range(300)]
    looks.clear()
    {
        "ranking": lambda: [text.delete_word_at_index(place) for place in range(300)],
        "candidates": lambda: [hash(one) for one in made],
        "constraints": lambda: [one.words_differing(text) for one in made],
        "order": lambda: candidates.in_order(made, text),
    }[stage]()
    assert len(looks) >= 300


def test_time_that_is_up_ends_the_making_of_candidates(textattack, monkeypatch):
    monkeypatch.setattr(long_text, "BETWEEN_LOOKS", 0.0)
    clock = itertools.count()
    monkeypatch.setattr(attacker.time, "monotonic", lambda: next(clock) / 100)
    record = attack("pruthi", GOOD * 300, seconds=20.0)
    assert record.stopped_by == "time limit" and record.outcome == "failed" and record.queries <= 1
    assert record.prob_before == pytest.approx(0.9)


def some_words(rng, n):
    return " ".join(rng.choice(["good", "goood", "go", "a", "film", "é", "😀x"]) for _ in range(n))


@pytest.mark.parametrize(
    "text", ["good " * 40, "ab" * 60 + " x", "a-b " * 30, some_words(random.Random(1), 80)], ids=range(4)
)
def test_candidates_come_in_the_order_of_their_texts(textattack, text):
    rng, current = random.Random(3), long_text_class()(text)
    made = [
        current.replace_word_at_index(rng.randrange(len(current.words)), new)
        for new in ["", "", "go", "good", "goodd", "x y", "film", "é", "\ud83d", "a"] * 12
    ]
    made = [one for one in made if candidates.differs(one, current)]
    assert candidates.in_order(made, current) == sorted(made, key=lambda one: one.text)
    assert [one.text for one in candidates.in_order(made, current)] == sorted(one.text for one in made)
    assert all(one.text != current.text for one in made)
    kinds = {one.text: hash(one) for one in made}
    assert all(hash(one) == kinds[one.text] == hash(long_text_class()(one.text)) for one in made)


# --- a worker that takes too much ---------------------------------------------------------------------------


def greedy():
    """Return a work that takes as many bytes as it is told."""
    return lambda item, stop: _took(item)


def _took(item):
    try:
        return len(bytearray(item))
    except MemoryError as error:
        return attacker.out_of_memory(50_000) if memory.ran_out(error) else "?"


def test_a_worker_over_its_limit_says_so_and_goes_on(monkeypatch):
    monkeypatch.setenv(memory.VARIABLE, "0.25")
    answers = dict(Processes(1).run(greedy, [2**20, 2**30, 2**21]))
    assert answers[0] == 2**20 and answers[2] == 2**21
    assert answers[1].startswith(
        "memory ran out on this review of 50,000 words: each worker may take 0.25 GB"
    )
    assert memory.VARIABLE in answers[1]


def too_much():
    return lambda item, stop: len(bytearray(2**30))


def test_work_that_does_not_expect_it_ends_in_one_line(monkeypatch):
    monkeypatch.setenv(memory.VARIABLE, "0.25")
    with pytest.raises(RunError, match=r"memory ran out in a worker process: .* 0\.25 GB"):
        list(Processes(1).run(too_much, [1]))


@pytest.mark.parametrize(
    "error", [MemoryError(), OSError(12, "x"), RuntimeError("DefaultCPUAllocator: can't allocate memory: 9")]
)
def test_every_library_says_in_its_own_way_that_memory_ran_out(error):
    assert memory.ran_out(error) and not memory.ran_out(ValueError("can't allocate memory"))


def test_a_review_without_memory_is_an_errored_row_and_the_next_is_attacked(textattack, monkeypatch):
    attacking = Attacker(AttackSpec("m", "deepwordbug"), Counting())
    ask = attacking.attack.goal_function.model.__class__.__call__

    def without(self, texts):
        if any("enormous" in text for text in texts):
            raise np._core._exceptions._ArrayMemoryError((2**40,), np.dtype("float64"))
        return ask(self, texts)

    monkeypatch.setattr(attacking.attack.goal_function.model.__class__, "__call__", without)
    row = attacking(Example("a", "An enormous film.", 1), nothing)
    assert row.outcome == "errored" and row.error.startswith("memory ran out on this review of 3 words: ")
    assert attacking(Example("b", "A wonderful film.", 1), nothing).outcome in ("succeeded", "failed")


def test_a_row_of_a_killed_worker_names_the_length_of_its_review():
    row = batch._attempt(
        AttackSpec("m", "pwws"), Example("a", "word " * 1234, 1), Lost("its process was killed")
    ).record
    assert row.error == "its process was killed (a review of 1,234 words)"


def test_the_room_of_a_worker_is_a_share_of_the_machine_or_what_is_given(monkeypatch):
    monkeypatch.delenv(memory.VARIABLE, raising=False)
    monkeypatch.setattr(memory, "_free", lambda: 10 * memory.GB)
    assert [memory.room(workers) for workers in (1, 2, 100)] == [8.0, 4.0, 1.0]
    monkeypatch.setattr(memory, "_free", lambda: None)
    assert memory.room(2) is None
    monkeypatch.setenv(memory.VARIABLE, "2.5")
    assert memory.room(7) == 2.5


@pytest.mark.parametrize("given", ["x", "-1", "0", "nan", "1e9", "2GB"])
def test_a_room_that_is_no_number_of_gigabytes_is_refused_in_one_line(monkeypatch, given):
    monkeypatch.setenv(memory.VARIABLE, given)
    with pytest.raises(RunError, match=f"{memory.VARIABLE} is '{given}'; give gigabytes a worker"):
        memory.room(1)


# --- before one is started ----------------------------------------------------------------------------------


def test_a_typed_review_that_cannot_finish_says_so_and_how_it_could():
    why = estimate.cannot_finish(20_000, 900.0, None, linear=True)
    assert "20,000 words" in why and "18,000,000 queries" in why and "Allow at most" in why
    most = int(why.split("Allow at most ")[1].split(" queries")[0].replace(",", ""))
    assert estimate.cannot_finish(20_000, 900.0, most, linear=True) == ""
    assert estimate.cannot_finish(20_000, 900.0, 2 * most, linear=True)
    assert estimate.cannot_finish(20_000, 6.3, 2_000, linear=False) == ""
    assert estimate.cannot_finish(0, 900.0, None, linear=False) == ""
