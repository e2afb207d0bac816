"""`run`: attack reviews with a recipe and keep a record of each."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from attacks.batches import runs
from attacks.batches.selection import HOW_TO_SELECT
from attacks.commands import judge, resuming, run_request
from attacks.commands import show as showing
from sentiment_core.errors import RunError
from sentiment_core.evaluation.prediction import MOST_WORKERS, usable_cores
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import SPLITS

NAME = "run"
HELP = "Attack reviews with a recipe, keep a record of each, and report the figures."
EXAMPLES = """
python -m attacks run --model tfidf --recipe deepwordbug --data imdb-embedded --limit 100
python -m attacks run --model tfidf --recipe pwws --data imdb-embedded --limit 100 --workers 2 --budget 5000 --seconds 60
python -m attacks run --model tfidf --recipe pwws --data imdb-embedded --select outcome=right --select words=50-200
python -m attacks run --model tfidf --recipe deepwordbug --text "A warm, funny film." --label positive
python -m attacks run --resume RUN
python -m attacks run --resume RUN --cluster tcp://10.0.0.1:8786
"""  # noqa: E501

#: Each process loads TextAttack and the model, which takes seconds: one for every so many reviews at most.
REVIEWS_A_PROCESS = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add model, recipe, reviews, limits, and who works."""
    parser.add_argument("--model", metavar="NAME", help="a model's id or alias")
    parser.add_argument(
        "--recipe", metavar="NAME", help="how to attack; `python -m attacks recipes` lists them"
    )
    parser.add_argument("--set", action="append", metavar="NAME=VALUE", help="a recipe's parameter (repeat)")
    _add_reviews(parser)
    parser.add_argument(
        "--seed", type=int, metavar="N", help="seed of the choice of reviews and of each attack (0)"
    )
    parser.add_argument(
        "--budget", type=int, metavar="Q", help="most queries a review, as TextAttack counts (no limit)"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help="most seconds a review, looked at before each call of the model (no limit); with it, results "
        "depend on the machine's speed",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        default=None,
        help="search on the transformer in half precision; successes are confirmed on the model itself",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="processes of one thread (one a core)")
    parser.add_argument(
        "--cluster", metavar="ADDRESS", help="a Dask scheduler whose workers attack; they share the workspace"
    )
    parser.add_argument(
        "--no-judge", action="store_true", help="leave it to `judge` to say which texts are valid"
    )
    parser.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar="RUN",
        help="go on with a run that was cancelled or killed, exactly as it was begun",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Attack, and return the run's id and its figures."""
    if args.workers is not None and args.workers < 1:
        raise RunError(f"--workers is {args.workers}; give 1 or more")
    run_id = resuming.run_to_go_on_with(args) or run_request.begun(args)
    print(f"run {run_id}", file=sys.stderr, flush=True)
    total = runs.open_attack(run_id).total
    workers = args.workers or min(usable_cores(), MOST_WORKERS, -(-total // REVIEWS_A_PROCESS))
    runs.run_batch(run_id, workers=workers, cluster=args.cluster, progress=job_progress())
    if not args.no_judge:
        judge.judged_if_possible(run_id)
    return showing.described(run_id)


def show(result: dict[str, Any]) -> str:
    """Return the figures as lines."""
    return showing.text(result)


def _add_reviews(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", metavar="NAME_OR_PATH", help="a data set's name, file, folder or fingerprint, as in `train`"
    )
    parser.add_argument("--text-column", metavar="COLUMN", help="column of the texts (guessed when obvious)")
    parser.add_argument("--label-column", metavar="COLUMN", help="column of the labels (guessed)")
    parser.add_argument("--split", choices=SPLITS, help="which reviews (test)")
    parser.add_argument("--limit", type=int, metavar="N", help="how many reviews, drawn by --seed (100)")
    parser.add_argument(
        "--select", action="append", metavar="KEY=VALUE", help=f"which (repeat): {HOW_TO_SELECT}"
    )
    parser.add_argument("--text", help="one review typed by hand, instead of --data; needs --label")
    parser.add_argument("--label", choices=("negative", "positive"), help="what --text truly is")
