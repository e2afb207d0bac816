"""`evaluate`: measure a model on a data set and keep the record."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sentiment_core import models
from sentiment_core.abstention import risk_coverage
from sentiment_core.commands.data import add_data_arguments, dataset_from, read_facts, read_lines
from sentiment_core.commands.figures import metric_line, selective_lines
from sentiment_core.errors import DataError
from sentiment_core.evaluation import paired, records, spending
from sentiment_core.evaluation.comparison import p_in_words
from sentiment_core.evaluation.scoring import truth_and_probability
from sentiment_core.evaluation.seen import NOT_KNOWN, Seen, marked
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.models import ModelCard
from sentiment_core.schema import SPLITS

NAME = "evaluate"
HELP = "Predict every review of a split and report each metric with its 95 % interval."
EXAMPLES = """
python -m sentiment_core evaluate --model tfidf --data imdb-embedded
python -m sentiment_core evaluate --model tfidf --data rotten-tomatoes-embedded --json
python -m sentiment_core evaluate --model nbsvm --data reviews.csv --split test --limit 500
python -m sentiment_core evaluate --model tfidf --paired originals.tsv edits.tsv
"""

_TITLES = {
    "accuracy_original": "Accuracy, originals",
    "accuracy_edited": "Accuracy, edits",
    "consistency": "Both right",
    "difference": "Edits - originals",
}


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
        "and the same REELCHECK_HOME (whatever can reach a scheduler can run code: use a trusted network)",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Evaluate and return the record."""
    if args.paired:
        return _run_paired(args)
    if args.data is None:
        raise DataError("no data is given; give --data NAME_OR_PATH, or --paired FILE")
    models.resolve(args.model)  # a misspelled name is reported before minutes go into reading the data
    dataset = dataset_from(args)
    run_id = records.evaluate(
        args.model,
        dataset,
        args.split,
        workers=args.workers,
        cluster=args.cluster,
        progress=job_progress(),
    )
    found = records.open_evaluation(run_id)
    manifest = found.manifest
    facts = ("model_id", "model_alias", "data", "n", "metrics", "seconds", "reviews_per_second", "workers")
    return {
        "run_id": run_id,
        **{key: manifest[key] for key in facts},
        "selective": risk_coverage.selective(*truth_and_probability(found.frame)),
        "seen": found.seen.to_json() if found.seen else None,
        spending.KEY: manifest.get(spending.KEY, []),
        **read_facts(dataset),
    }


def show(result: dict[str, Any]) -> str:
    """Return one line per metric."""
    if "paired" in result:
        return _show_paired(result)
    measured = result["data"]
    name = result["model_alias"] or result["model_id"]
    return "\n".join(
        [
            f"{name} on {measured['name']} {measured['split']}, {result['n']:,} reviews "
            f"({result['reviews_per_second']:,.0f} per second)",
            *(metric_line(metric, record) for metric, record in result["metrics"].items()),
            *selective_lines(result["selective"]),
            seen_line(result["seen"]),
            *map(spending.in_words, result[spending.KEY]),
            *read_lines(result),
            f"kept as {result['run_id']}",
        ]
    )


def seen_line(record: Mapping[str, Any] | None) -> str:
    """Return what the model had seen of these reviews before, from the JSON of `Seen`; None: not known."""
    return Seen.from_json(record).sentence if record else NOT_KNOWN


def _run_paired(args: argparse.Namespace) -> dict[str, Any]:
    """Predict both sides and return the figures."""
    if args.data is not None or len(args.paired) > 2:
        raise DataError(
            "--paired takes one file of pairs, or two with the rows in the same order; leave --data out"
        )
    card = models.resolve(args.model)
    pairs = paired.read_pairs(*args.paired)
    found = paired.evaluate_pairs(card.model_id, pairs, workers=args.workers, progress=job_progress())
    return {
        "seen_in_training": _seen_in_training(card, pairs),
        "model_id": card.model_id,
        "model_alias": card.alias,
        "paired": [path.name for path in args.paired],
        "n": len(pairs),
        "figures": found.figures,
        "mcnemar_p": found.mcnemar_p,
    }


def _seen_in_training(card: ModelCard, pairs: pd.DataFrame) -> int | None:
    """Return how many originals the model was trained on; None where that is not known.

    Public contrast sets are edits of public reviews, IMDb's training split among them: accuracy on originals
    that a model was trained on flatters it, and the difference to the edits is then partly that.
    """
    marks = marked(card, pairs["original"])
    return None if marks is None else int((marks != "").sum())


def _show_paired(result: dict[str, Any]) -> str:
    """Return one line per figure."""
    name = result["model_alias"] or result["model_id"]
    return "\n".join(
        [
            f"{name} on {' + '.join(result['paired'])}, {result['n']:,} pairs",
            *(_paired_line(key, record) for key, record in result["figures"].items()),
            f"chance of errors as uneven as these: McNemar {p_in_words(result['mcnemar_p'])}",
            _training_warning(result),
        ]
    )


def _training_warning(result: dict[str, Any]) -> str:
    seen = result["seen_in_training"]
    if seen is None:
        return (
            "it is not known whether the model was trained on some of the originals: its data is not stored"
        )
    if seen == 0:
        return "the model was trained on none of the originals"
    return (
        f"the model was trained on {seen:,} of the {result['n']:,} originals: its accuracy there is too "
        "high, which is part of the difference"
    )


def _paired_line(key: str, record: dict[str, Any]) -> str:
    sign, unit = ("+", "points") if key == "difference" else ("", "%")
    value, low, high = (f"{100 * record[end]:{sign}.1f}" for end in ("value", "ci_low", "ci_high"))
    return f"{_TITLES[key]:<21}{value} {unit} [{low}, {high}]  n = {record['n']:,}"
