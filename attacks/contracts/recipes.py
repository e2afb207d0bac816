"""What every recipe promises: words, a source for each number, and an attack within its budget."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacks.composition.base import KINDS
from attacks.engine.attacker import quiet
from attacks.recipes import Recipe, RecipeError, missing, settled
from attacks.resources import offline
from attacks.resources.catalog import RESOURCES
from sentiment_core.classifiers import FAMILIES
from sentiment_core.contracts.base import EDGE_TEXTS, require, require_words

#: Queries that an attack on one review of fifteen words is given.
BUDGET = 120


def check_recipe(
    recipe: Recipe,
    params: Mapping[str, Any] | None = None,
    texts: Sequence[str] = (*EDGE_TEXTS[:-1], "good " * 30),
) -> None:
    """Check a recipe's words, and attack a model that counts words of praise and blame.

    Args:
        recipe: in RECIPES or not.
        params: constants that differ from the recipe's own.
        texts: attacked with a budget of 3 and of 25 queries.

    Raises:
        ContractError: a promise of `attacks.composition.base.Recipe` is not kept.
        RecipeError: its words are right, but something that it needs is not on this machine.
    """
    who = f"recipe {recipe.name!r}"
    check_words(recipe)
    constants = settled(recipe, params or {})
    if lacking := missing(recipe, params=params):
        raise RecipeError(f"{who} cannot be tried here: it needs {lacking[0].what}; {lacking[0].how_to_get}")
    offline.textattack()
    _check_attack(who, recipe, constants)
    _check_seed(who, recipe, constants)
    _check_edges(who, recipe, constants, texts)


def check_words(recipe: Recipe) -> None:
    """Check what a recipe says of itself; nothing is attacked, and nothing needs to be on this machine."""
    who = f"recipe {recipe.name!r}"
    require_words(who, recipe.name, recipe.title, recipe.description)
    sentence = re.fullmatch(r"[A-Z][^.!?\n]*\.", recipe.description)
    require(sentence, who, f"its description is {recipe.description!r}; one sentence")
    require(recipe.kind in KINDS, who, f"its kind is {recipe.kind!r}; allowed: {KINDS}")
    require(recipe.source, who, "it has no source")
    require(recipe.queries_per_word > 0, who, f"its queries per word are {recipe.queries_per_word}")
    for key, value in recipe.constants.items():
        require(recipe.constant_sources.get(key), who, f"constant {key!r} has no source")
        allowed = recipe.choices.get(key)
        require(
            allowed is None or value in allowed, who, f"constant {key!r} is {value!r}; choices: {allowed}"
        )
    for what, names, known in (
        ("constant", [*recipe.constant_sources, *recipe.choices], recipe.constants),
        ("resource", recipe.needs, RESOURCES),
        ("family", recipe.families, FAMILIES),
    ):
        unknown = sorted(set(names) - set(known))
        require(not unknown, who, f"it names a {what} that is not known: {', '.join(unknown)}")


def _check_attack(who: str, recipe: Recipe, constants: Mapping[str, Any]) -> None:
    attack = _built(recipe, constants, BUDGET)
    result = _attacked(attack, REVIEW)
    asked = attack.goal_function.model.asked
    require(1 < result.num_queries <= BUDGET, who, f"{result.num_queries} queries of a budget of {BUDGET}")
    require(  # one was ours, for the label
        asked <= result.num_queries + 1,
        who,
        f"it asked {asked} texts, and counts {result.num_queries} queries",
    )
    require(result.original_result.attacked_text.text == REVIEW, who, "its original is not the review")
    require(result.perturbed_result.attacked_text.text != REVIEW, who, "it left a plain review as it was")


def _check_seed(who: str, recipe: Recipe, constants: Mapping[str, Any]) -> None:
    found = []
    for _ in range(2):
        result = _attacked(_built(recipe, constants, BUDGET), REVIEW, seed=3)
        found.append((result.perturbed_result.attacked_text.text, result.num_queries))
    require(found[0] == found[1], who, "the same seed does not give the same attack")


def _check_edges(who: str, recipe: Recipe, constants: Mapping[str, Any], texts: Sequence[str]) -> None:
    attack = _built(recipe, constants, BUDGET)
    for text in texts:
        for budget in (3, 25):
            attack.goal_function.query_budget = budget
            queries = _attacked(attack, text).num_queries
            require(
                1 <= queries <= budget, who, f"{queries} queries for {text[:40]!r} of a budget of {budget}"
            )


def _built(recipe: Recipe, constants: Mapping[str, Any], budget: int) -> Any:
    with quiet():
        attack = recipe.build(keyword_victim(), constants)
    attack.goal_function.query_budget = budget
    return attack


def _attacked(attack: Any, text: str, seed: int = 1) -> Any:
    from textattack.shared import AttackedText
    from textattack.shared.utils import set_seed

    label = int(attack.goal_function.model([text])[0].argmax())
    set_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # scipy's evolution, where nothing changes the answer
        return attack.attack(AttackedText(text), label)


PRAISE = {"good", "great", "wonderful", "excellent", "liked"}
BLAME = {"bad", "terrible", "boring", "awful", "hated"}
REVIEW = "It was a wonderful film with a good story and I liked the old songs in it."


class KeywordModel:
    """Probability of praise = logistic(words of praise - words of blame + a little for each letter)."""

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n, 2], column 1 = positive."""
        positive = np.array([self._positive(text) for text in texts])
        return np.stack([1 - positive, positive], axis=1)

    def _positive(self, text: str) -> float:
        words = [word.strip(".,!?") for word in text.lower().split()]
        score = sum(word in PRAISE for word in words) - sum(word in BLAME for word in words)
        return 1 / (1 + math.exp(-score - len(text) / 1000))  # every edit shows, as in a real model


def keyword_victim() -> Any:
    """Return the model as TextAttack's ModelWrapper; `asked` counts the texts it was given."""
    from textattack.models.wrappers import ModelWrapper

    class Victim(ModelWrapper):
        def __init__(self) -> None:
            self.model = KeywordModel()
            self.asked = 0

        def __call__(self, texts: Sequence[str]) -> NDArray[np.float64]:
            self.asked += len(texts)
            return self.model.predict_proba(texts)

    return Victim()
