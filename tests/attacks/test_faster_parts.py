"""What stands in for a slow part of TextAttack decides as that part does."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest
from made_reviews import EDGE_TEXTS, made_reviews

from attacks.engine.attacker import build
from attacks.engine.fast.parts import speed_up
from attacks.engine.fast.text import text_class
from attacks.engine.victim import Victim
from attacks.language import wordnet


@pytest.fixture
def attacks_of(textattack, attack_model):
    """Return (recipe, family) -> the same attack as it is, and sped up."""

    def pair(recipe, family="tfidf"):
        plain, fast = (build(recipe, {}, Victim(attack_model(family))) for _ in range(2))
        speed_up(fast)
        return plain, fast

    return pair


def edit_distance(attack):
    [constraint] = [part for part in attack.constraints if "Levenshtein" in type(part).__name__]
    return constraint


def scrambled(text, edits, rng):
    letters = list(text)
    for _ in range(edits):
        place = rng.randrange(len(letters) + 1)
        letters[place : place + rng.choice([0, 1])] = rng.choice(["", "x", "é", "😀", "qq"])
    return "".join(letters)


def test_the_bounded_edit_distance_lets_through_what_the_whole_one_does(attacks_of):
    plain, fast = (edit_distance(attack) for attack in attacks_of("deepwordbug"))
    rng, verdicts = random.Random(2), []
    for text in [*EDGE_TEXTS[:-1], *made_reviews(4, seed=2)["text"]]:
        for edits in (0, 1, 10, 20, 24, 27, 30, 33, 36, 60):
            pair = SimpleNamespace(text=scrambled(text, edits, rng)), SimpleNamespace(text=text)
            verdicts.append(plain._check_constraint(*pair))
            assert fast._check_constraint(*pair) == verdicts[-1]
    assert 10 < sum(verdicts) < len(verdicts) - 10


def test_the_bound_may_be_changed_after_the_exchange(attacks_of):
    _, fast = attacks_of("deepwordbug")
    constraint = edit_distance(fast)
    pair = SimpleNamespace(text="abcd"), SimpleNamespace(text="axyd")
    constraint.max_edit_distance = 1
    assert not constraint._check_constraint(*pair)
    constraint.max_edit_distance = 2
    assert constraint._check_constraint(*pair)


def test_the_words_that_may_be_changed_are_the_same_in_the_same_order(attacks_of):
    plain, fast = attacks_of("deepwordbug")
    for text in [*EDGE_TEXTS[:-1], *made_reviews(5, seed=2)["text"], EDGE_TEXTS[3]]:
        made = text_class()(text)
        for _ in range(2):
            assert fast.get_indices_to_order(made) == plain.get_indices_to_order(made)


@pytest.mark.skipif(not wordnet.there(), reason="needs WordNet, which is not on this machine")
def test_synonyms_are_remembered_as_wordnet_gives_them(attacks_of):
    plain, fast = (attack.transformation for attack in attacks_of("pwws"))
    for word in ["film", "Good", "moving", "film", "naïve", "", "xyzzy"] * 2:
        assert fast._get_replacement_words(word) == plain._get_replacement_words(word)
    assert fast._get_replacement_words.cache_info().hits >= 8


@pytest.mark.parametrize("label", [0, 1])
def test_results_are_those_of_the_goal_function(attacks_of, label):
    plain, fast = (attack.goal_function for attack in attacks_of("deepwordbug", "nbsvm"))
    text = text_class()(made_reviews(1, seed=3)["text"][0])
    texts = [text.replace_word_at_index(place, "superb") for place in range(20)]
    for goal in (plain, fast):
        goal.query_budget = 30
    for asked, check_skip in [
        ([text], True),
        (texts, False),
        (texts[:3] * 2, False),
        (texts, False),
        ([], False),
    ]:
        for goal in (plain, fast):
            goal.ground_truth_output = label
            if check_skip:
                goal.num_queries = 0
        theirs, mine = (goal.get_results(list(asked), check_skip=check_skip) for goal in (plain, fast))
        assert mine[1] == theirs[1]
        assert len(mine[0]) == len(theirs[0])
        for ours, stock in zip(mine[0], theirs[0], strict=True):
            assert vars(ours) | {"raw_output": ours.raw_output.tolist()} == vars(stock) | {
                "raw_output": stock.raw_output.tolist()
            }
            assert type(ours.score) is type(stock.score) and type(ours.output) is type(stock.output)


def test_answers_are_forgotten_with_the_attacks_cache(attacks_of):
    _, fast = attacks_of("deepwordbug")
    goal, text = fast.goal_function, text_class()("a fine film")
    goal.init_attack_example(text, 1)
    goal.init_attack_example(text, 1)
    assert goal.model.model_calls == 1
    fast.clear_cache()
    goal.init_attack_example(text, 1)
    assert goal.model.model_calls == 2


def test_a_transformers_results_stay_with_the_goal_function(attacks_of):
    _, fast = attacks_of("deepwordbug", "transformer")
    assert "get_results" not in vars(fast.goal_function)
