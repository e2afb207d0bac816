"""`verify`: a recorded evaluation, checked by predicting a sample of its reviews again."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from sentiment_core import models
from sentiment_core.errors import RunError
from sentiment_core.evaluation import records, verification
from sentiment_core.jobs.jobs import job_progress

NAME = "verify"
HELP = "Predict a sample of a recorded evaluation again and say whether the record holds."
EXAMPLES = """
python -m sentiment_core verify reference
python -m sentiment_core verify RUN --sample 500 --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the record and the size of the sample."""
    parser.add_argument(
        "record", metavar="MODEL_OR_RUN", help="an evaluation's id, or a model: its newest one"
    )
    parser.add_argument(
        "--sample", type=int, default=verification.SAMPLE, metavar="N", help="reviews to predict again"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the sample")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Verify, and return the figures; a record that does not hold is an error."""
    found = verification.verify(_run_id(args.record), args.sample, args.seed, job_progress())
    if not found.holds:
        raise RunError(found.sentence)
    return dataclasses.asdict(found) | {"holds": found.holds, "sentence": found.sentence}


def show(result: dict[str, Any]) -> str:
    """Return the sentence."""
    return str(result["sentence"])


def _run_id(record: str) -> str:
    if record not in models.aliases() and not models.MODEL_ID.fullmatch(record):
        return record
    card = models.resolve(record)
    newest = next(iter(records.list_evaluations(card.model_id)), None)
    if newest is None:
        raise RunError(
            f"'{record}' has not been evaluated; do so with: evaluate --model {record} --data DATA"
        )
    return newest.run_id
