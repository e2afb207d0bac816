from __future__ import annotations

import dataclasses
import json
import math
import random
from typing import Any

import numpy as np
import pytest
from made_reviews import EDGE_TEXTS
from rapidfuzz.distance import Levenshtein

from attacks.engine import attacker, batch
from attacks.engine.attacker import Attacker, seed_of
from attacks.schema import OUTCOMES, STOPPED_BY, AttackSpec, Example
from sentiment_core.errors import Cancelled
from sentiment_core.execution.base import Lost, nothing


@pytest.fixture
def examples(attack_reviews) -> list[Example]:
    return [Example(str(i), t, int(n)) for i, t, n in attack_reviews.head(8).itertuples(index=False)]


def spec_of(model_id: str = "m", **changes: Any) -> AttackSpec:
    return AttackSpec(model_id=model_id, recipe="deepwordbug", **changes)


def timeless(records) -> dict[str, str]:
    """Return each record's JSON by its id, all digits, without the time it took."""
    return {record.example_id: json.dumps(record.to_json() | {"seconds": 0}) for record in records}


def attack(model, examples, **changes):
    attacking = Attacker(spec_of(**changes), model)
    return [attacking(example, nothing) for example in examples]


def test_a_record_says_what_textattack_says(textattack, attack_model, examples):
    """The same texts, outcomes and query counts as TextAttack alone, seeded alike, on the same model."""
    from textattack.attack_recipes import DeepWordBugGao2018
    from textattack.models.wrappers import ModelWrapper
    from textattack.shared.utils import set_seed

    class Plain(ModelWrapper):
        def __init__(self, model):
            self.model = model

        def __call__(self, texts):
            return self.model.predict_proba(texts)

    model = attack_model("tfidf")
    oracle = DeepWordBugGao2018.build(Plain(model))
    for record, example in zip(attack(model, examples, seed=3), examples, strict=True):
        set_seed(seed_of(3, example.example_id))
        result = oracle.attack(example.text, example.label)
        name = type(result).__name__.removesuffix("AttackResult")
        outcomes = {"Successful": "succeeded", "Failed": "failed", "Skipped": "skipped"}
        assert record.outcome == outcomes[name]
        assert record.perturbed == result.perturbed_text()
        assert record.queries == result.num_queries
        assert record.words == result.original_result.attacked_text.num_words
        assert record.words_changed == result.original_result.attacked_text.words_diff_num(
            result.perturbed_result.attacked_text
        )
        before, after = model.predict_proba([example.text, record.perturbed])[:, 1]
        assert record.prob_before == pytest.approx(before, abs=1e-9)
        assert record.prob_after == pytest.approx(after, abs=1e-9)


def test_a_record_depends_on_the_review_alone(textattack, attack_model, examples):
    forwards = attack(attack_model("tfidf"), examples)
    backwards = attack(attack_model("tfidf"), examples[::-1])
    alone = [record for example in examples[:3] for record in attack(attack_model("tfidf"), [example])]
    assert timeless(backwards) == timeless(forwards)
    assert timeless(alone) == timeless(forwards[:3])


def test_another_seed_gives_other_misspellings(textattack, attack_model, examples):
    one, two = (attack(attack_model("tfidf"), examples, seed=seed) for seed in (1, 2))
    assert [record.perturbed for record in one] != [record.perturbed for record in two]


def test_a_review_s_seed_is_the_same_on_every_machine_and_its_own():
    import hashlib

    assert seed_of(7, "x-1") == int(hashlib.sha256(b"7:x-1").hexdigest()[:8], 16)
    seeds = {seed_of(seed, str(number)) for seed in range(10) for number in range(100)}
    assert len(seeds) == 1000 and all(0 <= seed < 2**32 for seed in seeds)


@pytest.mark.parametrize("family", ["tfidf", "transformer"])
def test_every_edge_text_gets_a_row(textattack, attack_model, family):
    examples = [Example(str(n), text[:400], n % 2) for n, text in enumerate(EDGE_TEXTS)]
    records = attack(attack_model(family), examples, query_budget=60)
    for record, example in zip(records, examples, strict=True):
        assert record.outcome in OUTCOMES and record.stopped_by in STOPPED_BY
        assert (record.original, record.label) == (example.text, example.label)
        assert record.outcome != "errored", record.error
        assert record.queries <= 60


def test_the_query_budget_holds_and_a_review_stopped_by_it_is_marked(textattack, attack_model, examples):
    free = {record.example_id: record for record in attack(attack_model("tfidf"), examples)}
    for record in attack(attack_model("tfidf"), examples, query_budget=20):
        assert record.queries <= 20
        without = free[record.example_id]
        if without.queries < 20:
            assert timeless([record]) == timeless([without])
        elif record.outcome == "failed":
            assert record.stopped_by == "query budget"
    stopped = [record.stopped_by for record in attack(attack_model("tfidf"), examples, query_budget=1)]
    assert stopped.count("query budget") > len(examples) / 2


def test_a_review_whose_time_is_up_has_failed_with_its_best_try(
    textattack, attack_model, examples, monkeypatch
):
    """A clock that jumps at a certain look, so that the search is in the middle by then."""
    for at in (3, 8):
        looks = iter(range(10_000))
        monkeypatch.setattr(attacker.time, "monotonic", lambda: 100.0 * (next(looks) > at))  # noqa: B023
        (record,) = attack(attack_model("tfidf"), [strong(examples)], seconds=50.0)
        assert (record.outcome, record.stopped_by) == ("failed", "time limit")
        before, after = attack_model("tfidf").predict_proba([record.original, record.perturbed])[:, 1]
        assert (record.prob_before, record.prob_after) == pytest.approx((before, after), abs=1e-9)
        assert "[UNK]" not in record.perturbed  # what the ranking of the words asked about is no try


def strong(examples: list[Example]) -> Example:
    """Return a review that takes many edits, so that its search is long."""
    first = next(example for example in examples if example.label == 1)
    return dataclasses.replace(first, text=" ".join(["A wonderful, brilliant and moving film."] * 8))


def test_an_exception_is_a_row_and_the_next_review_is_attacked(textattack, attack_model, examples):
    class Breaks:
        """Cannot read one review."""

        def __init__(self, model):
            self.model = model
            self.__dict__.update(vars(model))

        def __getattr__(self, name):
            return getattr(self.model, name)

        def predict_proba(self, texts):
            if any(text == examples[1].text for text in texts):
                raise ZeroDivisionError("a bug\nin two lines")
            return self.model.predict_proba(texts)

    records = attack(Breaks(attack_model("tfidf")), examples[:3])
    assert [record.outcome == "errored" for record in records] == [False, True, False]
    assert records[1].error == "ZeroDivisionError: a bug in two lines"
    assert records[1].perturbed == "" and math.isnan(records[1].prob_before)
    assert timeless(records[2:]) == timeless(attack(attack_model("tfidf"), examples[2:3]))


def test_cancelling_reaches_into_a_search_and_the_next_one_is_untouched(textattack, attack_model, examples):
    attacking = Attacker(spec_of(), attack_model("tfidf"))
    calls = []

    def stop() -> None:
        calls.append(1)
        if len(calls) == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        attacking(examples[0], stop)
    again = attacking(examples[0], nothing)
    assert timeless([again]) == timeless(attack(attack_model("tfidf"), examples[:1]))


def test_a_batch_skips_what_is_done_and_tells_how_far_it_is(textattack, shelve, examples):
    spec = spec_of(shelve("tfidf").model_id)
    told: list[tuple[float, float, str]] = []
    everything = list(batch.attack_batch(spec, examples[:6]))
    rest = list(
        batch.attack_batch(spec, examples[:6], done=everything[:4], progress=lambda *now: told.append(now))
    )
    assert [record.example_id for record in rest] == [example.example_id for example in examples[4:6]]
    assert timeless(everything) == timeless([*everything[:4], *rest])
    assert told[0][:2] == (4, 6) and told[-1][:2] == (6, 6)
    succeeded = sum(record.outcome == "succeeded" for record in everything)
    assert told[-1][2] == f"attacking with deepwordbug: 6 of 6, {succeeded} succeeded"


def test_a_review_whose_process_was_killed_every_time_is_an_errored_row(examples):
    record = batch._attempt(spec_of(), examples[0], Lost("its process was killed 2 times")).record
    assert (record.outcome, record.error) == (
        "errored",
        f"its process was killed 2 times (a review of {len(examples[0].text.split())} words)",
    )
    assert record.original == examples[0].text and record.seed == seed_of(0, examples[0].example_id)


@pytest.mark.slow
def test_the_records_are_the_same_whatever_the_number_of_workers(textattack, shelve, examples):
    """Processes have one thread, so this one takes one too: another order of sums moves the last digit."""
    import torch

    spec = spec_of(shelve("transformer").model_id, query_budget=80)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        one = list(batch.attack_batch(spec, examples))
    finally:
        torch.set_num_threads(threads)
    assert timeless(batch.attack_batch(spec, examples, workers=2)) == timeless(one)


def test_words_changed_is_textattack_s_own_count_also_under_insertion_and_deletion(textattack):
    from textattack.shared import AttackedText

    rng = random.Random(5)
    for _ in range(60):
        before = [rng.choice("abcde") for _ in range(rng.randint(0, 12))]
        after = [word for word in before if rng.random() > 0.2]
        for _ in range(rng.randint(0, 3)):
            after.insert(rng.randint(0, len(after)), rng.choice("xyz"))
        texts = AttackedText(" ".join(before)), AttackedText(" ".join(after))
        assert attacker.words_changed(*(text.words for text in texts)) == texts[0].words_diff_num(texts[1])
    assert attacker.words_changed(["not", "a", "good", "film"], ["a", "good", "film"]) == 1


def test_long_reviews_are_counted_at_once():
    rng = np.random.default_rng(0)
    words = [str(number) for number in rng.integers(0, 500, 2000)]
    assert attacker.words_changed(words, words[:1000] + ["new"] + words[1000:]) == 1
    assert Levenshtein.distance(words, words[1:]) == 1
