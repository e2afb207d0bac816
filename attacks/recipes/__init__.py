"""The attacks that are known: one file each; a new one is a file and a line."""

from __future__ import annotations

from attacks.recipes import (
    a2t_style,
    bad_characters,
    deepwordbug,
    iga_style,
    input_reduction,
    leap,
    originals,
    pruthi,
    pso_style,
    pwws,
    random_edits,
    textbugger_style,
    textfooler_style,
)
from attacks.recipes.base import Recipe, RecipeError
from attacks.recipes.settings import Missing, configuration, missing, settled

__all__ = [
    "RECIPES",
    "Missing",
    "Recipe",
    "RecipeError",
    "configuration",
    "missing",
    "recipe_named",
    "settled",
]

_ALL = (
    deepwordbug.RECIPE,
    pwws.RECIPE,
    pruthi.RECIPE,
    textfooler_style.RECIPE,
    textbugger_style.RECIPE,
    a2t_style.RECIPE,
    bad_characters.RECIPE,
    input_reduction.RECIPE,
    leap.RECIPE,
    pso_style.RECIPE,
    iga_style.RECIPE,
    random_edits.RECIPE,
    *originals.ORIGINALS,
)
RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in _ALL}


def recipe_named(name: str) -> Recipe:
    """Return a recipe of RECIPES, or one composed by a user.

    Raises:
        RecipeError: nothing is called so, or the user's file is wrong.
    """
    from attacks.recipes import composing  # its parts' recipes are built from this package's

    if name in RECIPES:
        return RECIPES[name]
    own = composing.own_recipe(name)
    if own is not None:
        return own
    known = ", ".join([*RECIPES, *composing.own_recipes()])
    raise RecipeError(f"recipe '{name}' is not known; known: {known}")
