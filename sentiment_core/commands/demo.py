"""`demo`: real reviews and models to look at; whatever is there already is not made again."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from sentiment_core import demo, jobs

NAME = "demo"
HELP = "Prepare the embedded reviews, train models on them and measure each on two data sets."
EXAMPLES = """
python -m sentiment_core demo
python -m sentiment_core demo --with-transformer
python -m sentiment_core demo --background-transformer
"""

BACKGROUND = ["demo", "--only-transformer"]
BACKGROUND_TITLE = "Fine-tune the quick transformer"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what becomes of the transformer, which takes minutes."""
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--with-transformer", action="store_true", help="fine-tune and measure a small transformer too"
    )
    choice.add_argument(
        "--background-transformer", action="store_true", help="do that in a background job, and return"
    )
    choice.add_argument("--only-transformer", action="store_true", help="leave the linear models out")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Make what is missing."""
    made = demo.make(_wanted(args), jobs.job_progress())
    result = dataclasses.asdict(made)
    if args.background_transformer and not demo.is_ready(demo.QUICK, made):
        result["job"] = _in_background()
    return result


def show(result: dict[str, Any]) -> str:
    """Return a line an evaluation, and what is still to come."""
    lines = [_measured(**evaluation) for evaluation in result["evaluations"]]
    if "job" in result:
        stop = f"python -m sentiment_core runs cancel {result['job']}"
        lines += ["", f"A small transformer is fine-tuned in the background. To stop it: {stop}"]
    return "\n".join(lines)


def _wanted(args: argparse.Namespace) -> tuple[demo.DemoModel, ...]:
    if args.only_transformer:
        return (demo.QUICK,)
    return (*demo.LINEAR, demo.QUICK) if args.with_transformer else demo.LINEAR


def _in_background() -> str:
    """Start the job, or go on with the one that was cut short before."""
    before = next((job for job in jobs.list_jobs() if job.argv == tuple(BACKGROUND)), None)
    if before and before.state in ("cancelled", "died", "failed"):
        return jobs.resume(before.run_id)
    return jobs.start(BACKGROUND, BACKGROUND_TITLE)


def _measured(model: str, data: str, run_id: str, accuracy: dict[str, Any]) -> str:
    value, low, high = (100 * accuracy[key] for key in ("value", "ci_low", "ci_high"))
    return f"{model:8s} {data:25s} accuracy {value:.1f} % [{low:.1f}, {high:.1f}] n = {accuracy['n']:,}"
