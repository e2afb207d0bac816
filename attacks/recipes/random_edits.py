"""The baseline: another recipe's edits without its search, so that every attack is seen against chance."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from attacks.composition.base import Recipe
from attacks.recipes import (
    a2t_style,
    deepwordbug,
    pruthi,
    pwws,
    textbugger_style,
    textfooler_style,
)
from attacks.resources.offline import textattack

#: Recipes that edit one word at a time.
_LIKE = {
    recipe.name: recipe
    for recipe in (
        deepwordbug.RECIPE,
        pwws.RECIPE,
        pruthi.RECIPE,
        textfooler_style.RECIPE,
        textbugger_style.RECIPE,
        a2t_style.RECIPE,
    )
}


def build(victim: Any, constants: Mapping[str, Any]) -> Any:
    """Return the recipe `like`, with random words and a random edit for each in the place of its search."""
    textattack()
    from textattack import Attack
    from textattack.constraints.overlap import MaxWordsPerturbed

    recipe = _LIKE[constants["like"]]
    model = recipe.build(victim, recipe.constants)
    kept = [part for part in model.constraints if not isinstance(part, MaxWordsPerturbed)]
    return Attack(
        model.goal_function,
        [*model.pre_transformation_constraints, *kept],
        model.transformation,
        search(constants["max_share"]),
    )


def search(max_share: float) -> Any:
    """Return the search that is none: random words, a random candidate for each, until the label flips."""
    return _search_class()(max_share)


@cache
def _search_class() -> type:
    textattack()
    from textattack.goal_function_results import GoalFunctionResultStatus
    from textattack.search_methods import SearchMethod

    class RandomEdits(SearchMethod):
        """Change words in a random order, each by a random candidate, until the label flips."""

        is_black_box = True

        def __init__(self, max_share: float) -> None:
            self.max_share = max_share

        def perform_search(self, initial_result: Any) -> Any:
            original = initial_result.attacked_text
            left = math.ceil(self.max_share * len(original.words))
            _, indices = self.get_indices_to_order(original)
            current, over = initial_result, False
            for index in random.sample(indices, len(indices)):
                if over or left <= 0 or current.goal_status == GoalFunctionResultStatus.SUCCEEDED:
                    break
                candidates = self.get_transformations(
                    current.attacked_text, original_text=original, indices_to_modify=[index]
                )
                if candidates:
                    results, over = self.get_goal_results([random.choice(candidates)])
                    current = results[0] if results else current
                    left -= 1
            return current

        def extra_repr_keys(self) -> list[str]:
            return ["max_share"]

    return RandomEdits


RECIPE = Recipe(
    name="random",
    title="Random edits",
    description="Makes another recipe's edits on random words without looking for the best: the baseline.",
    kind="baseline",
    source="ours",
    build=build,
    constants=MappingProxyType({"like": "deepwordbug", "max_share": 0.15}),
    constant_sources=MappingProxyType(
        {
            "like": "ours: whose edits are made, and under whose constraints (except a limit on words)",
            "max_share": "ours: a little more than deepwordbug changes, 6 % of the words on average, 13 % at "
            "most (10 reviews of imdb-embedded, tfidf)",
        }
    ),
    choices=MappingProxyType({"like": tuple(_LIKE)}),
    needs_with=lambda constants: _LIKE[constants["like"]].needs,
    queries_per_word=0.15,
)
