"""`evaluate`: measure a model on a data set and keep the record."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from sentiment_core import models
from sentiment_core.commands import evaluate_paired
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.commands.figures import metric_line
from sentiment_core.data.storing import dropped_to
from sentiment_core.errors import DataError
from sentiment_core.evaluation import records
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import SPLITS

NAME = "evaluate"
HELP = "Predict every review of a split and report each metric with its 95 % interval."
EXAMPLES = """
python -m sentiment_core evaluate --model tfidf --data imdb-embedded
python -m sentiment_core evaluate --model tfidf --data rotten-tomatoes-embedded --json
python -m sentiment_core evaluate --model nbsvm --data reviews.csv --split test --limit 500
python -m sentiment_core evaluate --model tfidf --paired originals.tsv edits.tsv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model, the data and the split."""
    parser.add_argument("--model", required=True, metavar="NAME", help="a model's id or alias")
    add_data_arguments(parser, required=False)
    parser.add_argument(
        "--paired",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="instead of --data: originals and their minimal edits, in one file or row by row in two",
    )
    add_evaluation_arguments(parser)
    add_cluster(parser)


def add_evaluation_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --split and --workers."""
    parser.add_argument("--split", default="test", choices=SPLITS, help="which reviews (test)")
    add_workers(parser)


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add --workers."""
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="processes that predict (a core each for a transformer on a CPU, else 1)",
    )


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """Add --cluster."""
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="a Dask scheduler, such as tcp://10.0.0.1:8786, whose workers predict; they need this project "
        "and the same REELCHECK_HOME (and whoever reaches a scheduler can run code: trust the network)",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Evaluate and return the record."""
    if args.paired:
        return evaluate_paired.run(args)
    if args.data is None:
        raise DataError("no data is given; give --data NAME_OR_PATH, or --paired FILE")
    models.resolve(args.model)  # a misspelt name is told before minutes go into reading the data
    dataset = dataset_from(args)
    run_id = records.evaluate(
        args.model,
        dataset,
        args.split,
        workers=args.workers,
        cluster=args.cluster,
        progress=job_progress(),
    )
    manifest = records.open_evaluation(run_id).manifest
    facts = ("model_id", "model_alias", "data", "n", "metrics", "seconds", "reviews_per_second", "workers")
    return {
        "run_id": run_id,
        **{key: manifest[key] for key in facts},
        "dropped": dropped_to(dataset.dropped),
    }


def show(result: dict[str, Any]) -> str:
    """Return a line a metric."""
    if "paired" in result:
        return evaluate_paired.show(result)
    data = result["data"]
    name = result["model_alias"] or result["model_id"]
    return "\n".join(
        [
            f"{name} on {data['name']} {data['split']}, {result['n']:,} reviews "
            f"({result['reviews_per_second']:,.0f} a second)",
            *(metric_line(metric, record) for metric, record in result["metrics"].items()),
            *(f"left out: {item['count']:,} rows, {item['why']}" for item in result["dropped"]),
            f"kept as {result['run_id']}",
        ]
    )
