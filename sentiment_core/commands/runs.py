"""`runs`: finished and running work; cancel, resume, dismiss, repair or remove it."""

from __future__ import annotations

import argparse
import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sentiment_core.errors import RunError
from sentiment_core.evaluation import records as evaluation
from sentiment_core.explanation import audit
from sentiment_core.jobs import jobs
from sentiment_core.pairs import records as paired_records
from sentiment_core.search import records as study_records
from sentiment_core.storage import runs
from sentiment_core.storage.kept import Damaged
from sentiment_core.training import learning_curves

NAME = "runs"
HELP = "List runs and jobs, show, repair or remove one; cancel, resume or dismiss a job."
EXAMPLES = """
python -m sentiment_core runs list
python -m sentiment_core runs list --kind job --active
python -m sentiment_core runs show RUN
python -m sentiment_core runs cancel RUN
python -m sentiment_core runs resume RUN
python -m sentiment_core runs dismiss RUN
python -m sentiment_core runs repair RUN
python -m sentiment_core runs remove RUN --yes
"""

#: Who rebuilds a damaged run of a kind of this package.
REPAIRS: Mapping[str, Callable[[str], None]] = {
    jobs.KIND: jobs.repair,
    learning_curves.KIND: learning_curves.repair,
    audit.KIND: audit.repair,
}
#: The packages whose own `runs repair` rebuilds their kinds; only the command is run, nothing is imported.
REPAIRED_BY = {"attack": "attacks", "certificate": "attacks"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add an action and what it is done to."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="all runs, newest first")
    listing.add_argument("--kind", help="only one kind: evaluation, job, ...")
    listing.add_argument("--active", action="store_true", help="only jobs that wait or run")
    for name, what in (
        ("show", "one run: its request, its result, and the end of a job's log"),
        ("cancel", "stop a job at its next step"),
        ("resume", "resume a failed, cancelled or dead job"),
        ("dismiss", "leave a stopped job out of the pages' lists until it is resumed"),
        ("repair", "write a damaged run's table and manifest again from its journal"),
    ):
        actions.add_parser(name, help=what).add_argument("run", metavar="RUN", help="the run's id")
    removing = actions.add_parser("remove", help="remove a run, damaged or not, and the verdicts on it")
    removing.add_argument("run", metavar="RUN", help="the run's id")
    removing.add_argument(
        "--yes", action="store_true", help="do it; without this, only list what would be removed"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """List, show, cancel, resume, dismiss, repair or remove."""
    if args.action == "list":
        damaged = [] if args.active else _damaged(args.kind)
        return {"runs": _listed(args.kind, args.active, damaged), "damaged": as_records(damaged)}
    if args.action == "remove":
        return _removed(args.run, args.yes)
    if args.action == "repair":
        repair(args.run)
    if args.action == "cancel":
        jobs.cancel(args.run)
    elif args.action == "resume":
        jobs.resume(args.run)
    elif args.action == "dismiss":
        jobs.dismiss(args.run)
    return _shown(runs.open_run(args.run))


def show(result: dict[str, Any]) -> str:
    """Return one line per run, or one run in full."""
    if "runs" in result:
        lines = [*map(_line, result["runs"]), *damaged_lines(result["damaged"])]
        return "\n".join(lines) or "no runs yet"
    if "paths" in result:
        return removed_text(result)
    facts = {key: value for key, value in result.items() if key not in ("spec", "manifest", "log")}
    parts = [_line(facts), json.dumps(result["manifest"] or result["spec"], indent=2, ensure_ascii=False)]
    return "\n\n".join([*parts, *filter(None, [result.get("log")])])


def repair(run_id: str) -> None:
    """Rebuild a damaged run from its journal.

    Raises:
        RunError: runs of its kind keep no journal, or what is left is not enough.
    """
    kind = runs.folder_of(run_id).parent.name
    if kind in REPAIRS:
        REPAIRS[kind](run_id)
    elif kind in REPAIRED_BY:
        _ask(REPAIRED_BY[kind], run_id)
    else:
        raise RunError(
            f"run {run_id!r} of kind {kind!r} has no journal to rebuild it from; make it again, and remove "
            f"this one by `python -m sentiment_core runs remove {run_id}`"
        )


def _ask(package: str, run_id: str) -> None:
    """Let another package's command line repair a run; its one line of error is ours.

    Its result is what counts: a library's threads can abort a process that has finished and is ending
    ("terminate called without an active exception", once in some dozens of calls).
    """
    command = [sys.executable, "-m", package, "runs", "repair", run_id]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    aborted_at_its_end = done.returncode < 0 and done.stdout.strip()
    if done.returncode and not aborted_at_its_end:
        said = done.stderr.strip().splitlines()[-1:] or [f"`python -m {package} runs repair` failed"]
        raise RunError(said[0].removeprefix("error: "))


def as_records(damaged: Sequence[Damaged]) -> list[dict[str, str]]:
    """Return damaged things as a command's JSON has them."""
    return [dataclasses.asdict(item) for item in damaged]


def damaged_lines(records: Sequence[Mapping[str, str]]) -> list[str]:
    """Return a line for each damaged thing."""
    return [Damaged(**record).sentence for record in records]


def removed_text(result: Mapping[str, Any]) -> str:
    """Say what was removed, or would be with --yes."""
    head = "removed:" if result["removed"] else "would be removed (add --yes to do it):"
    return "\n".join([head, *(f"  {path}" for path in result["paths"])])


def _removed(run_id: str, yes: bool) -> dict[str, Any]:
    if not yes and runs.is_running(runs.folder_of(run_id)):
        raise RunError(f"run {run_id!r} is running; cancel it first")
    paths = runs.remove(run_id) if yes else runs.parts_of(run_id)
    return {"run_id": run_id, "removed": yes, "paths": [str(path) for path in paths]}


def _damaged(kind: str | None) -> list[Damaged]:
    """Return the damaged runs, each kind of this package's own by what it relies on."""
    own = {
        jobs.KIND: jobs.damaged_jobs,
        evaluation.KIND: evaluation.damaged_evaluations,
        study_records.KIND: study_records.damaged_studies,
        learning_curves.KIND: learning_curves.damaged_curves,
        audit.KIND: audit.damaged_audits,
        paired_records.KIND: paired_records.damaged_paired,
    }
    known = {item.name: item for item in runs.damaged_runs(kind)}
    known |= {item.name: item for name, list_ in own.items() if kind in (None, name) for item in list_()}
    return [known[name] for name in sorted(known, reverse=True)]


def _listed(kind: str | None, active_only: bool, damaged: Sequence[Damaged]) -> list[dict[str, Any]]:
    without = {item.name for item in damaged}
    found = [_summary(run) for run in runs.list_runs(kind) if run.run_id not in without]
    return [run for run in found if run["state"] in jobs.ACTIVE] if active_only else found


def _summary(run: runs.Run) -> dict[str, Any]:
    """Return what a run is and its state."""
    facts = {"run_id": run.run_id, "kind": run.kind, "created": run.created}
    if run.kind == jobs.KIND:
        job = dataclasses.asdict(jobs.status(run.run_id))
        return facts | {
            key: job[key] for key in ("title", "state", "message", "done", "total", "seconds_left")
        }
    title = str((run.manifest or run.spec).get("title") or "")
    return facts | {"title": title, "state": "finished" if run.finished else "not finished"}


def _shown(run: runs.Run) -> dict[str, Any]:
    shown = _summary(run) | {"spec": run.spec, "manifest": run.manifest}
    return shown | ({"log": jobs.log_tail(run.run_id)} if run.kind == jobs.KIND else {})


def _line(run: dict[str, Any]) -> str:
    share = f"{run['done'] / run['total']:.0%}" if run.get("total") and run["state"] == "running" else ""
    parts = [run["run_id"], run["kind"], run["state"], share, run["title"], run.get("message", "")]
    return "  ".join(part for part in parts if part)
