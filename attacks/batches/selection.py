"""Which reviews are attacked: drawn by seed, named one by one, or as the error desk shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core import models
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.data.files.bad_rows import BadRows
from sentiment_core.data.files.tables import TABLE_SUFFIXES, read_bytes, read_table
from sentiment_core.errors import DataError
from sentiment_core.evaluation import review_order
from sentiment_core.evaluation.prediction import predict_frame
from sentiment_core.evaluation.records import latest_evaluation, split_or_error
from sentiment_core.evaluation.seen import marked
from sentiment_core.schema import Dataset

OUTCOMES = ("any", "right", "wrong")
#: Files that `_ids_in` reads: one id per line, or a table with example_id.
ID_SUFFIXES = (".txt", *TABLE_SUFFIXES)
#: Without an evaluation, twice what is missing is predicted at once, and at least this many.
FEWEST_AT_ONCE = 64


#: For a command's help: what `parsed` reads.
HOW_TO_SELECT = (
    "outcome=right or wrong (of this model, before the attack), right-by=MODEL,MODEL (all are right), "
    "words=50-200, ids=ID,ID, file=IDS (one id per line, or a table with example_id), "
    "desk=FILTERS (as in the error desk's URL)"
)


@dataclass(frozen=True)
class Selection:
    """What to attack.

    Reviews are shuffled by `seed`, filtered, and the first `n` kept: equal seeds take equal reviews, and a
    larger n only adds some. Reviews named by `ids`, `file` or `desk` keep the order in which they are named.

    Attributes:
        n: how many, after filtering; None: all that pass.
        outcome: any, or only those that `model` gets right, or wrong.
        model: id or alias of the model that `outcome` and `desk` speak of.
        right_by: only reviews that all these models get right.
        min_words: words between white space, at least.
        max_words: and at most; None: no limit.
        ids: these reviews.
        file: those named in a file: one id per line, or a table with a column example_id (the desk's export).
        desk: those that the error desk shows, in the form of its URL: "outcome=errors&search=plot&sort=loss".
    """

    n: int | None = 100
    seed: int = 0
    outcome: str = "any"
    model: str | None = None
    right_by: tuple[str, ...] = ()
    min_words: int = 0
    max_words: int | None = None
    ids: tuple[str, ...] = ()
    file: str | None = None
    desk: str = ""


def select(
    dataset: Dataset, split: str, selection: Selection, *, progress: Progress = no_progress
) -> pd.DataFrame:
    """Return EXAMPLE_COLUMNS of the reviews to attack, in the order in which they are reported.

    A model's answers come from its newest evaluation on this split, or is predicted, for no more reviews
    than are needed.

    Raises:
        DataError: an id is not in the split, or no review passes.
    """
    if selection.outcome not in OUTCOMES:
        raise DataError(f"outcome is {selection.outcome!r}; allowed: {', '.join(OUTCOMES)}")
    if selection.n is not None and selection.n < 1:
        raise DataError(f"{selection.n} reviews were requested; give 1 or more")
    rows = _candidates(dataset, split, selection, progress)
    if selection.min_words or selection.max_words:
        words = review_order.count_words(rows["text"])
        rows = rows[words.between(selection.min_words, selection.max_words or np.inf)]
    kept = _judged_as_wanted(dataset, split, rows, selection, progress)
    if kept.empty:
        raise DataError(f"no review of {dataset.name!r} {split} passes the selection; ask for less")
    return kept.reset_index(drop=True)


def parsed(pairs: Sequence[str], **given: Any) -> Selection:
    """Read "outcome=right", "words=50-200", "ids=a,b", "file=ids.txt", "right-by=a,b", "desk=..." .

    Raises:
        DataError: a pair is none of these.
    """
    selection = Selection(**given)
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name not in _READERS or not value:
            raise DataError(
                f"--select {pair!r} is not understood; give one of {', '.join(_READERS)}, and =VALUE"
            )
        selection = replace(selection, **_READERS[name](value))
    return selection


def _candidates(dataset: Dataset, split: str, selection: Selection, progress: Progress) -> pd.DataFrame:
    """Return the split's rows in the order in which they are tried."""
    rows = split_or_error(dataset, split)
    named = [*selection.ids, *(_ids_in(selection.file, rows["example_id"]) if selection.file else ())]
    if selection.desk:
        named += _shown_on_the_desk(dataset, split, selection, progress)
    if selection.ids or selection.file or selection.desk:
        return _named(rows, list(dict.fromkeys(named)))
    return rows.iloc[np.random.default_rng(selection.seed).permutation(len(rows))]


def _named(rows: pd.DataFrame, ids: Sequence[str]) -> pd.DataFrame:
    by_id = rows.set_index(rows["example_id"].astype(str), drop=False)
    unknown = [example_id for example_id in ids if example_id not in by_id.index]
    if unknown:
        more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
        raise DataError(
            f"reviews {', '.join(unknown[:3])}{more} are not in this split; check ids and --split"
        )
    return by_id.loc[list(ids)]


def _ids_in(file: str, known: pd.Series) -> list[str]:
    """Return the ids that a file names, in its order.

    A message names lines, never their content: the reader may not be allowed to read the file.
    """
    path = Path(file)
    ids = _written_ids(path)
    there = set(known.astype(str))
    unknown = [number for number, example_id in ids if example_id not in there]
    if unknown:
        more = f" and {len(unknown) - 3:,} more" if len(unknown) > 3 else ""
        lines = ", ".join(map(str, unknown[:3]))
        raise DataError(
            f"{path.name}: line {lines}{more} is no review of this split; give one id per line, or a table "
            "with a column example_id, and check --split"
        )
    return [example_id for _, example_id in ids]


def _written_ids(path: Path) -> list[tuple[int, str]]:
    """Return (number of the line or of the table's row, id)."""
    lines = path.suffix.lower() in (".txt", "")
    name = f"{path.name}.txt" if not path.suffix else path.name
    bad = BadRows(path.name, skip=False, offer_skip=False)
    table = read_table(read_bytes(path, path.name), name, bad=bad)
    if lines:
        return [(int(str(number)), str(line).strip()) for number, line in table["text"].items()]
    if "example_id" not in table:
        raise DataError(f"{path.name} has no column example_id; it has {len(table.columns)} other columns")
    return [(number, str(example_id)) for number, example_id in enumerate(table["example_id"], 1)]


def _shown_on_the_desk(dataset: Dataset, split: str, selection: Selection, progress: Progress) -> list[str]:
    rows = split_or_error(dataset, split)
    predictions = _predictions(_model_of(selection), dataset, split)
    if predictions is None:
        predictions = predict_frame(_model_of(selection), rows, progress=progress)
    filters = review_order.Filters.from_params(dict(parse_qsl(selection.desk)))
    desk = review_order.desk(rows, predictions)
    if filters.training != "any":
        desk = _with_seen(desk, selection)
    shown = review_order.filtered(desk, filters, _inside(rows, desk, filters.slices))
    return [str(example_id) for example_id in shown["example_id"]]


def _with_seen(desk: pd.DataFrame, selection: Selection) -> pd.DataFrame:
    """Return the desk with `seen`, which of its reviews the model was trained on, where that is known."""
    card = models.resolve(_model_of(selection))
    marks = marked(card, desk["text"])
    return desk if marks is None else desk.assign(seen=marks != "")


def _inside(rows: pd.DataFrame, desk: pd.DataFrame, names: Sequence[str]) -> NDArray[np.bool_] | None:
    """Return whether each row of the desk is in all of these slices; only what they ask for is computed."""
    if not names:
        return None
    from attacks.own import named
    from attacks.slices.properties import OF_PREDICTIONS, properties

    examples = rows.set_index("example_id").loc[desk["example_id"]].reset_index()
    examples = examples.assign(**{column: desk[column].to_numpy() for column in OF_PREDICTIONS})
    return named.inside(names, properties(examples, named.columns_of(names)), examples["text"])


def _judged_as_wanted(
    dataset: Dataset, split: str, rows: pd.DataFrame, selection: Selection, progress: Progress
) -> pd.DataFrame:
    """Return the first n rows that the models get right or wrong as requested."""
    wanted = {name: True for name in selection.right_by}
    if selection.outcome != "any":
        wanted |= {_model_of(selection): selection.outcome == "right"}
    if not wanted:
        return rows.head(len(rows) if selection.n is None else selection.n)
    known = {name: _predictions(name, dataset, split) for name in wanted}
    n = len(rows) if selection.n is None else selection.n
    kept, start = rows.head(0), 0
    while len(kept) < n and start < len(rows):
        size = max(FEWEST_AT_ONCE, 2 * (n - len(kept)))
        block = rows.iloc[start : start + size]
        start += size
        for name, right in wanted.items():
            block = block[_is_right(name, known[name], block, progress) == right]
        kept = pd.concat([kept, block])
    return kept.head(n)


def _is_right(model: str, known: pd.DataFrame | None, rows: pd.DataFrame, progress: Progress) -> pd.Series:
    """Return a bool for each row, with the index of `rows`."""
    found = predict_frame(model, rows, progress=progress) if known is None else known
    predicted = found.set_index("example_id")["predicted"]
    return predicted.loc[rows["example_id"]].set_axis(rows.index) == rows["label"]


def _predictions(model: str, dataset: Dataset, split: str) -> pd.DataFrame | None:
    """Return the model's newest predictions of this split, or None where it was never evaluated on it."""
    found = latest_evaluation(models.resolve(model).model_id, dataset.fingerprint, split)
    return found.frame if found else None


def _model_of(selection: Selection) -> str:
    if selection.model is None:
        raise DataError("outcome and desk are about a model's answers; name the model")
    return selection.model


def _words(value: str) -> dict[str, Any]:
    low, _, high = value.partition("-")
    try:
        return {"min_words": int(low or 0), "max_words": int(high) if high else None}
    except ValueError:
        raise DataError(f"words is {value!r}; give LOW-HIGH, for example 50-200, 50- or -200") from None


def _list(name: str) -> Callable[[str], dict[str, Any]]:
    return lambda value: {name: tuple(part.strip() for part in value.split(",") if part.strip())}


def _text(name: str) -> Callable[[str], dict[str, Any]]:
    return lambda value: {name: value}


_READERS: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "outcome": _text("outcome"),
    "words": _words,
    "ids": _list("ids"),
    "file": _text("file"),
    "right-by": _list("right_by"),
    "desk": _text("desk"),
}
