"""A2T's idea with parts that run offline: few swaps, each under strict limits."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attacks.composition import calibrated, parts
from attacks.composition.base import Recipe
from attacks.resources.offline import textattack


def build(victim: Any, constants: Mapping[str, Any]) -> Any:
    """Return a2t_yoo_2021.py with our parts, and words ranked by deletion, as it needs no gradient."""
    textattack()
    from textattack import Attack
    from textattack.constraints import pre_transformation as before
    from textattack.goal_functions import UntargetedClassification
    from textattack.search_methods import GreedyWordSwapWIR

    constraints = [
        before.RepeatModification(),
        before.StopwordModification(),
        parts.same_part_of_speech(allow_verb_noun_swap=False),
        before.MaxModificationRate(max_rate=constants["max_rate"], min_threshold=constants["min_words"]),
        parts.word_distance(constants["min_word_cosine"]),
        parts.meaning(constants["min_similarity"], constants["window"]),
    ]
    return Attack(
        UntargetedClassification(victim),
        constraints,
        parts.near_words(constants["max_candidates"]),
        GreedyWordSwapWIR(wir_method="delete"),
    )


_CODE = "TextAttack's a2t_yoo_2021.py"
RECIPE = Recipe(
    name="a2t-style",
    title="A2T-style (MiniLM)",
    description="Replaces at most a tenth of the words, by very near ones that clearly keep the meaning.",
    kind="style",
    source="In the manner of Yoo and Qi 2021, 'Towards Improving Adversarial Training of NLP Models': words "
    "are ranked by deletion instead of gradients, with MiniLM's vectors without opposites, textblob's "
    "tagger, and MiniLM as the encoder",
    build=build,
    constants=MappingProxyType(
        {
            "max_candidates": 20,
            "max_rate": 0.1,
            "min_words": 4,
            "min_word_cosine": calibrated.STRICT_WORD,
            "min_similarity": calibrated.STRICT_MEANING,
            "window": 15,
        }
    ),
    constant_sources=MappingProxyType(
        {
            "max_candidates": _CODE,
            "max_rate": _CODE,
            "min_words": f"{_CODE}: a short review may have this many words changed all the same",
            "min_word_cosine": calibrated.STRICT,
            "min_similarity": f"{calibrated.STRICT}; {calibrated.WARNING}",
            "window": f"stock compares whole reviews; {calibrated.WINDOW}",
        }
    ),
    needs=("wordnet",),
    queries_per_word=1.0,
)
