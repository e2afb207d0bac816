"""`thresholds`: what a model does at every threshold, and which ones its answers suggest."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from sentiment_core import models
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.commands.evaluate import add_evaluation_arguments
from sentiment_core.errors import RunError
from sentiment_core.evaluation import operating_points, records, suggestions
from sentiment_core.evaluation.scoring import truth_and_probability
from sentiment_core.evaluation.suggestions import HIGHEST_COST
from sentiment_core.jobs.jobs import job_progress

NAME = "thresholds"
HELP = "Show what a model does at every threshold, which one has the best F1, and which costs least."
EXAMPLES = """
python -m sentiment_core thresholds --model tfidf --data imdb-embedded --split validation
python -m sentiment_core thresholds --model tfidf --data imdb-embedded --cost-false-positive 5 --json
python -m sentiment_core thresholds --model tfidf --data imdb-embedded --step 0.001 --json
"""
#: The steps of the page's slider are the finest.
FINEST, USUAL_STEP = 0.001, 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model, the reviews and what errors cost."""
    parser.add_argument("--model", required=True, metavar="NAME", help="a model's id or alias")
    for kind in ("positive", "negative"):
        parser.add_argument(
            f"--cost-false-{kind}", type=float, default=1.0, metavar="X", help=f"of a false {kind} (1)"
        )
    parser.add_argument(
        "--step", type=float, default=USUAL_STEP, metavar="P", help="between rows of the sweep (0.05)"
    )
    add_data_arguments(parser)
    add_evaluation_arguments(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Sweep the thresholds of the newest evaluation; where there is none, evaluate first."""
    costs = args.cost_false_positive, args.cost_false_negative
    _check(costs, args.step)
    card = models.resolve(args.model)
    found = records.latest_or_new(
        card.model_id, dataset_from(args), args.split, workers=args.workers, progress=job_progress()
    )
    answers = truth_and_probability(found.frame)
    rows = operating_points.threshold_sweep(*answers, _grid(args.step))
    return {
        "model_id": card.model_id,
        "model_alias": card.alias,
        "run_id": found.run_id,
        "data": found.manifest["data"],
        "costs": dict(zip(("false_positive", "false_negative"), costs, strict=True)),
        "suggestions": suggestions.outcomes(suggestions.sweep(*answers), *costs),
        "optimism": suggestions.optimism(found.split),
        "sweep": rows.to_dict(orient="records"),
    }


def show(result: dict[str, Any]) -> str:
    """Return the suggested thresholds, then the sweep."""
    data, name = result["data"], result["model_alias"] or result["model_id"]
    costs = result["costs"]
    return "\n".join(
        [
            f"{name} on {data['name']} {data['split']}, {data['n']:,} reviews; a false positive costs "
            f"{costs['false_positive']:g}, a false negative {costs['false_negative']:g}",
            f"{'rule':<13}{'threshold':>9}{'F1':>9}{'false pos.':>12}{'false neg.':>12}{'cost/review':>13}",
            *map(_suggestion, result["suggestions"]),
            result["optimism"],
            "",
            f"{'threshold':>9}{'accuracy':>10}{'precision':>11}{'recall':>9}{'F1':>9}{'fp':>8}{'fn':>8}",
            *map(_row, result["sweep"]),
            f"from {result['run_id']}",
        ]
    )


def _check(costs: tuple[float, float], step: float) -> None:
    wrong = next((cost for cost in costs if not 0 <= cost <= HIGHEST_COST), None)
    if wrong is not None:
        raise RunError(f"a cost is {wrong:g}; give a number from 0 to {HIGHEST_COST:,.0f}")
    if not FINEST <= step <= 1:
        raise RunError(f"--step is {step:g}; give a number from {FINEST:g} to 1")


def _grid(step: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return 0, step, ... and 1, as exact thousandths where the step is of these."""
    return np.unique(np.r_[np.round(np.arange(0.0, 1.0, step), 6), 1.0])


def _suggestion(row: dict[str, Any]) -> str:
    return (
        f"{row['rule']:<13}{row['threshold']:>9.3f}{100 * row['f1']:>7.1f} %{row['false_positives']:>12,}"
        f"{row['false_negatives']:>12,}{row['cost_per_review']:>13.4f}"
    )


def _row(row: dict[str, Any]) -> str:
    shares = "".join(
        f"{_percent(row[name]):>{width}}"
        for name, width in (("accuracy", 10), ("precision", 11), ("recall", 9), ("f1", 9))
    )
    return f"{row['threshold']:>9.3f}{shares}{row['fp']:>8,}{row['fn']:>8,}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"
