"""`embed`: make and keep the vectors of a data set's reviews, and the map drawn of them."""

from __future__ import annotations

import argparse
from typing import Any

from sentiment_core import embeddings
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.data.storing import store
from sentiment_core.evaluation.records import split_or_error
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.jobs.progress import Stages
from sentiment_core.schema import SPLITS

NAME = "embed"
HELP = "Make and keep vectors of a data set's reviews, and their map, which nearest reviews and drift use."
EXAMPLES = """
python -m sentiment_core embed --data imdb-embedded
python -m sentiment_core embed --data reviews.csv --split train --points --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the data set and the split."""
    add_data_arguments(parser)
    parser.add_argument("--split", default="test", choices=SPLITS, help="which reviews (test)")
    parser.add_argument(
        "--points", action="store_true", help="in the JSON also each review's place on the map"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Make the vectors and the map where there are none, and say what is kept."""
    dataset = dataset_from(args)
    rows = split_or_error(dataset, args.split)
    store(dataset)
    expected = embeddings.seconds_missing(dataset.fingerprint, args.split, rows["text"])
    stages = Stages(job_progress(), sum(expected))
    vectors = embeddings.make(dataset, args.split, stages.stage(expected.vectors, "vectors"))
    found = embeddings.make_map(dataset.fingerprint, args.split, vectors, stages.stage(expected.map, "map"))
    stages.done("vectors and map are kept")
    return {
        "data": {"name": dataset.name, "fingerprint": dataset.fingerprint, "split": args.split},
        "n": len(vectors),
        "width": int(vectors.vectors.shape[1]),
        "tokens": embeddings.TOKENS,
        "near_duplicates": int((found["cluster"] >= 0).sum()),
        "clusters": int(found["cluster"].max()) + 1,
        "in_conflict": int(found["conflict"].sum()),
        "expected_seconds": round(sum(expected), 1),
        **({"points": found.to_dict(orient="records")} if args.points else {}),
    }


def show(result: dict[str, Any]) -> str:
    """Return the result in two lines for a person."""
    about = result["data"]
    return (
        f"vectors and map of {result['n']:,} reviews of {about['name']} {about['split']} are kept "
        f"({result['width']} wide, of the first {result['tokens']} tokens of each)\n"
        f"{result['near_duplicates']:,} reviews are near-duplicates, in {result['clusters']:,} clusters; "
        f"{result['in_conflict']:,} are in a cluster whose labels differ"
    )
