"""`compare`: two models on the same reviews."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from sentiment_core import models
from sentiment_core.commands.data import add_reading_arguments, dataset_from
from sentiment_core.commands.evaluate import (
    add_evaluation_arguments,
    add_paired,
    paired_facts,
    paired_from,
    seen_line,
)
from sentiment_core.commands.figures import estimate, number
from sentiment_core.errors import ModelError, RunError
from sentiment_core.evaluation import records
from sentiment_core.evaluation.comparison import p_in_words
from sentiment_core.evaluation.records import Evaluation
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.metrics import METRICS
from sentiment_core.models import ModelCard
from sentiment_core.pairs import records as paired_records
from sentiment_core.pairs import scoring
from sentiment_core.pairs.records import PairedRun
from sentiment_core.schema import Dataset
from sentiment_core.storage import runs

NAME = "compare"
HELP = "Compare two models on the same reviews: McNemar's test and every difference with its interval."
EXAMPLES = """
python -m sentiment_core compare tfidf nbsvm
python -m sentiment_core compare tfidf nbsvm --data imdb-embedded --json
python -m sentiment_core compare tfidf tfidf-pairs --paired pairs.tsv --paired-share 0.5
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the two models and, optionally, the data."""
    for letter in "ab":
        parser.add_argument(
            letter, metavar=letter.upper(), help="a model's id or alias, or an evaluation's run id"
        )
    parser.add_argument(
        "--data",
        metavar="NAME_OR_PATH",
        help="which reviews; a model not evaluated on them yet is evaluated now "
        "(without it: the newest reviews that both were evaluated on)",
    )
    parser.add_argument(
        "--threshold", type=float, default=0.5, metavar="P", help="called positive from P on (0.5)"
    )
    add_paired(parser)
    add_reading_arguments(parser)
    add_evaluation_arguments(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Find or make the two evaluations and compare them."""
    if args.paired:
        return _on_pairs(args)
    if not 0 <= args.threshold <= 1:
        raise RunError(f"threshold is {args.threshold}; give a probability from 0 to 1")
    first, second = _pair(args)
    names = [_name(first), _name(second)]
    if names[0] == names[1]:
        names = [first.run_id, second.run_id]
    found = records.compare(first.frame, second.frame, args.threshold)
    return {
        "a": _measured(names[0], first),
        "b": _measured(names[1], second),
        "data": first.manifest["data"],
        "threshold": args.threshold,
        "sentence": found.sentence(*names),
        **found.to_json(),
        "unseen": _unseen(first, second, names, args.threshold),
    }


def _on_pairs(args: argparse.Namespace) -> dict[str, Any]:
    """Compare the two on pairs; a model that was not measured on them yet is measured now."""
    asked = paired_from(args)
    runs_ = [
        paired_records.latest_or_new(name, asked, workers=args.workers, progress=job_progress())
        for name in (args.a, args.b)
    ]
    found = scoring.compare(runs_[0].frame, runs_[1].frame)
    names = [models.resolve(run.model_id).short_name for run in runs_]
    return {
        **{
            side: {"name": name, **paired_facts(run)}
            for side, name, run in zip("ab", names, runs_, strict=True)
        },
        "paired": asked.to_json(),
        "differences": {
            name: {"difference": one.estimate.to_json(), "p": one.p} for name, one in found.items()
        },
        "sentences": scoring.sentences(found, *names),
        "new": _on_new_pairs(runs_, names),
    }


def _on_new_pairs(found: list[PairedRun], names: list[str]) -> dict[str, Any] | None:
    """Return the comparison on the pairs whose originals neither learned in an edit; None: it is all."""
    pairs = found[0].frame
    learned = np.logical_or(*(paired_records.learned(models.resolve(run.model_id), pairs) for run in found))
    if not learned.any():
        return None
    compared = scoring.compare(*(run.frame[~learned] for run in found))
    return {
        "n": int((~learned).sum()),
        "differences": {
            name: {"difference": one.estimate.to_json(), "p": one.p} for name, one in compared.items()
        },
        "sentences": scoring.sentences(compared, *names),
    }


def _show_pairs(result: dict[str, Any]) -> str:
    head = f"on {paired_records.title_of(result['paired'])}, {result['paired']['n']:,} pairs:"
    seen = [
        f"{side['name']}: {paired_records.seen_sentence(side['seen_in_training'], side['n'])}"
        for side in (result["a"], result["b"])
    ]
    new = result["new"]
    others = (
        [f"on the pairs of whose originals neither learned an edit ({new['n']:,}):", *new["sentences"]]
        if new
        else []
    )
    return "\n".join([head, *result["sentences"], *others, *seen])


def _measured(name: str, found: Evaluation) -> dict[str, Any]:
    seen = found.seen.to_json() if found.seen else None
    return {"name": name, "model_id": found.model_id, "run_id": found.run_id, "seen": seen}


def _unseen(
    first: Evaluation, second: Evaluation, names: list[str], threshold: float
) -> dict[str, Any] | None:
    """Return the comparison on the reviews that neither model was trained on; None: all, or not known."""
    if not any(found.seen and found.seen.count for found in (first, second)):
        return None
    marks = [records.marks_of(found) for found in (first, second)]
    known = [
        found.frame["example_id"][mark != ""]
        for found, mark in zip((first, second), marks, strict=True)
        if mark is not None
    ]
    seen = set().union(*known)
    new, others = (found.frame[~found.frame["example_id"].isin(seen)] for found in (first, second))
    if new.empty:
        return {"n": 0, "sentence": "each of these reviews was in the training data of one of them"}
    compared = records.compare(new, others, threshold)
    return {"sentence": compared.sentence(*names), **compared.to_json()}


def show(result: dict[str, Any]) -> str:
    """Return the sentence, one line per metric, and the disagreement table."""
    if "paired" in result:
        return _show_pairs(result)
    head = f"{'':<18}{'A':>8}{'B':>8}   B - A"
    return "\n".join(
        [
            result["sentence"],
            *_seen(result),
            "",
            f"A {result['a']['name']}, B {result['b']['name']}, "
            f"on {result['data']['name']} {result['data']['split']}",
            head,
            *(_line(name, record) for name, record in result["metrics"].items()),
            "",
            *_disagreement(result["disagreement"]),
            f"McNemar mid-p (nearer to its stated error rate): {p_in_words(result['mcnemar_mid_p'])}",
        ]
    )


def _seen(result: dict[str, Any]) -> list[str]:
    """Return what the models had seen of these reviews before, and what holds on the others."""
    lines = [
        f"{side['name']}: {seen_line(side['seen'])}"
        for side in (result["a"], result["b"])
        if side["seen"] is None or side["seen"]["train"] or side["seen"]["validation"]
    ]
    others = result["unseen"]
    if others and others["n"]:
        lines += [f"on the {others['n']:,} reviews that neither was trained on: {others['sentence']}"]
    return lines


def _line(name: str, record: dict[str, Any]) -> str:
    a, b = number(name, record["a"]), number(name, record["b"])
    difference = estimate(name, record["difference"], signed=True).replace(" %", " points")
    return f"{METRICS[name].title:<18}{a:>8}{b:>8}   {difference}"


def _disagreement(counts: dict[str, int]) -> list[str]:
    return [
        f"{'':<10}{'B right':>10}{'B wrong':>10}",
        f"{'A right':<10}{counts['both_right']:>10,}{counts['only_a_right']:>10,}",
        f"{'A wrong':<10}{counts['only_b_right']:>10,}{counts['both_wrong']:>10,}",
    ]


def _pair(args: argparse.Namespace) -> tuple[Evaluation, Evaluation]:
    """Return the evaluations that the two names mean."""
    named = [_as_run(args.a), _as_run(args.b)]
    if all(named):
        return _both(named)
    if args.data is not None:
        dataset = dataset_from(args)
        return _both(
            [
                found or evaluated(models.resolve(name), dataset, args)
                for found, name in zip(named, (args.a, args.b), strict=True)
            ]
        )
    given = next((found for found in named if found), None)
    if given is not None:
        return _both(
            [found or _like(given, name) for found, name in zip(named, (args.a, args.b), strict=True)]
        )
    return _newest_in_common(args.a, args.b, args.split)


def _both(found: list[Evaluation | None]) -> tuple[Evaluation, Evaluation]:
    first, second = found
    assert first is not None and second is not None
    return first, second


def _as_run(name: str) -> Evaluation | None:
    """Return the evaluation of that id, or None where the name is a model's."""
    try:
        models.resolve(name)
        return None
    except ModelError as not_a_model:
        if any(run.run_id == name for run in runs.list_runs()):
            return records.open_evaluation(name)
        raise RunError(
            f"{name!r} is not the run id of an evaluation, and as a model: {not_a_model}"
        ) from None


def evaluated(card: ModelCard, dataset: Dataset, args: argparse.Namespace) -> Evaluation:
    """Return the newest evaluation of a model on this data, or make one."""
    found = records.latest_evaluation(card.model_id, dataset.fingerprint, args.split)
    if found is not None:
        return found
    run_id = records.evaluate(
        card.model_id, dataset, args.split, workers=args.workers, progress=job_progress()
    )
    return records.open_evaluation(run_id)


def _like(given: Evaluation, name: str) -> Evaluation:
    """Return a model's evaluation on the reviews of another evaluation."""
    card = models.resolve(name)
    found = records.latest_evaluation(card.model_id, given.fingerprint, given.split)
    if found is None:
        data = given.manifest["data"]
        raise RunError(
            f"{card.short_name} has no evaluation on {data['name']} {given.split} (fingerprint "
            f"{given.fingerprint}); make one with `evaluate --model {card.short_name} --data "
            f"{given.fingerprint} --split {given.split}`"
        )
    return found


def _newest_in_common(name_a: str, name_b: str, split: str) -> tuple[Evaluation, Evaluation]:
    card_a, card_b = models.resolve(name_a), models.resolve(name_b)
    for second in records.list_evaluations(card_b.model_id, split=split):
        first = records.latest_evaluation(card_a.model_id, second.fingerprint, split)
        if first is not None:
            return first, second
    raise RunError(
        f"{card_a.short_name} and {card_b.short_name} were never evaluated on the same {split} reviews; "
        "name them with --data and both are evaluated"
    )


def _name(found: Evaluation) -> str:
    """Return the model's alias as it is now, else its id."""
    current = {model_id: alias for alias, model_id in models.aliases().items()}
    return current.get(found.model_id, found.model_id)
