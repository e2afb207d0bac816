"""`slices`: a user's own slices of reviews: list, save, delete, and how a model does in one."""

from __future__ import annotations

import argparse
from typing import Any

from attacks.bias import readings
from attacks.bias.findings import joined_to
from attacks.own import slices
from attacks.own.slices import OwnSlice
from attacks.schema import SliceError
from attacks.slices.fairness import fairness_table
from attacks.slices.memberships import MEMBERSHIPS
from attacks.slices.properties import PROPERTIES, properties
from sentiment_core import models
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.commands.evaluate import add_cluster, add_evaluation_arguments
from sentiment_core.commands.runs import as_records, damaged_lines
from sentiment_core.evaluation.records import evaluate, latest_evaluation, open_evaluation, split_or_error
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import SPLITS

NAME = "slices"
HELP = "Save slices of your own (a query or a regular expression), and see how a model does in one."
EXAMPLES = """
python -m attacks slices list
python -m attacks slices save long-men --query "words > 300 and not mentions_female"
python -m attacks slices save sequels --pattern "sequels?"
python -m attacks slices show long-men --model tfidf --data imdb-embedded
python -m attacks slices delete sequels
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add list, save, delete and show."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser(
        "list", help="your slices, those that come with the project, and the columns of a query"
    )
    save = actions.add_parser("save", help="keep a slice under a name")
    delete = actions.add_parser("delete", help="remove one of your slices")
    show_one = actions.add_parser(
        "show", help="accuracy, error rates and calibration in a slice and elsewhere"
    )
    for action in (save, delete, show_one):
        action.add_argument("name", metavar="NAME", help="small letters, digits and dashes")
    written = save.add_mutually_exclusive_group(required=True)
    written.add_argument("--query", metavar="Q", help="such as: words > 300 and not mentions_female")
    written.add_argument("--pattern", metavar="R", help="a regular expression to find in the text")
    _add_reading(save, required=False)
    show_one.add_argument("--model", required=True, metavar="NAME", help="a model's id or alias")
    add_data_arguments(show_one)
    add_evaluation_arguments(show_one)
    add_cluster(show_one)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Do what the action says and return its JSON object."""
    actions = {"list": _list, "save": _save, "delete": _delete, "show": _show}
    return {"action": args.action} | actions[args.action](args)


def show(result: dict[str, Any]) -> str:
    """Return the result as lines for a person."""
    if result["action"] == "list":
        return "\n".join(_listed(result))
    if result["action"] == "show":
        data = result["data"]
        return "\n".join(
            [
                f"{result['name']} ({result['description']}): {result['n']:,} of {data['n']:,} reviews",
                *(f"  {line}" for line in result["readings"]),
                f"  {readings.LIMITS['fairness']}",
            ]
        )
    counted = f"; {result['n']:,} reviews are in it" if result.get("n") is not None else ""
    return f"{result['action']}d {result['name']} ({result['description']}){counted}"


def _add_reading(parser: argparse.ArgumentParser, *, required: bool) -> None:
    add_data_arguments(parser, required=required)
    parser.add_argument("--split", default="test", choices=SPLITS, help="which reviews are counted (test)")


def _list(args: argparse.Namespace) -> dict[str, Any]:
    return {
        "own": [_described(own) for own in slices.STORE.all().values()],
        "damaged": as_records(slices.damaged_slices()),
        "built_in": [
            {"name": item.name, "title": item.title, "description": item.description, "query": item.query}
            for item in MEMBERSHIPS.values()
        ],
        "columns": [{"name": p.name, "title": p.title, "type": p.type} for p in PROPERTIES.values()],
    }


def _save(args: argparse.Namespace) -> dict[str, Any]:
    """Keep a slice; with --data its query may name the data's own columns, and its reviews are counted."""
    if args.data is None:
        return _described(slices.save_own(args.name, query=args.query, pattern=args.pattern)) | {"n": None}
    rows = split_or_error(dataset_from(args), args.split)
    described = properties(rows)
    made = OwnSlice(args.name, args.query, args.pattern)
    mask = slices.mask_of(slices.checked(made, map(str, described.columns)), described, rows["text"])
    kept = slices.save_own(
        args.name, query=args.query, pattern=args.pattern, columns=map(str, described.columns)
    )
    return _described(kept) | {"n": int(mask.fillna(False).sum())}


def _delete(args: argparse.Namespace) -> dict[str, Any]:
    damaged = next((item for item in slices.damaged_slices() if item.name == args.name), None)
    described = {"name": args.name, "description": "damaged"} if damaged else {}
    described = described or _described(slices.STORE.open(args.name))
    slices.STORE.delete(args.name)
    return described


def _show(args: argparse.Namespace) -> dict[str, Any]:
    card = models.resolve(args.model)
    name = args.name
    built_in = MEMBERSHIPS.get(name)
    own = OwnSlice(name, query=built_in.query) if built_in else slices.STORE.open(name)
    dataset = dataset_from(args)
    rows = split_or_error(dataset, args.split)
    kept = latest_evaluation(card.model_id, dataset.fingerprint, args.split) or open_evaluation(
        evaluate(
            card.model_id,
            dataset,
            args.split,
            workers=args.workers,
            cluster=args.cluster,
            progress=job_progress(),
        )
    )
    joined = joined_to(rows, kept.frame)
    mask = slices.mask_of(own, properties(joined), joined["text"])
    if not mask.notna().any():
        raise SliceError(
            f"slice '{name}' is undefined for these reviews: {own.description} is unknown for all of them"
        )
    table = fairness_table(joined, {name: mask})
    title = built_in.title if built_in else name
    records = table.to_dict(orient="records")
    return _described(own) | {
        "model_id": card.model_id,
        "data": {"name": dataset.name, "split": args.split, "n": len(joined)},
        "n": int(mask.fillna(False).sum()),
        "gaps": records,
        "readings": [readings.of_gap(row, title) for row in records],
    }


def _described(own: OwnSlice) -> dict[str, Any]:
    return {
        "name": own.name,
        "query": own.query,
        "pattern": own.pattern,
        "description": own.description,
    }


def _listed(result: dict[str, Any]) -> list[str]:
    own = [f"  {item['name']:<22}{item['description']}" for item in result["own"]]
    own += [f"  {line}" for line in damaged_lines(result["damaged"])]
    built_in = [
        f"  {item['name']:<26}{item['query']:<30}{item['description']}" for item in result["built_in"]
    ]
    columns = [f"  {item['name']:<26}{item['type']:<10}{item['title']}" for item in result["columns"]]
    return [
        "Your slices:",
        *(own or ["  none yet"]),
        "Built in:",
        *built_in,
        "Columns for queries:",
        *columns,
    ]
