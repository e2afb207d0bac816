"""DeepWordBug: small misspellings in the words that matter most."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attacks.composition.base import Recipe
from attacks.resources.offline import textattack


def build(victim: Any, constants: Mapping[str, Any]) -> Any:
    """Return TextAttack's own recipe, with the number of edits that `constants` allow."""
    textattack()
    from textattack.attack_recipes import DeepWordBugGao2018
    from textattack.constraints.overlap import LevenshteinEditDistance

    attack = DeepWordBugGao2018.build(victim)
    for constraint in attack.constraints:
        if isinstance(constraint, LevenshteinEditDistance):
            constraint.max_edit_distance = constants["max_edit_distance"]
    return attack


RECIPE = Recipe(
    name="deepwordbug",
    title="DeepWordBug",
    description="Swaps, replaces, deletes or inserts a letter in the words that matter most to the model.",
    kind="stock",
    source="Gao et al. 2018, 'Black-box Generation of Adversarial Text Sequences'; TextAttack 0.3.11",
    build=build,
    constants=MappingProxyType({"max_edit_distance": 30}),
    constant_sources=MappingProxyType(
        {"max_edit_distance": "TextAttack's deepwordbug_gao_2018.py, after the paper's section IV"}
    ),
    queries_per_word=1.0,
)
