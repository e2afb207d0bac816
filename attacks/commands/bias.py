"""`bias`: whom a model treats differently, where it is weak, and whether abuse drives its score."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

import pandas as pd

from attacks.slices import ATTRIBUTES, bias_runs, readings
from attacks.slices.base import SliceError
from attacks.slices.bias_runs import ESTIMATES, BiasRun
from attacks.slices.counterfactuals import REVIEWS
from attacks.slices.memberships import MEMBERSHIPS
from attacks.slicing import attributes_named
from sentiment_core import models
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.commands.evaluate import add_cluster, add_evaluation_arguments
from sentiment_core.jobs import job_progress

NAME = "bias"
HELP = "Rewrite whom reviews speak of, compare slices of reviews, and report whom a model treats differently."
EXAMPLES = """
python -m attacks bias --model tfidf --data imdb-embedded
python -m attacks bias --model tfidf --data imdb-embedded --reviews 50 --attribute gender-words religion
python -m attacks bias --model tfidf --data imdb-embedded --json
python -m attacks bias --list
"""
_SHOWN_REASONS = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model, the attributes and the real reviews."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--model", metavar="NAME", help="a model's id or alias")
    what.add_argument("--list", action="store_true", help="name the attributes and do nothing else")
    parser.add_argument("--attribute", nargs="+", metavar="NAME", help="whom to rewrite (all)")
    parser.add_argument(
        "--reviews", type=int, default=200, metavar="N", help="real reviews rewritten, an attribute (200)"
    )
    add_data_arguments(parser, required=False)
    add_evaluation_arguments(parser)
    add_cluster(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Look at bias and return every table but the texts."""
    if args.list:
        facts = ("name", "title", "description", "note", "groups")
        return {"attributes": [{name: getattr(item, name) for name in facts} for item in ATTRIBUTES.values()]}
    models.resolve(args.model)  # a misspelt name is told before the reviews are read
    attributes_named(args.attribute)
    if args.reviews < 1:
        raise SliceError(f"--reviews is {args.reviews}; give 1 or more")
    if args.data is None:
        raise SliceError("no data is given; give --data NAME_OR_PATH")
    run_id = bias_runs.run_bias(
        args.model,
        dataset_from(args),
        args.split,
        attributes=args.attribute,
        reviews=args.reviews,
        seed=args.seed,
        workers=args.workers,
        cluster=args.cluster,
        progress=job_progress(),
    )
    return _result(bias_runs.open_bias(run_id))


def show(result: dict[str, Any]) -> str:
    """Return every figure as a line, what differs first."""
    if "attributes" in result:
        return "\n".join(
            f"{item['name']:<18}{', '.join(item['groups'])}\n{'':<18}{item['description']}"
            for item in result["attributes"]
        )
    name, data = result["model_alias"] or result["model_id"], result["data"]
    return "\n".join(
        [
            f"{name} on {data['name']} {data['split']}, {data['n']:,} reviews; {result['n_texts']:,} "
            f"rewritten texts, {result['seconds']:.0f} s",
            *_changes(result),
            *_gaps(result),
            "",
            "Weakest slices, searched on one half and tested on the other:",
            *(f"  {line}" for line in result["readings"]["weak"] or ["none found"]),
            f"  {readings.LIMITS['weak']}",
            "",
            "Abuse:",
            *(f"  {line}" for line in result["readings"]["toxicity"]),
            f"  {readings.LIMITS['toxicity']}",
            "",
            f"kept as {result['run_id']}",
        ]
    )


def _result(run: BiasRun) -> dict[str, Any]:
    facts = ("model_id", "model_alias", "data", "evaluation", "reviews", "seed", "n_texts", "seconds")
    found = ("largest_change", "verdicts", "gaps", "weak_confirmed")
    titles = {name: item.title for name, item in MEMBERSHIPS.items()}
    spoken = {
        "report": [readings.of_change(row) for row in _rows(run.report)],
        "fairness": [
            readings.of_gap(row, titles.get(row["slice"], row["slice"])) for row in _rows(run.fairness)
        ],
        "weak": [readings.of_weak(row) for row in _rows(run.weak)],
        "toxicity": [readings.of_toxicity(row) for row in _rows(run.toxicity)],
    }
    tables = {name: _rows(getattr(run, name)) for name in ESTIMATES}
    return {
        "run_id": run.run_id,
        **{key: run.manifest[key] for key in (*facts, *found)},
        **tables,
        "readings": spoken,
    }


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = table.to_dict(orient="records")
    return records


def _changes(result: dict[str, Any]) -> Iterable[str]:
    spoken = list(zip(result["report"], result["readings"]["report"], strict=True))
    for attribute in dict.fromkeys(row["attribute"] for row in result["report"]):
        lines = [(row, line) for row, line in spoken if row["attribute"] == attribute]
        yield from ("", f"{ATTRIBUTES[attribute].title if attribute in ATTRIBUTES else attribute}:")
        for source in dict.fromkeys(row["source"] for row, _ in lines):
            of_source = [line for row, line in lines if row["source"] == source]
            # Of two groups the second says the same with the other sign.
            yield from (f"  {line}" for line in (of_source[:1] if len(of_source) == 2 else of_source))
            yield f"  {_generalised(result, attribute, source)}"
        yield f"  {_left_out(result, attribute)}"
    yield f"  {readings.LIMITS['report']}"


def _generalised(result: dict[str, Any], attribute: str, source: str) -> str:
    rows = [row for row in result["generalised"] if (row["attribute"], row["source"]) == (attribute, source)]
    values = {row["metric"]: row["value"]["value"] for row in rows}
    told = ", ".join(
        f"{title} {100 * values[name]:.1f}"
        for name, title in (
            ("PCM", "two groups"),
            ("BCM", "a group and the mean"),
            ("MCM", "all groups (sd)"),
        )
        if values.get(name) is not None
    )
    where = "real reviews" if source == REVIEWS else "our sentences"
    return f"= {where}: mean distance in points, whatever its sign: {told} (Czarnowska et al. 2021)"


def _left_out(result: dict[str, Any], attribute: str) -> str:
    rows = [row for row in result["left_out"] if row["attribute"] == attribute]
    if not rows:
        return "no review was left out"
    told = "; ".join(f"{row['reason']} ({row['n']:,})" for row in rows[:_SHOWN_REASONS])
    more = f"; {len(rows) - _SHOWN_REASONS} reasons more" if len(rows) > _SHOWN_REASONS else ""
    return f"left out: {sum(row['n'] for row in rows):,} reviews: {told}{more}"


def _gaps(result: dict[str, Any]) -> Iterable[str]:
    pairs = list(zip(result["fairness"], result["readings"]["fairness"], strict=True))
    few = len(
        {row["slice"] for row, _ in pairs if row["verdict"] == "too few" and row["metric"] == "accuracy"}
    )
    tested = sum(row["verdict"] != "too few" for row, _ in pairs)
    differ = [line for row, line in pairs if row["verdict"] in ("higher", "lower")]
    yield from (
        "",
        f"Slices: {len(differ)} of {tested} gaps are more than chance; {few} slices are too small:",
    )
    yield from (f"  {line}" for line in differ or ["none"])
    yield f"  {readings.LIMITS['fairness']}"
