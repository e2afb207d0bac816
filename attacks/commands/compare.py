"""`compare`: two batches on the reviews that both attacked."""

from __future__ import annotations

import argparse
from typing import Any

from attacks.batches import runs, verdicts
from attacks.batches.runs import AttackRun
from attacks.commands.runs import model_name
from attacks.figures.comparison import compare_runs

NAME = "compare"
HELP = "Compare two batches on the reviews that both attacked: which model or recipe fools less often?"
EXAMPLES = """
python -m attacks compare RUN RUN
python -m attacks compare RUN RUN --valid --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the two runs."""
    parser.add_argument("a", metavar="A", help="a batch's id")
    parser.add_argument("b", metavar="B", help="the id of another batch, of another model or recipe")
    parser.add_argument("--valid", action="store_true", help="count only valid texts")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Compare."""
    a, b = runs.open_attack(args.a), runs.open_attack(args.b)
    by_run = [verdicts.verdicts_of(found.run_id) if args.valid else None for found in (a, b)]
    found = compare_runs(a.records, b.records, *by_run, valid_only=args.valid)
    names = _names(a, b)
    return {
        "a": {"name": names[0], "run_id": a.run_id},
        "b": {"name": names[1], "run_id": b.run_id},
        "sentence": found.sentence(*names),
        **found.to_json(),
    }


def show(result: dict[str, Any]) -> str:
    """Return the sentence."""
    return str(result["sentence"])


def _names(a: AttackRun, b: AttackRun) -> tuple[str, str]:
    """Name the two by what differs."""
    models, recipes = (model_name(a), model_name(b)), (a.spec.recipe, b.spec.recipe)
    if models[0] != models[1] and recipes[0] == recipes[1]:
        return models
    if recipes[0] != recipes[1]:
        return f"{models[0]} under {recipes[0]}", f"{models[1]} under {recipes[1]}"
    return a.run_id, b.run_id
