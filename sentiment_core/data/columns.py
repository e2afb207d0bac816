"""Which column is which, and what a label may look like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from sentiment_core.data.files.bad_rows import BadRows, shown
from sentiment_core.data.label_values import ALLOWED_LABELS, LABELS, Meaning, meaning_of
from sentiment_core.data.roles import (
    ALLOWED_SPLITS,
    label_column_of,
    roles_of,
    splits_by_value,
    text_column_of,
)
from sentiment_core.errors import DataError
from sentiment_core.schema import EXAMPLE_COLUMNS, NEGATIVE, POSITIVE, Dropped, Reading

__all__ = ["ALLOWED_LABELS", "LABELS", "label_column_of", "labeled_rows", "storable", "text_column_of"]

_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})")


def labeled_rows(
    table: pd.DataFrame,
    bad: BadRows,
    reading: Reading,
    source: str,
    names: Mapping[str, Sequence[str]] | None = None,
) -> tuple[pd.DataFrame, tuple[Dropped, ...], Reading]:
    """Return EXAMPLE_COLUMNS (split "" where there is none) and further columns, what was left out, and how.

    `names` are the file's own names of the label values 0, 1, ... by column.
    """
    roles, reading = roles_of(table, reading, bad.filename)
    text_name, label_name = roles["text"].column, roles["label"].column
    table, splits, unlabeled = _split_rows(table, reading.split_column, bad)
    keys, meaning = meaning_of(table[label_name], label_name, reading, (names or {}).get(label_name, ()))
    if meaning.trouble:
        raise DataError(f"{bad.filename}: {meaning.trouble}")
    frame = pd.DataFrame({"example_id": _example_ids(table, reading.id_column, bad)}, index=table.index)
    frame["text"] = _texts(table[text_name], bad)
    frame["label"] = _labels(table[label_name], keys, meaning, bad)
    frame["split"] = splits
    frame["source"] = [_cell(value) or source for value in _column(table, "source", source)]
    used = {text_name, label_name, reading.split_column, reading.id_column, "source"}
    further = [
        storable(table[name]).rename(_own_name(name, table)) for name in table.columns if name not in used
    ]
    usable = frame.notna().all(axis="columns")
    left_out = _left_out(frame, keys, meaning)
    rows = pd.concat([frame, *further], axis="columns")[usable].astype({"label": "int64"})
    return (
        rows.reset_index(drop=True),
        (*bad.report(), *left_out, *unlabeled),
        _as_read(reading, meaning),
    )


def _as_read(reading: Reading, meaning: Meaning) -> Reading:
    """Return the reading with every value of the labels under what it was read as."""
    return replace(
        reading,
        negative=meaning.written_as(NEGATIVE),
        positive=meaning.written_as(POSITIVE),
        left_out=meaning.written_as(None),
        notes=(*reading.notes, *meaning.notes),
    )


def _own_name(name: object, table: pd.DataFrame) -> str:
    """Return a further column's name; one that is called like ours (`text` beside `review`) is marked."""
    own = str(name)
    while own in EXAMPLE_COLUMNS or (own != str(name) and own in table.columns):
        own = f"{own}_in_file"
    return own


def _column(table: pd.DataFrame, name: str, otherwise: Any) -> pd.Series:
    return table[name] if name in table.columns else pd.Series(otherwise, index=table.index, dtype=object)


def _split_rows(
    table: pd.DataFrame, column: str | None, bad: BadRows
) -> tuple[pd.DataFrame, list[str | None], tuple[Dropped, ...]]:
    """Return the rows with labels and their splits; in those called unsupervised the labels mean nothing."""
    if column is None:
        return table, [""] * len(table), ()
    splits = pd.Series(splits_by_value(table[column], column), index=table.index, dtype=object)
    unlabeled = splits == ""
    count = int(unlabeled.sum())
    table, splits = table[~unlabeled], splits[~unlabeled]
    for row, value in table[column][splits.isna()].items():
        detail = f"{shown(_cell(value))} is not a split; allowed: {ALLOWED_SPLITS}"
        bad.note(_number(row), column, "unknown split", detail, "correct it")
    return table, list(splits), (Dropped("unsupervised (no label)", count),) if count else ()


def _left_out(frame: pd.DataFrame, keys: Sequence[str], meaning: Meaning) -> tuple[Dropped, ...]:
    """Return how many rows, good in every other way, have a label that is read as neither."""
    good = frame.drop(columns="label").notna().all(axis="columns")
    counts = Counter(key for key, fine in zip(keys, good, strict=True) if fine)
    return tuple(
        Dropped(f"label {shown(meaning.written[key])}, neither --negative nor --positive", counts[key])
        for key, label in meaning.labels.items()
        if label is None and counts[key]
    )


def _example_ids(table: pd.DataFrame, column: str | None, bad: BadRows) -> list[str | None]:
    if column is None:
        return [f"row-{row:05d}" for row in table.index]
    seen: set[str] = set()
    names: list[str | None] = []
    for row, value in table[column].items():
        name: str | None = _cell(value)
        if not name or name in seen:
            detail = f"{shown(name)} is repeated" if name else "empty"
            bad.note(_number(row), column, f"{column} not unique", detail, "give each row its own")
            name = None
        names.append(name)
        seen.update({name} if name else ())
    return names


def _texts(column: pd.Series, bad: BadRows) -> list[str | None]:
    texts: list[str | None] = []
    for row, value in column.items():
        text = value if isinstance(value, str) else "" if _missing(value) else None
        if text is None:
            what = shown(value) if isinstance(value, int | float) else "what is there"
            detail = f"{what} is not a text ({type(value).__name__})"
            bad.note(_number(row), str(column.name), "not a text", detail, "write texts there")
        texts.append(text)
    return texts


def _labels(column: pd.Series, keys: Sequence[str], meaning: Meaning, bad: BadRows) -> list[int | None]:
    for (row, value), key in zip(column.items(), keys, strict=True):
        if key not in meaning.labels:
            what = f"{shown(value)} is neither negative nor positive" if key else "empty"
            detail = f"{what}; labels allowed: {ALLOWED_LABELS}"
            bad.note(_number(row), str(column.name), "unusable label", detail, "correct it")
    return [meaning.labels.get(key) for key in keys]


def storable(column: pd.Series) -> pd.Series:
    """Return a further column in a type that Parquet can hold: whole numbers, numbers, or texts."""
    present = [value for value in column if not _missing(value)]
    if present and all(isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value) for value in present):
        return column.map(lambda value: None if _missing(value) else int(value)).astype("Int64")
    if present and all(isinstance(value, int | float) for value in present):
        return _numbers(column) if any(isinstance(v, float) for v in present) else _integers(column)
    return column.map(lambda value: None if _missing(value) else str(value))


def _numbers(column: pd.Series) -> pd.Series:
    try:
        return column.astype("float64")
    except OverflowError:  # a whole number beyond the largest float
        return column.map(lambda value: None if _missing(value) else str(value))


def _integers(column: pd.Series) -> pd.Series:
    try:
        return column.map(lambda value: None if _missing(value) else int(value)).astype("Int64")
    except (OverflowError, TypeError):  # beyond 64 bits
        return column.map(lambda value: None if _missing(value) else str(value))


def _cell(value: object) -> str:
    return "" if _missing(value) else str(value).strip()


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)


def _number(row: Hashable) -> int:
    return int(str(row))
