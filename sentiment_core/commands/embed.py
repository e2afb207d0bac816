"""`embed`: make and keep the vectors of a data set's reviews, for the map and for nearest reviews."""

from __future__ import annotations

import argparse
from typing import Any

from sentiment_core import embeddings
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.data.storing import store
from sentiment_core.evaluation.records import split_or_error
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import SPLITS

NAME = "embed"
HELP = "Make and keep vectors of a data set's reviews, which the map and the nearest reviews need."
EXAMPLES = """
python -m sentiment_core embed --data imdb-embedded
python -m sentiment_core embed --data reviews.csv --split train --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the data set and the split."""
    add_data_arguments(parser)
    parser.add_argument("--split", default="test", choices=SPLITS, help="which reviews (test)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Make the vectors where there are none, and say what is kept."""
    dataset = dataset_from(args)
    texts = split_or_error(dataset, args.split)["text"].tolist()
    store(dataset)
    there = embeddings.kept(dataset.fingerprint, args.split) is not None
    expected = 0.0 if there else embeddings.seconds(texts)
    progress = job_progress()
    progress(0, 1, f"expected to take about {expected:.0f} s")
    vectors = embeddings.make(dataset, args.split, progress)
    return {
        "data": {"name": dataset.name, "fingerprint": dataset.fingerprint, "split": args.split},
        "n": len(vectors),
        "width": int(vectors.vectors.shape[1]),
        "tokens": embeddings.TOKENS,
        "expected_seconds": round(expected, 1),
        "kept_before": there,
    }


def show(result: dict[str, Any]) -> str:
    """Return one line for a person."""
    about = result["data"]
    how = "were kept before" if result["kept_before"] else "are kept now"
    return (
        f"vectors of {result['n']:,} reviews of {about['name']} {about['split']} {how} "
        f"({result['width']} wide, of the first {result['tokens']} tokens of each)"
    )
