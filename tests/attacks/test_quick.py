"""The quick mode counts nothing that the model itself does not say."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from attacks import __main__ as command_line
from attacks.engine import quick
from attacks.engine.attacker import Attacker
from attacks.schema import STOPPED_BY, AttackSpec, Example
from sentiment_core.classifiers.onnx.classifier import OnnxClassifier
from sentiment_core.errors import ModelError, RunError
from sentiment_core.execution.base import nothing

FOUND = {"outcome": "succeeded", "stopped_by": "", "perturbed": "changed", "words_changed": 1}


def says(before: float, after: float):
    """A full model that gives these probabilities of positive to a review and to the changed one."""
    return lambda texts: np.array([[1 - p, p] for p in (before, after)])


@pytest.mark.parametrize(
    ("before", "after", "found", "outcome", "stopped_by"),
    [
        (0.9, 0.2, {}, "succeeded", ""),
        (0.9, 0.6, {}, "failed", "not confirmed"),
        (0.4, 0.2, {}, "skipped", ""),
        (0.9, 0.6, {"outcome": "failed"}, "failed", ""),
        (0.9, 0.6, {"outcome": "failed", "stopped_by": "query budget"}, "failed", "query budget"),
        (0.9, 0.2, {"outcome": "failed", "stopped_by": "query budget"}, "succeeded", ""),
        (0.9, 0.9, {"outcome": "skipped", "perturbed": "good"}, "failed", "not confirmed"),
    ],
)
def test_the_full_model_has_the_last_word(before, after, found, outcome, stopped_by):
    facts = quick.confirmed(says(before, after), "good", 1, FOUND | found)
    assert (facts["outcome"], facts["stopped_by"]) == (outcome, stopped_by)
    assert stopped_by in STOPPED_BY
    assert facts["prob_before"] == before
    if outcome == "skipped":
        assert (facts["perturbed"], facts["words_changed"], facts["prob_after"]) == ("good", 0, before)


def test_what_a_quick_batch_records_is_what_the_model_says(attack_model, attack_reviews):
    model = attack_model("transformer")
    attack = Attacker(AttackSpec("m", "deepwordbug", quick=True), model)
    rows = attack_reviews.head(8).itertuples(index=False)
    records = [attack(Example(str(name), text, int(label)), nothing) for name, text, label in rows]
    assert {record.outcome for record in records} & {"succeeded"}
    for record in records:
        before, after = model.predict_proba([record.original, record.perturbed])[:, 1]
        np.testing.assert_allclose([record.prob_before, record.prob_after], [before, after], atol=1e-5)
        assert (record.outcome == "skipped") == ((before >= 0.5) != record.label)
        if record.outcome in ("succeeded", "failed"):
            assert (record.outcome == "succeeded") == ((after >= 0.5) != record.label)


class Says:
    """A victim that gives each text the probability of positive that it was told, and notes what it read."""

    def __init__(self, told: dict[str, float]) -> None:
        self.told, self.read, self.model = told, [], None

    def __call__(self, texts):
        self.read.append(list(texts))
        return np.array([[1 - self.told[text], self.told[text]] for text in texts])


def test_only_texts_that_fool_the_copy_are_put_to_the_model_whose_answers_count():
    light = Says({"good": 0.9, "god": 0.45, "go": 0.3})
    full = Says({"god": 0.55, "go": 0.2})
    searched = quick.Screened(light, full)
    searched.label = 1
    np.testing.assert_allclose(searched(["good", "god", "go"])[:, 1], [0.9, 0.55, 0.2])
    np.testing.assert_allclose(searched(["good"])[:, 1], [0.9])
    assert full.read == [["god", "go"]]
    np.testing.assert_allclose(quick.Screened(Says({"a": 0.2}), Says({}))(["a"])[:, 1], [0.2])


def test_no_search_ends_at_a_text_that_fools_the_copy_only(attack_model, attack_reviews, monkeypatch):
    """The copy takes every second text for the other class; what is found still fools the model itself."""
    model = attack_model("transformer")

    class Fooled:
        model_id, calls = "fooled", 0

        def predict_proba(self, texts):
            rows = model.predict_proba(texts)
            self.calls += 1
            return rows[:, ::-1] if self.calls % 2 == 0 else rows

    monkeypatch.setattr(quick, "lighter", lambda classifier: Fooled())
    attack = Attacker(AttackSpec("m", "deepwordbug", quick=True), model)
    rows = attack_reviews.head(4).itertuples(index=False)
    records = [attack(Example(str(name), text, int(label)), nothing) for name, text, label in rows]
    assert "errored" not in {record.outcome for record in records}
    assert not any(record.stopped_by == quick.NOT_CONFIRMED for record in records)


def test_the_model_that_is_searched_is_a_copy(attack_model):
    model = attack_model("transformer")
    copied = quick.lighter(model)
    assert isinstance(copied, OnnxClassifier) and copied.int8
    texts = ["A superb film.", "An awful film.", "", "<b>Plot</b> 😀"]
    np.testing.assert_allclose(copied.predict_proba(texts), model.predict_proba(texts), atol=0.1)
    assert str(model.model.dtype) == "torch.float32"
    with pytest.raises(RunError, match="for transformers"):
        quick.lighter(attack_model("tfidf"))


def test_of_a_blend_only_the_transformers_are_copied(attack_model):
    model = attack_model("mixed-blend")
    half = quick.lighter(model)
    assert isinstance(half.members[0], OnnxClassifier)
    assert half.members[1] is model.members[1] and half.weights == model.weights
    assert quick.refusal(("transformer", "nbsvm"), "input-reduction") and "nbsvm" in quick.refusal(
        ("tfidf", "nbsvm"), "pwws"
    )


def test_what_cannot_be_converted_is_searched_in_bfloat16(attack_model, monkeypatch):
    def refused(*args, **kwargs):
        raise ModelError("a longformer classifier cannot be converted: Optimum does not know it")

    monkeypatch.setattr(quick, "convert", refused)
    half = quick.lighter(attack_model("transformer"))
    assert str(half.model.dtype) == "torch.bfloat16"


def test_the_mode_is_refused_in_one_line_where_it_is_not_offered(shelve, capsys):
    shelve("tfidf"), shelve("transformer")
    ask = ["run", "--text", "A good film.", "--label", "positive", "--quick"]
    for model, recipe, said in [
        ("tfidf", "deepwordbug", "a tfidf model is quick as it is"),
        ("transformer", "input-reduction", "keeps it"),
    ]:
        assert command_line.main([*ask, "--model", model, "--recipe", recipe]) == 2
        assert said in capsys.readouterr().err


def test_a_spec_of_before_the_mode_is_not_quick():
    assert not AttackSpec("m", "pwws").quick
    assert dataclasses.replace(AttackSpec("m", "pwws"), quick=True) != AttackSpec("m", "pwws")
