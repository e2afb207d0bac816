from __future__ import annotations

import json
import re
import tomllib

import pytest

from attacks.contracts.recipes import REVIEW, keyword_victim
from attacks.language import wordnet
from attacks.own import recipes
from attacks.own.recipe_parts import CONSTRAINTS, SEARCHES, TRANSFORMATIONS
from attacks.own.recipes import compose, recipe_named, save_own
from attacks.recipes import RecipeError, configuration, settled
from attacks.resources.catalog import RESOURCES

TYPOS = {
    "name": "my-typos",
    "title": "My typing errors",
    "description": "Swaps letters in a few long words.",
    "search": {"part": "by-importance", "wir_method": "unk"},
    "transformations": [{"part": "letter-swap"}, {"part": "keyboard"}],
    "constraints": [{"part": "no-repeat"}, {"part": "word-length", "min_length": 5}],
}
TOML = """
name = "my-typos"
title = "My typing errors"
description = "Swaps letters in a few long words."
search = { part = "by-importance", wir_method = "unk" }
transformations = [{ part = "letter-swap" }, { part = "keyboard" }]
constraints = [{ part = "no-repeat" }, { part = "word-length", min_length = 5 }]
"""


def attacked(recipe, budget=200, **params):
    from textattack.shared import AttackedText
    from textattack.shared.utils import set_seed

    attack = recipe.build(keyword_victim(), settled(recipe, params))
    attack.goal_function.query_budget = budget
    set_seed(1)
    return attack.attack(AttackedText(REVIEW), 1)


@pytest.mark.parametrize("known", [SEARCHES, TRANSFORMATIONS, CONSTRAINTS])
def test_each_part_is_described_in_one_line_and_its_resources_exist(known):
    for name, part in known.items():
        assert part.name == name
        assert part.description.endswith(".") and "\n" not in part.description
        assert set(part.choices) <= set(part.params)
        assert set(part.needs) <= set(RESOURCES)


def test_a_composed_recipe_attacks_and_its_constants_can_be_set(textattack):
    recipe = compose(TYPOS)
    assert (recipe.kind, recipe.needs) == ("own", ())
    assert dict(recipe.constants) == {"by-importance.wir_method": "unk", "word-length.min_length": 5}
    text = attacked(recipe).perturbed_result.attacked_text.text
    changed = [old for old, new in zip(REVIEW.split(), text.split(), strict=True) if old != new]
    assert changed and all(len(word) >= 5 for word in changed)
    longer = attacked(recipe, **{"word-length.min_length": "9"}).perturbed_result.attacked_text.text
    assert [old for old, new in zip(REVIEW.split(), longer.split(), strict=True) if old != new] == [
        "wonderful"
    ]
    assert configuration(recipe, {})["constants"]["word-length.min_length"]["value"] == 5


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("change", sorted(set(TRANSFORMATIONS) - {"near-words"}))  # in test_recipes
def test_every_pair_of_parts_attacks_or_is_refused_before_it_starts(search, change, textattack):
    record = {
        "name": "pair",
        "search": {"part": search},
        "transformations": [{"part": change}],
        "constraints": [{"part": "no-repeat"}],
    }
    if change == "wordnet" and not wordnet.there():
        pytest.skip("WordNet is not on this machine")
    if change in ("space", "word-deletion") and search in ("swarm", "genetic"):
        with pytest.raises(RecipeError, match="which does not keep the number of words"):
            compose(record)
        return
    assert 1 <= attacked(compose(record), budget=40).num_queries <= 40


def test_every_constraint_goes_with_swaps_and_those_that_cannot_refuse_deletions(textattack):
    for name in sorted(set(CONSTRAINTS) - {"word-distance"}):
        record = {
            "name": "one",
            "search": {"part": "random"},
            "transformations": [{"part": "letter-swap"}],
            "constraints": [{"part": name}],
        }
        assert attacked(compose(record), budget=10).num_queries >= 1
    record |= {"transformations": [{"part": "word-deletion"}], "constraints": []}
    with pytest.raises(RecipeError, match="'word-deletion' needs the constraint 'no-repeat' as well"):
        compose(record)
    record |= {"constraints": [{"part": "no-repeat"}, {"part": "part-of-speech"}]}
    with pytest.raises(RecipeError, match="'part-of-speech' does not go with 'word-deletion'"):
        compose(record)


def test_a_saved_recipe_is_found_by_name_and_listed():
    path = save_own(TYPOS)
    assert json.loads(path.read_text()) == TYPOS
    assert list(recipes.STORE.all()) == ["my-typos"]
    found = recipe_named("my-typos")
    assert (found.title, dict(found.constants)) == ("My typing errors", dict(compose(TYPOS).constants))
    save_own(TYPOS | {"title": "Another"})
    assert recipe_named("my-typos").title == "Another"
    recipes.STORE.delete("my-typos")
    assert recipes.STORE.all() == {}
    with pytest.raises(RecipeError, match="recipe 'my-typos' is not kept in this workspace; kept: none yet"):
        recipes.STORE.delete("my-typos")


def test_a_recipe_written_by_hand_in_toml_is_the_same():
    recipes.STORE.folder().mkdir(parents=True)
    (recipes.STORE.folder() / "my-typos.toml").write_text(TOML)
    assert tomllib.loads(TOML) == TYPOS
    assert dict(recipe_named("my-typos").constants) == dict(compose(TYPOS).constants)
    save_own(TYPOS | {"title": "Saved over"})
    assert [path.name for path in recipes.STORE.folder().iterdir()] == ["my-typos.json"]


def test_the_module_s_own_example_is_a_recipe():
    example = recipes.__doc__.split("\n\n", 2)[2]
    assert compose(tomllib.loads(example)).name == "gentle-synonyms"


WRONG = [
    ({"name": "pwws"}, "'pwws' is one of the recipes that come with the project"),
    ({"name": "../x"}, "a recipe's name is small letters, digits and hyphens, at most 41; not '../x'"),
    ({"name": 3}, "not 3"),
    ({"search": None}, "a search is {part = NAME, ...} with one of by-importance, greedy"),
    ({"search": "greedy"}, "not 'greedy'"),
    ({"search": {"part": "quantum"}}, "with one of by-importance"),
    ({"search": {"part": "by-importance", "wir_method": "best"}}, "'wir_method' of recipe 'by-importance'"),
    ({"search": {"part": "beam", "beam_width": "wide"}}, "is a whole number, not 'wide'"),
    ({"search": {"part": "greedy", "x": 1}}, "has no parameter 'x'; known: none"),
    ({"transformations": []}, "at least one transformation"),
    ({"transformations": "letter-swap"}, "at least one transformation"),
    ({"transformations": [{"part": "letter-swap"}] * 2}, "each transformation can be there once"),
    ({"constraints": [{"part": "kindness"}]}, "a constraint is {part = NAME, ...}"),
    ({"colour": "red"}, "'colour' is not known; known: name, title, description, search"),
]


@pytest.mark.parametrize(("change", "words"), WRONG)
def test_a_wrong_record_is_refused_in_one_line(change, words):
    with pytest.raises(RecipeError, match=re.escape(words)) as error:
        save_own(TYPOS | change)
    assert "\n" not in str(error.value)
    assert not recipes.STORE.folder().exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("bad.toml", "name = ", "bad.toml cannot be read as TOML"),
        ("bad.json", "{", "bad.json cannot be read as JSON"),
        ("bad.json", "[]", "bad.json must hold one recipe"),
        ("bad.toml", TOML, "bad.toml holds a recipe named 'my-typos'"),
        ("bad.json", "\ud800", "bad.json cannot be read as JSON"),
    ],
)
def test_a_wrong_file_is_named_and_hides_no_other(name, content, words):
    save_own(TYPOS)
    (recipes.STORE.folder() / name).write_bytes(content.encode("utf-8", "surrogatepass"))
    assert list(recipes.STORE.all()) == ["my-typos"]
    assert re.search(words, recipes.STORE.wrong()[name])
    with pytest.raises(RecipeError, match=words):
        recipe_named("bad")
    (recipes.STORE.folder() / "notes.txt").write_text("not a recipe")
    assert list(recipes.STORE.wrong()) == [name]


def test_composing_needs_no_textattack():
    import subprocess
    import sys

    code = (
        "import sys\nfrom attacks.own import recipes as composing\n"
        f"composing.compose({TYPOS!r}); composing.parts_listed()\n"
        "print({'textattack', 'torch', 'nltk'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "set()"
