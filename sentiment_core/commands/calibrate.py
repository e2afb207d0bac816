"""`calibrate`: fit a temperature on validation reviews, and keep a model whose probabilities come true."""

from __future__ import annotations

import argparse
from typing import Any

from sentiment_core import calibrating, models
from sentiment_core.calibration.fitting import METHODS
from sentiment_core.commands.data import add_reading_arguments, dataset_from
from sentiment_core.commands.evaluate import add_workers
from sentiment_core.commands.figures import estimate
from sentiment_core.errors import DataError
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.metrics import METRICS
from sentiment_core.models import ModelCard
from sentiment_core.schema import SPLITS, Dataset

NAME = "calibrate"
HELP = "Fit a temperature on validation reviews and keep the calibrated model beside the model."
EXAMPLES = """
python -m sentiment_core calibrate --model reference
python -m sentiment_core calibrate --model tfidf --method none --json
python -m sentiment_core calibrate --model reference --method platt --alias reference-platt
python -m sentiment_core calibrate --model tfidf --data rotten-tomatoes-embedded --split test --alias snippets
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model, the reviews to fit to, and the method."""
    parser.add_argument("--model", required=True, metavar="NAME", help="a model's id or alias")
    parser.add_argument(
        "--method",
        choices=[*METHODS, calibrating.NONE],
        default="temperature",
        help="temperature divides the log-odds and changes no label (default); platt also shifts them; none "
        "only measures",
    )
    parser.add_argument(
        "--data", metavar="NAME_OR_PATH", help="the reviews to fit to (those that the model was trained with)"
    )
    parser.add_argument(
        "--split", default="validation", choices=SPLITS, help="which of them are fitted to (validation)"
    )
    parser.add_argument(
        "--test", action="store_true", help="measure on the test reviews too (done where they were predicted)"
    )
    parser.add_argument("--alias", help="name of the calibrated model (that of the model, and -calibrated)")
    add_reading_arguments(parser)
    add_workers(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Fit, measure, keep, and return the figures."""
    card = models.resolve(args.model)
    if args.alias:
        models.check_alias(args.alias)
    found = calibrating.measure(
        card,
        reviews_of(args, card),
        args.method,
        split=args.split,
        test=args.test,
        seed=args.seed,
        workers=args.workers,
        progress=job_progress(),
    )
    made, carried = (card, []) if args.method == calibrating.NONE else calibrating.keep(found, args.alias)
    return {
        "model_id": made.model_id,
        "alias": made.alias,
        "source": card.model_id,
        "source_alias": card.alias,
        "method": found.method,
        "temperature": found.fitted.scaling.temperature,
        "temperature_estimate": found.fitted.temperature.to_json(),
        "scale": found.fitted.scaling.scale,
        "shift": found.fitted.scaling.shift,
        **found.fitted_on.to_json(),
        "test": found.tested_on.to_json() if found.tested_on else None,
        "evaluations": carried,
    }


def reviews_of(args: argparse.Namespace, card: ModelCard) -> Dataset:
    """Return the data set of --data, or the one that the model was trained with."""
    if args.data is not None:
        return dataset_from(args)
    if args.limit is not None:
        raise DataError("--limit is for reviews that --data names; give --data too")
    return calibrating.training_data(card)


def show(result: dict[str, Any]) -> str:
    """Return what was fitted, the figures before and after, and the model that was made."""
    lines = [_fitted_line(result), *_figure_lines(result)]
    if result["test"]:
        lines += ["on reviews that nothing was fitted to:", *_figure_lines(result["test"])]
    if result["method"] != calibrating.NONE:
        lines.append(f"kept as {result['alias']} ({result['model_id']}); {_labels(result)}")
    return "\n".join(lines)


def _fitted_line(result: dict[str, Any]) -> str:
    where = f"{result['data']['n']:,} reviews of {result['data']['name']} {result['data']['split']}"
    name = result["source_alias"] or result["source"]
    if result["method"] == calibrating.NONE:
        return f"{name} as it is, on {where}:"
    found = result["temperature_estimate"]
    interval = f"[{found['ci_low']:.2f}, {found['ci_high']:.2f}]"
    shift = f", shift {result['shift']:+.3f}" if result["method"] == "platt" else ""
    return (
        f"{name}: temperature {found['value']:.2f} {interval}{shift}, fitted to {where}; each figure after "
        "is by a fit without its review:"
    )


def _figure_lines(result: dict[str, Any]) -> list[str]:
    return [_line(name, result[name], result["data"]["n"]) for name in calibrating.FIGURES]


def _line(name: str, sides: dict[str, Any], n: int) -> str:
    before, after = (estimate(name, sides[side]) if side in sides else "" for side in ("before", "after"))
    arrow = f" -> {after}" if after else ""
    return f"  {METRICS[name].title:<18}{before}{arrow}  n = {n:,}"


def _labels(result: dict[str, Any]) -> str:
    parts = [result, result["test"]] if result["test"] else [result]
    changed = sum(part["labels_changed"] for part in parts)
    n = sum(part["data"]["n"] for part in parts)
    return "no label changes" if not changed else f"{changed:,} of {n:,} labels change"
