"""The attacks that are known: one file each; a new one is a file and a line."""

from __future__ import annotations

from attacks.recipes import deepwordbug
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

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (deepwordbug.RECIPE,)}


def recipe_named(name: str) -> Recipe:
    """Return a recipe of RECIPES, or one composed by a user.

    Raises:
        RecipeError: nothing is called so, or the user's file is wrong.
    """
    from attacks.recipes import composing  # its parts' recipes are built from this package's

    if name in RECIPES:
        return RECIPES[name]
    own = composing.own_recipes()
    if name in own:
        return own[name]
    raise RecipeError(f"recipe '{name}' is not known; known: {', '.join([*RECIPES, *own])}")
