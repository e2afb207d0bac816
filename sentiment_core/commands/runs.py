"""`runs`: what was run, what runs now, and stopping or resuming it."""

from __future__ import annotations

import argparse
from typing import Any

from sentiment_core import runs

NAME = "runs"
HELP = "List runs and jobs, show one, cancel or resume a job."
EXAMPLES = """
python -m sentiment_core runs list
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="all runs, newest first")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """List the runs."""
    return {"runs": [{"run_id": run.run_id, "kind": run.kind} for run in runs.list_runs()]}


def show(result: dict[str, Any]) -> str:
    """Return a line a run."""
    return "\n".join(f"{run['run_id']}  {run['kind']}" for run in result["runs"])
