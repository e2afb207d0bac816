"""What a robustness table is asked for: models, recipes, reviews and limits, and the cells that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from attacks.own.recipes import recipe_named
from attacks.recipes import RECIPES, missing
from sentiment_core import models
from sentiment_core.errors import ResourceMissing, RunError

#: Every recipe that runs here.
ALL = "all"
LIMIT = 500


class Cell(NamedTuple):
    """One model under one recipe, on so many of the table's reviews."""

    model_id: str
    recipe: str
    n: int

    @property
    def step(self) -> str:
        """Return the name under which the table's run keeps which batch this is."""
        return f"{self.recipe} {self.model_id}"


class LeftOut(NamedTuple):
    """A recipe that is not offered for a model, and why."""

    model_id: str
    recipe: str
    why: str


@dataclass(frozen=True)
class TableSpec:
    """Everything that decides a table.

    Attributes:
        models: ids.
        recipes: names.
        data: name and fingerprint of the data set.
        limit: reviews of the split, drawn by `seed`; a smaller number is a part of a larger one.
        network_limit: how many of these for models that ask a neural network; None: all.
        query_budget: most queries per review, as TextAttack counts them; None: no limit.
    """

    models: tuple[str, ...]
    recipes: tuple[str, ...]
    data: dict[str, Any] = field(default_factory=dict)
    split: str = "test"
    limit: int = LIMIT
    network_limit: int | None = None
    query_budget: int | None = None
    seed: int = 0


def cells(spec: TableSpec) -> list[Cell]:
    """Return what is attacked, the cheap first: models without a network, then recipes by their queries."""
    offered = [
        (card, recipe)
        for card in map(models.resolve, spec.models)
        for recipe in spec.recipes
        if not missing(recipe_named(recipe), card.family)
    ]
    offered.sort(key=lambda pair: (pair[0].asks_a_network, recipe_named(pair[1]).queries_per_word))
    return [Cell(card.model_id, recipe, _reviews(spec, card)) for card, recipe in offered]


def left_out(spec: TableSpec) -> list[LeftOut]:
    """Return the pairs that have no cell, with the reason."""
    pairs = ((card, recipe) for card in map(models.resolve, spec.models) for recipe in spec.recipes)
    found = ((card, recipe, missing(recipe_named(recipe), card.family)) for card, recipe in pairs)
    return [
        LeftOut(card.model_id, recipe, f"needs {'; '.join(item.what for item in lacking)}")
        for card, recipe, lacking in found
        if lacking
    ]


def recipes_named(names: Sequence[str]) -> tuple[str, ...]:
    """Return the recipes asked for, each once; `all` is every one that runs here.

    Raises:
        RecipeError: a recipe is not known.
        ResourceMissing: a recipe that is named lacks something here.
    """
    found: list[str] = []
    for name in names:
        if name == ALL:
            found += [recipe.name for recipe in RECIPES.values() if not missing(recipe)]
            continue
        lacking = missing(recipe_named(name))
        if lacking:
            needs = "; ".join(f"{item.what} ({item.how_to_get})" for item in lacking)
            raise ResourceMissing(f"recipe {name!r} needs {needs}")
        found.append(name)
    return tuple(dict.fromkeys(found))


def check(spec: TableSpec) -> None:
    """Raise RunError where a table has nothing to attack."""
    for name in ("limit", "network_limit", "query_budget"):
        value = getattr(spec, name)
        if value is not None and value < 1:
            flag = {"query_budget": "budget"}.get(name, name.replace("_", "-"))
            raise RunError(f"--{flag} is {value}; give 1 or more")
    if not cells(spec):
        reasons = "; ".join(f"{item.recipe} {item.why}" for item in left_out(spec)) or "nothing is named"
        raise RunError(f"no model can be attacked with any of these recipes: {reasons}")


def _reviews(spec: TableSpec, card: models.ModelCard) -> int:
    if card.asks_a_network and spec.network_limit is not None:
        return min(spec.limit, spec.network_limit)
    return spec.limit
