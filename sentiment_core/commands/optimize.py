"""`optimize`: search for good settings of a fine-tuning."""

from __future__ import annotations

import argparse
from typing import Any

from sentiment_core import promotions, terminal
from sentiment_core.commands import train
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.errors import RunError
from sentiment_core.jobs.jobs import job_progress, show_scratch
from sentiment_core.search import search
from sentiment_core.search.search import Budget, Request, StudyRecord
from sentiment_core.search.space import FIRST_LEARNING_RATES, SPACE
from sentiment_core.training.rows import with_train_size, with_training_rows

NAME = "optimize"
HELP = "Search for the settings of a fine-tuning that validate best; the best model goes on the shelf."
EXAMPLES = """
python -m sentiment_core optimize --data imdb-embedded --base distilbert-minilm --train-size 2000 --max-length 128 --trials 12
python -m sentiment_core optimize --data imdb --base distilbert-base-uncased --minutes 480 --alias searched
python -m sentiment_core optimize --resume 20260101t120000000-optimise-distilbert-minilm-0a1b2c3d
"""  # noqa: E501

#: Flag of `train` that stands for a setting; given here it is the same in every trial.
FIXED_FLAGS = {flag: setting for flag, setting in train.SETTING_FLAGS.items() if flag != "--base"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add data, base, limits, and the settings that are not to be searched."""
    add_data_arguments(parser, required=False)
    parser.set_defaults(seed=None)
    parser.add_argument("--base", dest="set_base", metavar="BASE", help="the pretrained model to fine-tune")
    parser.add_argument(
        "--train-size", type=int, metavar="N", help="train each trial on N reviews only (stratified, seeded)"
    )
    parser.add_argument(
        "--trials",
        type=int,
        metavar="N",
        help=f"stop after N finished trials ({search.DEFAULT_TRIALS}, unless --minutes is given)",
    )
    parser.add_argument("--minutes", type=float, metavar="M", help="start no trial after M minutes")
    parser.add_argument("--alias", metavar="NAME", help="a short name for the best model")
    parser.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar="RUN",
        help="resume this search or, without RUN, the newest unfinished one of the same request",
    )
    train.add_set_argument(parser, "a setting of every trial")
    for flag, setting in FIXED_FLAGS.items():
        parser.add_argument(flag, dest=f"set_{setting}", metavar="VALUE", help=f"{setting} of every trial")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Start or resume a search, and return what it found."""
    budget = Budget(args.trials, args.minutes)
    limits = None if args.trials is None and args.minutes is None else budget
    record = search.resume(
        args.resume or _started(args, budget), limits, progress=job_progress(), announce=show_scratch
    )
    return _result(record)


def show(result: dict[str, Any]) -> str:
    """Return the trials, the best of them, and what to do next."""
    lines = [f"{result['run_id']}: {result['n_finished']} trials finished", *map(_line, result["trials"])]
    best = result["best"]
    if best is None:
        return "\n".join([*lines, "no trial is complete, so there is no best trial"])
    figure = best["validation"]
    settings = ", ".join(f"{name} {_short(value)}" for name, value in best["params"].items())
    following = terminal.command(
        "sentiment_core", "evaluate", model=best["model_id"], data=result["data"]["fingerprint"]
    )
    return "\n".join(
        [
            *lines,
            f"best: trial {best['number']}, {settings}",
            f"  validation accuracy {figure['value']:.4f} [{figure['ci_low']:.4f}, {figure['ci_high']:.4f}], "
            f"n = {figure['n']:,} ({best['selected_on']})",
            f"  model {best['model_id']}",
            f"  next: {following}",
        ]
    )


def _started(args: argparse.Namespace, budget: Budget) -> str:
    """Return the id of a new search, or of the unfinished one to resume."""
    if not args.data or not args.set_base:
        rates = ", ".join(f"{rate:g}" for rate in FIRST_LEARNING_RATES)
        raise RunError(
            f"optimize needs --data and --base, or --resume RUN; searched are {', '.join(SPACE)}, "
            f"learning rates {rates} first"
        )
    request = _request(args, budget)
    again = search.unfinished_like(request) if args.resume is not None else None
    return again or search.start(request)


def _request(args: argparse.Namespace, budget: Budget) -> Request:
    filled = argparse.Namespace(**vars(args) | {"family": search.FAMILY, "preset_params": {}})
    fixed = train.settings_from(filled)
    seed = args.seed or 0
    dataset = with_training_rows(dataset_from(argparse.Namespace(**vars(args) | {"seed": seed})), seed)
    if args.train_size is not None:
        dataset = with_train_size(dataset, args.train_size, seed)
    promotions.check_name(args.alias or "")
    return Request(dataset, fixed, budget, seed, args.alias)


def _result(record: StudyRecord) -> dict[str, Any]:
    manifest = record.manifest or {}
    return {
        "run_id": record.run_id,
        "best": manifest["best"],
        "data": manifest["data"],
        "n_finished": manifest["n_finished"],
        "importance": manifest["importance"],
        "trials": record.trials.to_dict("records"),
    }


def _line(trial: dict[str, Any]) -> str:
    value = "-" if trial["value"] is None else f"{trial['value']:.4f}"
    left_out = ("number", "state", "value", "seconds", "model_id", "reason", "intermediate_values")
    settings = ", ".join(f"{name} {_short(value)}" for name, value in trial.items() if name not in left_out)
    return f"{trial['number']:>4}  {trial['state']:<12}{value:>7}  {settings}  {trial['reason']}".rstrip()


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
