"""What a new batch attacks and how: checked as a person asks for it, before anything is written."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from attacks.batches import selection
from attacks.engine import quick
from attacks.own.recipes import recipe_named
from attacks.recipes import missing, settled
from attacks.schema import Example
from sentiment_core import data
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import DataError, ResourceMissing, RunError
from sentiment_core.models import ModelCard
from sentiment_core.schema import LABEL_NAMES, Dataset

#: Reviews that are attacked where no number is given.
DEFAULT_LIMIT = 100
#: The name of the data, and the id, of a review typed by hand.
TYPED = "typed"


def parameters(recipe: str, pairs: Sequence[str]) -> dict[str, Any]:
    """Return the parameters that differ from the recipe's defaults, read from NAME=VALUE.

    Raises:
        RecipeError: the recipe or one of the parameters is not known, or a value is of another kind.
    """
    found = recipe_named(recipe)
    given: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise RunError(f"--set {pair!r} is not understood; give NAME=VALUE")
        given[name] = value
    values = settled(found, given)
    return {name: values[name] for name in given if values[name] != found.constants[name]}


def check_recipe(recipe: str, params: Mapping[str, Any], card: ModelCard, *, lighter: bool) -> None:
    """Raise an error where a recipe lacks a resource, or cannot attack this model in this way."""
    lacking = missing(recipe_named(recipe), card.family, params)
    if lacking:
        needs = "; ".join(f"{item.what} ({item.how_to_get})" for item in lacking)
        raise ResourceMissing(f"recipe {recipe!r} needs {needs}")
    if lighter and (why := quick.refusal(card.families, recipe)):
        raise RunError(f"{why}; remove --quick")


def check_limits(limit: int | None, budget: int | None, seconds: float | None) -> None:
    """Raise RunError where a limit is given that lets nothing happen."""
    for flag, value in (("limit", limit), ("budget", budget)):
        if value is not None and value < 1:
            raise RunError(f"--{flag} is {value}; give 1 or more")
    if seconds is not None and not seconds > 0:
        raise RunError(f"--seconds is {seconds}; give more than 0")


def typed(text: str, label: str | None) -> tuple[list[Example], dict[str, Any]]:
    """Return the one review typed by hand, and what the spec says of it."""
    labels = {name: label for label, name in LABEL_NAMES.items()}
    cleaned = data.clean_text(text)
    if not cleaned:
        raise DataError("--text is empty; give a review of one word or more")
    if label is None:
        raise DataError(f"--text needs --label, its true label: {' or '.join(labels)}")
    return [Example(TYPED, cleaned, labels[label])], {"name": TYPED}


def chosen(
    dataset: Dataset,
    asked: str,
    split: str,
    selected: selection.Selection,
    progress: Progress = no_progress,
) -> tuple[list[Example], dict[str, Any]]:
    """Return the selected reviews of a data set, and what the spec says of them; the data set is stored."""
    data.store(dataset)
    rows = selection.select(dataset, split, selected, progress=progress)
    examples = [
        Example(str(example_id), str(text), int(label))
        for example_id, text, label in zip(rows["example_id"], rows["text"], rows["label"], strict=True)
    ]
    return examples, {
        "name": dataset.name,
        "asked": asked,
        "fingerprint": dataset.fingerprint,
        "split": split,
        "selection": dataclasses.asdict(selected),
    }
