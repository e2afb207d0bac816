"""`evaluate`: measure a model on a data set and keep the record."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sentiment_core import models
from sentiment_core.abstention import risk_coverage
from sentiment_core.commands.data import add_data_arguments, dataset_from, read_facts, read_lines
from sentiment_core.commands.figures import metric_line, selective_lines
from sentiment_core.errors import DataError
from sentiment_core.evaluation import records, spending
from sentiment_core.evaluation.comparison import p_in_words
from sentiment_core.evaluation.scoring import truth_and_probability
from sentiment_core.evaluation.seen import NOT_KNOWN, Seen
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.pairs import kinds, scoring
from sentiment_core.pairs import records as paired_records
from sentiment_core.pairs.records import PairedRun, PairSet
from sentiment_core.schema import SPLITS

NAME = "evaluate"
HELP = "Predict every review of a split and report each metric with its 95 % interval."
EXAMPLES = """
python -m sentiment_core evaluate --model tfidf --data imdb-embedded
python -m sentiment_core evaluate --model tfidf --data rotten-tomatoes-embedded --json
python -m sentiment_core evaluate --model nbsvm --data reviews.csv --split test --limit 500
python -m sentiment_core evaluate --model tfidf --paired originals.tsv edits.tsv
python -m sentiment_core evaluate --model tfidf-pairs --paired pairs.tsv --paired-share 0.5
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model, the data and the split."""
    parser.add_argument("--model", required=True, metavar="NAME", help="a model's id or alias")
    add_data_arguments(parser, required=False)
    add_paired(parser)
    add_evaluation_arguments(parser)
    add_cluster(parser)


def add_paired(parser: argparse.ArgumentParser) -> None:
    """Add --paired and --paired-share."""
    parser.add_argument(
        "--paired",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="instead of --data: originals and their minimal edits, in one file or row by row in two (or the "
        "id of a run on pairs: the same pairs)",
    )
    parser.add_argument(
        "--paired-share",
        type=float,
        metavar="SHARE",
        help="only the pairs that `train --paired FILE --paired-share SHARE` with the same --seed holds out",
    )


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
    if args.paired_share is not None:
        raise DataError("--paired-share is about pairs; give --paired FILE too")
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


def paired_from(args: argparse.Namespace) -> PairSet:
    """Return the pairs that --paired, --paired-share and --seed name."""
    if args.data is not None:
        raise DataError("--paired is given instead of --data; leave --data out")
    return paired_records.read(args.paired, share=args.paired_share, seed=args.seed or 0)


def _run_paired(args: argparse.Namespace) -> dict[str, Any]:
    """Predict both sides, keep the run and return its figures."""
    models.resolve(args.model)
    run_id = paired_records.evaluate(
        args.model, paired_from(args), workers=args.workers, progress=job_progress()
    )
    return paired_facts(paired_records.open_paired(run_id))


def paired_facts(found: PairedRun) -> dict[str, Any]:
    """Return what the manifest of a measurement on pairs says."""
    facts = ("run_id", "model_id", "model_alias", "n", "figures", "by_kind", "mcnemar_p")
    return {
        **{name: found.manifest.get(name) for name in facts},
        "paired": found.manifest["pairs"],
        "kinds": {name: kind.rule for name, kind in kinds.KINDS.items()},
        "seen_in_training": found.manifest.get("seen"),
    }


def _show_paired(result: dict[str, Any]) -> str:
    """Return one line per figure and per kind of edit."""
    name = result["model_alias"] or result["model_id"]
    return "\n".join(
        [
            f"{name} on {paired_records.title_of(result['paired'])}, {result['n']:,} pairs",
            *(_paired_line(key, record) for key, record in result["figures"].items()),
            f"chance of errors as uneven as these: McNemar {p_in_words(_nan(result['mcnemar_p']))}",
            "",
            "both right, by kind of edit (a pair of several kinds counts in each), and in the other pairs:",
            *(_kind_line(kind, figures) for kind, figures in result["by_kind"].items()),
            "",
            paired_records.seen_sentence(result["seen_in_training"], result["n"]),
            f"kept as {result['run_id']}",
        ]
    )


def _paired_line(key: str, record: dict[str, Any]) -> str:
    title = f"{scoring.TITLES[key]:<21}"
    if record["value"] is None:
        return f"{title}undefined: {record.get('reason', '')}"
    if key != "difference":
        return f"{title}{_plain(record)}"
    value, low, high = (f"{100 * record[end]:+.1f}" for end in ("value", "ci_low", "ci_high"))
    return f"{title}{value} points [{low}, {high}]  n = {record['n']:,}"


def _kind_line(kind: str, figures: dict[str, Any]) -> str:
    title = kinds.KINDS[kind].title if kind in kinds.KINDS else kind
    have, others = (_plain(figures[name]) for name in ("consistency", "without"))
    return f"  {title:<33}{have:<31}{others}"


def _plain(record: dict[str, Any]) -> str:
    if record["value"] is None:
        return "there is none"
    value, low, high = (f"{100 * record[end]:.1f}" for end in ("value", "ci_low", "ci_high"))
    return f"{value} % [{low}, {high}]  n = {record['n']:,}"


def _nan(value: float | None) -> float:
    return math.nan if value is None else value
