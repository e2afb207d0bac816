"""`cancel`: stop a batch at its next step; what is done is kept."""

from __future__ import annotations

import argparse
from typing import Any

from attacks.batches import runs

NAME = "cancel"
HELP = "Stop a running batch at its next step; its records are kept, and it can be resumed."
EXAMPLES = """
python -m attacks cancel RUN
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run."""
    parser.add_argument("run", metavar="RUN", help="the batch's id")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Ask it to stop."""
    return {"run_id": args.run, "asked": runs.cancel(args.run)}


def show(result: dict[str, Any]) -> str:
    """Return one line."""
    run_id = result["run_id"]
    if not result["asked"]:
        return f"{run_id} is not running; nothing to cancel"
    return f"{run_id} stops at its next step; to resume it: python -m attacks run --resume {run_id}"
