"""What a person asks of `run`, checked before anything is written: a spec and the reviews."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from typing import Any

from attacks.batches import runs, selection
from attacks.engine import quick
from attacks.own.recipes import recipe_named
from attacks.recipes import missing, settled
from attacks.schema import AttackSpec, Example
from sentiment_core import data, models
from sentiment_core.errors import DataError, ResourceMissing, RunError
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.models import ModelCard
from sentiment_core.schema import LABEL_NAMES

#: Reviews that are attacked where no number is given.
DEFAULT_LIMIT = 100
#: The name of the data and the id of a review typed by hand.
TYPED = "typed"


def begun(args: argparse.Namespace) -> str:
    """Begin a new run and return its id."""
    if not (args.model and args.recipe and (args.data or args.text is not None)):
        raise RunError("run needs --model, --recipe, and --data or --text; or --resume RUN")
    card = models.resolve(args.model)
    params = parameters(args.recipe, args.set or [])
    _check_recipe(args.recipe, params, card)
    if args.quick and (why := quick.refusal(card.family, args.recipe)):
        raise RunError(f"{why}; leave --quick away")
    _check_limits(args)
    examples, source = _typed(args) if args.text is not None else _from_data(args)
    spec = AttackSpec(
        model_id=card.model_id,
        recipe=args.recipe,
        params=params,
        data=source,
        seed=args.seed or 0,
        query_budget=args.budget,
        seconds=args.seconds,
        quick=bool(args.quick),
    )
    return runs.start_run(spec, examples).name


def parameters(recipe: str, pairs: Sequence[str]) -> dict[str, Any]:
    """Return the parameters that differ from the recipe's defaults, read from NAME=VALUE.

    Raises:
        RecipeError: the recipe, or a parameter of it, is not known, or a value is of another kind.
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


def _check_recipe(recipe: str, params: dict[str, Any], card: ModelCard) -> None:
    """Raise ResourceMissing where the recipe lacks something, or is not offered for the model."""
    lacking = missing(recipe_named(recipe), card.family, params)
    if lacking:
        needs = "; ".join(f"{item.what} ({item.how_to_get})" for item in lacking)
        raise ResourceMissing(f"recipe {recipe!r} needs {needs}")


def _check_limits(args: argparse.Namespace) -> None:
    for flag in ("limit", "budget"):
        value = getattr(args, flag)
        if value is not None and value < 1:
            raise RunError(f"--{flag} is {value}; give 1 or more")
    if args.seconds is not None and not args.seconds > 0:
        raise RunError(f"--seconds is {args.seconds}; give more than 0")


def _typed(args: argparse.Namespace) -> tuple[list[Example], dict[str, Any]]:
    """Return the one review typed by hand."""
    labels = {name: label for label, name in LABEL_NAMES.items()}
    text = data.clean_text(args.text)
    if args.data or args.select:
        raise RunError("--text is one review of its own; leave --data and --select away")
    if not text:
        raise DataError("--text is empty; give a review of one word or more")
    if args.label is None:
        raise DataError(f"--text needs --label, what it truly is: {' or '.join(labels)}")
    return [Example(TYPED, text, labels[args.label])], {"name": TYPED}


def _from_data(args: argparse.Namespace) -> tuple[list[Example], dict[str, Any]]:
    """Return the chosen reviews of a data set, and which they are."""
    chosen = selection.parsed(
        args.select or [], n=args.limit or DEFAULT_LIMIT, seed=args.seed or 0, model=args.model
    )
    split = args.split or "test"
    dataset = data.load(args.data, text_column=args.text_column, label_column=args.label_column)
    data.store(dataset)
    rows = selection.select(dataset, split, chosen, progress=job_progress())
    examples = [
        Example(str(example_id), str(text), int(label))
        for example_id, text, label in zip(rows["example_id"], rows["text"], rows["label"], strict=True)
    ]
    return examples, {
        "name": dataset.name,
        "asked": args.data,
        "fingerprint": dataset.fingerprint,
        "split": split,
        "selection": dataclasses.asdict(chosen),
    }
