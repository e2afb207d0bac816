"""`data`: which reviews there are, what is in them, a clean copy of them, their names and their end."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sentiment_core import data, data_shelf, languages
from sentiment_core.commands.runs import as_records, damaged_lines, removed_text
from sentiment_core.data.reading import lines as reading_lines
from sentiment_core.data.storing import damaged_datasets, dropped_to, list_stored
from sentiment_core.errors import DataError
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import Dataset, Reading
from sentiment_core.storage.workspace import check_out, datasets_folder

NAME = "data"
HELP = "List the data sets, describe, rename or remove one, or write a cleaned copy of it."
EXAMPLES = """
python -m sentiment_core data list
python -m sentiment_core data describe imdb-embedded
python -m sentiment_core data describe reviews.tsv --text-column Text --label-column Sentiment
python -m sentiment_core data describe stars.csv --label-column stars --negative 1,2 --positive 4,5
python -m sentiment_core data clean imdb-embedded --out imdb_cleaned.csv
python -m sentiment_core data rename reviews.csv "Reviews of May"
python -m sentiment_core data remove "Reviews of May" --yes
"""

#: How columns and label values are named, as `add_column_arguments` takes them.
COLUMN_OPTIONS = ("text_column", "label_column", "split_column", "id_column", "negative", "positive")
CLEANED_COLUMNS = ["example_id", "text", "label", "split"]


def add_data_arguments(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add --data and how to read it; `dataset_from` turns the answers into a data set.

    A parser that gets these needs no --seed or --limit of its own.
    """
    parser.add_argument(
        "--data",
        required=required,
        metavar="NAME_OR_PATH",
        help="a data set's name, a .csv, .tsv, .jsonl or .parquet file, an aclImdb folder, or a fingerprint",
    )
    add_reading_arguments(parser)


def add_reading_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how to read a data set: columns, a sample, and what happens to rows that cannot be used."""
    add_column_arguments(parser)
    parser.add_argument(
        "--limit", type=int, metavar="N", help="at most N reviews of each split, stratified by label"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of every random choice (0)")


def add_column_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which column is which, what label values mean, and what happens to rows that cannot be used."""
    parser.add_argument("--text-column", metavar="COLUMN", help="column of the texts (guessed when obvious)")
    parser.add_argument(
        "--label-column", metavar="COLUMN", help="column of the labels (guessed when obvious)"
    )
    parser.add_argument(
        "--split-column", metavar="COLUMN", help='column of the splits (guessed when obvious; "" for none)'
    )
    parser.add_argument(
        "--id-column", metavar="COLUMN", help="column of the ids (example_id, or row numbers)"
    )
    for label in ("negative", "positive"):
        parser.add_argument(
            f"--{label}",
            metavar="VALUES",
            help=f"label values that are {label}, such as {'0,1' if label == 'negative' else '3,4'}; rows "
            "with a value that is neither are left out",
        )
    parser.add_argument(
        "--skip-bad", action="store_true", help="leave out rows that cannot be used, and list them"
    )


def reading_from(args: argparse.Namespace) -> Reading:
    """Return how the arguments of `add_column_arguments` say that reviews are read."""
    return Reading(
        text_column=args.text_column,
        label_column=args.label_column,
        split_column=args.split_column,
        id_column=args.id_column,
        negative=_values(args.negative),
        positive=_values(args.positive),
    )


def _values(given: str | None) -> tuple[str, ...]:
    return tuple(value.strip() for value in (given or "").split(",") if value.strip())


def dataset_from(args: argparse.Namespace) -> Dataset:
    """Load the data set that the arguments of `add_data_arguments` name."""
    return data.load(
        args.data,
        limit=args.limit,
        seed=args.seed,
        skip_bad=args.skip_bad,
        reading=reading_from(args),
    )


def read_facts(dataset: Dataset) -> dict[str, Any]:
    """Return what a result says of how its reviews were read: `reading`, and `dropped` rows."""
    read = {} if dataset.read is None else {"reading": dataset.read.to_json()}
    return {**read, "dropped": dropped_to(dataset.dropped)}


def read_lines(result: dict[str, Any]) -> list[str]:
    """Return what `read_facts` said as lines for a person: the columns, then what was left out."""
    read = Reading.from_json(result["reading"]) if result.get("reading") else None
    return [
        *reading_lines(read),
        *(f"left out: {item['count']:,} rows, {item['why']}" for item in result["dropped"]),
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add list, describe, clean, rename and remove."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="the named data sets, and those stored in this workspace")
    describe = actions.add_parser("describe", help="counts, balance, lengths, duplicates, near-duplicates")
    clean = actions.add_parser(
        "clean", help="write a cleaned copy without duplicates, and report what was dropped"
    )
    for action in (describe, clean):
        action.add_argument("data", metavar="NAME", help="a data set's name, a file, an aclImdb folder")
        add_reading_arguments(action)
    clean.add_argument("--out", required=True, type=Path, metavar="FILE.csv", help="where to write it")
    renaming = actions.add_parser("rename", help="give a stored data set another name")
    removing = actions.add_parser("remove", help="remove a stored data set; runs on it keep their figures")
    removing.add_argument(
        "--yes", action="store_true", help="do it; without this, only list what would be removed"
    )
    for action in (renaming, removing):
        action.add_argument("data", metavar="DATA", help="a stored data set's name or fingerprint")
    renaming.add_argument("new", metavar="NEW", help="its name from now on; what runs recorded stays")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Do what the action says and return its JSON object."""
    actions: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
        "list": _list,
        "describe": _describe,
        "clean": _clean,
        "rename": lambda args: data_shelf.rename(args.data, args.new),
        "remove": _remove,
    }
    return {"action": args.action} | actions[args.action](args)


def show(result: dict[str, Any]) -> str:
    """Return the result as lines for a person."""
    texts = {
        "list": _list_text,
        "describe": _describe_text,
        "clean": _clean_text,
        "rename": _rename_text,
        "remove": _remove_text,
    }
    return "\n".join(texts[result["action"]](result))


def _list(args: argparse.Namespace) -> dict[str, Any]:
    named = [
        {
            "name": source.name,
            "title": source.title,
            "description": source.description,
            "terms": source.terms,
            "missing": source.available(),
        }
        for source in data.DATASETS.values()
    ]
    return {"datasets": named, "stored": list_stored(), "damaged": as_records(damaged_datasets())}


def _describe(args: argparse.Namespace) -> dict[str, Any]:
    dataset = dataset_from(args)
    return data.describe(dataset, job_progress()) | read_facts(dataset)


def _clean(args: argparse.Namespace) -> dict[str, Any]:
    _check_out(args.out, args.data)
    loaded = dataset_from(args)
    cleaned = data.clean(loaded)
    _write_csv(cleaned, args.out)
    return {
        "name": cleaned.name,
        "out": str(args.out),
        "fingerprint": cleaned.fingerprint,
        "read": len(loaded.examples) + sum(item.count for item in loaded.dropped),
        "written": len(cleaned.examples),
        **read_facts(cleaned),
    }


def _remove(args: argparse.Namespace) -> dict[str, Any]:
    fingerprint = data_shelf.find(args.data)
    found = data_shelf.uses(fingerprint)
    folder = data_shelf.remove(fingerprint) if args.yes else datasets_folder() / fingerprint
    facts = {"fingerprint": fingerprint, "removed": args.yes, "paths": [str(folder)]}
    return facts | found.to_json() | {"consequences": found.sentences}


def _check_out(out: Path, source: str) -> None:
    if out.suffix.lower() != ".csv":
        raise DataError(f"--out {str(out)!r} does not end in .csv; the cleaned copy is a CSV file")
    check_out(out, Path(source))


def _write_csv(dataset: Dataset, out: Path) -> None:
    """Write the file whole or, when anything fails, leave what was there."""
    aside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        dataset.examples[CLEANED_COLUMNS].to_csv(aside, index=False, encoding="utf-8", lineterminator="\n")
        os.replace(aside, out)
    finally:
        aside.unlink(missing_ok=True)


def _list_text(result: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for source in result["datasets"]:
        state = f"not here: {source['missing']}" if source["missing"] else "ready"
        lines += [
            f"{source['name']}  {source['title']}",
            f"  {source['description']}",
            f"  {source['terms']}",
        ]
        lines += [f"  {state}", ""]
    lines.append("stored in this workspace:" if result["stored"] else "nothing stored in this workspace yet")
    for manifest in result["stored"]:
        splits = ", ".join(f"{count:,} {name}" for name, count in manifest["splits"].items())
        lines.append(f"  {manifest['fingerprint']}  {manifest['name']}  {splits}")
    return lines + damaged_lines(result["damaged"])


def _describe_text(result: dict[str, Any]) -> list[str]:
    parts = {**result["splits"], "all": result["all"]}
    return [
        f"{result['name']}  fingerprint {result['fingerprint']}",
        *_read_text(result),
        "",
        f"{'split':<11}{'reviews':>9}{'positive':>10}{'words':>8}{'median':>8}{'max':>7}"
        f"{'tokens':>8}{'median':>8}{'max':>7}{'> 512':>8}",
        *(_split_line(name, part) for name, part in parts.items()),
        *([f"tokens unknown: {result['tokens_reason']}"] if result["tokens_reason"] else []),
        "",
        *_duplicates_text(result["duplicates"]),
        *_near_duplicates_text(result["near_duplicates"]),
        _languages_line(result["languages"]),
        *_dropped_text(result["dropped"]),
    ]


def _split_line(name: str, part: dict[str, Any]) -> str:
    share = part["truncated_share_512"]
    return (
        f"{name:<11}{part['n']:>9,}{part['positive_share']:>10.1%}{_lengths(part['words'])}"
        f"{_lengths(part['tokens'])}{'-' if share is None else format(share, '.1%'):>8}"
    )


def _lengths(found: dict[str, float] | None) -> str:
    if found is None:
        return f"{'-':>8}{'-':>8}{'-':>7}"
    return f"{found['mean']:>8,.1f}{found['median']:>8,.0f}{found['max']:>7,}"


def _duplicates_text(found: dict[str, Any]) -> list[str]:
    lines = [f"duplicates: {found['all']['surplus_rows']:,} rows repeat an earlier text"]
    lines += [f"  within {name}: {part['surplus_rows']:,} rows" for name, part in found["within"].items()]
    lines += [f"  across {name}: {part['texts']:,} texts" for name, part in found["across"].items()]
    return [*lines, f"  with both labels: {found['both_labels']['texts']:,} texts"]


def _near_duplicates_text(found: dict[str, Any]) -> list[str]:
    lines = [f"near-duplicates across splits ({found['measure']} >= {found['threshold']}):"]
    for part in found["across"]:
        lines.append(
            f"  {part['splits']}: {part['pairs']:,} pairs, {part['other_label']:,} with other labels"
        )
        lines += [
            f"    {pair['jaccard']:.2f}  {'  '.join(pair['example_ids'])}" for pair in part["examples"][:3]
        ]
    if not found["across"]:
        lines.append("  only one split")
    return [*lines, "near-duplicates within a split:", *map(_within_line, found["within"])]


def _within_line(part: dict[str, Any]) -> str:
    if part["pairs"] is None:
        return f"  {part['splits']}: not counted, {part['reason']}"
    return f"  {part['splits']}: {part['pairs']:,} pairs, {part['other_label']:,} with other labels"


def _languages_line(found: dict[str, Any]) -> str:
    counted = [f"{languages.title_of(code)} {count:,}" for code, count in found["counts"].items()]
    parts = [*counted, f"unclear {found['unclear']:,}"] if found["unclear"] else counted
    return f"languages of {found['n']:,} reviews: {', '.join(parts) or 'none'}"


def _rename_text(result: dict[str, Any]) -> list[str]:
    return [f"{result['fingerprint']} is now named {result['name']} (was {result['old'] or 'damaged'})"]


def _remove_text(result: dict[str, Any]) -> list[str]:
    return [removed_text(result), *result["consequences"]]


def _clean_text(result: dict[str, Any]) -> list[str]:
    first = f"{result['out']}: {result['written']:,} of {result['read']:,} rows written"
    return [
        f"{first}, fingerprint {result['fingerprint']}",
        *_read_text(result),
        *_dropped_text(result["dropped"]),
    ]


def _read_text(result: dict[str, Any]) -> list[str]:
    return read_lines(result | {"dropped": []})


def _dropped_text(items: list[dict[str, Any]]) -> list[str]:
    lines: list[str] = []
    for item in items:
        lines.append(f"dropped {item['count']:,}: {item['why']}")
        lines += [f"  {example}" for example in item["examples"]]
        more = item["count"] - len(item["examples"])
        lines += [f"  and {more:,} more"] if more and item["examples"] else []
    return lines or ["dropped nothing"]
