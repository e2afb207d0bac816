"""The registry of attack recipes; to add one, add a file with its `RECIPE` and a line here."""

from __future__ import annotations

from attacks.composition.base import Recipe, RecipeError
from attacks.composition.settings import Missing, configuration, missing, settled
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

__all__ = [
    "RECIPES",
    "Missing",
    "Recipe",
    "RecipeError",
    "configuration",
    "missing",
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
