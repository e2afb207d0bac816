"""`errors`: the reviews that a model gets wrong, the worst first, with the filters of the page."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core import data, models
from sentiment_core.commands.data import add_column_arguments, reading_from
from sentiment_core.commands.evaluate import add_evaluation_arguments
from sentiment_core.errors import RunError
from sentiment_core.evaluation import records, review_order
from sentiment_core.evaluation.records import Evaluation
from sentiment_core.evaluation.review_order import AGREEMENTS, OUTCOMES, SORTS, TRAINING, Filters
from sentiment_core.execution import above
from sentiment_core.jobs.jobs import job_progress
from sentiment_core.schema import Dataset
from sentiment_core.storage import workspace

NAME = "errors"
HELP = "List the reviews that a model gets wrong, the worst first, or others, by the filters of page Errors."
EXAMPLES = """
python -m sentiment_core errors --model tfidf --data imdb-embedded --limit 10
python -m sentiment_core errors --model tfidf --data imdb-embedded --outcome false-positives --sort longest
python -m sentiment_core errors --model tfidf --data imdb-embedded --beside nbsvm --agreement disagree --json
python -m sentiment_core errors --model tfidf --data imdb-embedded --slices genre:horror,not:long --out errors.csv
"""  # noqa: E501
USUAL_LIMIT = 25
SHOWN_CHARACTERS = 90
#: Of slices that have to be computed for many long reviews.
PATIENCE_SECONDS = 900


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model, the reviews, the filters, the order and the file."""
    parser.add_argument("--model", required=True, metavar="NAME", help="a model's id or alias")
    parser.add_argument("--beside", metavar="NAME", help="a second model, whose answers stand beside")
    parser.add_argument("--data", required=True, metavar="NAME_OR_PATH", help="the reviews, as in `evaluate`")
    add_column_arguments(parser)
    add_evaluation_arguments(parser)
    add_filter_arguments(parser)
    parser.add_argument(
        "--sort", choices=SORTS, default=Filters().sort, help="the order (loss, highest first)"
    )
    parser.add_argument(
        "--limit", type=int, default=USUAL_LIMIT, metavar="N", help=f"reviews listed at most ({USUAL_LIMIT})"
    )
    parser.add_argument("--out", type=Path, metavar="FILE.csv", help="write all that match there")


def add_filter_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the page filters by."""
    usual = Filters()
    parser.add_argument(
        "--threshold", type=float, default=0.5, metavar="P", help="called positive from P on (0.5)"
    )
    parser.add_argument("--outcome", choices=OUTCOMES, default=usual.outcome, help="which answers (errors)")
    parser.add_argument("--search", default="", metavar="WORDS", help="exact words in the text")
    for end, value in (("min", usual.confidence_low), ("max", usual.confidence_high)):
        parser.add_argument(
            f"--{end}-confidence", type=float, default=value, metavar="P", help=f"from 0.5 to 1 ({value:g})"
        )
    parser.add_argument("--min-words", type=int, default=0, metavar="N", help="words at least")
    parser.add_argument("--max-words", type=int, metavar="N", help="words at most")
    parser.add_argument(
        "--agreement", choices=AGREEMENTS, default=usual.agreement, help="of the model beside (any)"
    )
    parser.add_argument("--source", default="", metavar="NAME", help="only reviews of this source")
    parser.add_argument(
        "--training",
        choices=TRAINING,
        default=usual.training,
        help="reviews that a model was trained on (any)",
    )
    parser.add_argument(
        "--slices", default="", metavar="NAMES",
        help="only reviews in all of these, with commas between; not:NAME for those outside of one",
    )  # fmt: skip


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Lay out the newest evaluations, filter, order, and list or write what matches."""
    filters = _filters(args)
    if args.out is not None:
        workspace.check_out(args.out)
    cards = [models.resolve(name) for name in (args.model, args.beside) if name]
    dataset = data.load(args.data, reading=reading_from(args), skip_bad=args.skip_bad)
    found = [
        records.latest_or_new(
            card.model_id, dataset, args.split, workers=args.workers, progress=job_progress()
        )
        for card in cards
    ]
    rows = review_order.at_threshold(_desk(dataset, found, filters), args.threshold)
    inside = _inside(rows, found, filters)
    matching = review_order.filtered(rows, filters, inside)
    beside = cards[1].short_name if args.beside else None
    named = review_order.named(matching, cards[0].short_name, args.threshold, beside)
    if args.out is not None:
        workspace.write_text(args.out, review_order.to_csv(named).decode("utf-8"))
    return {
        "model_id": cards[0].model_id,
        "model_alias": cards[0].alias,
        "run_id": found[0].run_id,
        "beside": {"name": beside, "run_id": found[1].run_id} if beside else None,
        "data": found[0].manifest["data"],
        "threshold": args.threshold,
        "filters": {**vars(filters), "slices": list(filters.slices)},
        "n": len(rows),
        "wrong": int(rows["outcome"].isin(OUTCOMES["errors"]).sum()),
        "matching": len(matching),
        "figures": _figures(rows, found[0], filters, inside, args.threshold),
        "reviews": named.head(args.limit).to_dict(orient="records"),
        "out": str(args.out) if args.out is not None else None,
    }


def show(result: dict[str, Any]) -> str:
    """Return a line a review: its outcome, confidence, loss, words, and how it begins."""
    data, name = result["data"], result["model_alias"] or result["model_id"]
    head = (
        f"{name} on {data['name']} {data['split']}: wrong on {result['wrong']:,} of {result['n']:,} reviews; "
        f"{result['matching']:,} match"
    )
    columns = f"{'example_id':<16}{'outcome':<16}{'conf.':>7}{'loss':>8}{'words':>7}  review"
    left = result["matching"] - len(result["reviews"])
    return "\n".join(
        [
            head,
            *([columns] if result["reviews"] else []),
            *map(_line, result["reviews"]),
            *([f"and {left:,} more; --limit N lists them, --out FILE.csv writes them"] if left else []),
            *([f"wrote {result['matching']:,} reviews to {result['out']}"] if result["out"] else []),
        ]
    )


def _line(row: dict[str, Any]) -> str:
    text = " ".join(str(row["text"]).split())
    begins = text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"
    return (
        f"{row['example_id']:<16}{row['outcome']:<16}{100 * row['confidence']:>5.1f} %{row['loss']:>8.2f}"
        f"{row['words']:>7,}  {begins}"
    )


def _filters(args: argparse.Namespace) -> Filters:
    """Return the filters; RunError where one of them can mean nothing."""
    _check(args)
    params = {"slices": args.slices} if args.slices else {}
    slices = Filters.from_params(params).slices
    if args.slices.strip() and not slices:
        raise RunError("--slices is not understood; `python -m attacks slices list` lists the names")
    return Filters(
        outcome=args.outcome,
        search=args.search,
        confidence_low=args.min_confidence,
        confidence_high=args.max_confidence,
        words_low=args.min_words,
        words_high=args.max_words,
        agreement=args.agreement,
        source=args.source,
        sort=args.sort,
        training=args.training,
        slices=slices,
    )


def _check(args: argparse.Namespace) -> None:
    if not 0 <= args.threshold <= 1:
        raise RunError(f"threshold is {args.threshold:g}; give a probability from 0 to 1")
    if not 0.5 <= args.min_confidence <= args.max_confidence <= 1:
        raise RunError(
            f"confidence is {args.min_confidence:g} to {args.max_confidence:g}; give 0.5 to 1, low first"
        )
    if args.min_words < 0 or (args.max_words is not None and args.max_words < max(args.min_words, 1)):
        raise RunError(f"words are {args.min_words} to {args.max_words}; give 0 or more, low first")
    if args.limit < 1:
        raise RunError(f"--limit is {args.limit}; give 1 or more")
    alone = args.agreement != "any" or SORTS[args.sort][0] == "disagreement"
    if alone and not args.beside:
        raise RunError("--agreement and the order by disagreement need a second model; give --beside NAME")


def _desk(dataset: Dataset, found: list[Evaluation], filters: Filters) -> pd.DataFrame:
    """Return the desk; with `seen`, which reviews a model was trained on, where that is asked and known."""
    other = found[1].frame if len(found) > 1 else None
    rows = review_order.desk(dataset.split(found[0].split), found[0].frame, other)
    sources = rows["source"].dropna().unique()
    if filters.source and filters.source not in sources:
        raise RunError(f"these reviews have no such source; theirs: {', '.join(sorted(map(str, sources)))}")
    if filters.training == "any":
        return rows
    marks = {one.run_id: records.marks_of(one) for one in found}
    known = [
        one.frame["example_id"][marks[one.run_id] != ""] for one in found if marks[one.run_id] is not None
    ]
    return rows.assign(seen=rows["example_id"].isin(pd.concat(known))) if known else rows


def _figures(
    rows: pd.DataFrame,
    found: Evaluation,
    filters: Filters,
    inside: NDArray[np.bool_] | None,
    threshold: float,
) -> dict[str, Any] | None:
    """Return every metric on the reviews that the filters are about, whatever the answers, as Evaluate does.

    None where the filters leave no review out: `evaluate` has those.
    """
    if not filters.narrowed_reviews:
        return None
    kept = review_order.filtered(rows, filters.about_reviews, inside)["example_id"]
    if kept.empty:
        return {}
    scored = records.score(found.frame[found.frame["example_id"].isin(kept)], threshold)
    return {name: estimate.to_json() for name, estimate in scored.items()}


def _inside(rows: pd.DataFrame, found: list[Evaluation], filters: Filters) -> NDArray[np.bool_] | None:
    """Return which rows are in the slices, which only the package above knows."""
    if not filters.slices:
        return None
    runs = [one.run_id for one in found]
    ids = above.ask(
        "attacks.own", ",".join(filters.slices), *runs, what="the slices", seconds=PATIENCE_SECONDS
    )
    inside: NDArray[np.bool_] = rows["example_id"].astype(str).isin(ids).to_numpy(dtype=bool)
    return inside
