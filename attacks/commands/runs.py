"""`runs`: the batches that there are."""

from __future__ import annotations

import argparse
from typing import Any

from attacks import attack_runs, robustness
from attacks.attack_runs import AttackRun
from sentiment_core import models
from sentiment_core.errors import ModelError

NAME = "runs"
HELP = "List the batches, newest first, finished and unfinished."
EXAMPLES = """
python -m attacks runs
python -m attacks runs --model tfidf --recipe deepwordbug
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the filters."""
    parser.add_argument("--model", metavar="NAME", help="only batches against this model (id or alias)")
    parser.add_argument("--recipe", metavar="NAME", help="only batches with this recipe")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """List the batches."""
    model_id = None if args.model is None else _model_id(args.model)
    return {"runs": [summary(found) for found in attack_runs.list_attacks(model_id, args.recipe)]}


def show(result: dict[str, Any]) -> str:
    """Return a line a batch."""
    return "\n".join(map(line, result["runs"])) or "no batches yet; make one with `python -m attacks run`"


def summary(run: AttackRun) -> dict[str, Any]:
    """Return who a batch is and where it stands."""
    done = len(run.records)
    return {
        "run_id": run.run_id,
        "state": "finished" if run.finished else "running" if run.running else "stopped",
        "model": model_name(run),
        "recipe": run.spec.recipe,
        "data": run.spec.data.get("name", ""),
        "done": done,
        "total": run.total,
        "succeeded": robustness.counts(run.records)["succeeded"],
    }


def line(run: dict[str, Any]) -> str:
    """Return a summary as one line."""
    share = f"{run['done']} of {run['total']}, {run['succeeded']} succeeded"
    return "  ".join([run["run_id"], run["state"], share])


def model_name(run: AttackRun) -> str:
    """Return the attacked model's alias today or, where it has none or is gone, its id."""
    try:
        return models.resolve(run.spec.model_id).short_name
    except ModelError:
        return run.spec.model_id


def _model_id(name: str) -> str:
    """Return the id that a name stands for; a model that is gone still has its batches, under its id."""
    return models.aliases().get(name, name)
