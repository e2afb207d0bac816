"""TextFooler's idea with parts that run offline: near words, same part of speech, same meaning."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attacks.composition import calibrated, parts
from attacks.composition.base import Recipe
from attacks.resources.offline import textattack


def build(victim: Any, constants: Mapping[str, Any]) -> Any:
    """Return textfooler_jin_2019.py with MiniLM's vectors, our tagger, and MiniLM as the encoder."""
    textattack()
    from textattack import Attack
    from textattack.constraints.pre_transformation import RepeatModification, StopwordModification
    from textattack.goal_functions import UntargetedClassification
    from textattack.search_methods import GreedyWordSwapWIR

    constraints = [
        RepeatModification(),
        StopwordModification(),
        parts.word_distance(constants["min_word_cosine"]),
        parts.same_part_of_speech(allow_verb_noun_swap=True),
        parts.meaning(constants["min_similarity"], constants["window"]),
    ]
    return Attack(
        UntargetedClassification(victim),
        constraints,
        parts.near_words(constants["max_candidates"]),
        GreedyWordSwapWIR(wir_method="delete"),
    )


RECIPE = Recipe(
    name="textfooler-style",
    title="TextFooler-style (MiniLM)",
    description="Replaces words by near ones of the same part of speech that seem to keep the meaning.",
    kind="style",
    source="In the manner of Jin et al. 2020, 'Is BERT Really Robust?': MiniLM's word vectors without "
    "opposites for the counter-fitted ones, textblob's tagger for NLTK's, MiniLM for the Universal Sentence "
    "Encoder",
    build=build,
    constants=MappingProxyType(
        {
            "max_candidates": 50,
            "min_word_cosine": calibrated.NORMAL_WORD,
            "min_similarity": calibrated.NORMAL_MEANING,
            "window": 15,
        }
    ),
    constant_sources=MappingProxyType(
        {
            "max_candidates": "TextAttack's textfooler_jin_2019.py",
            "min_word_cosine": calibrated.NORMAL,
            "min_similarity": f"{calibrated.NORMAL}; {calibrated.WARNING}",
            "window": calibrated.WINDOW,
        }
    ),
    needs=("wordnet",),
    queries_per_word=1.3,
)
