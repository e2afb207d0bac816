"""Which run `run --resume` goes on with, and whether the other flags agree with it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from attacks.batches import files, selection
from attacks.batches import runs as attack_runs
from attacks.batches.runs import AttackRun
from attacks.commands.run_request import TYPED, parameters
from sentiment_core import data, models
from sentiment_core.errors import RunError
from sentiment_core.jobs import worker
from sentiment_core.schema import LABEL_NAMES
from sentiment_core.storage import runs


def run_to_go_on_with(args: argparse.Namespace) -> str | None:
    """Return the id of the run to go on with; None where a new one is to begin.

    Without an id, a job goes on with the run that it began before it ended.

    Raises:
        RunError: no run is named, or a flag says something else than the run's spec.
    """
    if args.resume is None:
        return None
    if args.resume == "":
        return _run_of_this_job()
    run = attack_runs.open_attack(args.resume)
    for flag, given, stored in _told_twice(args, run):
        if given != stored:
            raise RunError(
                f"run {run.run_id!r} was begun with {flag} {stored}, not {given}; leave {flag} away, "
                "or begin a new run"
            )
    return run.run_id


def _run_of_this_job() -> str | None:
    job = worker.current()
    if job:
        return attack_runs.run_of_job(job.folder.name)
    stopped = [run.run_id for run in attack_runs.list_attacks() if not (run.finished or run.running)]
    raise RunError(f"--resume needs a run; to go on with: {', '.join(stopped[:5]) or 'none'}")


def _told_twice(args: argparse.Namespace, run: AttackRun) -> Iterator[tuple[str, Any, Any]]:
    """Yield (flag, what it says, what the run was begun with) for every flag that is given."""
    spec, source = run.spec, run.spec.data
    chosen = dict(source.get("selection", {}))
    if args.model is not None:
        yield "--model", models.resolve(args.model).model_id, spec.model_id
    if args.set is not None:
        yield "--set", parameters(spec.recipe, args.set), dict(spec.params)
    if args.data is not None and args.data not in (source.get("asked"), source.get("fingerprint")):
        yield "--data", args.data, source.get("name")
    if args.text is not None:
        yield "--text", data.clean_text(args.text), _typed_text(run)
    if args.label is not None:
        yield "--label", args.label, _typed_label(run)
    if args.select is not None:
        asked = selection.parsed(
            args.select, n=chosen.get("n"), seed=spec.seed, model=args.model or chosen.get("model")
        )
        yield "--select", runs.json_ready(asked), chosen
    for flag, stored in (
        ("recipe", spec.recipe),
        ("seed", spec.seed),
        ("budget", spec.query_budget),
        ("seconds", spec.seconds),
        ("quick", spec.quick),
        ("split", source.get("split")),
        ("limit", chosen.get("n")),
    ):
        if getattr(args, flag) is not None:
            yield f"--{flag}", getattr(args, flag), stored


def _typed_text(run: AttackRun) -> str | None:
    typed = run.spec.data.get("name") == TYPED
    return files.read_examples(run.folder)[0].text if typed else None


def _typed_label(run: AttackRun) -> str | None:
    typed = run.spec.data.get("name") == TYPED
    return LABEL_NAMES[files.read_examples(run.folder)[0].label] if typed else None
