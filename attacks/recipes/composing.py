"""Recipes that a user composes from named parts, one file each."""

from __future__ import annotations

from attacks.recipes.base import Recipe


def own_recipes() -> dict[str, Recipe]:
    """Return the user's recipes by name."""
    return {}
