"""`runs`: the batches in the workspace."""

from __future__ import annotations

import argparse
from typing import Any

from attacks.batches import files, repair
from attacks.batches import runs as attack_runs
from attacks.batches.files import RESULTS
from attacks.batches.runs import AttackRun
from attacks.certificates import runs as certificates
from attacks.figures import robustness
from sentiment_core import models
from sentiment_core.commands.runs import as_records, damaged_lines
from sentiment_core.errors import ModelError, RunError
from sentiment_core.storage import runs

NAME = "runs"
HELP = "List the batches, newest first, finished and unfinished, or repair a damaged one."
EXAMPLES = """
python -m attacks runs
python -m attacks runs --model tfidf --recipe deepwordbug
python -m attacks runs repair RUN
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the filters of the list (the default action), and the repair of a batch."""
    parser.set_defaults(action="list")
    actions = parser.add_subparsers(metavar="ACTION")
    repairing_ = actions.add_parser("repair", help="write a damaged batch again from its journal")
    repairing_.set_defaults(action="repair")
    repairing_.add_argument("run", metavar="RUN", help="the batch's id")
    parser.add_argument("--model", metavar="NAME", help="only batches against this model (id or alias)")
    parser.add_argument("--recipe", metavar="NAME", help="only batches with this recipe")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """List the batches, or repair one."""
    if args.action == "repair":
        return {"run_id": args.run, "state": _repaired(args.run)}
    model_id = None if args.model is None else _model_id(args.model)
    found = attack_runs.list_attacks(model_id, args.recipe)
    damaged = {item.name: item for item in attack_runs.damaged_attacks()}
    listed = []
    for batch in (batch for batch in found if batch.run_id not in damaged):
        try:
            listed.append(summary(batch))
        except RunError:  # its table looks whole and is not
            trouble = f"{RESULTS} is not the file that was written"
            damaged[batch.run_id] = runs.damaged(batch.folder, trouble)
    return {"runs": listed, "damaged": as_records([damaged[name] for name in sorted(damaged, reverse=True)])}


def _repaired(run_id: str) -> str:
    """Repair a batch or certificates, and return what the run is then."""
    if runs.folder_of(run_id).parent.name != certificates.KIND:
        return repair.repair(run_id)
    certificates.repair(run_id)
    return "finished" if certificates.open_certificate(run_id).finished else "stopped"


def show(result: dict[str, Any]) -> str:
    """Return one line per batch, or the state of the repaired one."""
    if "run_id" in result:
        return f"{result['run_id']}  repaired, {result['state']}"
    lines = [*map(line, result["runs"]), *damaged_lines(result["damaged"])]
    return "\n".join(lines) or "no batches yet; make one with `python -m attacks run`"


def summary(run: AttackRun) -> dict[str, Any]:
    """Return what a batch is and how far it is."""
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
        "note": "" if run.finished else files.unreadable_in_words(run.folder),
    }


def line(run: dict[str, Any]) -> str:
    """Return a summary as one line."""
    share = f"{run['done']} of {run['total']}, {run['succeeded']} succeeded"
    return "  ".join(filter(None, [run["run_id"], run["state"], share, run["note"]]))


def model_name(run: AttackRun) -> str:
    """Return the attacked model's alias today or, where it has none or is gone, its id."""
    try:
        return models.resolve(run.spec.model_id).short_name
    except ModelError:
        return run.spec.model_id


def _model_id(name: str) -> str:
    """Return the id of a name; a model that is gone still has its batches, under its id."""
    return models.aliases().get(name, name)
