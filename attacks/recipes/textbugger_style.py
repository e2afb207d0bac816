"""TextBugger's idea with parts that run offline: five kinds of bugs, under a limit on the meaning."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attacks.composition import calibrated, parts
from attacks.composition.base import Recipe
from attacks.resources.offline import textattack


def build(victim: Any, constants: Mapping[str, Any]) -> Any:
    """Return textbugger_li_2018.py with our homoglyphs, MiniLM's vectors, and MiniLM as the encoder."""
    textattack()
    from textattack import Attack
    from textattack.constraints.pre_transformation import RepeatModification, StopwordModification
    from textattack.goal_functions import UntargetedClassification
    from textattack.search_methods import GreedyWordSwapWIR

    return Attack(
        UntargetedClassification(victim),
        [
            RepeatModification(),
            StopwordModification(),
            parts.meaning(constants["min_similarity"], constants["window"]),
        ],
        _bugs(constants),
        GreedyWordSwapWIR(wir_method="delete"),
    )


def _bugs(constants: Mapping[str, Any]) -> Any:
    from textattack import transformations as swaps

    inside = {"random_one": True, "skip_first_char": True, "skip_last_char": True}
    return swaps.CompositeTransformation(
        [
            swaps.WordSwapRandomCharacterInsertion(letters_to_insert=" ", **inside),
            swaps.WordSwapRandomCharacterDeletion(**inside),
            swaps.WordSwapNeighboringCharacterSwap(**inside),
            parts.homoglyph_swap(),
            parts.near_words(constants["max_candidates"], constants["min_word_cosine"]),
        ]
    )


RECIPE = Recipe(
    name="textbugger-style",
    title="TextBugger-style (MiniLM)",
    description="Splits, misspells or replaces the words that matter most, while the meaning seems kept.",
    kind="style",
    source="In the manner of Li et al. 2019, 'TextBugger': our homoglyphs, MiniLM's word vectors without "
    "opposites, and MiniLM for the Universal Sentence Encoder",
    build=build,
    constants=MappingProxyType(
        {
            "max_candidates": 5,
            "min_word_cosine": calibrated.NORMAL_WORD,
            "min_similarity": calibrated.TYPO_MEANING,
            "window": 15,
        }
    ),
    constant_sources=MappingProxyType(
        {
            "max_candidates": "TextAttack's textbugger_li_2018.py, after the paper's top 5",
            "min_word_cosine": f"ours, stock has none; {calibrated.NORMAL}",
            "min_similarity": f"{calibrated.TYPO}; {calibrated.WARNING}",
            "window": f"stock compares whole reviews; {calibrated.WINDOW}",
        }
    ),
    needs=("wordnet",),
    queries_per_word=1.7,
)
