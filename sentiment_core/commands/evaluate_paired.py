"""`evaluate --paired`: a model on originals and their minimal edits."""

from __future__ import annotations

import argparse
from typing import Any

import pandas as pd

from sentiment_core import data, models
from sentiment_core.errors import DataError
from sentiment_core.evaluation import paired
from sentiment_core.evaluation.comparison import p_in_words
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.models import ModelCard

_TITLES = {
    "accuracy_original": "Accuracy, originals",
    "accuracy_edited": "Accuracy, edits",
    "consistency": "Both right",
    "difference": "Edits - originals",
}


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Predict both sides and return the figures."""
    if args.data is not None or len(args.paired) > 2:
        raise DataError(
            "--paired takes one file of pairs, or two with the rows in the same order; leave --data out"
        )
    card = models.resolve(args.model)
    pairs = paired.read_pairs(*args.paired)
    found = paired.evaluate_pairs(card.model_id, pairs, workers=args.workers, progress=job_progress())
    return {
        "seen_in_training": _seen(card, pairs),
        "model_id": card.model_id,
        "model_alias": card.alias,
        "paired": [path.name for path in args.paired],
        "n": len(pairs),
        "figures": found.figures,
        "mcnemar_p": found.mcnemar_p,
    }


def _seen(card: ModelCard, pairs: pd.DataFrame) -> int | None:
    """Return how many originals the model was trained on; None where its training data is not stored here."""
    try:
        trained_on = data.load(str(card.trained_on.get("fingerprint")))
    except DataError:
        return None
    return paired.seen_in_training(pairs, trained_on.split("train")["text"])


def show(result: dict[str, Any]) -> str:
    """Return a line a figure."""
    name = result["model_alias"] or result["model_id"]
    return "\n".join(
        [
            f"{name} on {' + '.join(result['paired'])}, {result['n']:,} pairs",
            *(_line(key, record) for key, record in result["figures"].items()),
            f"errors as uneven as these by chance: McNemar {p_in_words(result['mcnemar_p'])}",
            _warning(result),
        ]
    )


def _warning(result: dict[str, Any]) -> str:
    seen = result["seen_in_training"]
    if seen is None:
        return "whether the model was trained on some of the originals cannot be told: its data is not stored"
    if seen == 0:
        return "the model was trained on none of the originals"
    return (
        f"the model was trained on {seen:,} of the {result['n']:,} originals: accuracy there is flattered, "
        "and part of the difference is that"
    )


def _line(key: str, record: dict[str, Any]) -> str:
    sign, unit = ("+", "points") if key == "difference" else ("", "%")
    value, low, high = (f"{100 * record[end]:{sign}.1f}" for end in ("value", "ci_low", "ci_high"))
    return f"{_TITLES[key]:<21}{value} {unit} [{low}, {high}]  n = {record['n']:,}"
