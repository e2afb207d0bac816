"""`show`: the figures of one batch, finished or so far."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from attacks.batches import runs as attack_runs
from attacks.batches import verdicts
from attacks.commands import runs
from attacks.figures import robustness
from sentiment_core.evaluation import spending

NAME = "show"
HELP = "Show a batch: what was asked, and each figure with its 95 % interval and n."
EXAMPLES = """
python -m attacks show RUN
python -m attacks show RUN --json
python -m attacks show RUN --details --json
python -m attacks show RUN --errors
"""

#: Figures that are shares of 1; the others are counts and means.
_RATES = ("accuracy", "rate", "share")
#: A cosine: its differences lie behind the first decimal.
_DECIMALS = {"similarity": 3}
_TALLIES = ("succeeded", "failed", "skipped", "errored", "censored")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run."""
    parser.add_argument("run", metavar="RUN", help="the batch's id")
    parser.add_argument(
        "--errors", action="store_true", help="print the tracebacks of the reviews that an error ended"
    )
    parser.add_argument(
        "--details",
        action="store_true",
        help="in the JSON also success by queries, accuracy by share changed, words and their places",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Return what is known about a batch."""
    if args.errors:
        return {"run_id": args.run, "errors": attack_runs.errors_of(args.run)}
    return described(args.run) | (details(args.run) if args.details else {})


def show(result: dict[str, Any]) -> str:
    """Return the figures as lines, or the log of errors."""
    if "errors" in result:
        return str(result["errors"]).rstrip() or "no errors were logged for this batch"
    return text(result)


def described(run_id: str) -> dict[str, Any]:
    """Return what a batch is, its spec and its figures, for an unfinished one the figures so far."""
    found = attack_runs.open_attack(run_id)
    figures = robustness.figures(found.records, verdicts.verdicts_of(run_id))
    return {
        **runs.summary(found),
        "n": len(found.records),
        "figures": {name: estimate.to_json() for name, estimate in figures.items()},
        "counts": robustness.counts(found.records),
        "seconds": round(float(found.records["seconds"].sum()), 3),
        "spec": {name: value for name, value in vars(found.spec).items() if name != "example_ids"},
        spending.KEY: (found.manifest or {}).get(spending.KEY, []),
        "job": attack_runs.job_of_run(run_id),
    }


def details(run_id: str) -> dict[str, Any]:
    """Return what the charts of page Robustness are drawn from, as records."""
    records, judged = attack_runs.open_attack(run_id).records, verdicts.verdicts_of(run_id)
    tables = {
        "by_queries": robustness.budget_curve(records),
        "by_share_changed": robustness.accuracy_by_share_changed(records, judged),
        "by_share_changed_valid": robustness.accuracy_by_share_changed(records, judged, valid_only=True),
        "words": robustness.vulnerable_words(records),
        "positions": robustness.vulnerable_positions(records),
    }
    return {name: table.to_dict(orient="records") for name, table in tables.items()}


def text(result: Mapping[str, Any]) -> str:
    """Return a description in lines: a heading, one line per figure, and how to resume."""
    head = f"{result['recipe']} against {result['model']}: {result['done']} of {result['total']} reviews"
    counts = ", ".join(f"{result['counts'][name]} {name}" for name in _TALLIES)
    figures = [_line(name, record) for name, record in result["figures"].items() if name not in _TALLIES]
    quick = ["quick: searched on a lighter copy, confirmed on the model itself"] * bool(
        result["spec"]["quick"]
    )
    unfinished = (
        [] if result["state"] == "finished" else [f"{result['state']}; figures are of the reviews so far"]
    )
    resume = f"  next: python -m attacks run --resume {result['run_id']}"
    return "\n".join(
        [
            head,
            *quick,
            *unfinished,
            *filter(None, [result["note"]]),
            counts,
            *figures,
            *map(spending.in_words, result[spending.KEY]),
            f"kept as {result['run_id']}",
            *([resume] if result["state"] == "stopped" else []),
        ]
    )


def _line(name: str, record: Mapping[str, Any]) -> str:
    return f"{name.replace('_', ' '):<30}{_value(name, record):<29} n = {record['n']:,}"


def _value(name: str, record: Mapping[str, Any]) -> str:
    if record["value"] is None:
        return f"undefined: {record.get('reason') or 'no reason given'}"
    scale, unit = (100, " %") if any(word in name for word in _RATES) else (1, "")
    decimals = _DECIMALS.get(name, 1)
    value, low, high = (
        None if record[key] is None else f"{scale * record[key]:.{decimals}f}"
        for key in ("value", "ci_low", "ci_high")
    )
    return f"{value}{unit}" if low is None else f"{value}{unit} [{low}, {high}]"
