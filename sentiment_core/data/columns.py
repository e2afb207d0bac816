"""Which column is which, and what a label may look like."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import pandas as pd

from sentiment_core.data.bad_rows import BadRows, shown
from sentiment_core.errors import DataError
from sentiment_core.schema import EXAMPLE_COLUMNS, NEGATIVE, POSITIVE, Dropped

TEXT_NAMES = (
    "text",
    "review",
    "review_text",
    "reviewtext",
    "sentence",
    "content",
    "comment",
    "body",
    "snippet",
)
LABEL_NAMES = ("label", "labels", "sentiment", "polarity", "class", "target", "gold")

LABELS = {
    **dict.fromkeys(("0", "0.0", "neg", "negative", "false", "no", "label_0"), NEGATIVE),
    **dict.fromkeys(("1", "1.0", "pos", "positive", "true", "yes", "label_1"), POSITIVE),
}
ALLOWED_LABELS = "0/1, neg/pos, negative/positive, false/true, no/yes"

SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
UNLABELED_SPLITS = ("unsupervised", "unsup", "unlabelled", "unlabeled")
ALLOWED_SPLITS = "train, validation (valid, val, dev), test, unsupervised (left out)"

_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})")


def labeled_rows(
    table: pd.DataFrame, bad: BadRows, text_column: str | None, label_column: str | None, source: str
) -> tuple[pd.DataFrame, tuple[Dropped, ...]]:
    """Return EXAMPLE_COLUMNS (split "" where there is none) and further columns, and what was left out."""
    label_name = label_column_of(table, label_column, bad.filename, taken=text_column)
    text_name = text_column_of(table, text_column, bad.filename, taken=label_name)
    if text_name == label_name:
        raise DataError(
            f"{bad.filename}: column {shown(text_name)} cannot be both text and label; name two columns"
        )
    table, unlabeled = _without_unlabeled(table)
    frame = pd.DataFrame({"example_id": _example_ids(table, bad)}, index=table.index)
    frame["text"] = _texts(table[text_name], bad)
    frame["label"] = _labels(table[label_name], bad)
    frame["split"] = _splits(table, bad)
    frame["source"] = [_cell(value) or source for value in _column(table, "source", source)]
    used = {text_name, label_name, *EXAMPLE_COLUMNS}
    further = [storable(table[name]) for name in table.columns if name not in used]
    usable = frame.notna().all(axis="columns")
    rows = pd.concat([frame, *further], axis="columns")[usable].astype({"label": "int64"})
    rows = rows.reset_index(drop=True)
    return rows, (*bad.report(), *unlabeled)


def text_column_of(table: pd.DataFrame, given: str | None, filename: str, taken: str | None = None) -> str:
    """Return the column of texts: the one given, the one with a usual name, or the only one left."""
    return _chosen(table, given, TEXT_NAMES, "text", filename, taken) or _only_left(table, filename, taken)


def label_column_of(table: pd.DataFrame, given: str | None, filename: str, taken: str | None = None) -> str:
    """Return the column of labels: the one given, with a usual name, or the only one that holds labels."""
    named = _chosen(table, given, LABEL_NAMES, "label", filename, taken)
    if named:
        return named
    holding = [name for name in table.columns if name != taken and _holds_labels(table[name])]
    if len(holding) != 1:
        raise _unknown_column("label", table, filename, holding)
    return str(holding[0])


def _chosen(
    table: pd.DataFrame,
    given: str | None,
    usual: tuple[str, ...],
    role: str,
    filename: str,
    taken: str | None,
) -> str | None:
    columns = [str(name) for name in table.columns]
    if given is not None:
        alike = [name for name in columns if name == given] or [
            name for name in columns if name.casefold() == given.strip().casefold()
        ]
        if len(alike) != 1:
            raise DataError(f"{filename} has no column {shown(given)}; its columns: {_listed(columns)}")
        return alike[0]
    found = [name for name in columns if name.strip().casefold() in usual and name != taken]
    if len(found) > 1:
        raise _unknown_column(role, table, filename, found)
    return found[0] if found else None


def _only_left(table: pd.DataFrame, filename: str, taken: str | None) -> str:
    known = {*EXAMPLE_COLUMNS, taken}
    left = [str(name) for name in table.columns if name not in known]
    if len(left) != 1:
        raise _unknown_column("text", table, filename, [])
    return left[0]


def _holds_labels(column: pd.Series) -> bool:
    values = {_cell(value).lower() for value in column.iloc[:1_000]}
    return bool(values) and values <= LABELS.keys()


def _unknown_column(role: str, table: pd.DataFrame, filename: str, candidates: list[Any]) -> DataError:
    if candidates:
        said = f"columns {_listed(candidates)} could each hold the {role}"
    else:
        said = f"no column of {role}s was recognized; its columns: {_listed(table.columns)}"
    return DataError(f"{filename}: {said}; name the {role} column (--{role}-column)")


def _listed(names: Any) -> str:
    names = [shown(name) for name in names]
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def _column(table: pd.DataFrame, name: str, otherwise: Any) -> pd.Series:
    return table[name] if name in table.columns else pd.Series(otherwise, index=table.index, dtype=object)


def _without_unlabeled(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Dropped, ...]]:
    """Leave out the rows that the split column calls unsupervised: their labels mean nothing."""
    split = _column(table, "split", "").map(lambda value: _cell(value).lower())
    unlabeled = split.isin(UNLABELED_SPLITS)
    count = int(unlabeled.sum())
    return table[~unlabeled], (Dropped("unsupervised (no label)", count),) if count else ()


def _example_ids(table: pd.DataFrame, bad: BadRows) -> list[str | None]:
    if "example_id" not in table.columns:
        return [f"row-{row:05d}" for row in table.index]
    seen: set[str] = set()
    names: list[str | None] = []
    for row, value in table["example_id"].items():
        name: str | None = _cell(value)
        if not name or name in seen:
            detail = f"{shown(name)} is repeated" if name else "empty"
            bad.note(_number(row), "example_id", "example_id not unique", detail, "give each row its own")
            name = None
        names.append(name)
        seen.update({name} if name else ())
    return names


def _texts(column: pd.Series, bad: BadRows) -> list[str | None]:
    texts: list[str | None] = []
    for row, value in column.items():
        text = value if isinstance(value, str) else "" if _missing(value) else None
        if text is None:
            detail = f"{shown(value)} is not a text ({type(value).__name__})"
            bad.note(_number(row), str(column.name), "not a text", detail, "write texts there")
        texts.append(text)
    return texts


def _labels(column: pd.Series, bad: BadRows) -> list[int | None]:
    labels = [LABELS.get(_cell(value).lower()) for value in column]
    for (row, value), label in zip(column.items(), labels, strict=True):
        if label is None:
            what = f"{shown(value)} is neither negative nor positive" if _cell(value) else "empty"
            detail = f"{what}; labels allowed: {ALLOWED_LABELS}"
            bad.note(_number(row), str(column.name), "unusable label", detail, "correct it")
    return labels


def _splits(table: pd.DataFrame, bad: BadRows) -> list[str | None]:
    if "split" not in table.columns:
        return [""] * len(table)
    splits = [SPLITS.get(_cell(value).lower()) for value in table["split"]]
    for (row, value), split in zip(table["split"].items(), splits, strict=True):
        if split is None:
            detail = f"{shown(_cell(value))} is not a split; allowed: {ALLOWED_SPLITS}"
            bad.note(_number(row), "split", "unknown split", detail, "correct it")
    return splits


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
