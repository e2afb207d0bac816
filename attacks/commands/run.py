"""`run`: attack reviews with a recipe and keep a record of each."""

from __future__ import annotations

import argparse
import json
from typing import Any

from attacks import attack_runs
from attacks.batch import Example
from attacks.schema import AttackSpec
from sentiment_core import data, models
from sentiment_core.errors import DataError
from sentiment_core.jobs import job_progress
from sentiment_core.schema import LABEL_NAMES, SPLITS

NAME = "run"
HELP = "Attack reviews with a recipe, keep a record of each, and report the figures."
EXAMPLES = """
python -m attacks run --model tfidf --recipe deepwordbug --data imdb-embedded --limit 100
python -m attacks run --model tfidf --recipe deepwordbug --text "A warm, funny film." --label positive
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add model, recipe, reviews and budget."""
    parser.add_argument("--model", metavar="NAME", help="a model's id or alias")
    parser.add_argument("--recipe", metavar="NAME")
    parser.add_argument("--data", metavar="NAME_OR_PATH")
    parser.add_argument("--split", default="test", choices=SPLITS)
    parser.add_argument("--text")
    parser.add_argument("--label", choices=("negative", "positive"))
    parser.add_argument("--limit", type=int, default=100, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--budget", type=int, metavar="Q")
    parser.add_argument("--seconds", type=float, metavar="S")
    parser.add_argument("--workers", type=int, default=1, metavar="N")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--resume", nargs="?", const="", metavar="RUN")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Attack, and return the run's id and its figures."""
    run_id = args.resume or _begun(args)
    attack_runs.run_batch(run_id, workers=args.workers, progress=job_progress())
    found = attack_runs.open_attack(run_id)
    assert found.manifest is not None
    return {"run_id": run_id, **{key: found.manifest[key] for key in ("figures", "counts", "seconds")}}


def show(result: dict[str, Any]) -> str:
    """Return the figures as lines."""
    return json.dumps(result, indent=2)


def _begun(args: argparse.Namespace) -> str:
    examples, source = _reviews(args)
    spec = AttackSpec(
        model_id=models.resolve(args.model).model_id,
        recipe=args.recipe,
        params=dict(_pair(given) for given in args.set),
        data=source,
        seed=args.seed,
        query_budget=args.budget,
        seconds=args.seconds,
    )
    return attack_runs.start_run(spec, examples).name


def _reviews(args: argparse.Namespace) -> tuple[list[Example], dict[str, Any]]:
    if args.text is not None:
        labels = {name: label for label, name in LABEL_NAMES.items()}
        return [Example("typed", data.clean_text(args.text), labels[args.label])], {"name": "typed"}
    if not args.data:
        raise DataError("run needs --data or --text")
    dataset = data.load(args.data)
    data.store(dataset)
    rows = dataset.split(args.split)
    rows = rows.sample(n=min(args.limit, len(rows)), random_state=args.seed)
    examples = [
        Example(str(i), str(t), int(n))
        for i, t, n in zip(rows["example_id"], rows["text"], rows["label"], strict=True)
    ]
    return examples, {"name": dataset.name, "fingerprint": dataset.fingerprint, "split": args.split}


def _pair(given: str) -> tuple[str, Any]:
    name, _, value = given.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
