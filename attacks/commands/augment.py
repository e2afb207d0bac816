"""`augment`: edited training reviews, made by attacks or without, for `train --adversarial` or a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pandas as pd

from attacks.batches.runs import announce
from attacks.batches.sampled import attack, examples, source
from attacks.hardening import augmentation
from attacks.hardening.augmentation import AugmentationSpec
from sentiment_core import data
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.errors import DataError, RunError
from sentiment_core.evaluation.prediction import MOST_WORKERS, usable_cores
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import Dataset
from sentiment_core.training.rows import with_training_rows

NAME = "augment"
HELP = "Make edited training reviews to train on, by attacking them or by edits without a search."
EXAMPLES = """
python -m attacks augment --model tfidf --recipe deepwordbug --data imdb-embedded --limit 1000 --out edited.csv
python -m attacks augment --no-search --recipe deepwordbug --data imdb-embedded --limit 20000 --share 0.1
python -m attacks augment --no-search --words telling --model tfidf --recipe pwws --data imdb-embedded
python -m attacks augment RUN RUN --failed --out edited.jsonl
"""  # noqa: E501

#: File name ending -> how rows are written.
WRITERS = {
    ".csv": lambda frame, path: frame.to_csv(path, index=False),
    ".tsv": lambda frame, path: frame.to_csv(path, index=False, sep="\t"),
    ".jsonl": lambda frame, path: frame.to_json(path, orient="records", lines=True, force_ascii=False),
    ".parquet": lambda frame, path: frame.to_parquet(path, index=False),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add finished runs or what to make, and the file."""
    parser.add_argument("runs", nargs="*", metavar="RUN", help="finished runs on training reviews")
    parser.add_argument(
        "--model", metavar="NAME", help="the model to attack, or whose most important words are edited"
    )
    parser.add_argument("--recipe", metavar="NAME", help="how to attack, or whose edits to make")
    add_data_arguments(parser, required=False)  # its --limit is how many training reviews, here 1,000
    parser.add_argument("--budget", type=int, metavar="Q", help="most queries per review (no limit)")
    parser.add_argument("--workers", type=int, metavar="N", help="processes of one thread (one per core)")
    parser.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler whose workers attack")
    parser.add_argument(
        "--no-search",
        action="store_true",
        help="edit words without querying a model for each edit; takes seconds",
    )
    parser.add_argument(
        "--words",
        choices=augmentation.WORDS,
        default="random",
        help="without a search: random words, or those that weigh most in the linear --model (random)",
    )
    parser.add_argument("--share", type=float, default=0.15, help="without a search: share of words (0.15)")
    parser.add_argument(
        "--copies", type=int, default=1, help="without a search: edited copies per review (1)"
    )
    parser.add_argument(
        "--failed", action="store_true", help="also use the best tries of attacks that failed"
    )
    parser.add_argument("--out", metavar="FILE", help=f"write the rows there: {', '.join(WRITERS)}")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Make or open the runs and write their rows."""
    writer = _writer(args.out)
    run_ids = args.runs or [_made(args)]
    rows = augmentation.rows(run_ids, failed=args.failed)
    if writer is not None:
        _write(writer, rows, Path(args.out))
    labels = {name: int((rows["label"] == label).sum()) for label, name in ((0, "negative"), (1, "positive"))}
    return {"runs": run_ids, "n": len(rows), "labels": labels, "out": args.out}


def show(result: dict[str, Any]) -> str:
    """Return how many rows there are, and how to train on them."""
    labels = ", ".join(f"{n:,} {name}" for name, n in result["labels"].items())
    ids = " ".join(result["runs"])
    lines = [f"{result['n']:,} edited training reviews ({labels})", f"kept as {ids}"]
    lines += [f"written to {result['out']}"] if result["out"] else []
    return "\n".join([*lines, f"  next: python -m sentiment_core train ... --adversarial {ids}"])


def _made(args: argparse.Namespace) -> str:
    if not (args.recipe and args.data and (args.model or args.no_search)):
        raise RunError("augment needs finished runs; or --recipe and --data, and --model or --no-search")
    n = 1000 if args.limit is None else args.limit
    if n < 1:
        raise RunError(f"--limit is {n}; give 1 or more")
    dataset = _training_data(args)
    if args.no_search:
        return _edited(args, dataset, n)
    return attack(
        args.model,
        args.recipe,
        dataset,
        "train",
        n,
        seed=args.seed,
        query_budget=args.budget,
        started=announce,
        workers=args.workers or min(usable_cores(), MOST_WORKERS),
        cluster=args.cluster,
        progress=job_progress(),
    )


def _edited(args: argparse.Namespace, dataset: Dataset, n: int) -> str:
    spec = AugmentationSpec(
        recipe=args.recipe,
        words=args.words,
        model_id=args.model,
        share=args.share,
        copies=args.copies,
        seed=args.seed,
        data=source(dataset, "train"),
    )
    return augmentation.augment(spec, examples(dataset, "train", n, args.seed), job_progress())


def _training_data(args: argparse.Namespace) -> Dataset:
    """Return the whole data set: --limit is of its training reviews, and drawn later."""
    dataset = dataset_from(argparse.Namespace(**vars(args) | {"limit": None}))
    dataset = with_training_rows(dataset, args.seed)
    data.store(dataset)
    return dataset


def _writer(out: str | None) -> Any:
    ending = Path(out or "").suffix.lower()
    if out and ending not in WRITERS:
        raise DataError(f"--out {out!r} has an unknown ending; allowed: {', '.join(WRITERS)}")
    return WRITERS.get(ending)


def _write(writer: Any, rows: pd.DataFrame, path: Path) -> None:
    try:
        writer(rows, path)
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error.strerror or error}); name another file") from error
