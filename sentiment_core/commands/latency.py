"""`latency`: the time that models take per review, taking turns in one process."""

from __future__ import annotations

import argparse
from typing import Any

from sentiment_core import latency, models
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.data.storing import store
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import SPLITS
from sentiment_core.storage import runs

NAME = "latency"
HELP = "Time models per review, taking turns in one process, so that all meet the same machine."
EXAMPLES = """
python -m sentiment_core latency --models tfidf nbsvm reference --data imdb-embedded
python -m sentiment_core latency --models reference small --data imdb-embedded --rounds 20 --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the models, the reviews and the number of rounds."""
    parser.add_argument("--models", required=True, nargs="+", metavar="NAME", help="ids or aliases")
    add_data_arguments(parser)
    parser.add_argument("--split", default="test", choices=SPLITS, help="which reviews (test)")
    parser.add_argument(
        "--rounds",
        type=int,
        default=latency.ROUNDS,
        metavar="N",
        help=f"in each, every model answers {latency.REVIEWS} reviews ({latency.ROUNDS})",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Time the models, and return milliseconds per review with intervals, the fastest first."""
    cards = list({card.model_id: card for card in map(models.resolve, args.models)}.values())
    dataset = dataset_from(args)
    store(dataset)
    run_id = latency.measure(cards, dataset, args.split, rounds=args.rounds, progress=job_progress())
    done = runs.open_run(run_id, latency.FORM)
    found = [(card, latency.per_review(done, card.model_id)) for card in cards]
    timed = [
        {"model_id": card.model_id, "name": card.short_name, "milliseconds": estimate.to_json()}
        for card, estimate in sorted(found, key=lambda pair: pair[1].value)
    ]
    facts = done.manifest or {}
    return {"run_id": run_id, "models": timed, "threads": facts["threads"], "rounds": facts["n"]}


def show(result: dict[str, Any]) -> str:
    """Return a line a model."""
    width = max(len(row["name"]) for row in result["models"])
    lines = []
    for row in result["models"]:
        said = row["milliseconds"]
        lines.append(
            f"{row['name']:{width}}  {said['value']:9.2f} ms per review [{said['ci_low']:.2f}, "
            f"{said['ci_high']:.2f}]"
        )
    return "\n".join(
        [
            *lines,
            f"medians over {result['rounds']} rounds with 95 % intervals, {result['threads']} threads; "
            "loading is not counted",
        ]
    )
