"""Our way of attacking gives TextAttack's own results: texts, outcomes, query counts, scores, changed words.

Stock is `textattack.Attack` with its own AttackedText, goal function and constraints, and a wrapper that asks
the plain classifier about every text: for a linear model `predict_proba`, for a transformer TextAttack's
HuggingFaceModelWrapper. Ours is the same recipe with Victim, FastText and the faster parts.
"""

from __future__ import annotations

import copy

import pytest
from made_reviews import EDGE_TEXTS

from attacks.engine.attacker import build
from attacks.engine.fast import candidates, parts
from attacks.engine.fast.long_text import long_text_class
from attacks.engine.fast.parts import speed_up
from attacks.engine.fast.text import text_class
from attacks.engine.victim import Victim
from attacks.language import wordnet

#: (recipe, parameters, family, reviews, most queries a review): 84 pairs of review and recipe.
RUNS = [
    ("deepwordbug", {}, "tfidf", 20, None),
    ("deepwordbug", {}, "transformer", 12, None),
    ("pwws", {}, "nbsvm", 8, None),
    ("pwws", {}, "transformer", 4, None),
    ("pruthi", {}, "bow", 8, 300),
    ("pruthi", {}, "transformer", 4, 300),
    ("input-reduction", {}, "tfidf", 8, None),
    ("input-reduction", {}, "transformer", 4, None),
    ("random", {}, "nbsvm", 6, None),
    ("deepwordbug", {}, "linear-blend", 6, None),
    ("deepwordbug", {}, "mixed-blend", 4, None),
]


def plain_wrapper(classifier):
    """Return TextAttack's wrapper for a transformer, and for a linear model its broken one, mended."""
    from textattack.models.wrappers import HuggingFaceModelWrapper, ModelWrapper

    if hasattr(classifier, "reader"):
        tokenizer = copy.deepcopy(classifier.reader.tokenizer)
        tokenizer.model_max_length = classifier.reader.max_length
        tokenizer.model_input_names = ["input_ids", "attention_mask"]  # DistilBERT takes no token types
        return HuggingFaceModelWrapper(classifier.model, tokenizer)

    class Plain(ModelWrapper):
        model = classifier

        def __call__(self, texts):
            return classifier.predict_proba(list(texts))

    return Plain()


def facts(result):
    """Return everything about a result that a person could see, of both its ends."""
    first, last = result.original_result, result.perturbed_result
    text = last.attacked_text
    return {
        "kind": type(result).__name__,
        "text": text.text,
        "words": text.words,
        "queries": last.num_queries,
        "output": last.output,
        "before": first.score,
        "after": last.score,
        "modified": sorted(text.attack_attrs["modified_indices"]),
        "places": text.attack_attrs["original_index_map"].tolist(),
    }


def attacked(attack, make, text, label, budget):
    from textattack.shared.utils import set_seed

    attack.goal_function.query_budget = float("inf") if budget is None else budget
    attack.clear_cache()
    set_seed(11)
    return facts(attack.attack(make(text), label))


def compared(recipe, params, classifier, rows, budget=None, kind=None):
    """Yield (stock's facts, ours) of each review; `kind` is our class of texts."""
    from textattack.shared import AttackedText

    victim = Victim(classifier)
    stock, ours = build(recipe, params, plain_wrapper(classifier)), build(recipe, params, victim)
    speed_up(ours)
    for text, label in rows:
        victim.new_example(text)
        theirs = attacked(stock, AttackedText, text, label, budget)
        yield theirs, attacked(ours, kind or text_class(), text, label, budget)


def assert_same(theirs, mine, tolerance):
    assert mine["before"] == pytest.approx(theirs.pop("before"), abs=tolerance)
    assert mine["after"] == pytest.approx(theirs.pop("after"), abs=tolerance)
    assert {name: mine[name] for name in theirs} == theirs


@pytest.mark.slow
@pytest.mark.parametrize(("recipe", "params", "family", "n", "budget"), RUNS)
def test_results_are_those_of_textattack(
    textattack, attack_model, attack_reviews, recipe, params, family, n, budget
):
    if recipe == "pwws" and not wordnet.there():
        pytest.skip("PWWS needs WordNet, which is not on this machine")
    rows = list(zip(attack_reviews["text"], attack_reviews["label"], strict=True))[:n]
    # Six layers in float32, in batches of other shapes: which kernels round how depends on the processor.
    tolerance = 1e-5 if family in ("transformer", "mixed-blend") else 0.0
    pairs = list(compared(recipe, params, attack_model(family), rows, budget))
    assert len(pairs) == n and any(theirs["queries"] > 5 for theirs, _ in pairs)
    for theirs, mine in pairs:
        assert_same(theirs, mine, tolerance)


#: The way of long reviews, taken by reviews of any length: with whole-text and per-word candidates, with
#: constraints and without, by a linear model and by one that goes through TextAttack's goal function.
LONG_RUNS = [
    ("deepwordbug", {}, "tfidf", 6, None),
    ("pwws", {}, "nbsvm", 3, None),
    ("pruthi", {}, "bow", 3, None),
    ("pruthi", {"max_num_word_swaps": 2}, "bow", 2, 900),
    ("input-reduction", {}, "tfidf", 3, None),
    ("deepwordbug", {}, "transformer", 2, None),
    ("bad-characters", {"popsize": 4, "maxiter": 2}, "tfidf", 2, None),
]


@pytest.mark.slow
@pytest.mark.parametrize(("recipe", "params", "family", "n", "budget"), LONG_RUNS)
def test_the_way_of_long_reviews_gives_the_same(
    textattack, attack_model, attack_reviews, monkeypatch, recipe, params, family, n, budget
):
    if recipe == "pwws" and not wordnet.there():
        pytest.skip("PWWS needs WordNet, which is not on this machine")
    for module in (candidates, parts):
        monkeypatch.setattr(module, "LONG", 0)
    monkeypatch.setattr(candidates, "MOST_AGAIN", 50)
    monkeypatch.setattr(parts, "FEW", 10)
    monkeypatch.setattr(parts, "BATCH_CHARACTERS", 1500)
    rows = list(zip(attack_reviews["text"], attack_reviews["label"], strict=True))[:n]
    rows += [(text, 1) for text in EDGE_TEXTS if 0 < len(text) < 5000] if family == "tfidf" else []
    tolerance = 4e-6 if family == "transformer" else 0.0
    for theirs, mine in compared(recipe, params, attack_model(family), rows, budget, kind=long_text_class()):
        assert_same(theirs, mine, tolerance)


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["deepwordbug", "input-reduction"])
def test_awkward_texts_end_as_in_textattack(textattack, attack_model, recipe):
    texts = [text for text in EDGE_TEXTS if text and len(text) < 5000]
    for label in (0, 1):
        rows = [(text, label) for text in texts]
        for theirs, mine in compared(recipe, {}, attack_model("nbsvm"), rows):
            assert_same(theirs, mine, 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("budget", [1, 7, 40])
def test_a_query_budget_ends_the_search_where_textattack_ends_it(
    textattack, attack_model, attack_reviews, budget
):
    rows = list(zip(attack_reviews["text"], attack_reviews["label"], strict=True))[:4]
    for theirs, mine in compared("deepwordbug", {}, attack_model("tfidf"), rows, budget):
        assert mine["queries"] <= budget
        assert_same(theirs, mine, 0.0)
