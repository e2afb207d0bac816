"""PWWS: synonyms from WordNet for the words that matter most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attacks.composition import parts
from attacks.composition.base import Recipe
from attacks.resources.offline import textattack


def build(victim: Any, constants: Mapping[str, Any]) -> Any:
    """Return TextAttack's pwws_ren_2019.py part by part, without its download."""
    textattack()
    from textattack import Attack
    from textattack.constraints.pre_transformation import RepeatModification, StopwordModification
    from textattack.goal_functions import UntargetedClassification
    from textattack.search_methods import GreedyWordSwapWIR

    return Attack(
        UntargetedClassification(victim),
        [RepeatModification(), StopwordModification()],
        parts.wordnet_swap(),
        GreedyWordSwapWIR("weighted-saliency"),
    )


RECIPE = Recipe(
    name="pwws",
    title="PWWS",
    description="Replaces words by WordNet synonyms, first where a word matters and a synonym hurts most.",
    kind="stock",
    source="Ren et al. 2019, 'Generating Natural Language Adversarial Examples through Probability Weighted "
    "Word Saliency'; TextAttack 0.3.11, which leaves out the paper's swap of named entities",
    build=build,
    needs=("wordnet",),
    queries_per_word=6.3,
)
