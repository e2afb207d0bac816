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
python -m sentiment_core demo --background
"""

EVERYTHING = (*demo.LINEAR, demo.QUICK)
#: What is made here before the command returns; None is the default.
MADE_HERE: dict[str | None, tuple[demo.DemoModel, ...]] = {
    None: demo.LINEAR,
    "with": EVERYTHING,
    "only": (demo.QUICK,),
    "background-transformer": demo.LINEAR,
    "background": demo.LINEAR[:1],
}
#: The job that makes the rest: its arguments, its title and its models.
LATER = {
    "background-transformer": (
        ["demo", "--only-transformer"],
        "Fine-tune a small transformer",
        (demo.QUICK,),
    ),
    "background": (["demo", "--with-transformer"], "Train a second model, fine-tune a third", EVERYTHING),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what becomes of the transformer, which takes minutes."""
    choice = parser.add_mutually_exclusive_group()
    for flag, value, help_ in (
        ("--with-transformer", "with", "fine-tune and measure a small transformer too (minutes)"),
        ("--only-transformer", "only", "leave the linear models out"),
        ("--background-transformer", "background-transformer", "fine-tune it in a job, and return"),
        ("--background", "background", "make the first model, all others in a job, and return"),
    ):
        choice.add_argument(flag, dest="how", action="store_const", const=value, help=help_)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Make what is missing."""
    result = dataclasses.asdict(demo.make(MADE_HERE[args.how], jobs.job_progress()))
    if args.how in LATER:
        argv, title, rest = LATER[args.how]
        if not demo.is_ready(rest):
            result["job"] = _job(argv, title)
    return result


def show(result: dict[str, Any]) -> str:
    """Return a line an evaluation, and what is still to come."""
    lines = [_measured(**evaluation) for evaluation in result["evaluations"]]
    if "job" in result:
        stop = f"python -m sentiment_core runs cancel {result['job']}"
        lines += ["", f"More models are made in a background job. To stop it: {stop}"]
    return "\n".join(lines)


def _job(argv: list[str], title: str) -> str:
    """Start the job, or go on with the one that was cut short before."""
    before = next((job for job in jobs.list_jobs() if job.argv == tuple(argv)), None)
    if before and before.state in ("cancelled", "died", "failed"):
        return jobs.resume(before.run_id)
    return jobs.start(argv, title)


def _measured(model: str, data: str, run_id: str, accuracy: dict[str, Any]) -> str:
    value, low, high = (100 * accuracy[key] for key in ("value", "ci_low", "ci_high"))
    return f"{model:8s} {data:25s} accuracy {value:.1f} % [{low:.1f}, {high:.1f}] n = {accuracy['n']:,}"
