"""`gate`: may a new model replace an old one?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from attacks.gate import configuration, junit, ledger, measuring
from attacks.gate.configuration import Config, GateError
from attacks.gate.decision import FAIL
from attacks.gate.measuring import Asked
from sentiment_core import data, models
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.evaluation.prediction import MOST_WORKERS, usable_cores
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import SPLITS, Dataset
from sentiment_core.storage import workspace

NAME = "gate"
HELP = (
    "Decide whether a new model may replace an old one: no worse than stated margins, or not; exit 1 on fail."
)
EXAMPLES = """
python -m attacks gate --model nbsvm --baseline tfidf --data imdb-embedded
python -m attacks gate --model nbsvm --baseline tfidf --data imdb-embedded --measure
python -m attacks gate --model nbsvm --baseline tfidf --config gate.toml --junit gate.xml --json
python -m attacks gate --model nbsvm --baseline tfidf --data imdb-embedded --promote
python -m attacks gate --write-config gate.toml
python -m attacks gate --list
python -m attacks gate --rollback RUN
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the two models, the data and what else can be done with the ledger."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--model", metavar="NEW", help="the model that may replace the other")
    what.add_argument("--list", action="store_true", help="list decisions, promotions and rollbacks")
    what.add_argument("--rollback", metavar="RUN", help="undo a promotion: give `current` back")
    what.add_argument("--write-config", type=Path, metavar="FILE", help="write the default configuration")
    parser.add_argument("--baseline", metavar="OLD", help="the model that it would replace")
    parser.add_argument(
        "--measure",
        action="store_true",
        help="first make the runs that are missing: evaluations, an attack of both, probes, bias, timing",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="processes that attack (one per core)")
    parser.add_argument("--of", metavar="RUN", help="with --write-config: that of this decision")
    parser.add_argument("--config", type=Path, metavar="FILE", help="margins and more, in TOML")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="also write JUnit XML")
    parser.add_argument("--promote", action="store_true", help="make NEW `current` unless it fails")
    parser.add_argument("--override", default="", metavar="REASON", help="promote although it fails; kept")
    parser.add_argument("--split", default="test", choices=SPLITS, help="which reviews (test)")
    add_data_arguments(parser, required=False)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Decide, list, roll back or write the default configuration."""
    if args.list:
        return {"ledger": ledger.entries()}
    if args.rollback:
        return {"rolled_back": ledger.rollback(args.rollback).spec}
    if args.write_config:
        return _write_config(args.write_config, args.of)
    return _decide(args)


def exit_code(result: dict[str, Any]) -> int:
    """Return 1 where the gate failed."""
    return int(result.get("verdict") == FAIL)


def show(result: dict[str, Any]) -> str:
    """Return a line per criterion, the verdict and where it is kept."""
    if "ledger" in result:
        return "\n".join(map(_entry, result["ledger"])) or "The ledger is empty."
    if "rolled_back" in result:
        return f"`current` is {result['rolled_back']['model_id']} again"
    if "written" in result:
        return f"wrote {result['written']}"
    lines = [line for item in result["criteria"] for line in _criterion(item)]
    end = f"{result['verdict'].upper()}: {result['model']} in place of {result['baseline']}"
    kept = _left_out(result) + [f"kept as {result['run_id']}"]
    kept += [f"promoted: {result['promotion']}"] if result["promotion"] else []
    kept += [result["refused"]] if result["refused"] else []
    return "\n".join([*lines, end, *kept])


def _decide(args: argparse.Namespace) -> dict[str, Any]:
    if not args.baseline:
        raise GateError("no baseline is given; give --baseline OLD")
    config = configuration.read(args.config) if args.config else Config()
    args.data = args.data or config.data or None
    if args.data is None:
        raise GateError("no data is given; give --data NAME_OR_PATH, or `data` in the configuration")
    if models.resolve(args.model).model_id == models.resolve(args.baseline).model_id:
        raise GateError("--model and --baseline are the same model; give two")
    dataset = dataset_from(args)
    measured = _measured(args, dataset, config) if args.measure else []
    decided = ledger.decide_pair(args.model, args.baseline, dataset, config, args.split)
    result = {
        "run_id": decided.run_id,
        **(decided.manifest or {}),
        "measured": measured,
        "promotion": None,
        "refused": "",
    }
    if args.junit:
        junit.write(args.junit, result)
    if args.promote:
        try:
            result["promotion"] = ledger.promote(decided.run_id, args.override).run_id
        except GateError as error:  # the decision is kept and shown; the exit code says the rest
            result["refused"] = str(error)
    return result


def _measured(args: argparse.Namespace, dataset: Dataset, config: Config) -> list[str]:
    """Make the runs that are missing; the reviews are stored first, since runs name them by fingerprint."""
    data.store(dataset)
    workers = args.workers or min(usable_cores(), MOST_WORKERS)
    old, new = models.resolve(args.baseline), models.resolve(args.model)
    return measuring.measure(Asked(old, new, dataset, args.split, config, workers), job_progress())


def _left_out(result: dict[str, Any]) -> list[str]:
    lines = []
    if result["left_out"]:
        lines.append(f"{result['left_out']:,} reviews left out: one of the two was trained or tuned on them")
    if result["unknown"]:
        names = " and ".join(result["unknown"])
        lines.append(f"it is not known which of these reviews {names} was trained on")
    return lines


def _write_config(path: Path, of: str | None) -> dict[str, Any]:
    if path.exists():
        raise GateError(f"{path.name} is there already; give a new name")
    if not path.absolute().parent.is_dir():
        raise GateError(f"--write-config {str(path)!r} cannot be written: its folder must exist")
    config = ledger.configuration_of(ledger.open_decision(of)) if of else Config()
    workspace.write_text(path, configuration.text(config))
    return {"written": str(path)}


def _criterion(item: dict[str, Any]) -> list[str]:
    measure = [f"        measure it: {item['command']}"] if item["command"] else []
    title = "" if item["n"] else f"{item['title']}: "
    return [f"{item['verdict']:<6}  {title}{item['sentence']}", *measure]


def _entry(entry: dict[str, Any]) -> str:
    reason = f"  (override: {entry['override']})" if entry["override"] else ""
    done = f"{entry['action']:<9}  {entry['verdict'] or '':<4}"
    return f"{entry['created']}  {done}  {entry['model_id']}  {entry['run_id']}{reason}"
