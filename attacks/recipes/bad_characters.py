"""Bad Characters: changes that a reader cannot see."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attacks.composition import parts
from attacks.composition.base import Recipe
from attacks.resources.offline import textattack

PERTURBATIONS = ("homoglyphs", "invisible", "deletions", "reorderings")


def build(victim: Any, constants: Mapping[str, Any]) -> Any:
    """Return TextAttack's bad_characters_2021.py part by part, untargeted.

    The stock recipe aims at a class that is chosen beforehand. With two classes, to leave the right one is
    to reach the other, with the same scores; so each review's own label decides.
    """
    textattack()
    from textattack import Attack
    from textattack.goal_functions import UntargetedClassification

    search = parts.differential_evolution(
        constants["popsize"], constants["maxiter"], max_perturbs=constants["perturbs"]
    )
    return Attack(UntargetedClassification(victim), [], _transformation(constants["perturbation"]), search)


def _transformation(perturbation: str) -> Any:
    from textattack import transformations

    kinds = {
        "homoglyphs": parts.homoglyph_swap,
        "invisible": transformations.WordSwapInvisibleCharacters,
        "deletions": transformations.WordSwapDeletions,
        "reorderings": transformations.WordSwapReorderings,
    }
    return kinds[perturbation]()


_CODE = "TextAttack's bad_characters_2021.py"
RECIPE = Recipe(
    name="bad-characters",
    title="Bad Characters",
    description="Hides look-alike letters, invisible characters or control characters in the text.",
    kind="stock",
    source="Boucher et al. 2022, 'Bad Characters: Imperceptible NLP Attacks'; TextAttack 0.3.11, with our "
    "homoglyphs in the place of a file that its package lacks",
    build=build,
    constants=MappingProxyType({"perturbation": "homoglyphs", "perturbs": 1, "popsize": 32, "maxiter": 10}),
    constant_sources=MappingProxyType(
        {
            "perturbation": f"{_CODE}: homoglyphs unless asked otherwise; the table is attacks/homoglyphs.py",
            "perturbs": f"{_CODE}; the paper goes up to 5",
            "popsize": f"{_CODE}, which calls 32 typical",
            "maxiter": f"{_CODE}, which calls 10 typical",
        }
    ),
    choices=MappingProxyType({"perturbation": PERTURBATIONS}),
    queries_per_word=3.6,
)
