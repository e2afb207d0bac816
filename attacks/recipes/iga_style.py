"""The improved genetic algorithm with near words of MiniLM in the place of counter-fitted ones."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attacks.composition import calibrated, parts
from attacks.composition.base import LINEAR_FAMILIES, Recipe
from attacks.resources.offline import textattack


def build(victim: Any, constants: Mapping[str, Any]) -> Any:
    """Return iga_wang_2019.py with MiniLM's vectors without opposites."""
    textattack()
    from textattack import Attack
    from textattack.constraints.overlap import MaxWordsPerturbed
    from textattack.constraints.pre_transformation import StopwordModification
    from textattack.goal_functions import UntargetedClassification
    from textattack.search_methods import ImprovedGeneticAlgorithm

    search = ImprovedGeneticAlgorithm(
        pop_size=constants["pop_size"],
        max_iters=constants["max_iters"],
        max_replace_times_per_index=constants["max_replacements"],
        post_crossover_check=False,
    )
    return Attack(
        UntargetedClassification(victim),
        [
            StopwordModification(),
            MaxWordsPerturbed(max_percent=constants["max_share"]),
            parts.word_distance(constants["min_word_cosine"]),
        ],
        parts.near_words(constants["max_candidates"]),
        parts.for_texts_with_words(search),
    )


_CODE = "TextAttack's iga_wang_2019.py"
RECIPE = Recipe(
    name="iga-style",
    title="IGA-style (MiniLM)",
    description="Breeds texts with near words over generations, keeping those that mislead the model most.",
    kind="style",
    source="In the manner of Wang et al. 2019, 'Natural Language Adversarial Attacks and Defenses in Word "
    "Level': MiniLM's word vectors without opposites for the counter-fitted ones",
    build=build,
    constants=MappingProxyType(
        {
            "max_candidates": 50,
            "max_share": 0.2,
            "min_word_cosine": calibrated.NORMAL_WORD,
            "pop_size": 60,
            "max_iters": 20,
            "max_replacements": 5,
            "any_family": False,
        }
    ),
    constant_sources=MappingProxyType(
        {
            "max_candidates": f"{_CODE}: N = unrestricted (50)",
            "max_share": _CODE,
            "min_word_cosine": f"{calibrated.NORMAL}; always against the original word, unlike stock",
            "pop_size": f"{_CODE}: S = 60",
            "max_iters": f"{_CODE}: M = 20",
            "max_replacements": f"{_CODE}: lambda = 5",
            "any_family": "ours: its thousands of queries a review take hours on a transformer",
        }
    ),
    needs=("wordnet",),
    families=LINEAR_FAMILIES,
    queries_per_word=200.0,
)
