"""Contrast sets: reviews and their minimal edits that turn the label; is a model right on both sides?

Gardner et al. 2020 (contrast sets) and Kaushik et al. 2020 (counterfactually augmented data): a model that
gets the originals right and their edits wrong knows the data set rather than the task. Consistency, the share
of pairs with both sides right, is Gardner et al.'s measure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.data.cleaning import clean_text
from sentiment_core.data.columns import ALLOWED_LABELS, LABELS, label_column_of, text_column_of
from sentiment_core.data.files.bad_rows import BadRows
from sentiment_core.data.files.tables import read_table
from sentiment_core.errors import DataError
from sentiment_core.evaluation.prediction import predict_frame
from sentiment_core.metrics.base import BoolArray
from sentiment_core.schema import Estimate
from sentiment_core.statistics import mcnemar, percentile_interval, share

_NO_PAIR = "there is no pair"
#: One pair per row.
PAIR_COLUMNS = ("pair_id", "original", "edited", "label_original", "label_edited")

ORIGINAL_NAMES = ("original", "original_text", "text_original", "original_review")
EDITED_NAMES = ("edited", "contrast", "revised", "counterfactual", "edited_text", "text_edited", "perturbed")
ORIGINAL_LABELS = ("label_original", "original_label", "label")
EDITED_LABELS = ("label_edited", "edited_label", "label_contrast")
PAIR_NAMES = ("batch_id", "pair_id", "pair", "group")


@dataclass(frozen=True)
class PairedResult:
    """A model on both sides of a contrast set.

    Attributes:
        figures: accuracy_original, accuracy_edited, consistency (both right), each with Wilson's interval,
            and difference (edited - original accuracy) with a paired bootstrap interval.
        mcnemar_p: chance of so unequal a number of errors on the two sides, were they equally hard.
        frame: PAIR_COLUMNS, prob_original, prob_edited, right_original, right_edited.
    """

    figures: dict[str, Estimate]
    mcnemar_p: float
    frame: pd.DataFrame


def read_pairs(original: Path, edited: Path | None = None) -> pd.DataFrame:
    """Return PAIR_COLUMNS from one file, or from two of equal length that belong together row by row.

    One file holds either one pair per row (columns original, edited, and their labels; an edit's missing
    label is the other class), or one side per row with a column that names the pair (batch_id, pair_id): the
    first of the two rows is the original.

    Raises:
        DataError: a file is none of these, or a label or a text cannot be used.
    """
    table = read_table(original)
    if edited is not None:
        return _row_by_row(table, read_table(edited), original.name, edited.name)
    columns = {str(column).strip().lower(): column for column in table.columns}
    edited_column = _first(columns, EDITED_NAMES)
    if edited_column is not None:
        return _pair_a_row(table, columns, edited_column, original.name)
    pair_column = _first(columns, PAIR_NAMES)
    if pair_column is not None:
        return _side_a_row(table, pair_column, original.name)
    raise DataError(
        f"{original.name} holds no pairs; give columns original and edited with their labels, or a row "
        "for each side with a column batch_id or pair_id, or two files with the rows in the same order"
    )


def evaluate_pairs(
    model: str, pairs: pd.DataFrame, *, workers: int | None = None, progress: Progress = no_progress
) -> PairedResult:
    """Return how often a model is right on the originals, on the edits, and on both of a pair."""
    texts = pd.concat([pairs["original"], pairs["edited"]], ignore_index=True)
    asked = pd.DataFrame({"example_id": range(len(texts)), "text": texts})
    said = predict_frame(model, asked, workers=workers, progress=progress)["prob_positive"].to_numpy(
        dtype=float
    )
    return score_pairs(pairs, said[: len(pairs)], said[len(pairs) :])


def score_pairs(
    pairs: pd.DataFrame, prob_original: Any, prob_edited: Any, *, resamples: int = 1000, seed: int = 0
) -> PairedResult:
    """Return the figures from the probabilities of both sides, float64 [pairs] each."""
    right_original = (np.asarray(prob_original) >= 0.5) == pairs["label_original"].to_numpy(dtype=bool)
    right_edited = (np.asarray(prob_edited) >= 0.5) == pairs["label_edited"].to_numpy(dtype=bool)
    n = len(pairs)
    figures = {
        "accuracy_original": _share(right_original),
        "accuracy_edited": _share(right_edited),
        "consistency": _share(right_original & right_edited),
        "difference": _difference(right_original, right_edited, resamples, seed),
    }
    only_original = int(np.sum(right_original & ~right_edited))
    only_edited = int(np.sum(~right_original & right_edited))
    frame = pairs.assign(
        prob_original=np.asarray(prob_original, dtype=np.float64),
        prob_edited=np.asarray(prob_edited, dtype=np.float64),
        right_original=right_original,
        right_edited=right_edited,
    )
    return PairedResult(figures, mcnemar(only_original, only_edited) if n else float("nan"), frame)


def _share(right: BoolArray) -> Estimate:
    return share(int(right.sum()), len(right), _NO_PAIR)


def _difference(original: BoolArray, edited: BoolArray, resamples: int, seed: int) -> Estimate:
    """Return edited - original; pairs are drawn whole."""
    change = edited.astype(float) - original.astype(float)
    if len(change) == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, _NO_PAIR)
    drawn = np.random.default_rng(seed).integers(0, len(change), size=(resamples, len(change)))
    low, high = percentile_interval(change[drawn].mean(axis=1))
    return Estimate(float(change.mean()), low, high, len(change))


def _row_by_row(first: pd.DataFrame, second: pd.DataFrame, name: str, other: str) -> pd.DataFrame:
    if len(first) != len(second):
        raise DataError(
            f"{name} has {len(first):,} rows and {other} {len(second):,}; the rows of the two belong "
            "together, so their numbers must be equal"
        )
    texts, labels = _sides(first, name)
    edits, edit_labels = _sides(second, other)
    return _checked(list(range(len(first))), texts, edits, labels, edit_labels, name)


def _side_a_row(table: pd.DataFrame, pair_column: str, name: str) -> pd.DataFrame:
    texts, labels = _sides(table, name)
    places: dict[str, list[int]] = {}
    for place, pair in enumerate(table[pair_column]):
        places.setdefault(str(pair), []).append(place)
    odd = next((pair for pair, rows in places.items() if len(rows) != 2), None)
    if odd is not None:
        raise DataError(
            f"{name}: pair {odd!r} of column '{pair_column}' has {len(places[odd])} rows; give each pair "
            "two: the original, then its edit"
        )
    one, two = ([rows[side] for rows in places.values()] for side in (0, 1))
    return _checked(list(places), _at(texts, one), _at(texts, two), _at(labels, one), _at(labels, two), name)


def _pair_a_row(table: pd.DataFrame, columns: dict[str, str], edited: str, name: str) -> pd.DataFrame:
    original = _first(columns, ORIGINAL_NAMES) or text_column_of(table, None, name, taken=edited)
    label = _first(columns, ORIGINAL_LABELS) or label_column_of(table, None, name)
    labels = _labels(table[label], name)
    other = _first(columns, EDITED_LABELS)
    turned = _labels(table[other], name) if other else [1 - value for value in labels]
    pair = _first(columns, PAIR_NAMES)
    ids = list(table[pair].astype(str)) if pair else list(range(len(table)))
    return _checked(ids, _texts(table[original]), _texts(table[edited]), labels, turned, name)


def _sides(table: pd.DataFrame, name: str) -> tuple[list[str], list[int]]:
    bad = BadRows(name, skip=False)
    label = label_column_of(table, None, bad.filename)
    text = text_column_of(table, None, bad.filename, taken=label)
    return _texts(table[text]), _labels(table[label], name)


def _first(columns: dict[str, str], names: Sequence[str]) -> str | None:
    return next((columns[name] for name in names if name in columns), None)


def _at(values: Sequence[Any], places: Sequence[int]) -> list[Any]:
    return [values[place] for place in places]


def _texts(column: pd.Series) -> list[str]:
    return [clean_text(value) if isinstance(value, str) else "" for value in column]


def _labels(column: pd.Series, name: str) -> list[int]:
    labels = [LABELS.get(str(value).strip().lower()) for value in column]
    for row, value, label in zip(column.index, column, labels, strict=True):
        if label is None:
            raise DataError(f"{name}, row {row}: label {value!r} is not known; allowed: {ALLOWED_LABELS}")
    return [int(label) for label in labels if label is not None]


def _checked(
    ids: Sequence[Any],
    originals: list[str],
    edits: list[str],
    labels: list[int],
    edit_labels: list[int],
    name: str,
) -> pd.DataFrame:
    values = (ids, originals, edits, labels, edit_labels)
    pairs = pd.DataFrame(dict(zip(PAIR_COLUMNS, values, strict=True)))
    empty = pairs[(pairs["original"] == "") | (pairs["edited"] == "")]
    if not empty.empty:
        raise DataError(f"{name}: pair '{empty['pair_id'].iloc[0]}' has an empty side; give both a text")
    return pairs
