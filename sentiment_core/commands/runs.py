"""`runs`: what was run, what runs now, and stopping or resuming it."""

from __future__ import annotations

import argparse
import dataclasses
import json
from typing import Any

from sentiment_core import jobs, runs

NAME = "runs"
HELP = "List runs and jobs, show one, cancel or resume a job."
EXAMPLES = """
python -m sentiment_core runs list
python -m sentiment_core runs list --kind job --active
python -m sentiment_core runs show RUN
python -m sentiment_core runs cancel RUN
python -m sentiment_core runs resume RUN
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add an action and what it is done to."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="all runs, newest first")
    listing.add_argument("--kind", help="only one kind: evaluation, job, ...")
    listing.add_argument("--active", action="store_true", help="only jobs that wait or run")
    for name, what in (
        ("show", "one run: what was asked, what came out, and the end of a job's log"),
        ("cancel", "stop a job at its next step"),
        ("resume", "start a failed, cancelled or dead job again from where it was"),
    ):
        actions.add_parser(name, help=what).add_argument("run", metavar="RUN", help="the run's id")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """List, show, cancel or resume."""
    if args.action == "list":
        return {"runs": _listed(args.kind, args.active)}
    if args.action == "cancel":
        jobs.cancel(args.run)
    elif args.action == "resume":
        jobs.resume(args.run)
    return _shown(runs.open_run(args.run))


def show(result: dict[str, Any]) -> str:
    """Return a line a run, or one run in full."""
    if "runs" in result:
        return "\n".join(map(_line, result["runs"])) or "no runs yet"
    facts = {key: value for key, value in result.items() if key not in ("spec", "manifest", "log")}
    parts = [_line(facts), json.dumps(result["manifest"] or result["spec"], indent=2, ensure_ascii=False)]
    return "\n\n".join([*parts, *filter(None, [result.get("log")])])


def _listed(kind: str | None, active_only: bool) -> list[dict[str, Any]]:
    found = [_summary(run) for run in runs.list_runs(kind)]
    return [run for run in found if run["state"] in jobs.ACTIVE] if active_only else found


def _summary(run: runs.Run) -> dict[str, Any]:
    """Return who a run is and where it stands."""
    facts = {"run_id": run.run_id, "kind": run.kind, "created": run.created}
    if run.kind == jobs.KIND:
        job = dataclasses.asdict(jobs.status(run.run_id))
        return facts | {
            key: job[key] for key in ("title", "state", "message", "done", "total", "seconds_left")
        }
    title = (run.manifest or run.spec).get("title", "")
    return facts | {"title": title, "state": "finished" if run.finished else "not finished"}


def _shown(run: runs.Run) -> dict[str, Any]:
    shown = _summary(run) | {"spec": run.spec, "manifest": run.manifest}
    return shown | ({"log": jobs.log_tail(run.run_id)} if run.kind == jobs.KIND else {})


def _line(run: dict[str, Any]) -> str:
    share = f"{run['done'] / run['total']:.0%}" if run.get("total") and run["state"] == "running" else ""
    parts = [run["run_id"], run["kind"], run["state"], share, run["title"], run.get("message", "")]
    return "  ".join(part for part in parts if part)
