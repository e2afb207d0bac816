"""`bias`: whom a model treats differently, where it is weak, and whether abuse drives its score."""

from __future__ import annotations

import argparse
from typing import Any

import pandas as pd

from attacks.bias import readings, runs
from attacks.bias.findings import attributes_named
from attacks.bias.runs import ESTIMATES, BiasRun
from attacks.identities import ATTRIBUTES
from attacks.schema import SliceError
from attacks.slices.memberships import MEMBERSHIPS
from sentiment_core import models
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.commands.evaluate import add_cluster, add_evaluation_arguments
from sentiment_core.jobs.jobs import job_progress

NAME = "bias"
HELP = "Rewrite whom reviews speak of, compare slices of reviews, and report whom a model treats differently."
EXAMPLES = """
python -m attacks bias --model tfidf --data imdb-embedded
python -m attacks bias --model tfidf --data imdb-embedded --reviews 50 --attribute gender-words religion
python -m attacks bias --model tfidf --data imdb-embedded --json
python -m attacks bias --list
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model, the attributes and the real reviews."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--model", metavar="NAME", help="a model's id or alias")
    what.add_argument("--list", action="store_true", help="name the attributes and do nothing else")
    parser.add_argument("--attribute", nargs="+", metavar="NAME", help="whom to rewrite (all)")
    parser.add_argument(
        "--reviews", type=int, default=200, metavar="N", help="real reviews rewritten, an attribute (200)"
    )
    add_data_arguments(parser, required=False)
    add_evaluation_arguments(parser)
    add_cluster(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Look at bias and return every table but the texts."""
    if args.list:
        facts = ("name", "title", "description", "note", "groups")
        return {"attributes": [{name: getattr(item, name) for name in facts} for item in ATTRIBUTES.values()]}
    models.resolve(args.model)  # a misspelt name is told before the reviews are read
    attributes_named(args.attribute)
    if args.reviews < 1:
        raise SliceError(f"--reviews is {args.reviews}; give 1 or more")
    if args.data is None:
        raise SliceError("no data is given; give --data NAME_OR_PATH")
    run_id = runs.run_bias(
        args.model,
        dataset_from(args),
        args.split,
        attributes=args.attribute,
        reviews=args.reviews,
        seed=args.seed,
        workers=args.workers,
        cluster=args.cluster,
        progress=job_progress(),
    )
    return _result(runs.open_bias(run_id))


def show(result: dict[str, Any]) -> str:
    """Return every figure as a line for a person."""
    from attacks.commands import bias_text

    return bias_text.show(result)


def _result(run: BiasRun) -> dict[str, Any]:
    facts = ("model_id", "model_alias", "data", "evaluation", "reviews", "seed", "n_texts", "seconds")
    found = ("largest_change", "verdicts", "gaps", "weak_confirmed")
    titles = {name: item.title for name, item in MEMBERSHIPS.items()}
    spoken = {
        "report": [readings.of_change(row) for row in _rows(run.report)],
        "fairness": [
            readings.of_gap(row, titles.get(row["slice"], row["slice"])) for row in _rows(run.fairness)
        ],
        "weak": [readings.of_weak(row) for row in _rows(run.weak)],
        "toxicity": [readings.of_toxicity(row) for row in _rows(run.toxicity)],
    }
    tables = {name: _rows(getattr(run, name)) for name in ESTIMATES}
    return {
        "run_id": run.run_id,
        **{key: run.manifest[key] for key in (*facts, *found)},
        **tables,
        "readings": spoken,
    }


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = table.to_dict(orient="records")
    return records
