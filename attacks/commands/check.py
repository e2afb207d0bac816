"""`check`: are the results of a batch still valid?"""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from attacks.batches import archive
from sentiment_core.errors import RunError
from sentiment_core.jobs.jobs import job_progress

NAME = "check"
HELP = "Predict a batch's adversarial texts again, and say whether model, tokenizer or data have changed."
EXAMPLES = """
python -m attacks check RUN
python -m attacks check RUN --all --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run and the size of the sample."""
    parser.add_argument("run", metavar="RUN", help="a finished batch's id")
    parser.add_argument(
        "--sample", type=int, default=archive.SAMPLE, metavar="N", help="texts to predict again (20)"
    )
    parser.add_argument("--all", action="store_true", help="predict all of them")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Check."""
    if args.sample < 1:
        raise RunError(f"a sample of {args.sample} checks nothing; give 1 or more")
    found = archive.check(args.run, None if args.all else args.sample, progress=job_progress())
    return dataclasses.asdict(found) | {"sentence": found.sentence}


def show(result: dict[str, Any]) -> str:
    """Return the sentence."""
    return str(result["sentence"])
