"""What a file holds before it is taken: rows as read, columns with proposed roles, labels, problems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pandas as pd

from sentiment_core.data.cleaning import clean_frame
from sentiment_core.data.columns import labeled_rows
from sentiment_core.data.files.bad_rows import BadRows
from sentiment_core.data.files.tables import MAX_FILE_BYTES, Table, read_noted
from sentiment_core.data.label_values import LabelValue, Meaning, meaning_of, written
from sentiment_core.data.roles import (
    Role,
    id_role,
    label_candidates,
    label_role,
    split_role,
    text_role,
)
from sentiment_core.errors import DataError
from sentiment_core.schema import LABEL_NAMES, Dropped, Reading

#: How many rows a preview has.
PREVIEW_ROWS = 20
#: A longer cell is cut in the preview.
PREVIEW_CHARACTERS = 300

_T = TypeVar("_T")


@dataclass(frozen=True)
class Preview:
    """What a file holds, and what would become of it; nothing is stored.

    Attributes:
        filename: its name.
        n_rows: rows of the file that are whole.
        rows: the first rows as read, every cell as text, cut at PREVIEW_CHARACTERS; the index counts as an
            editor does.
        columns: every column with its role: text, label, split, id or further; `why` says how it was known.
        label_candidates: columns that could hold the labels.
        values: the label column's values with their counts and what each means.
        reading: the proposal, which can be changed and given again; a role that is not known is None.
        problems: what must be decided or corrected before the file can be read, one line each.
        notes: what a person might not expect, one line each.
        dropped: the rows that would be left out, and why.
        splits: reviews that would be read, by split; empty while there are problems.
        labels: the same, by negative and positive.
    """

    filename: str
    n_rows: int
    rows: pd.DataFrame
    columns: tuple[Role, ...]
    label_candidates: tuple[str, ...]
    values: tuple[LabelValue, ...]
    reading: Reading
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    dropped: tuple[Dropped, ...]
    splits: dict[str, int]
    labels: dict[str, int]

    @property
    def n(self) -> int:
        """Return how many reviews would be read."""
        return sum(self.labels.values())


def preview(
    source: Path | bytes,
    filename: str | None = None,
    reading: Reading | None = None,
    *,
    skip_bad: bool = True,
    max_bytes: int = MAX_FILE_BYTES,
) -> Preview:
    """Return what a file holds and how it would be read; problems are in `.problems`, none is raised.

    Unlike `load`, rows that cannot be used are left out and counted by default, so that all are seen at once.
    """
    name = filename or (source.name if isinstance(source, Path) else "")
    asked = reading or Reading()
    bad = BadRows(name, skip=skip_bad)
    try:
        table = read_noted(source, name, bad=bad, max_bytes=max_bytes)
    except DataError as error:
        return _unreadable(name, asked, str(error))
    return preview_table(table, bad, asked)


def preview_table(table: Table, bad: BadRows, asked: Reading) -> Preview:
    """Return the preview of rows that were read, from a file or from the hub."""
    frame, name = table.frame, bad.filename
    problems: list[str] = []
    label = _tried(lambda: label_role(frame, asked.label_column, name, taken=asked.text_column), problems)
    taken = label.column if label else None
    text = _tried(lambda: text_role(frame, asked.text_column, name, taken=taken), problems)
    known = tuple(role.column for role in (text, label) if role)
    split = _tried(lambda: split_role(frame, asked.split_column, name, known), problems)
    own_id = _tried(lambda: id_role(frame, asked.id_column, name), problems)
    proposed = replace(
        asked,
        text_column=text.column if text else None,
        label_column=taken,
        split_column=split.column if split else None,
        id_column=own_id.column if own_id else None,
    )
    meaning = _meaning(table, proposed, problems)
    rows, dropped, read = _read(table, bad, asked, problems)
    return Preview(
        filename=name,
        n_rows=len(frame),
        rows=_first_rows(frame),
        columns=_columns(frame, [role for role in (text, label, split, own_id) if role]),
        label_candidates=tuple(label_candidates(frame, proposed.text_column)),
        values=meaning.values() if meaning else (),
        reading=read or proposed,
        problems=tuple(dict.fromkeys(problems)),
        notes=read.notes if read else table.notes,
        dropped=dropped,
        splits={
            str(key): int(n) for key, n in rows["split"].replace("", "test").value_counts(sort=False).items()
        },
        labels={LABEL_NAMES[int(key)]: int(n) for key, n in rows["label"].value_counts(sort=False).items()},
    )


def _tried(step: Callable[[], _T], problems: list[str]) -> _T | None:
    try:
        return step()
    except DataError as error:
        problems.append(str(error))
        return None


def _meaning(table: Table, proposed: Reading, problems: list[str]) -> Meaning | None:
    column = proposed.label_column
    if column is None:
        return None
    _, meaning = meaning_of(table.frame[column], column, proposed, table.label_names.get(column, ()))
    if meaning.trouble:
        problems.append(f"{meaning.trouble}")
    return meaning


def _read(
    table: Table, bad: BadRows, asked: Reading, problems: list[str]
) -> tuple[pd.DataFrame, tuple[Dropped, ...], Reading | None]:
    """Return what `load` would make of the rows; nothing while there are problems."""
    nothing = pd.DataFrame({"split": [], "label": []})
    if problems:
        return nothing, bad.report(), None
    noted = replace(asked, notes=(*asked.notes, *table.notes))
    try:
        raw, dropped, read = labeled_rows(table.frame, bad, noted, "", table.label_names)
        rows, empty = clean_frame(raw)
    except DataError as error:
        problems.append(str(error))
        return nothing, bad.report(), None
    if rows["label"].nunique() < len(LABEL_NAMES):
        problems.append(f"{bad.filename}: reviews of both labels are needed; this file has {_only(rows)}")
    return rows, (*dropped, *empty), read


def _only(rows: pd.DataFrame) -> str:
    if rows.empty:
        return "no usable review"
    return f"only {LABEL_NAMES[int(rows['label'].iloc[0])]} ones"


def _columns(frame: pd.DataFrame, roles: list[Role]) -> tuple[Role, ...]:
    by_column = {role.column: role for role in roles}
    return tuple(
        by_column.get(str(name), Role(str(name), "further", "kept beside the text")) for name in frame.columns
    )


def _first_rows(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.iloc[:PREVIEW_ROWS].map(_cut)


def _cut(value: object) -> str:
    text = value if isinstance(value, str) else written(value)
    return text if len(text) <= PREVIEW_CHARACTERS else f"{text[:PREVIEW_CHARACTERS]}..."


def _unreadable(name: str, asked: Reading, problem: str) -> Preview:
    return Preview(name, 0, pd.DataFrame(), (), (), (), asked, (problem,), (), (), {}, {})
