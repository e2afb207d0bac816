"""`demo`: real reviews and models to try; whatever exists is not made again."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from sentiment_core.demo import demo
from sentiment_core.jobs import jobs

NAME = "demo"
HELP = "Prepare the embedded reviews, train models on them and measure each on two data sets."
EXAMPLES = """
python -m sentiment_core demo
python -m sentiment_core demo --with-transformer
python -m sentiment_core demo --background
"""

#: What is made before the command returns; None is the default.
MADE_HERE: dict[str | None, tuple[demo.DemoModel, ...]] = {
    None: demo.WITH_BLEND,
    "with-transformer": (*demo.WITH_BLEND, demo.QUICK),
    "background": demo.LINEAR[:1],
}
#: The job that makes the rest: the whole demo, since what is there is not made again.
LATER, LATER_TITLE = ["demo"], "Train and measure a second model, and a blend"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how much is made, and where."""
    choice = parser.add_mutually_exclusive_group()
    for value, help_ in (
        ("with-transformer", "fine-tune and measure a small transformer too (minutes)"),
        ("background", "make the first model now, the others in a background job"),
    ):
        choice.add_argument(f"--{value}", dest="how", action="store_const", const=value, help=help_)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Make what is missing."""
    result = dataclasses.asdict(demo.make(MADE_HERE[args.how], jobs.job_progress()))
    if args.how == "background" and not demo.is_ready(demo.WITH_BLEND):
        result["job"] = _job(LATER, LATER_TITLE)
    return result


def show(result: dict[str, Any]) -> str:
    """Return one line per evaluation, and what is still to come."""
    lines = [_measured(**evaluation) for evaluation in result["evaluations"]]
    if "job" in result:
        stop = f"python -m sentiment_core runs cancel {result['job']}"
        lines += ["", f"Two more models are made in a background job. To stop it: {stop}"]
    return "\n".join(lines)


def _job(argv: list[str], title: str) -> str:
    """Start the job, or resume the one that was interrupted before."""
    before = next((job for job in jobs.list_jobs() if job.argv == tuple(argv)), None)
    if before and before.state in ("cancelled", "died", "failed"):
        return jobs.resume(before.run_id)
    return jobs.start(argv, title)


def _measured(model: str, data: str, run_id: str, accuracy: dict[str, Any]) -> str:
    value, low, high = (100 * accuracy[key] for key in ("value", "ci_low", "ci_high"))
    return f"{model:8s} {data:25s} accuracy {value:.1f} % [{low:.1f}, {high:.1f}] n = {accuracy['n']:,}"
