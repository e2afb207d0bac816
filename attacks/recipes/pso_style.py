"""Particle swarm optimisation with WordNet's synonyms in the place of HowNet's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attacks.composition import parts
from attacks.composition.base import LINEAR_FAMILIES, Recipe
from attacks.resources.offline import textattack


def build(victim: Any, constants: Mapping[str, Any]) -> Any:
    """Return pso_zang_2020.py with WordNet's synonyms of the same part of speech."""
    textattack()
    from textattack import Attack
    from textattack.constraints.pre_transformation import RepeatModification, StopwordModification
    from textattack.goal_functions import UntargetedClassification
    from textattack.search_methods import ParticleSwarmOptimization

    search = ParticleSwarmOptimization(pop_size=constants["pop_size"], max_iters=constants["max_iters"])
    return Attack(
        UntargetedClassification(victim),
        [
            RepeatModification(),
            StopwordModification(),
            parts.same_part_of_speech(allow_verb_noun_swap=False),
        ],
        parts.wordnet_swap(),
        parts.for_texts_with_words(search),
    )


_CODE = "TextAttack's pso_zang_2020.py"
RECIPE = Recipe(
    name="pso-style",
    title="PSO-style (WordNet)",
    description="Moves a swarm of texts with synonyms of the same part of speech toward mistakes.",
    kind="style",
    source="In the manner of Zang et al. 2020, 'Word-level Textual Adversarial Attacking as Combinatorial "
    "Optimization': WordNet for HowNet, textblob's tagger for flair's",
    build=build,
    constants=MappingProxyType({"pop_size": 60, "max_iters": 20, "any_family": False}),
    constant_sources=MappingProxyType(
        {
            "pop_size": _CODE,
            "max_iters": f"{_CODE}, after the paper's G = 20",
            "any_family": "ours: its thousands of queries a review take hours on a transformer",
        }
    ),
    needs=("wordnet",),
    families=LINEAR_FAMILIES,
    queries_per_word=350.0,
)
