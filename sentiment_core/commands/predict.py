"""`predict`: what a model says about a text, or about every text of a file."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import pandas as pd

from sentiment_core import data, models
from sentiment_core.commands.evaluate import add_cluster, add_workers
from sentiment_core.data.answers import ANSWER_COLUMNS, NOT_A_TEXT, why_not, with_room
from sentiment_core.data.files.tables import MAX_FILE_BYTES, read_bytes
from sentiment_core.errors import DataError
from sentiment_core.evaluation import prediction
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import LABEL_NAMES
from sentiment_core.storage import spreadsheet, workspace

NAME = "predict"
HELP = "Predict the sentiment of one text, or of every text in a file."
EXAMPLES = """
python -m sentiment_core predict --model tfidf --text "A warm, funny film."
python -m sentiment_core predict --model tfidf --file reviews.csv --out predictions.csv
"""

#: What the written file has for each text, beside the file's own columns.
WRITTEN = tuple(name for name in ANSWER_COLUMNS if name != "predicted")
SUFFIXES = (".csv", ".jsonl", ".parquet")
KNOWS_NOTHING = "the model knows none of the words in this text"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model and the text or file."""
    parser.add_argument("--model", required=True, metavar="NAME", help="a model's id or alias")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--text", help="one text")
    source.add_argument(
        "--file", type=Path, help="a .csv, .tsv, .jsonl, .parquet or .txt (one text per line) file"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="where to write a file's predictions: .csv (cells that a spreadsheet would run are escaped), "
        ".jsonl or .parquet",
    )
    parser.add_argument("--text-column", metavar="COLUMN", help="column of the texts (guessed when obvious)")
    add_workers(parser)
    add_cluster(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Predict the text or the file."""
    if args.file is None:
        return _predict_text(args.model, args.text)
    _check_out(args.out, args.file)
    return _predict_file(args)


def show(result: dict[str, Any]) -> str:
    """Return one line."""
    if "out" in result:
        return (
            f"{result['n']:,} texts, {result['n_positive']:,} of them positive; written to {result['out']} "
            f"({'; '.join(_remarks(result))})"
        )
    cut = ", longer than the model reads" if result["truncated"] else ""
    probability = f"{100 * result['prob_positive']:.1f} %"
    if result["knows_nothing"]:
        return f"cannot tell: {KNOWS_NOTHING} (probability of positive {probability})"
    return (
        f"{result['sentiment']} (probability of positive {probability}; {result['n_tokens']:,} tokens{cut})"
    )


def _remarks(result: dict[str, Any]) -> list[str]:
    """Return what a person should know about the answers to a file."""
    remarks = [f"{result['n_truncated']:,} were longer than the model reads"]
    counted = (
        ("n_knows_nothing", "have no word that the model knows: their answers mean nothing"),
        ("n_without_text", "rows have no text"),
        ("n_not_text", "rows hold something else than text, such as numbers, lists or bytes"),
    )
    return remarks + [f"{result[name]:,} {words}" for name, words in counted if result[name]]


def _predict_text(model: str, text: str) -> dict[str, Any]:
    classifier = models.load_model(model)
    cleaned = data.clean_text(text)
    if not cleaned:
        raise DataError("--text is empty; give a review of one word or more")
    answers = prediction.answer(classifier, [cleaned])
    return {
        "model_id": classifier.model_id,
        "sentiment": LABEL_NAMES[int(answers.prob_positive[0] >= 0.5)],
        "prob_positive": float(answers.prob_positive[0]),
        "n_tokens": int(answers.n_tokens[0]),
        "truncated": bool(answers.truncated[0]),
        "knows_nothing": bool(answers.knows_nothing[0]),
    }


def _predict_file(args: argparse.Namespace) -> dict[str, Any]:
    models.resolve(args.model)  # a misspelled name is reported before the file is read
    texts = texts_of(args.file, args.text_column)
    why = why_not(texts["text"])
    rows = pd.DataFrame({"example_id": range(len(texts)), "text": texts["text"]})[why == ""]
    not_text = int((why == NOT_A_TEXT).sum())
    if rows.empty:
        raise DataError(_no_text(args.file.name, len(texts), not_text))
    predicted = prediction.predict_frame(
        args.model, rows, workers=args.workers, cluster=args.cluster, progress=job_progress()
    )
    _write(with_answers(texts, predicted), args.out)
    return {
        "model_id": models.resolve(args.model).model_id,
        "out": str(args.out),
        "n": len(predicted),
        "n_without_text": len(texts) - len(predicted) - not_text,
        "n_not_text": not_text,
        "n_positive": int(predicted["predicted"].sum()),
        "n_truncated": int(predicted["truncated"].sum()),
        "n_knows_nothing": int(predicted["knows_nothing"].sum()),
    }


def _no_text(name: str, n: int, not_text: int) -> str:
    if not not_text:
        return f"{name} holds no text: all {n:,} rows are empty"
    return (
        f"{name} holds no text: {not_text:,} of {n:,} rows hold something else, such as numbers, lists or "
        "bytes; name the column of the texts (--text-column)"
    )


def texts_of(file: Path, text_column: str | None) -> pd.DataFrame:
    """Return the texts of a file and its other columns, as `texts_from_upload` does."""
    content = read_bytes(file, file.name)
    return data.texts_from_upload(content, file.name, text_column, max_bytes=MAX_FILE_BYTES)


def with_answers(texts: pd.DataFrame, predicted: pd.DataFrame) -> pd.DataFrame:
    """Put the answers behind the file's columns, whose names make room (`data.answers.with_room`).

    `example_id` of `predicted` is a row's place in `texts`. A row that was not predicted has no sentiment and
    no probability, and says why.
    """
    given = with_room(texts, WRITTEN).reset_index(drop=True)
    answers = predicted.set_index("example_id").assign(
        sentiment=predicted["predicted"].map(LABEL_NAMES).array
    )
    answers = answers.reindex(given.index)
    answers["n_tokens"] = answers["n_tokens"].fillna(0).astype("int64")
    for name in ("truncated", "knows_nothing"):
        answers[name] = answers[name].eq(True)
    answers["model_id"] = answers["model_id"].ffill().bfill()
    answers["not_predicted"] = [why or None for why in why_not(texts["text"])]
    return pd.concat([given, answers[list(WRITTEN)]], axis=1)


def _check_out(out: Path | None, source: Path) -> None:
    if out is None:
        raise DataError(f"--file needs --out FILE, ending in {', '.join(SUFFIXES)}")
    if out.suffix.lower() not in SUFFIXES:
        raise DataError(f"--out {str(out)!r} must end in {', '.join(SUFFIXES)}")
    workspace.check_out(out, source)


def _write(table: pd.DataFrame, out: Path) -> None:
    """Write the file whole or, when anything fails, leave what was there."""
    aside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        if out.suffix.lower() == ".csv":
            aside.write_bytes(spreadsheet.to_csv(table))
        elif out.suffix.lower() == ".jsonl":
            table.to_json(aside, orient="records", lines=True, force_ascii=False, double_precision=15)
        else:
            table.to_parquet(aside, index=False)
        os.replace(aside, out)
    finally:
        aside.unlink(missing_ok=True)
