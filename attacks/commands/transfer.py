"""`transfer`: do the texts that fooled one model fool the others?"""

from __future__ import annotations

import argparse
from typing import Any

from attacks.batches import transfer as transferring
from sentiment_core import models
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.storage import runs

NAME = "transfer"
HELP = "Predict the adversarial texts of batches with other models: the transfer matrix."
EXAMPLES = """
python -m attacks transfer RUN RUN
python -m attacks transfer RUN --model nbsvm --model reference --valid --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the runs and further models."""
    parser.add_argument("runs", nargs="+", metavar="RUN", help="finished batches")
    parser.add_argument(
        "--model", action="append", default=[], metavar="NAME", help="another model to test them on (repeat)"
    )
    parser.add_argument("--valid", action="store_true", help="only valid texts")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Predict, keep the matrix, and return it."""
    run_id = transferring.transfer_runs(args.runs, args.model, valid_only=args.valid, progress=job_progress())
    matrix = transferring.newest_transfer(args.runs, valid_only=args.valid)
    assert matrix is not None
    named = {card.model_id: card.short_name for card in models.list_models()}
    return {"run_id": run_id, "models": named, "matrix": runs.json_ready(matrix.to_dict("records"))}


def show(result: dict[str, Any]) -> str:
    """Return one line per pair of models."""
    return "\n".join(
        [*(_line(row, result["models"]) for row in result["matrix"]), f"kept as {result['run_id']}"]
    )


def _line(row: dict[str, Any], named: dict[str, str]) -> str:
    source, target = (named.get(row[key], row[key]) for key in ("source_model", "target"))
    texts = f"texts that fooled {source} ({row['source']})"
    if row["value"] is None:
        return f"{texts}, on {target}: undefined: {row['reason']}"
    low, high = 100 * row["ci_low"], 100 * row["ci_high"]
    share = f"{100 * row['value']:.1f} % [{low:.1f}, {high:.1f}] n = {row['n']:,}"
    return f"{texts}, on {target}: {share} fool it too"
