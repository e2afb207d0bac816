"""`explain`: which words carry a score, how far that can be trusted, and which words drive a model."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pandas as pd

from sentiment_core import data, models
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.data.files.bad_rows import shown
from sentiment_core.data.files.tables import MAX_FILE_BYTES, read_bytes
from sentiment_core.data.splitting import limited
from sentiment_core.errors import DataError
from sentiment_core.evaluation.records import split_or_error
from sentiment_core.explainers import EXPLAINERS, explainer_named, explainers_for
from sentiment_core.explanation import audit as audits
from sentiment_core.explanation import global_words, in_words, plausibility
from sentiment_core.explanation.base import Explainer, ExplanationError
from sentiment_core.explanation.explaining import explain
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import SPLITS
from sentiment_core.storage import runs

NAME = "explain"
HELP = "Show which words carry a score, and measure how far such explanations can be trusted."
EXAMPLES = """
python -m sentiment_core explain --model tfidf --method exact --text "A warm, funny film."
python -m sentiment_core explain --model reference --method integrated-gradients --data imdb-embedded --id imdb_embedded-00012 --json
python -m sentiment_core explain --model tfidf --method lime --file reviews.csv --out explained.jsonl --set samples=500
python -m sentiment_core explain audit --model tfidf --data imdb-embedded --limit 50 --methods exact,lime,random
python -m sentiment_core explain words --model tfidf --data imdb-embedded --limit 1000
"""  # noqa: E501


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is explained and how; audit and words are actions of their own."""
    _add_model(parser, required=False)
    _add_method(parser)
    parser.add_argument("--text", help="one text")
    parser.add_argument("--file", type=Path, help="texts of a .csv, .tsv, .jsonl, .parquet or .txt file")
    parser.add_argument("--id", action="append", metavar="ID", help="only this review of --data (repeatable)")
    _add_reviews(parser)
    parser.add_argument("--out", type=Path, metavar="FILE.jsonl", help="where to write many, a line per text")
    parser.add_argument("--fresh", action="store_true", help="compute again what was explained before")
    actions = parser.add_subparsers(dest="action", metavar="[ACTION]")
    auditing = actions.add_parser("audit", help="measure how far each method can be trusted for a model")
    _add_model(auditing, required=True)
    _add_reviews(auditing, limit=20)
    auditing.add_argument("--methods", metavar="A,B", help="methods to compare (all that can explain it)")
    auditing.add_argument(
        "--most-words", type=int, metavar="N", help="only reviews of at most N words, which cost less"
    )
    auditing.add_argument("--rationales", type=Path, metavar="FILE.jsonl", help="reviews with marked spans")
    auditing.add_argument("--limit-rationales", type=int, metavar="N", help="at most N of them")
    auditing.add_argument("--beam", type=int, default=3, metavar="N", help="orders kept in the search (3)")
    auditing.add_argument(
        "--randomise",
        type=int,
        default=10,
        metavar="N",
        help="reviews explained with random weights (10)",
    )
    words = actions.add_parser("words", help="the words that drive each class, and the errors")
    _add_model(words, required=True)
    _add_method(words)
    _add_reviews(words, limit=500)
    words.add_argument("--top", type=int, default=15, metavar="N", help="words of each kind (15)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Explain, audit, or list words."""
    return {None: _explain, "audit": _audit, "words": _words}[args.action](args)


def show(result: dict[str, Any]) -> str:
    """Return the result as lines for a person."""
    if "figures" in result:
        return in_words.audit_text(result)
    if "toward_positive" in result:
        return in_words.words_text(result)
    return in_words.one_text(result) if "attributions" in result else in_words.many_text(result)


# --- arguments -------------------------------------------------------------------------------------


def _add_model(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument("--model", required=required, metavar="NAME", help="a model's id or alias")


def _add_method(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--method", metavar="NAME", help=f"of: {', '.join(EXPLAINERS)} (the first that can)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=N",
        help="a setting of the method",
    )


def _add_reviews(parser: argparse.ArgumentParser, limit: int | None = None) -> None:
    add_data_arguments(parser, required=False)
    parser.add_argument("--split", default="test", choices=SPLITS, help="which reviews of --data (test)")
    parser.set_defaults(default_limit=limit)


def _method(name: str | None, classifier: Any) -> Explainer:
    return explainer_named(name) if name else next(iter(explainers_for(classifier).values()))


def _settings(pairs: Sequence[str], explainer: Explainer) -> dict[str, Any]:
    found = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if not value.isdecimal() or len(value) > 9:
            raise ExplanationError(f"--set {shown(pair)} is not NAME=N with a whole number")
        found[name] = int(value)
    return explainer.settled(found)


def _examples(args: argparse.Namespace) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the reviews of a split, a sample where a limit is given, and what to record of the data."""
    if args.data is None:
        raise DataError("no data is given; give --data NAME_OR_PATH")
    limit, args.limit = args.default_limit if args.limit is None else args.limit, None
    if limit is not None and limit < 1:
        raise DataError(f"--limit is {limit}; give 1 or more")
    dataset = dataset_from(args)
    facts = {"name": dataset.name, "fingerprint": dataset.fingerprint, "split": args.split}
    if most := getattr(args, "most_words", None):
        short = dataset.examples["text"].str.split().str.len() <= most
        dataset = dataclasses.replace(dataset, examples=dataset.examples[short].reset_index(drop=True))
    dataset = limited(dataset, limit, args.seed) if limit else dataset
    return split_or_error(dataset, args.split), facts


# --- one text, or many -----------------------------------------------------------------------------


def _explain(args: argparse.Namespace) -> dict[str, Any]:
    sources = [name for name in ("text", "file", "data") if getattr(args, name) is not None]
    if args.model is None or len(sources) != 1:
        raise DataError("give --model NAME and one of --text TEXT, --file FILE, --data NAME_OR_PATH")
    card = models.resolve(args.model)
    texts = _texts(args)
    one = args.out is None and (args.text is not None or len(args.id or ()) == 1)
    if not one:
        _check_out(args.out, args.file)
    classifier = models.load_model(card.model_id)
    explainer = _method(args.method, classifier)
    settings = _settings(args.set, explainer)
    began = time.monotonic()
    head = {"model_id": card.model_id, "method": explainer.name, "settings": settings}
    if one:
        (attribution,) = explain(classifier, texts["text"], explainer, settings, keep=not args.fresh)
        return head | {"example_id": texts["example_id"].iloc[0]} | attribution.to_json()
    found = explain(
        classifier, texts["text"], explainer, settings, progress=job_progress(), keep=not args.fresh
    )
    with _written(args.out) as file:
        for example_id, text, attribution in zip(texts["example_id"], texts["text"], found, strict=True):
            line = {"example_id": example_id, "model_id": card.model_id, "text": text} | attribution.to_json()
            file.write(json.dumps(runs.json_ready(line), ensure_ascii=False) + "\n")
    return head | {
        "out": str(args.out),
        "n": len(found),
        "n_truncated": sum(one.truncated for one in found),
        "largest_delta": max((abs(one.delta) for one in found), default=0.0),
        "seconds": round(time.monotonic() - began, 2),
    }


def _texts(args: argparse.Namespace) -> pd.DataFrame:
    """Return example_id and text of what is to be explained, texts as they were given."""
    if args.text is not None:
        texts = pd.DataFrame({"example_id": [None], "text": [args.text]})
    elif args.file is not None:
        content, name = read_bytes(args.file, args.file.name), args.file.name
        table = data.texts_from_upload(
            content, name, args.text_column, max_bytes=MAX_FILE_BYTES, as_given=True
        )
        ids = table["example_id"] if "example_id" in table else pd.Series(range(len(table)))
        given = table["text"].map(lambda text: text or "")  # what is no text has no words either
        texts = pd.DataFrame({"example_id": ids, "text": given}).head(args.limit or len(table))
    else:
        texts = _chosen(_examples(args)[0], args)
    if not any(data.clean_text(text) for text in texts["text"]):
        raise DataError("there is no text to explain; give a review of one word or more")
    return texts


def _chosen(examples: pd.DataFrame, args: argparse.Namespace) -> pd.DataFrame:
    """Return the reviews of --id in their order, or all."""
    if not args.id:
        return examples[["example_id", "text"]]
    known = examples.set_index("example_id", drop=False)
    missing = [name for name in args.id if name not in known.index]
    if missing:
        raise DataError(
            f"'{args.data}' has no review {shown(missing[0])} in split {args.split!r}; "
            "--split names another split"
        )
    return known.loc[list(dict.fromkeys(args.id)), ["example_id", "text"]].reset_index(drop=True)


def _check_out(out: Path | None, source: Path | None) -> None:
    if out is None or out.suffix.lower() != ".jsonl":
        given = "" if out is None else f"; --out is {shown(out)}"
        raise DataError(f"many explanations need --out FILE.jsonl{given}; or choose one review by --id ID")
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise DataError(f"--out {shown(out)} cannot be written: its folder must exist, and it must be a file")
    if source is not None and out.exists() and source.exists() and out.samefile(source):
        raise DataError(f"--out {shown(out)} is the file that is read; give another name")


@contextmanager
def _written(out: Path) -> Iterator[IO[str]]:
    """Write the file whole or, when anything fails, leave what was there."""
    aside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with aside.open("w", encoding="utf-8") as file:
            yield file
        os.replace(aside, out)
    finally:
        aside.unlink(missing_ok=True)


# --- audit -----------------------------------------------------------------------------------------


def _audit(args: argparse.Namespace) -> dict[str, Any]:
    card = models.resolve(args.model)
    rationales = plausibility.read_rationales(args.rationales) if args.rationales else []
    examples, facts = _examples(args)
    facts |= {"most_words": args.most_words} if args.most_words else {}
    classifier = models.load_model(card.model_id)
    able = explainers_for(classifier)
    names = [name.strip() for name in args.methods.split(",")] if args.methods else list(able)
    chosen = [explainer_named(name) for name in dict.fromkeys(names)]
    for explainer in chosen:
        if explainer.name not in able:
            reason = explainer.lacking(classifier)
            raise ExplanationError(
                f"{explainer.name} cannot explain {card.short_name}: {reason}; can: {', '.join(able)}"
            )
    request = audits.AuditRequest(
        card.model_id, chosen, examples, facts, rationales[: args.limit_rationales],
        args.rationales.name if args.rationales else "", args.beam, args.randomise,
    )  # fmt: skip
    found = audits.open_audit(audits.audit(classifier, request, job_progress()))
    return {"trust": audits.most_faithful(found), **found.manifest, "run_id": found.run_id}


# --- words -----------------------------------------------------------------------------------------


def _words(args: argparse.Namespace) -> dict[str, Any]:
    card = models.resolve(args.model)
    examples, facts = _examples(args)
    classifier = models.load_model(card.model_id)
    explainer = _method(args.method, classifier)
    settings = _settings(args.set, explainer)
    found = explain(classifier, examples["text"], explainer, settings, progress=job_progress())
    explained = [
        global_words.Explained(str(example_id), one, int(label), int(one.value >= 0))
        for example_id, label, one in zip(examples["example_id"], examples["label"], found, strict=True)
    ]
    table = global_words.words_table(explained)
    wrong = global_words.words_table(explained, errors_only=True)
    tables: dict[str, Callable[[], pd.DataFrame]] = {
        "toward_positive": lambda: global_words.toward(table, True, args.top),
        "toward_negative": lambda: global_words.toward(table, False, args.top),
        "toward_errors": lambda: global_words.toward(wrong, True, args.top),
    }
    return {
        "model_id": card.model_id, "method": explainer.name, "settings": settings, "data": facts,
        "n": len(explained), "n_errors": sum(one.label != one.predicted for one in explained),
        **{name: make().to_dict("records") for name, make in tables.items()},
    }  # fmt: skip
