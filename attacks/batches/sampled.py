"""A sample of a split under one attack: started once, resumed wherever it stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attacks.batches import runs
from attacks.batches.selection import Selection, select
from attacks.own.recipes import recipe_named
from attacks.recipes import missing, settled
from attacks.schema import AttackSpec, Example
from sentiment_core import models
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import ResourceMissing
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset


def attack(
    model: str,
    recipe: str,
    dataset: Dataset,
    split: str,
    n: int,
    *,
    seed: int = 0,
    query_budget: int | None = None,
    started: Callable[[str], None] = lambda run_id: None,
    workers: int = 0,
    cluster: str | None = None,
    progress: Progress = no_progress,
) -> str:
    """Attack n reviews of a split, drawn by seed, and return the run's id.

    A run of exactly this is resumed. `started` is called with the run's id before the first review.
    """
    run_id = batch(model, recipe, dataset, split, n, seed=seed, query_budget=query_budget)
    started(run_id)
    return runs.resume(run_id, workers=workers, cluster=cluster, progress=progress)


def batch(
    model: str,
    recipe: str,
    dataset: Dataset,
    split: str,
    n: int,
    *,
    seed: int = 0,
    query_budget: int | None = None,
) -> str:
    """Return the id of the run of exactly this, to be resumed; where there is none, it is started."""
    card = models.resolve(model)
    check_recipe(recipe, card)
    chosen = examples(dataset, split, n, seed)
    spec = _spec(card, recipe, dataset, split, chosen, seed, query_budget)
    known = _known(spec)
    return known.run_id if known else runs.start(spec, chosen).name


def attacked(
    card: ModelCard,
    recipe: str,
    dataset: Dataset,
    split: str,
    n: int,
    *,
    seed: int = 0,
    query_budget: int | None = None,
) -> runs.AttackRun | None:
    """Return the finished run that `attack` would find, or None where it has something to do."""
    chosen = examples(dataset, split, n, seed)
    found = _known(_spec(card, recipe, dataset, split, chosen, seed, query_budget))
    return found if found is not None and found.finished else None


def examples(dataset: Dataset, split: str, n: int, seed: int) -> list[Example]:
    """Return n reviews of a split, drawn by seed; a larger n only adds some."""
    rows = select(dataset, split, Selection(n=n, seed=seed))
    return [
        Example(str(example_id), str(text), int(label))
        for example_id, text, label in zip(rows["example_id"], rows["text"], rows["label"], strict=True)
    ]


def check_recipe(recipe: str, card: ModelCard) -> None:
    """Raise ResourceMissing where the recipe lacks something, or is not offered for the model."""
    found = recipe_named(recipe)
    any_family = settled(found, {}).get("any_family", False)
    lacking = missing(found, None if any_family else card.family)
    if lacking:
        needs = "; ".join(f"{item.what} ({item.how_to_get})" for item in lacking)
        raise ResourceMissing(f"recipe {recipe!r} needs {needs}")


def source(dataset: Dataset, split: str) -> dict[str, Any]:
    """Return which reviews, as a run's spec names them."""
    return {"name": dataset.name, "fingerprint": dataset.fingerprint, "split": split}


def _spec(
    card: ModelCard,
    recipe: str,
    dataset: Dataset,
    split: str,
    chosen: Sequence[Example],
    seed: int,
    query_budget: int | None,
) -> AttackSpec:
    return AttackSpec(
        model_id=card.model_id,
        recipe=recipe,
        data=source(dataset, split),
        example_ids=tuple(example.example_id for example in chosen),
        seed=seed,
        query_budget=query_budget,
    )


def _known(spec: AttackSpec) -> runs.AttackRun | None:
    """Return the newest run of exactly this, finished or not."""
    found = (run for run in runs.list_attacks(spec.model_id, spec.recipe) if _same(run.spec, spec))
    return next(found, None)


def _same(one: AttackSpec, other: AttackSpec) -> bool:
    """Whether two specs give the same records."""
    names = ("model_id", "recipe", "params", "example_ids", "seed", "query_budget", "seconds", "quick")
    of_data = ("fingerprint", "split")
    return all(getattr(one, name) == getattr(other, name) for name in names) and all(
        one.data.get(name) == other.data.get(name) for name in of_data
    )
