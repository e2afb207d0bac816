"""The files of `tests/cases` that are answered, or that name reviews, have their right outcomes too.

A row names the file, further arguments and the outcome, as in `tests/core/test_cases.py`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

from attacks.batches.selection import Selection, select
from sentiment_core.__main__ import main
from sentiment_core.data.storing import make_dataset
from sentiment_core.errors import DataError
from sentiment_core.schema import Dataset
from sentiment_core.training import train

CASES = Path(__file__).parents[1] / "cases"


class Answered(NamedTuple):
    """How many rows of a file get an answer, have no text, and hold something else; columns of the output."""

    n: int
    empty: int = 0
    not_text: int = 0
    columns: tuple[str, ...] = ()


WHICH = "could each hold the text"
PREDICTED: list[tuple[str, tuple[str, ...], Answered | str]] = [
    (
        "02g",
        (),
        Answered(80, columns=("sentiment_in_file", "sentiment_in_file_2", "prob_positive_in_file_2")),
    ),
    ("08a", (), Answered(74, 6)),
    ("08c", (), Answered(10, 2, columns=("id",))),
    ("08d", (), WHICH),
    ("08d", ("--text-column", "review"), Answered(12, columns=("text", "text_in_file", "id"))),
    ("08d", ("--text-column", "text"), Answered(12, columns=("text", "review", "id"))),
    ("08e", (), Answered(12, columns=("sentiment_in_file", "sentiment_in_file_2", "sentiment"))),
    ("08f", (), Answered(3, columns=("note",))),
    ("08g", (), WHICH),
    ("08g", ("--text-column", "text"), Answered(1, 2, 2, columns=("review",))),
    ("09e", (), "80 of 80 rows hold something else, such as numbers, lists or bytes"),
    ("09l", (), Answered(71, 9)),
    ("13a", (), Answered(12, columns=("given_prob_positive", "prob_positive_in_file"))),
    ("13d", (), Answered(3)),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELCHECK_HOME", str(folder))
        train.train("bow", reviews(60, "train"), alias="bow")
    return folder


def reviews(n: int, split: str) -> Dataset:
    rows = [
        (f"row-{k:05d}", f"film {k} is {'fine' if k % 2 else 'dull'}", k % 2, split, "own") for k in range(n)
    ]
    columns = ["example_id", "text", "label", "split", "source"]
    return make_dataset("own", pd.DataFrame(rows, columns=columns))


def found(start: str) -> Path:
    (file,) = CASES.glob(f"{start}*")
    return file


@pytest.mark.parametrize(("case", "argv", "outcome"), PREDICTED)
def test_a_file_is_answered_row_by_row_or_refused_in_one_line(
    home: Path, case: str, argv: tuple[str, ...], outcome: Any, tmp_path: Path, monkeypatch, capsys
):
    monkeypatch.setenv("REELCHECK_HOME", str(home))
    out = tmp_path / "out.parquet"
    command = ["predict", "--model", "bow", "--file", str(found(case)), "--out", str(out), *argv, "--json"]
    code, said = main(command), capsys.readouterr()
    if isinstance(outcome, str):
        errors = [line for line in said.err.splitlines() if line.startswith("error: ")]
        assert code == 2 and len(errors) == 1 and outcome in errors[0] and not out.exists()
        return
    result, table = json.loads(said.out), pd.read_parquet(out)
    assert code == 0
    assert (result["n"], result["n_without_text"], result["n_not_text"]) == outcome[:3]
    assert len(table) == sum(outcome[:3]) and {*outcome.columns, "sentiment"} <= {*table.columns}


@pytest.mark.parametrize(
    ("case", "outcome"),
    [
        ("19a", ["row-00002", "row-00003", "row-00004"]),
        ("19b", ["row-00002", "row-00003"]),
        ("19c", "UTF-16"),
        ("19d", "UTF-8"),
        ("19e", "UTF-8"),
    ],
)
def test_a_file_of_ids_is_read_or_refused_in_one_line(case: str, outcome: list[str] | str):
    asked = Selection(n=None, file=str(found(case)))
    if isinstance(outcome, str):
        with pytest.raises(DataError, match=outcome) as error:
            select(reviews(9, "test"), "test", asked)
        assert "\n" not in str(error.value) and "--skip-bad" not in str(error.value)
    else:
        assert select(reviews(9, "test"), "test", asked)["example_id"].tolist() == outcome
