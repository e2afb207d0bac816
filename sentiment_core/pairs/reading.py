"""Files of pairs as people have them: one pair per row, one side per row, or two files row by row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sentiment_core.data.cleaning import clean_text
from sentiment_core.data.columns import ALLOWED_LABELS, LABELS, label_column_of, text_column_of
from sentiment_core.data.files.bad_rows import BadRows
from sentiment_core.data.files.tables import read_table
from sentiment_core.errors import DataError

#: One pair per row.
PAIR_COLUMNS = ("pair_id", "original", "edited", "label_original", "label_edited")

ORIGINAL_NAMES = ("original", "original_text", "text_original", "original_review")
EDITED_NAMES = ("edited", "contrast", "revised", "counterfactual", "edited_text", "text_edited", "perturbed")
ORIGINAL_LABELS = ("label_original", "original_label", "label")
EDITED_LABELS = ("label_edited", "edited_label", "label_contrast")
PAIR_NAMES = ("batch_id", "pair_id", "pair", "group")


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


def fingerprint(pairs: pd.DataFrame) -> str:
    """Return 16 hex digits that name these texts and labels in their order, whatever their file is called."""
    columns = [pairs[name].tolist() for name in PAIR_COLUMNS[1:]]
    return hashlib.sha256(json.dumps(columns, ensure_ascii=False).encode()).hexdigest()[:16]


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
    values = ([str(one) for one in ids], originals, edits, labels, edit_labels)
    pairs = pd.DataFrame(dict(zip(PAIR_COLUMNS, values, strict=True)))
    empty = pairs[(pairs["original"] == "") | (pairs["edited"] == "")]
    if not empty.empty:
        raise DataError(f"{name}: pair '{empty['pair_id'].iloc[0]}' has an empty side; give both a text")
    return pairs
