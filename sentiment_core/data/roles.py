"""Which column of a table is which: text, label, split, id; by name, by values where nothing else fits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from sentiment_core.data.answers import answers_among
from sentiment_core.data.files.bad_rows import shown
from sentiment_core.data.label_values import LABELS, MOST_CHARACTERS, MOST_VALUES, label_key, label_keys
from sentiment_core.errors import DataError
from sentiment_core.schema import EXAMPLE_COLUMNS, Reading

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
SPLIT_NAMES = ("split", "splits", "data_split", "set", "subset", "partition", "fold", "type", "usage")
#: Columns that say of each row whether it belongs to one split, and the splits of true and of false.
SPLIT_FLAGS = {
    "is_valid": ("validation", "train"),
    "is_validation": ("validation", "train"),
    "is_test": ("test", "train"),
    "is_train": ("train", "test"),
    "is_training": ("train", "test"),
}

SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
UNLABELED_SPLITS = ("unsupervised", "unsup", "unlabelled", "unlabeled")
ALLOWED_SPLITS = "train, validation (valid, val, dev), test, unsupervised (left out)"

#: Rows that are looked at where a column is known by its values.
_LOOKED_AT = 1_000
_COUNTER = re.compile(r"(?:unnamed: ?[\d.]+|column \d+|index|id|row|no|nr)", re.IGNORECASE)


@dataclass(frozen=True)
class Role:
    """What a column is taken for, and why in a few words."""

    column: str
    role: str
    why: str


def text_column_of(table: pd.DataFrame, given: str | None, filename: str, taken: str | None = None) -> str:
    """Return the column of texts: the one given, the one with a usual name, or the only one left."""
    return text_role(table, given, filename, taken).column


def label_column_of(table: pd.DataFrame, given: str | None, filename: str, taken: str | None = None) -> str:
    """Return the column of labels: the one given, with a usual name, or the other one of two."""
    return label_role(table, given, filename, taken).column


def text_role(table: pd.DataFrame, given: str | None, filename: str, taken: str | None = None) -> Role:
    """Return the column of texts and why; DataError where it is not obvious."""
    named = _chosen(table, given, TEXT_NAMES, "text", filename, taken)
    if named:
        return Role(named, "text", "as told" if given else "by its name")
    left = [name for name in _content(table) if name != taken and _plain(name) not in EXAMPLE_COLUMNS]
    if len(left) > 1:
        left = [name for name in left if not _holds_splits(table, name)]
    if len(left) != 1:
        raise _unknown_column("text", table, filename, [])
    return Role(left[0], "text", "the only one left")


def label_role(table: pd.DataFrame, given: str | None, filename: str, taken: str | None = None) -> Role:
    """Return the column of labels and why; DataError where its name does not say it and others are there."""
    answers = answers_among(map(str, table.columns))
    if given is not None:
        named = str(_chosen(table, given, (), "label", filename, taken))
        if named in answers:
            raise _only_answers(filename, table, answers)
        return Role(named, "label", "as told")
    usual = [name for name in _named(table, LABEL_NAMES, taken) if name not in answers]
    if len(usual) > 1:
        raise _unknown_column("label", table, filename, usual)
    if usual:
        return Role(usual[0], "label", "by its name")
    if answers:
        raise _only_answers(filename, table, answers)
    candidates = label_candidates(table, taken)
    holding = [name for name in candidates if _holds_labels(table[name])]
    beside = [name for name in _content(table) if not _holds_splits(table, name)]
    if len(holding) == 1 and len(beside) <= 2:
        return Role(holding[0], "label", "by its values, the only column beside the text")
    raise _unknown_column("label", table, filename, [], candidates)


def label_candidates(table: pd.DataFrame, text: str | None) -> list[str]:
    """Return the columns that could hold labels: few different short values."""
    answers = answers_among(map(str, table.columns))
    return [
        str(name)
        for name in table.columns
        if name != text
        and _plain(name) not in (*TEXT_NAMES, "example_id", "source")
        and str(name) not in answers
        and _few_values(table[name])
    ]


def split_role(table: pd.DataFrame, given: str | None, filename: str, taken: Sequence[str]) -> Role | None:
    """Return the column that says which split a row belongs to, or None where there is none.

    A column called "split", however spelled, is one. Of other names it is one where every value is a split's
    name, or where its name says which split its true means.
    """
    if given == "":
        return None
    if given is not None:
        return Role(str(_chosen(table, given, (), "split", filename, None)), "split", "as told")
    free = [str(name) for name in table.columns if name not in taken]
    own = [name for name in free if _plain(name) == "split"]
    found = own or [name for name in free if _holds_splits(table, name)]
    if len(found) > 1:
        raise DataError(
            f"{filename}: columns {listed(found)} could each hold the split; name it (--split-column)"
        )
    why = "by its name" if own else "by its values"
    return Role(found[0], "split", why) if found else None


def id_role(table: pd.DataFrame, given: str | None, filename: str) -> Role | None:
    """Return the column of each row's own id, or None: the rows are then numbered."""
    if given is not None and given != "":
        return Role(str(_chosen(table, given, (), "id", filename, None)), "id", "as told")
    own = [] if given == "" else [name for name in table.columns if name == "example_id"]
    return Role("example_id", "id", "by its name") if own else None


def roles_of(table: pd.DataFrame, reading: Reading, filename: str) -> tuple[dict[str, Role], Reading]:
    """Return the columns by role, and the reading with their names in it; DataError for the first trouble."""
    label = label_role(table, reading.label_column, filename, taken=_given(table, reading.text_column))
    text = text_role(table, reading.text_column, filename, taken=label.column)
    if text.column == label.column:
        raise DataError(
            f"{filename}: column {shown(text.column)} cannot be both text and label; name two columns"
        )
    split = split_role(table, reading.split_column, filename, (text.column, label.column))
    own_id = id_role(table, reading.id_column, filename)
    roles = {role.role: role for role in (text, label, split, own_id) if role}
    return roles, replace(
        reading,
        text_column=text.column,
        label_column=label.column,
        split_column=split.column if split else None,
        id_column=own_id.column if own_id else None,
    )


def splits_by_value(values: pd.Series, name: str) -> list[str | None]:
    """Return each row's split; None where the value names none, "" for rows without labels."""
    flags = SPLIT_FLAGS.get(_plain(name).replace(" ", "_"))
    if flags:
        meant = {key: flags[0] if label else flags[1] for key, label in LABELS.items()}
    else:
        meant = SPLITS | dict.fromkeys(UNLABELED_SPLITS, "")
    keys, _ = label_keys(values)
    return [meant.get(key) for key in keys]


def listed(names: Any) -> str:
    """Return at most ten names, quoted, and how many more there are."""
    names = [shown(name) for name in names]
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def _given(table: pd.DataFrame, given: str | None) -> str | None:
    """Return the column that a person named, as the table spells it."""
    alike = _alike(table, given) if given else []
    return alike[0] if len(alike) == 1 else None


def _alike(table: pd.DataFrame, given: str) -> list[str]:
    columns = [str(name) for name in table.columns]
    return [name for name in columns if name == given] or [
        name for name in columns if _plain(name) == _plain(given)
    ]


def _chosen(
    table: pd.DataFrame,
    given: str | None,
    usual: tuple[str, ...],
    role: str,
    filename: str,
    taken: str | None,
) -> str | None:
    if given is not None:
        alike = _alike(table, given)
        if len(alike) != 1:
            raise DataError(f"{filename} has no column {shown(given)}; its columns: {listed(table.columns)}")
        return alike[0]
    found = _named(table, usual, taken)
    if len(found) > 1:
        raise _unknown_column(role, table, filename, found)
    return found[0] if found else None


def _named(table: pd.DataFrame, usual: tuple[str, ...], taken: str | None) -> list[str]:
    return [str(name) for name in table.columns if _plain(name) in usual and name != taken]


def _plain(name: object) -> str:
    return str(name).strip().casefold()


def _only_answers(filename: str, table: pd.DataFrame, answers: set[str]) -> DataError:
    others = [name for name in label_candidates(table, None) if name not in answers]
    hint = f", for example {shown(others[0])}" if others else ""
    return DataError(
        f"{filename}: columns {listed(sorted(answers))} hold a model's answers, which are no labels; "
        f"name the column of the true labels (--label-column){hint}"
    )


def _content(table: pd.DataFrame) -> list[str]:
    """Return the columns with content: not those of row numbers, ids, splits, sources and blanks."""
    names = [str(name) for name in table.columns if _plain(name) not in ("example_id", "split", "source")]
    return [name for name in names if not (_is_blank(table, name) or _counts_rows(table, name))]


def _is_blank(table: pd.DataFrame, name: str) -> bool:
    return bool(_COUNTER.fullmatch(name)) and not any(map(label_key, table[name].iloc[:_LOOKED_AT]))


def _counts_rows(table: pd.DataFrame, name: str) -> bool:
    """Whether a column only numbers the rows, as its name says and its values do not contradict."""
    if not _COUNTER.fullmatch(name.strip()):
        return False
    keys, _ = label_keys(table[name].iloc[:_LOOKED_AT])
    return len(keys) > 2 and len(set(keys)) == len(keys) and all(key and " " not in key for key in keys)


def _holds_labels(column: pd.Series) -> bool:
    keys, _ = label_keys(column.iloc[:_LOOKED_AT])
    return bool(keys) and set(keys) <= LABELS.keys()


def _few_values(column: pd.Series) -> bool:
    keys, _ = label_keys(column.iloc[:_LOOKED_AT])
    different = set(keys) - {""}
    fewer = len(different) < len(keys) or len(keys) <= 3
    return (
        0 < len(different) <= MOST_VALUES and fewer and all(len(key) <= MOST_CHARACTERS for key in different)
    )


def _holds_splits(table: pd.DataFrame, name: str) -> bool:
    plain = _plain(name).replace(" ", "_")
    keys, _ = label_keys(table[name].iloc[:_LOOKED_AT])
    found = set(keys)
    if plain in SPLIT_FLAGS:
        return bool(found) and found <= LABELS.keys()
    if not found or not found <= {*SPLITS, *UNLABELED_SPLITS}:
        return False
    return plain in SPLIT_NAMES or len(found) > 1


def _unknown_column(
    role: str, table: pd.DataFrame, filename: str, named: Sequence[str], candidates: Sequence[str] = ()
) -> DataError:
    """Return what is wrong: several columns have a usual name, or none has."""
    if named:
        said = f"columns {listed(named)} could each hold the {role}"
    elif len(table.columns) == 1:
        said = f"it has one column only, {listed(table.columns)}; texts and labels need one each"
        return DataError(f"{filename}: {said} (.csv, .tsv, .jsonl or .parquet)")
    else:
        said = f"no column of {role}s was recognized; its columns: {listed(table.columns)}"
        said += f"; {listed(candidates)} may hold them" if candidates else ""
    return DataError(f"{filename}: {said}; name the {role} column (--{role}-column)")
