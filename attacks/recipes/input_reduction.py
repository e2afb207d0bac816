"""Input reduction: how few words leave the answer as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attacks.composition.base import Recipe
from attacks.resources.offline import textattack


def build(victim: Any, constants: Mapping[str, Any]) -> Any:
    """Return TextAttack's own recipe."""
    textattack()
    from textattack.attack_recipes import InputReductionFeng2018

    attack = InputReductionFeng2018.build(victim)
    goal, score = attack.goal_function, attack.goal_function._get_score
    # Stock divides by the words of the review, of which "!!!" has none.
    goal._get_score = lambda *args: score(*args) if goal.initial_attacked_text.num_words else 0.0
    return attack


RECIPE = Recipe(
    name="input-reduction",
    title="Input reduction",
    description="Deletes the words that matter least for as long as the model's answer stays the same.",
    kind="stock",
    source="Feng et al. 2018, 'Pathologies of Neural Models Make Interpretations Difficult'; "
    "TextAttack 0.3.11",
    build=build,
    queries_per_word=1.6,
)
