"""LEAP: a swarm that searches combinations of WordNet synonyms."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attacks.composition import parts
from attacks.composition.base import LINEAR_FAMILIES, Recipe
from attacks.resources.offline import textattack


def build(victim: Any, constants: Mapping[str, Any]) -> Any:
    """Return TextAttack's leap_2023.py part by part, without its download."""
    textattack()
    from textattack import Attack
    from textattack.constraints.pre_transformation import MaxModificationRate, StopwordModification
    from textattack.goal_functions import UntargetedClassification
    from textattack.search_methods import ParticleSwarmOptimizationLEAP

    search = ParticleSwarmOptimizationLEAP(
        pop_size=constants["pop_size"],
        max_iters=constants["max_iters"],
        post_turn_check=True,
        max_turn_retries=constants["max_turn_retries"],
    )
    return Attack(
        UntargetedClassification(victim),
        [MaxModificationRate(max_rate=constants["max_rate"]), StopwordModification()],
        parts.wordnet_swap(),
        parts.for_texts_with_words(search),
    )


_CODE = "TextAttack's leap_2023.py"
RECIPE = Recipe(
    name="leap",
    title="LEAP",
    description="Moves a swarm of candidate texts with WordNet synonyms toward the model's mistakes.",
    kind="stock",
    source="Xiao et al. 2023, 'LEAP: Efficient and Automated Test Method for NLP Software'; "
    "TextAttack 0.3.11",
    build=build,
    constants=MappingProxyType(
        {"max_rate": 0.16, "pop_size": 60, "max_iters": 20, "max_turn_retries": 20, "any_family": False}
    ),
    constant_sources=MappingProxyType(
        {
            "max_rate": f"{_CODE}: the paper's value for AG News, kept for reviews",
            "pop_size": _CODE,
            "max_iters": _CODE,
            "max_turn_retries": _CODE,
            "any_family": "ours: its thousands of queries a review take hours on a transformer",
        }
    ),
    needs=("wordnet",),
    families=LINEAR_FAMILIES,
    queries_per_word=900.0,
)
