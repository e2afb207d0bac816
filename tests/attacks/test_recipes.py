"""What every recipe keeps to, whoever adds it."""

from __future__ import annotations

import dataclasses
import logging
import re
import warnings

import numpy as np
import pytest
from made_reviews import EDGE_TEXTS

from attacks.contracts import check_recipe
from attacks.contracts.recipes import REVIEW, check_words, keyword_victim
from attacks.language import vectors
from attacks.own.recipes import recipe_named
from attacks.recipes import RECIPES, RecipeError, configuration, missing, settled
from attacks.resources.catalog import RESOURCES

MAKE_VECTORS = vectors.vectors
BUDGET = 120
#: Every recipe, and bad-characters in each of its four forms.
VARIANTS = [
    (name, {"perturbation": kind} if kind else {})
    for name, recipe in RECIPES.items()
    if recipe.kind != "original"
    for kind in recipe.choices.get("perturbation", ("",))
]
ORIGINALS = [name for name, recipe in RECIPES.items() if recipe.kind == "original"]


@pytest.fixture(scope="module", autouse=True)
def few_words(tmp_path_factory):
    """Let vectors be those of the 2,500 most frequent words, made once: all words take half a minute."""
    if vectors.places.wordnet() is None:
        yield None
        return
    words, matrix = vectors.word_matrix()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vectors, "word_matrix", lambda: (words[:2500], matrix[:2500]))
        few = vectors.vectors(tmp_path_factory.mktemp("vectors"))
        patch.setattr(vectors, "vectors", lambda home: few)
        yield few


@pytest.fixture(autouse=True)
def no_downloads(monkeypatch, textattack):
    import nltk

    def refuse(*args, **kwargs):
        raise AssertionError(f"nltk.download{args}")

    monkeypatch.setattr(nltk, "download", refuse)


@pytest.fixture(params=VARIANTS, ids=lambda variant: "-".join([variant[0], *variant[1].values()]))
def variant(request):
    name, params = request.param
    if lacking := missing(RECIPES[name]):
        pytest.skip(f"{name} lacks {lacking[0].what}")
    return name, params


def few_candidates(name):
    return {"max_candidates": 4} if "max_candidates" in RECIPES[name].constants else {}  # each is encoded


def build(name, params=None, budget=BUDGET):
    recipe = RECIPES[name]
    attack = recipe.build(keyword_victim(), settled(recipe, few_candidates(name) | (params or {})))
    attack.goal_function.query_budget = budget
    return attack


def attacked(attack, text, seed=1):
    from textattack.shared import AttackedText
    from textattack.shared.utils import set_seed

    label = int(attack.goal_function.model([text])[0].argmax())
    set_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # scipy's evolution, where nothing changes the answer
        return attack.attack(AttackedText(text), label)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_says_what_it_is_in_one_sentence_and_where_each_number_comes_from(name):
    assert RECIPES[name].name == name
    check_words(RECIPES[name])


def test_a_recipe_keeps_its_contract(variant):
    name, params = variant
    check_recipe(RECIPES[name], few_candidates(name) | params, EDGE_TEXTS[:-1])


@pytest.mark.parametrize("name", ORIGINALS)
def test_an_original_runs_where_its_resources_are(name):
    if lacking := missing(RECIPES[name]):
        pytest.skip(f"{name} lacks {', '.join(item.what for item in lacking)}")
    assert attacked(build(name), REVIEW).num_queries > 1


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(RecipeError, match="recipe 'pws' is not known; known: deepwordbug, pwws, "):
        recipe_named("pws")
    assert recipe_named("deepwordbug") is RECIPES["deepwordbug"]


def test_parameters_are_read_as_their_kind_or_refused():
    bug, characters, leap = RECIPES["deepwordbug"], RECIPES["bad-characters"], RECIPES["leap"]
    assert settled(bug, {}) == {"max_edit_distance": 30}
    assert settled(bug, {"max_edit_distance": "12"}) == {"max_edit_distance": 12}
    assert settled(leap, {"max_rate": 1, "any_family": "yes"})["max_rate"] == 1.0
    for recipe, params, words in [
        (bug, {"distance": 1}, "recipe 'deepwordbug' has no parameter 'distance'; known: max_edit_distance"),
        (bug, {"max_edit_distance": "far"}, "is a whole number, not 'far'"),
        (bug, {"max_edit_distance": True}, "is a whole number, not True"),
        (bug, {"max_edit_distance": 1.5}, "is a whole number, not 1.5"),
        (leap, {"max_rate": "nan"}, "is a number, not 'nan'"),
        (leap, {"any_family": "maybe"}, "is true or false, not 'maybe'"),
        (characters, {"perturbation": "ink"}, "is homoglyphs or invisible or deletions or reorderings"),
        (RECIPES["pwws"], {"x": 1}, "known: none"),
    ]:
        with pytest.raises(RecipeError, match=re.escape(words)):
            settled(recipe, params)


def test_a_configuration_is_json_and_names_every_constant_with_its_source():
    import json

    for recipe in RECIPES.values():
        facts = json.loads(json.dumps(configuration(recipe, {}), allow_nan=False))
        assert facts["name"] == recipe.name
        assert {key: fact["value"] for key, fact in facts["constants"].items()} == dict(recipe.constants)
        assert facts["versions"]["textattack"] == "0.3.11"
    changed = configuration(RECIPES["pruthi"], {"max_num_word_swaps": 2})["constants"]["max_num_word_swaps"]
    assert changed["value"] == 2


def test_a_swarm_is_offered_for_linear_models_unless_asked_for_all():
    leap = RECIPES["leap"]
    here = missing(leap)
    assert missing(leap, "tfidf") == here
    assert "not transformer" in missing(leap, "transformer")[-1].what
    assert missing(leap, "transformer", {"any_family": True}) == here


def test_random_edits_need_what_the_recipe_needs_whose_edits_they_make(monkeypatch):
    gone = dataclasses.replace(RESOURCES["wordnet"], where=lambda: None)
    monkeypatch.setitem(RESOURCES, "wordnet", gone)
    assert missing(RECIPES["random"]) == []
    here = missing(RECIPES["random"], "tfidf", {"like": "pwws"})
    assert here == missing(RECIPES["pwws"], "tfidf") and here
    assert "wordnet" in configuration(RECIPES["random"], {"like": "pwws"})["resources"]


@pytest.mark.parametrize(
    ("name", "params", "allowed"),
    [
        ("a2t-style", {"max_rate": -0.1}, "a number from 0 to 1"),
        ("a2t-style", {"max_rate": "1.5"}, "a number from 0 to 1"),
        ("bad-characters", {"popsize": 0}, "a whole number, 1 or more"),
        ("bad-characters", {"perturbs": "-3"}, "a whole number, 1 or more"),
    ],
)
def test_a_number_out_of_range_is_refused_in_one_line(name, params, allowed):
    with pytest.raises(RecipeError, match=allowed):
        settled(RECIPES[name], params)


def test_building_an_attack_logs_nothing_and_leaves_textattack_s_logger_as_it_was(textattack):
    from attacks.engine.attacker import build as built
    from attacks.hardening.augmentation import candidates_of

    said = []
    handler, logger = logging.Handler(), textattack.shared.logger
    handler.emit = lambda record: said.append(record.getMessage())
    logger.addHandler(handler)
    try:
        built("deepwordbug", {}, keyword_victim())
        built("random", {"like": "pruthi"}, keyword_victim())
        candidates_of("deepwordbug")
        assert said == [] and not logger.disabled
        RECIPES["deepwordbug"].build(keyword_victim(), RECIPES["deepwordbug"].constants)
        assert any("Unknown if model" in line for line in said)  # what would be written otherwise
    finally:
        logger.removeHandler(handler)


def test_something_missing_is_named_with_the_way_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("TA_CACHE_DIR", str(tmp_path))
    lacking = missing(RECIPES["textfooler"])
    assert [item.what for item in lacking][:1] == ["Counter-fitted Paragram word vectors"]
    assert "resources fetch counter-fitted" in lacking[0].how_to_get


def test_vectors_have_length_one_and_neighbours_no_opposites(few_words):
    if few_words is None:
        pytest.skip("WordNet is not on this machine")
    from attacks.language.antonyms import are_antonyms

    found = few_words
    np.testing.assert_allclose(np.linalg.norm(found.matrix, axis=1), 1, atol=1e-5)
    assert (found.neighbours[:, 0] == np.arange(len(found.words))).all()
    for word in ("good", "best", "love", "first", "long", "small"):
        row = found.words.index(word)
        near = [found.words[other] for other in found.neighbours[row][1:]]
        assert not [other for other in near if are_antonyms(word, other)]
        cosines = found.matrix[found.neighbours[row][1:]] @ found.matrix[row]
        assert (np.diff(cosines) <= 1e-6).all()
    assert "bad" in _raw_neighbours(found, "good")
    assert "bad" not in [found.words[other] for other in found.neighbours[found.words.index("good")]]


def _raw_neighbours(found, word):
    """Return the fifty nearest words, opposites included."""
    cosines = found.matrix @ found.matrix[found.words.index(word)]
    return [found.words[row] for row in np.argsort(-cosines)[1:51]]


def test_neighbours_are_made_once_and_made_anew_when_their_lists_change(tmp_path, monkeypatch):
    if vectors.places.wordnet() is None:
        pytest.skip("WordNet is not on this machine")
    words, matrix = vectors.word_matrix()
    monkeypatch.setattr(vectors, "word_matrix", lambda: (words[:200], matrix[:200]))
    made = []
    build = vectors.neighbours_of
    monkeypatch.setattr(vectors, "neighbours_of", lambda *args: made.append(1) or build(*args))
    load = MAKE_VECTORS.__wrapped__  # without the cache of this process, as another process would
    first, second = load(tmp_path), load(tmp_path)
    assert (first.neighbours == second.neighbours).all()
    assert len(made) == 1
    monkeypatch.setattr(vectors.opposites, "PRAISE", "splendid")
    load(tmp_path)
    assert len(made) == 2
    stored = sorted(path.name for path in (tmp_path / "cache" / "word_neighbours").glob("*.npz"))
    assert len(stored) == 2
