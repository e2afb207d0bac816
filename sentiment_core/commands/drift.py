"""`drift`: whether new reviews differ from those that a model knows."""

from __future__ import annotations

import argparse
from typing import Any

from sentiment_core import data, models
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.drift import drift
from sentiment_core.evaluation.records import split_or_error
from sentiment_core.jobs.jobs import job_progress

NAME = "drift"
HELP = "Compare new reviews with earlier ones, figure by figure and by a classifier that tells them apart."
EXAMPLES = """
python -m sentiment_core drift --data rotten-tomatoes-embedded --against imdb-embedded
python -m sentiment_core drift --data new.csv --against imdb-embedded --model tfidf --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the two data sets and, optionally, a model."""
    add_data_arguments(parser)
    parser.add_argument("--split", default="test", help="which of the new reviews (test)")
    parser.add_argument("--against", required=True, metavar="NAME_OR_PATH", help="the earlier reviews")
    parser.add_argument("--against-split", default="test", metavar="SPLIT", help="which of them (test)")
    parser.add_argument("--model", metavar="ID", help="compare this model's confidence too")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Compare, and return the figures."""
    model = models.resolve(args.model).model_id if args.model else None
    new, before = dataset_from(args), data.load(args.against)
    found = drift(
        split_or_error(new, args.split),
        split_or_error(before, args.against_split),
        model,
        seed=args.seed,
        progress=job_progress(),
    )
    return {
        "data": {"name": new.name, "fingerprint": new.fingerprint, "split": args.split, "n": found.n_new},
        "against": {
            "name": before.name,
            "fingerprint": before.fingerprint,
            "split": args.against_split,
            "n": found.n_before,
        },
        "model_id": model,
        "sentence": found.sentence,
        "figures": [figure.to_json() for figure in found.figures],
    }


def show(result: dict[str, Any]) -> str:
    """Return the sentence and a line per figure."""
    new, before = result["data"], result["against"]
    return "\n".join(
        [
            f"{result['sentence'][0].upper()}{result['sentence'][1:]}.",
            f"{new['n']:,} reviews of {new['name']} {new['split']}, against {before['n']:,} of "
            f"{before['name']} {before['split']} (each text once)",
            *(_line(figure) for figure in result["figures"]),
        ]
    )


def _line(figure: dict[str, Any]) -> str:
    found = figure["difference"]
    if found["value"] is None:
        return f"  {figure['title']}: undefined, {found['reason']}"
    low, high = found["ci_low"], found["ci_high"]
    if figure["new"] is None:
        return f"  {figure['title']}: {found['value']:.3f} [{low:.3f}, {high:.3f}]"
    digits = 1 if figure["unit"] == "words" else 3
    return (
        f"  {figure['title']}: {figure['new']:.{digits}f}, before {figure['before']:.{digits}f}; difference "
        f"{found['value']:+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]"
    )
