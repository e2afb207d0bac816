"""`harden`: train a model again on attacked reviews, and measure what that gained."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from attacks.hardening import harden
from attacks.hardening.augmentation import WORDS
from attacks.hardening.harden import HardeningSpec
from sentiment_core import data, models, promotions
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.commands.runs import as_records, damaged_lines
from sentiment_core.commands.train import add_set_argument, parsed, split_setting
from sentiment_core.errors import RunError
from sentiment_core.evaluation.prediction import MOST_WORKERS, usable_cores
from sentiment_core.jobs import works_on
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.storage import runs
from sentiment_core.training import edited_reviews, train
from sentiment_core.training.rows import with_training_rows

NAME = "harden"
HELP = "Attack training reviews, train the model again with them, and compare before and after."
EXAMPLES = """
python -m attacks harden --model tfidf --recipe deepwordbug --data imdb-embedded --set spelling=true --alias tfidf-hardened
python -m attacks harden --model tfidf --recipe deepwordbug --data imdb-embedded --others pwws,pruthi --attacked 2000
python -m attacks harden --model tfidf --recipe pwws --data imdb-embedded --worst-case 5 --alias tfidf-certified
python -m attacks harden --model reference --recipe deepwordbug --data imdb-embedded --attacked 0 --edited 1600
python -m attacks harden --resume RUN
python -m attacks harden --list
"""  # noqa: E501


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add model, recipes, how much is trained on, and how much is measured."""
    parser.add_argument("--model", metavar="NAME", help="the model to harden")
    parser.add_argument("--recipe", metavar="NAME", help="what training reviews are attacked with")
    add_data_arguments(parser, required=False)
    parser.add_argument(
        "--others", default="pruthi", metavar="A,B", help="other recipes to measure it with (pruthi)"
    )
    parser.add_argument("--attacked", type=int, default=1000, metavar="N", help="training reviews (1000)")
    parser.add_argument(
        "--edited", type=int, default=0, metavar="N", help="training reviews edited without a search (0)"
    )
    parser.add_argument(
        "--worst-case",
        type=int,
        default=0,
        metavar="K",
        help="train against the worst K substitutions of the recipe instead: linear models",
    )
    parser.add_argument(
        "--most-lost",
        type=float,
        default=0.01,
        metavar="SHARE",
        help="with --worst-case: validation accuracy that may be given up for it (0.01)",
    )
    parser.add_argument("--words", choices=WORDS, default="random", help="which words to edit (random)")
    parser.add_argument("--share", type=float, default=0.15, help="share of their words (0.15)")
    parser.add_argument(
        "--measured", type=int, default=100, metavar="N", help="held-out reviews under attack (100)"
    )
    parser.add_argument("--split", default="test", choices=("validation", "test"), help="held out (test)")
    parser.add_argument("--repeats", type=int, default=1, metavar="N", help="weight of an edited review (1)")
    parser.add_argument("--failed", action="store_true", help="train on failed attacks' best tries too")
    parser.add_argument("--budget", type=int, metavar="Q", help="most queries per review (no limit)")
    parser.add_argument("--alias", default="", metavar="NAME", help="a short name for the hardened model")
    parser.add_argument("--workers", type=int, metavar="N", help="processes of one thread (one per core)")
    parser.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler whose workers attack")
    parser.add_argument("--resume", nargs="?", const="", metavar="RUN", help="resume this hardening")
    parser.add_argument("--list", action="store_true", help="list the finished hardenings and exit")
    add_set_argument(parser, "a training setting that differs from the model's")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Harden, and return the figures before and after."""
    if args.list:
        damaged = harden.damaged_hardenings()
        finished = [found.run_id for found in harden.list_hardenings()]
        return {"hardenings": finished, "damaged": as_records(damaged)}
    run_id = works_on.to_resume(args.resume) or harden.start(_spec(args))
    works_on.announce(run_id)
    print(f"run {run_id}", file=sys.stderr, flush=True)
    workers = args.workers or min(usable_cores(), MOST_WORKERS)
    harden.resume(run_id, workers=workers, cluster=args.cluster, progress=job_progress())
    return _described(run_id)


def show(result: dict[str, Any]) -> str:
    """Return one sentence per measure."""
    if "hardenings" in result:
        return (
            "\n".join([*result["hardenings"], *damaged_lines(result["damaged"])]) or "no hardened models yet"
        )
    lines = [f"{result['after']}, hardened from {result['before']}"]
    if result["adversarial"]:
        lines.append(f"  trained on the same reviews {edited_reviews.sentence(result['adversarial'])}")
    if result["against"]:
        lines.append("  trained against the worst {k} substitutions of {recipe}".format(**result["against"]))
    return "\n".join([*lines, *(f"  {line}" for line in result["sentences"]), f"kept as {result['run_id']}"])


def _described(run_id: str) -> dict[str, Any]:
    manifest = runs.open_run(run_id, harden.FORM).manifest or {}
    frame = harden.before_and_after(run_id)
    return {
        "run_id": run_id,
        "before": manifest["models"]["before"],
        "after": manifest["models"]["after"],
        "adversarial": manifest.get("adversarial"),
        "against": manifest.get("against"),
        "figures": runs.json_ready(frame.to_dict("records")),
        "sentences": harden.sentences(frame),
    }


def _spec(args: argparse.Namespace) -> HardeningSpec:
    if not (args.model and args.recipe and args.data):
        raise RunError("harden needs --model, --recipe and --data; or --resume RUN")
    promotions.check_name(args.alias)
    card = models.resolve(args.model)
    defaults = train.family_named(card.family).default_params
    given = dict(split_setting(pair) for pair in args.set)
    for name in ("measured", "repeats"):
        if getattr(args, name) < 1:
            raise RunError(f"--{name} is {getattr(args, name)}; give 1 or more")
    dataset = with_training_rows(dataset_from(args), args.seed)
    data.store(dataset)
    return HardeningSpec(
        model_id=card.model_id,
        recipe=args.recipe,
        others=tuple(name for name in args.others.split(",") if name and name != args.recipe),
        data={"name": dataset.name, "fingerprint": dataset.fingerprint},
        split=args.split,
        attacked=args.attacked,
        edited=args.edited,
        words=args.words,
        share=args.share,
        measured=args.measured,
        settings={name: parsed(name, text, defaults) for name, text in given.items()},
        worst_case=args.worst_case,
        most_lost=args.most_lost,
        repeats=args.repeats,
        failed=args.failed,
        query_budget=args.budget,
        seed=args.seed,
        alias=args.alias,
    )
