"""Pruthi: one or two typing errors inside words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attacks.composition.base import Recipe
from attacks.resources.offline import textattack


def build(victim: Any, constants: Mapping[str, Any]) -> Any:
    """Return TextAttack's own recipe, with the words that `constants` allow to be changed."""
    textattack()
    from textattack.attack_recipes import Pruthi2019
    from textattack.constraints.pre_transformation import MinWordLength

    attack = Pruthi2019.build(victim, max_num_word_swaps=constants["max_num_word_swaps"])
    for constraint in attack.pre_transformation_constraints:
        if isinstance(constraint, MinWordLength):
            constraint.min_length = constants["min_word_length"]
    return attack


RECIPE = Recipe(
    name="pruthi",
    title="Pruthi",
    description="Tries every typing error inside every longer word and keeps the one that hurts most.",
    kind="stock",
    source="Pruthi et al. 2019, 'Combating Adversarial Misspellings with Robust Word Recognition'; "
    "TextAttack 0.3.11",
    build=build,
    constants=MappingProxyType({"max_num_word_swaps": 1, "min_word_length": 4}),
    constant_sources=MappingProxyType(
        {
            "max_num_word_swaps": "TextAttack's pruthi_2019.py; the paper looks at 1 and 2",
            "min_word_length": "TextAttack's pruthi_2019.py: only words of four letters or more",
        }
    ),
    queries_per_word=15.0,
)
