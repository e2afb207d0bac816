"""`abstain`: when a model should rather not answer, fitted on validation reviews and held on test reviews."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from sentiment_core import models
from sentiment_core.abstention import conformal, risk_coverage, thresholds
from sentiment_core.abstention.of_models import Fitting
from sentiment_core.commands.calibrate import reviews_of
from sentiment_core.commands.data import add_reading_arguments
from sentiment_core.commands.evaluate import add_workers
from sentiment_core.commands.figures import estimate, selective_lines
from sentiment_core.evaluation import records
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import SPLITS

NAME = "abstain"
HELP = "Find the confidence below which a model should not answer, and what it then gets right."
EXAMPLES = """
python -m sentiment_core abstain --model reference
python -m sentiment_core abstain --model tfidf --error-rate 0.02 --json
python -m sentiment_core abstain --model tfidf --error-rate 0.05 --confidence 0.9 --coverage 0.98
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model, what is wanted of its answers, and the reviews."""
    parser.add_argument("--model", required=True, metavar="NAME", help="a model's id or alias")
    parser.add_argument(
        "--error-rate", type=float, default=0.05, metavar="SHARE", help="of its answers, at most (0.05)"
    )
    parser.add_argument(
        "--confidence",
        type=float,
        default=thresholds.CONFIDENCE,
        metavar="SHARE",
        help="how surely the error rate is kept to (0.95)",
    )
    parser.add_argument(
        "--coverage",
        type=float,
        default=0.95,
        metavar="SHARE",
        help="how often the set `positive`, `negative` or `either` holds the true label (0.95)",
    )
    parser.add_argument(
        "--data", metavar="NAME_OR_PATH", help="the reviews (those that the model was trained with)"
    )
    parser.add_argument("--fit", default="validation", choices=SPLITS, help="fitted to these (validation)")
    parser.add_argument("--split", default="test", choices=SPLITS, help="measured on these (test)")
    add_reading_arguments(parser)
    add_workers(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Fit both rules, measure them on the other split, and return the figures."""
    card = models.resolve(args.model)
    nothing = np.empty(0)
    thresholds.guaranteed(nothing.astype(np.int64), nothing, args.error_rate, args.confidence)
    conformal.largest_score(nothing.astype(np.int64), nothing, args.coverage)
    dataset = reviews_of(args, card)
    fitted_on, held_on = (
        Fitting.of(
            records.latest_or_new(
                card.model_id, dataset, split, workers=args.workers, progress=job_progress()
            )
        )
        for split in (args.fit, args.split)
    )
    rule, largest = fitted_on.rule(args.error_rate, args.confidence), fitted_on.largest_score(args.coverage)
    answers = held_on.y_true, held_on.prob_positive
    return {
        "model_id": card.model_id,
        "model_alias": card.alias,
        "data": {"name": dataset.name, "fingerprint": dataset.fingerprint},
        "fitted_on": {"split": args.fit, "n": len(fitted_on.y_true)},
        "held_on": {"split": args.split, "n": len(held_on.y_true)},
        "rule": rule.to_json(),
        "held": thresholds.held(rule, *answers).to_json(),
        "conformal": {
            "coverage_wanted": args.coverage,
            "largest_score": largest,
            **conformal.figures(*answers, largest).to_json(),
        },
        "selective": risk_coverage.selective(*answers),
    }


def show(result: dict[str, Any]) -> str:
    """Return each rule and what it does, in sentences."""
    name = result["model_alias"] or result["model_id"]
    data, fitted, held = result["data"]["name"], result["fitted_on"], result["held_on"]
    return "\n".join(
        [
            f"{name}, fitted to {fitted['n']:,} {fitted['split']} reviews of {data}, measured on "
            f"{held['n']:,} {held['split']} reviews:",
            *_rule_lines(result["rule"], result["held"]),
            *_set_lines(result["conformal"]),
            *selective_lines(result["selective"]),
        ]
    )


def _rule_lines(rule: dict[str, Any], held: dict[str, Any]) -> list[str]:
    if rule["threshold"] is None:
        return [f"no threshold: {rule['reason']}"]
    return [
        f"answer where it is at least {100 * rule['threshold']:.1f} % sure: at most "
        f"{100 * rule['error_rate']:g} % of its answers are wrong, with {100 * rule['confidence']:g} % "
        "confidence",
        f"  answered          {_figure(held['coverage'])}",
        f"  of these wrong    {_figure(held['error_rate'])}",
    ]


def _set_lines(sets: dict[str, Any]) -> list[str]:
    return [
        f"sets that hold the true label in {100 * sets['coverage_wanted']:g} %: a label is in from a "
        f"probability of {100 * (1 - sets['largest_score']):.1f} % on",
        f"  true label in it  {_figure(sets['coverage'])}",
        f"  one label only    {_figure(sets['single'])}",
        f"  of these right    {_figure(sets['accuracy_of_single'])}",
    ]


def _figure(record: dict[str, Any]) -> str:
    return f"{estimate('accuracy', record):<26}n = {record['n']:,}"
