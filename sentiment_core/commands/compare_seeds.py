"""`compare-seeds`: do two settings differ by more than chance among their seeds?"""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from sentiment_core import models
from sentiment_core.commands.compare import evaluated
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.commands.evaluate import add_evaluation_arguments
from sentiment_core.commands.figures import spread_line
from sentiment_core.errors import ModelError
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset
from sentiment_core.training import seeds

NAME = "compare-seeds"
HELP = "Say whether two settings, each trained with several seeds, differ in accuracy (Welch's t test)."
EXAMPLES = """
python -m sentiment_core compare-seeds short-1 long-1 --data imdb-embedded
python -m sentiment_core compare-seeds short-1,short-2 long-1,long-2,long-3 --data imdb-embedded --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the two settings and the data."""
    for letter in "ab":
        parser.add_argument(
            letter,
            metavar=letter.upper(),
            help="a model (all models that differ from it by their seed alone count), "
            "or several with commas (exactly these count)",
        )
    add_data_arguments(parser)
    add_evaluation_arguments(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Evaluate what is not evaluated yet, and compare."""
    named = [_models(args.a), _models(args.b)]
    if {card.model_id for card in named[0]} & {card.model_id for card in named[1]}:
        raise ModelError(f"'{args.a}' and '{args.b}' are seeds of one setting; name two settings")
    dataset = dataset_from(args)
    measured = [[_accuracy(card, dataset, args) for card in cards] for cards in named]
    found = seeds.difference(*measured)
    sides = [_side(*side) for side in zip((args.a, args.b), named, measured, strict=True)]
    data = {"name": dataset.name, "fingerprint": dataset.fingerprint, "split": args.split}
    sentence = found.sentence(args.a, args.b)
    return {
        "a": sides[0],
        "b": sides[1],
        "data": data,
        "difference": dataclasses.asdict(found),
        "sentence": sentence,
    }


def show(result: dict[str, Any]) -> str:
    """Return the sentence, and each side's seeds."""
    data = result["data"]
    lines = [result["sentence"], f"accuracy on {data['name']} {data['split']}:"]
    return "\n".join([*lines, _line("A", result["a"]), _line("B", result["b"])])


def _line(letter: str, side: dict[str, Any]) -> str:
    return f"  {letter}: {spread_line(side['accuracy'], side['by_seed'])}"


def _models(text: str) -> list[ModelCard]:
    names = [name.strip() for name in text.split(",")]
    cards = [models.resolve(name) for name in names]
    if len({card.model_id for card in cards}) < len(cards):
        raise ModelError(f"'{text}' names a model twice")
    return seeds.same_setting(cards[0]) if len(cards) == 1 else cards


def _accuracy(card: ModelCard, dataset: Dataset, args: argparse.Namespace) -> float:
    return evaluated(card, dataset, args).metrics["accuracy"].value


def _side(name: str, cards: list[ModelCard], accuracies: list[float]) -> dict[str, Any]:
    by_seed = {str(card.manifest.get("seed")): value for card, value in zip(cards, accuracies, strict=True)}
    return {
        "name": name,
        "model_ids": [card.model_id for card in cards],
        "accuracy": dataclasses.asdict(seeds.spread(accuracies)),
        "by_seed": by_seed,
    }
