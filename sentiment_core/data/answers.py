"""A model's answers in a file of reviews: which columns hold them, and how new ones find room beside them.

Files that `predict` and Live wrote come back: to be answered by another model, or to be evaluated on. Answers
that are overwritten are lost, and answers that are taken for labels make any model perfect.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable

import pandas as pd

#: What is written for each text of a file. `sentiment` is also people's word for a label (`answers_among`).
ANSWER_COLUMNS = (
    "model_id",
    "sentiment",
    "predicted",
    "prob_positive",
    "n_tokens",
    "truncated",
    "knows_nothing",
    "not_predicted",
)
#: In column not_predicted: there is nothing in the row, or a number, a list, bytes.
NO_TEXT, NOT_A_TEXT = "no text", "not a text"
_GIVEN = "_in_file"


def answers_among(names: Iterable[str]) -> set[str]:
    """Return the columns that hold a model's answers, as far as their names say: they are no labels.

    `sentiment` is one only beside `prob_positive`, `sentiment_in_file` only beside `prob_positive_in_file`.
    """
    columns = {name.strip().casefold(): name for name in names}
    found = set()
    for plain, name in columns.items():
        kind, marked, number = plain.partition(_GIVEN)
        if kind == "sentiment" and f"prob_positive{marked}{number}" not in columns:
            continue
        if kind in ANSWER_COLUMNS:
            found.add(name)
    return found


def with_room(table: pd.DataFrame, names: Collection[str]) -> pd.DataFrame:
    """Return the table with those of its columns that are called like one of `names` renamed.

    They all get the same ending, `_in_file` or, where one of such a name is there, `_in_file_2` and so on.
    """
    clashing = [name for name in table.columns if name in names]
    endings = itertools.chain([_GIVEN], (f"{_GIVEN}_{number}" for number in itertools.count(2)))
    taken = {*table.columns, *names}
    ending = next(ending for ending in endings if not any(f"{name}{ending}" in taken for name in clashing))
    return table.rename(columns={name: f"{name}{ending}" for name in clashing})


def why_not(texts: pd.Series) -> pd.Series:
    """Return for each of an upload's texts why it gets no answer, or "" where it gets one."""
    empty = texts.map(lambda text: NO_TEXT if text == "" else "")
    return empty.mask(texts.isna(), NOT_A_TEXT)
