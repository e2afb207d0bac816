"""`drift`: whether new reviews differ from those that a model knows."""

from __future__ import annotations

import argparse
from typing import Any

import pandas as pd

from sentiment_core import data, embeddings, models, periods
from sentiment_core.commands.data import add_data_arguments, dataset_from
from sentiment_core.drift import OfReviews, drift, sample
from sentiment_core.evaluation.prediction import predict_frame
from sentiment_core.evaluation.records import split_or_error
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import Dataset

NAME = "drift"
HELP = "Compare new reviews with earlier ones, figure by figure and by a classifier that tells them apart."
EXAMPLES = """
python -m sentiment_core drift --data rotten-tomatoes-embedded --against imdb-embedded
python -m sentiment_core drift --data new.csv --against imdb-embedded --model tfidf --json
python -m sentiment_core drift --data new.csv --against imdb-embedded --embeddings --date-column posted
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the two data sets and, optionally, a model, vectors, and a column of dates."""
    add_data_arguments(parser)
    parser.add_argument("--split", default="test", help="which of the new reviews (test)")
    parser.add_argument("--against", required=True, metavar="NAME_OR_PATH", help="the earlier reviews")
    parser.add_argument("--against-split", default="test", metavar="SPLIT", help="which of them (test)")
    parser.add_argument("--model", metavar="ID", help="compare this model's confidence too")
    parser.add_argument(
        "--embeddings",
        action="store_true",
        help="compare vectors too, and make those that `embed` has not kept (up to some minutes)",
    )
    parser.add_argument(
        "--date-column",
        metavar="COLUMN",
        help="dates of the new reviews (found where only one column has any)",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Compare, and return the figures."""
    model = models.resolve(args.model).model_id if args.model else None
    new, before = dataset_from(args), data.load(args.against)
    rows, earlier = split_or_error(new, args.split), split_or_error(before, args.against_split)
    dates = periods.date_column(rows, args.date_column)
    progress = job_progress()
    sides = ((new, args.split, rows), (before, args.against_split, earlier))
    kept = [embeddings.kept(dataset.fingerprint, split) for dataset, split, _ in sides]
    vectors = None
    if args.embeddings or all(kept):
        cost = sum(
            embeddings.seconds(sample(reviews, args.seed)["text"].tolist())
            for (_, _, reviews), there in zip(sides, kept, strict=True)
            if there is None
        )
        if cost:
            progress(0, 1, f"making vectors takes about {cost:.0f} s")
        vectors = (_of(kept[0]), _of(kept[1]))
    found = drift(rows, earlier, model, vectors=vectors, seed=args.seed, progress=progress)
    return {
        "data": _about(new, args.split, found.n_new),
        "against": _about(before, args.against_split, found.n_before),
        "model_id": model,
        "sentence": found.sentence,
        "figures": [figure.to_json() for figure in found.figures],
        **_over_time(rows, dates, model, args.seed),
    }


def show(result: dict[str, Any]) -> str:
    """Return the sentence, a line per figure, and a line per period where there are dates."""
    new, before = result["data"], result["against"]
    return "\n".join(
        [
            f"{result['sentence'][0].upper()}{result['sentence'][1:]}.",
            f"{new['n']:,} reviews of {new['name']} {new['split']}, against {before['n']:,} of "
            f"{before['name']} {before['split']} (each text once)",
            *(_line(figure) for figure in result["figures"]),
            *_period_lines(result),
        ]
    )


def _of(kept: embeddings.Vectors | None) -> OfReviews:
    """Return what gives the vectors of some reviews: those that are kept, else made now and not kept."""
    if kept is None:
        return lambda rows: embeddings.of_texts(rows["text"].tolist())
    place = pd.Index(kept.example_ids)
    return lambda rows: kept.vectors[place.get_indexer(rows["example_id"].astype(str))]


def _about(dataset: Dataset, split: str, n: int) -> dict[str, Any]:
    return {"name": dataset.name, "fingerprint": dataset.fingerprint, "split": split, "n": n}


def _over_time(rows: pd.DataFrame, column: str | None, model: str | None, seed: int) -> dict[str, Any]:
    if column is None:
        return {"date_column": None, "period": None, "periods": []}
    confidence = None
    if model is not None:
        said = predict_frame(model, sample(rows, seed))
        positive = said["prob_positive"].to_numpy(float)
        confidence = dict(zip(said["example_id"].astype(str), positive.clip(1 - positive), strict=True))
    unit, found = periods.over_time(rows, column, confidence)
    return {"date_column": column, "period": unit, "periods": [one.to_json() for one in found]}


def _line(figure: dict[str, Any]) -> str:
    found = figure["difference"]
    if found["value"] is None:
        return f"  {figure['title']}: undefined, {found['reason']}"
    low, high = found["ci_low"], found["ci_high"]
    if figure["new"] is None:
        return f"  {figure['title']}: {found['value']:.3f} [{low:.3f}, {high:.3f}]"
    digits = 1 if figure["unit"] == "words" else 3
    return (
        f"  {figure['title']}: {figure['new']:.{digits}f}, before {figure['before']:.{digits}f}; difference "
        f"{found['value']:+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]"
    )


def _period_lines(result: dict[str, Any]) -> list[str]:
    if not result["periods"]:
        return []
    head = f"by {result['period']} of column {result['date_column']!r}: n, words, share positive, confidence"
    return [head, *(f"  {one['period']}: {_period_line(one)}" for one in result["periods"])]


def _period_line(period: dict[str, Any]) -> str:
    figures = ((period["words"], 1), (period["positive"], 3), (period["confidence"], 3))
    said = [
        f"{found['value']:.{digits}f} [{found['ci_low']:.{digits}f}, {found['ci_high']:.{digits}f}]"
        for found, digits in figures
        if found["value"] is not None
    ]
    return ", ".join([f"n = {period['n']:,}", *said])
