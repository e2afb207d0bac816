"""A recipe's substitutions as what a model is trained against: the worst of them, not those of an attack."""

from __future__ import annotations

from attacks.hardening.augmentation import candidates_of
from attacks.resources.stopwords import STOPWORDS
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Substitutions
from sentiment_core.errors import DataError, ModelError
from sentiment_core.models import ModelCard
from sentiment_core.training.against import Against


def check(card: ModelCard, recipe: str, k: int) -> None:
    """Raise an error where a model cannot be trained against a recipe's worst k substitutions.

    Raises:
        DataError: k lets nothing happen.
        ModelError: the model's family cannot be trained so.
        RecipeError: the recipe does more than replace single words.
        ResourceMissing: it needs something that is not here.
    """
    if k < 1:
        raise DataError(f"--worst-case is {k}; give 1 or more substitutions")
    if FAMILIES[card.family].fit_against is None:
        able = ", ".join(name for name, family in FAMILIES.items() if family.fit_against)
        raise ModelError(
            f"{card.short_name} is of family {card.family}; trained against substitutions: {able}"
        )
    candidates_of(recipe)


def against(recipe: str, k: int) -> Against:
    """Return a recipe's candidates of each word; words that recipes leave as they are have none."""
    written = candidates_of(recipe)

    def candidates(word: str) -> list[str]:
        return [] if word in STOPWORDS or not word.isalpha() else list(written(word))

    return Against(Substitutions(candidates, k), {"recipe": recipe, "k": k})
