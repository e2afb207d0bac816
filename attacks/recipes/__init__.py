"""The attacks that are known: one file each; a new one is a file and a line."""

from __future__ import annotations

from attacks.recipes import deepwordbug
from attacks.recipes.base import Recipe

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (deepwordbug.RECIPE,)}
