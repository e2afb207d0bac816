"""`labels`: which labels may be wrong, what people say of them, and what that does to the scores."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sentiment_core import models
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.commands.figures import estimate
from sentiment_core.data.storing import store
from sentiment_core.errors import DataError, RunError
from sentiment_core.evaluation import records
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.labels import corrected, exchange, suspects, verdicts
from sentiment_core.schema import Dataset
from sentiment_core.storage import spreadsheet, workspace

NAME = "labels"
HELP = (
    "Find labels that may be wrong, keep people's verdicts on them, and score models under corrected labels."
)
EXAMPLES = """
python -m sentiment_core labels suspects --model tfidf --data imdb-embedded --out suspects.csv
python -m sentiment_core labels suspects --model tfidf --data reviews.csv --split all --json
python -m sentiment_core labels suspects --model reference --data reviews.csv --folds 3 --out suspects.csv
python -m sentiment_core labels decide --data imdb-embedded --id ID --verdict wrong --note "praises it"
python -m sentiment_core labels verdicts --data imdb-embedded
python -m sentiment_core labels scores --data imdb-embedded
python -m sentiment_core labels export --data imdb-embedded --out verdicts.csv
python -m sentiment_core labels import verdicts.csv --data imdb-embedded
"""
#: Shown of a long list; all are in --out and --json.
_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add suspects, decide, undo, verdicts, scores, export and import."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_suspects(actions.add_parser("suspects", help="labels that may be wrong, the most suspect first"))
    _add_decide(actions.add_parser("decide", help="keep a verdict on a review's label"))
    undo = actions.add_parser("undo", help="take back your last change")
    listing = actions.add_parser("verdicts", help="the verdicts, and how far the people who judged agree")
    scores = actions.add_parser("scores", help="scores under given and corrected labels, side by side")
    export = actions.add_parser("export", help="write the verdicts to a file")
    incoming = actions.add_parser("import", help="keep the verdicts of a file")
    incoming.add_argument(
        "file", type=Path, metavar="FILE", help="a .csv, or a .json of cleanlab/label-errors"
    )
    incoming.add_argument(
        "--texts", type=Path, metavar="FOLDER", help="aclImdb folder in which the ids of a .json are files"
    )
    export.add_argument("--out", required=True, type=Path, metavar="FILE", help="ends in .csv or .json")
    scores.add_argument("--split", default="test", help="which evaluations (test)")
    for action in (undo, listing, scores, export, incoming):
        add_data_arguments(action)
    for action in (undo, incoming):
        _add_author(action)


def _add_suspects(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", required=True, metavar="ID", help="a model's id or alias")
    add_data_arguments(parser)
    parser.add_argument("--split", default="test", help="train, validation, test or all (test)")
    parser.add_argument(
        "--folds", type=int, metavar="N", help="fit models without each of N parts, as --refit does (5)"
    )
    refit = parser.add_mutually_exclusive_group()
    refit.add_argument(
        "--refit",
        action="store_true",
        default=None,
        help="fit models without each part, whatever it takes; resumes where it was stopped",
    )
    refit.add_argument(
        "--no-refit", dest="refit", action="store_false", help="only the model's own probabilities"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE.csv", help="write all of them, the review's text too"
    )


def _add_decide(parser: argparse.ArgumentParser) -> None:
    add_data_arguments(parser)
    parser.add_argument("--id", required=True, metavar="EXAMPLE_ID", help="the review")
    parser.add_argument(
        "--verdict", required=True, choices=[*verdicts.VERDICTS, "none"], help="none withdraws yours"
    )
    parser.add_argument("--note", default="", help="why")
    parser.add_argument("--tag", action="append", default=[], metavar="TAG", help="may be repeated")
    _add_author(parser)


def _add_author(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--author", metavar="NAME", help="who decides (REELCHECK_AUTHOR, or the account)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Do what the action says and return its JSON object."""
    actions: dict[str, Callable[[argparse.Namespace, Dataset], dict[str, Any]]] = {
        "suspects": _suspects,
        "decide": _decide,
        "undo": _undo,
        "verdicts": _verdicts,
        "scores": _scores,
        "export": _export,
        "import": _import,
    }
    if args.action in ("suspects", "export"):
        _check_out(args.out)
    dataset = dataset_from(args)
    store(dataset)
    about = {"action": args.action, "data": {"name": dataset.name, "fingerprint": dataset.fingerprint}}
    return about | actions[args.action](args, dataset)


def show(result: dict[str, Any]) -> str:
    """Return the result as lines for a person."""
    texts: dict[str, Callable[[dict[str, Any]], list[str]]] = {
        "suspects": _suspects_text,
        "decide": _change_text,
        "undo": _change_text,
        "verdicts": _verdicts_text,
        "scores": _scores_text,
        "export": lambda found: [f"{found['out']}: {found['verdicts']:,} verdicts written"],
        "import": _import_text,
    }
    return "\n".join(texts[result["action"]](result))


def _suspects(args: argparse.Namespace, dataset: Dataset) -> dict[str, Any]:
    found = suspects.suspects(
        args.model,
        dataset,
        args.split,
        folds=args.folds or suspects.FOLDS,
        refit=True if args.folds and args.refit is None else args.refit,
        seed=args.seed,
        progress=job_progress(),
    )
    if args.out:
        texts = dataset.examples.set_index(dataset.examples["example_id"].astype(str))["text"]
        frame = found.frame.assign(text=found.frame["example_id"].map(texts))
        workspace.write_text(args.out, spreadsheet.to_csv(frame).decode("utf-8"))
    kinds = found.frame["kind"].value_counts()
    return {
        "model_id": models.resolve(args.model).model_id,
        "split": args.split,
        "n": found.n,
        "folds": found.folds,
        "thresholds": {"negative": found.thresholds[0], "positive": found.thresholds[1]},
        "kinds": {kind: int(kinds.get(kind, 0)) for kind in (suspects.FLIP, suspects.AMBIGUOUS)},
        "suspects": found.frame.to_dict("records"),
        "out": str(args.out) if args.out else None,
    }


def _decide(args: argparse.Namespace, dataset: Dataset) -> dict[str, Any]:
    change = verdicts.decide(
        dataset.fingerprint,
        args.id,
        None if args.verdict == "none" else args.verdict,
        author=args.author or verdicts.current_author(),
        note=args.note,
        tags=args.tag,
    )
    return {"change": dataclasses.asdict(change)}


def _undo(args: argparse.Namespace, dataset: Dataset) -> dict[str, Any]:
    author = args.author or verdicts.current_author()
    change = verdicts.undo(dataset.fingerprint, author=author)
    if change is None:
        raise DataError(f"{author} has no change on {dataset.name} to take back")
    return {"change": dataclasses.asdict(change)}


def _verdicts(args: argparse.Namespace, dataset: Dataset) -> dict[str, Any]:
    frame = verdicts.current(dataset.fingerprint)
    agreements = verdicts.agreements(dataset.fingerprint)
    return {
        "verdicts": frame.to_dict("records"),
        "reviews": int(frame["example_id"].nunique()),
        "agreement": [
            {"authors": list(item.authors), "n": item.n, "same": item.same, "kappa": item.kappa.to_json()}
            for item in agreements
        ],
        "unreadable": verdicts.unreadable(dataset.fingerprint),
    }


def _scores(args: argparse.Namespace, dataset: Dataset) -> dict[str, Any]:
    agreed = verdicts.agreed(dataset.fingerprint)
    found = _newest(dataset, args.split)
    if not found:
        raise RunError(
            f"no model was evaluated on {dataset.name} {args.split}; first: evaluate --model MODEL"
        )
    return {
        "split": args.split,
        "judged": len(agreed),
        "ways": corrected.WAYS,
        "rerankings": [item.sentence for item in corrected.rerankings(found, agreed)],
        "models": {
            name: {
                way: {metric: value.to_json() for metric, value in by_metric.items()}
                for way, by_metric in corrected.scores(evaluation.frame, agreed, ("accuracy", "f1")).items()
            }
            for name, evaluation in found
        },
    }


def _newest(dataset: Dataset, split: str) -> list[tuple[str, records.Evaluation]]:
    found = [
        (card.short_name, records.latest_evaluation(card.model_id, dataset.fingerprint, split))
        for card in models.list_models()
    ]
    return [(name, evaluation) for name, evaluation in found if evaluation is not None]


def _export(args: argparse.Namespace, dataset: Dataset) -> dict[str, Any]:
    table = exchange.to_table(dataset)
    if args.out.suffix.lower() == ".json":
        text = exchange.as_text(exchange.to_json(dataset))
    else:
        text = spreadsheet.to_csv(table).decode("utf-8")
    workspace.write_text(args.out, text)
    return {"out": str(args.out), "verdicts": len(table)}


def _import(args: argparse.Namespace, dataset: Dataset) -> dict[str, Any]:
    author = args.author or verdicts.current_author()
    found = exchange.import_file(args.file, dataset, author=author, texts=args.texts)
    return dataclasses.asdict(found)


def _check_out(out: Path | None) -> None:
    if out is not None and out.suffix.lower() not in (".csv", ".json"):
        raise DataError(f"--out {str(out)!r} does not end in .csv or .json")
    if out is not None:
        workspace.check_out(out)


def _suspects_text(result: dict[str, Any]) -> list[str]:
    kinds, rows = result["kinds"], result["suspects"]
    how = f"{result['folds']} models fitted without a part each" if result["folds"] else "the model's own"
    lines = [
        f"{len(rows):,} of {result['n']:,} labels are suspect: {kinds['flip']:,} look flipped, "
        f"{kinds['ambiguous']:,} ambiguous (probabilities: {how})",
        *(f"  {row['example_id']:<24}{row['kind']:<11}{row['reason']}" for row in rows[:_SHOWN]),
    ]
    rest = len(rows) - _SHOWN
    lines += (
        [f"  and {rest:,} more; --out FILE.csv writes them all"] if rest > 0 and not result["out"] else []
    )
    return [*lines, f"written: {result['out']}"] if result["out"] else lines


def _change_text(result: dict[str, Any]) -> list[str]:
    change = result["change"]
    said = change["verdict"] or "withdrawn"
    took = "taken back: " if result["action"] == "undo" else ""
    return [f"{took}{change['example_id']} {said} ({change['author']})"]


def _verdicts_text(result: dict[str, Any]) -> list[str]:
    rows = result["verdicts"]
    lines = [f"{len(rows):,} verdicts on {result['reviews']:,} reviews"]
    lines += [
        f"  {row['example_id']:<24}{row['verdict']:<14}{row['author']}  {row['note']}"
        for row in rows[:_SHOWN]
    ]
    lines += (
        [f"  and {len(rows) - _SHOWN:,} more; `labels export` writes them all"] if len(rows) > _SHOWN else []
    )
    for item in result["agreement"]:
        kappa = item["kappa"]
        said = (
            f"kappa {kappa['value']:.2f} [{kappa['ci_low']:.2f}, {kappa['ci_high']:.2f}]"
            if kappa["value"] is not None
            else f"kappa undefined: {kappa['reason']}"
        )
        lines.append(f"{' and '.join(item['authors'])}: {item['same']:,} of {item['n']:,} the same, {said}")
    damaged = result["unreadable"]
    return lines + ([f"{damaged:,} lines of the journal cannot be read"] if damaged else [])


def _scores_text(result: dict[str, Any]) -> list[str]:
    lines = [*result["rerankings"], f"{result['judged']:,} reviews judged; accuracy on {result['split']}"]
    for way, what in result["ways"].items():
        lines += ["", what]
        lines += [
            f"  {name:<24}{estimate('accuracy', by_way[way]['accuracy'])}  "
            f"n = {by_way[way]['accuracy']['n']:,}"
            for name, by_way in result["models"].items()
        ]
    return lines


def _import_text(result: dict[str, Any]) -> list[str]:
    lines = [f"{result['kept']:,} verdicts kept"]
    lines += [f"{result['unmatched']:,} rows name no review of this data set"] if result["unmatched"] else []
    return lines + ([f"{result['unjudged']:,} rows give no verdict"] if result["unjudged"] else [])
