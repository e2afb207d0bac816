"""`judge`: is each adversarial text of a batch valid, and if not, why?"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import Any

from attacks.batches import runs, verdicts
from attacks.figures import robustness
from attacks.validity import criteria, judged
from attacks.validity.criteria import LEAST_SIMILARITY, MOST_CHANGED
from attacks.validity.stated import Thresholds, under
from sentiment_core.errors import ResourceMissing, RunError
from sentiment_core.jobs.jobs import job_progress

NAME = "judge"
HELP = "Judge whether each adversarial text of a batch is valid, and why not; or decide one by hand."
EXAMPLES = """
python -m attacks judge RUN
python -m attacks judge RUN --json
python -m attacks judge RUN --review ID --verdict not-valid
python -m attacks judge RUN --review ID --verdict automatic
python -m attacks judge RUN --least-similarity 0.7 --most-changed 0.3
"""

_BY_HAND = {"valid": True, "not-valid": False, "automatic": None}
_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run, and a verdict by hand."""
    parser.add_argument("run", metavar="RUN", help="a finished batch's id")
    parser.add_argument("--review", metavar="ID", help="the review that --verdict is about")
    parser.add_argument(
        "--verdict", choices=tuple(_BY_HAND), help="decide by hand, or return to the automatic verdict"
    )
    parser.add_argument(
        "--least-similarity",
        type=float,
        default=LEAST_SIMILARITY,
        metavar="COSINE",
        help="figures under another threshold of the meaning, such as a panel's; what is kept stays "
        f"({LEAST_SIMILARITY})",
    )
    parser.add_argument(
        "--most-changed",
        type=float,
        default=MOST_CHANGED,
        metavar="SHARE",
        help=f"figures under another limit of the words changed ({MOST_CHANGED})",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Judge what is not judged yet, and return every verdict and the figures."""
    thresholds = Thresholds(args.least_similarity, args.most_changed)
    if (args.review is None) != (args.verdict is None):
        raise RunError("--review and --verdict belong together; give both or none")
    if args.review is not None:
        verdicts.overrule(args.run, args.review, _BY_HAND[args.verdict])
    standing = verdicts.judge_run(args.run, job_progress())
    standing = standing if thresholds.usual else under(standing, thresholds)
    records = runs.open_attack(args.run).records
    figures = robustness.figures(records, standing)
    names = ("success_rate", "valid_success_rate", "accuracy_under_attack", "valid_accuracy_under_attack")
    return {
        "run_id": args.run,
        "criteria": {name: criterion.rule for name, criterion in criteria.CRITERIA.items()},
        "criteria_version": criteria.version(),
        "thresholds": asdict(thresholds) | {"in_force": thresholds.usual},
        "calibration": [asdict(calibrated) for calibrated in criteria.CALIBRATION],
        "n": len(judged.validity(records, standing)),
        "valid": len(judged.valid_ids(records, standing)),
        "by_hand": int(standing["by_hand"].sum()),
        "figures": {name: figures[name].to_json() for name in names},
        "verdicts": standing.to_dict("records"),
    }


def show(result: dict[str, Any]) -> str:
    """Return how many are valid, and the first verdicts."""
    hand = f", {result['by_hand']} of them decided by hand" if result["by_hand"] else ""
    lines = [f"{result['valid']} of {result['n']} adversarial texts are valid{hand}{_stated(result)}"]
    lines += [_line(verdict) for verdict in result["verdicts"][:_SHOWN]]
    more = result["n"] - _SHOWN
    return "\n".join(lines + ([f"and {more} more; all with --json"] if more > 0 else []))


def _stated(result: dict[str, Any]) -> str:
    stated = result["thresholds"]
    if stated["in_force"]:
        return ""
    return (
        f", where the texts are {stated['least_similarity']:g} alike or more around each change and at most "
        f"{stated['most_changed']:.0%} of the words are changed (in force: {LEAST_SIMILARITY:g}, "
        f"{MOST_CHANGED:.0%})"
    )


def judged_if_possible(run_id: str) -> None:
    """Judge a run that has just ended; say so where the encoder is missing, as the figures do too."""
    try:
        verdicts.judge_run(run_id, job_progress())
    except ResourceMissing as missing:
        print(f"not judged: {missing}", file=sys.stderr)


def _line(verdict: dict[str, Any]) -> str:
    word = "valid" if verdict["valid"] else "not valid"
    how = " (by hand)" if verdict["by_hand"] else ""
    return f"{verdict['example_id']}  {word}{how}  {verdict['reasons']}".rstrip()
