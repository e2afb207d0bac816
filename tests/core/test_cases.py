"""Every file of `tests/cases` has its right outcome: what is read of it, or the line that says what is wrong.

The files are ours, small, and each is one way in which people and programs write reviews. A row of the table
names the file, the command and the outcome; a person who reads the file decides what is right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sentiment_core.__main__ import main
from sentiment_core.data import describing

CASES_FOLDER = Path(__file__).parents[1] / "cases"

Check = Callable[[int, dict[str, Any], str], None]


@dataclass(frozen=True)
class Case:
    """A file (by the start of its name), a command in which FILE stands for it, and the outcome."""

    file: str
    outcome: Check
    command: tuple[str, ...] = ("data", "describe", "FILE")


def reads(
    negative: int,
    positive: int,
    *,
    by: tuple[str, str] | None = None,
    splits: Mapping[str, int] | None = None,
    dropped: Mapping[str, int] | None = None,
    note: str = "",
) -> Check:
    """Expect so many reviews of each label, from these columns, and every row left out with its reason."""

    def check(code: int, result: dict[str, Any], complaint: str) -> None:
        assert code == 0, complaint
        assert (result["all"]["negative"], result["all"]["positive"]) == (negative, positive)
        found = {name: part["n"] for name, part in result["splits"].items()}
        assert found == (splits or {"test": negative + positive})
        assert {item["why"]: item["count"] for item in result["dropped"]} == dict(dropped or {})
        reading = result["reading"]
        assert by is None or (reading["text_column"], reading["label_column"]) == by
        assert note in " ".join(reading["notes"]) and bool(note) == bool(reading["notes"])

    return check


def refuses(*words: str) -> Check:
    """Expect exit 2 and one line with these words, which quotes no review."""

    def check(code: int, result: dict[str, Any], complaint: str) -> None:
        assert code == 2, result
        assert complaint.startswith("error: ") and complaint.count("\n") == 1
        assert all(word in complaint for word in words), complaint
        assert "cast" not in complaint

    return check


def answers(n: int, without: int = 0) -> Check:
    """Expect so many answers of a model, and so many rows without a text."""

    def check(code: int, result: dict[str, Any], complaint: str) -> None:
        assert code == 0, complaint
        assert (result["n"], result["n_without_text"]) == (n, without)

    return check


def trains(n: int, *, left_out: Mapping[str, int] | None = None) -> Check:
    """Expect a model of so many reviews, training and validation together, and what was left out said."""

    def check(code: int, result: dict[str, Any], complaint: str) -> None:
        assert code == 0, complaint
        assert result["data"]["n_train"] + result["data"]["n_validation"] == n
        assert {item["why"]: item["count"] for item in result["dropped"]} == dict(left_out or {})
        assert result["reading"]["label_column"]

    return check


def described(file: str, outcome: Check, *options: str) -> Case:
    return Case(file, outcome, ("data", "describe", "FILE", *options))


def predicted(file: str, outcome: Check, *options: str) -> Case:
    return Case(
        file, outcome, ("predict", "--model", "words", "--file", "FILE", "--out", "OUT.csv", *options)
    )


def trained(file: str, outcome: Check, *options: str) -> Case:
    return Case(file, outcome, ("train", "--family", "tfidf", "--data", "FILE", *options))


ALL = reads(40, 40)
#: Rows whose quotation mark nobody closed.
ONE_BAD = {"malformed row": 1}
NO_HEADER = "no header"
SKIP = "--skip-bad"
NO_LABEL = "neither negative nor positive"
WHICH = "name the label column (--label-column)"

QUOTES = [
    described("01a", reads(20, 20)),
    described("01b", reads(2, 2)),
    described("01c", reads(2, 2)),
    described("01d", refuses("row 2", "quotation marks do not match")),
    described("01d", reads(2, 1, dropped=ONE_BAD), SKIP),
    described("01e", reads(2, 2)),
    described("01f", reads(2, 2)),
    described("01g", refuses("row 2", "quotation marks do not match")),
    described("01g", reads(2, 1, dropped=ONE_BAD), SKIP),
    described("01h", ALL),
    described("01i-", reads(3, 3, note="quotation marks are read as they stand in 1 rows")),
    described("01i2", reads(3, 3)),
    described("01l", reads(1, 1)),
    described("01m", reads(2, 2)),
    described("06k", refuses("row 2", "backslash")),
    described("06q", refuses("row 2: 3 cells where the header has 2")),
    described("06r", refuses("row 11", "quotation marks do not match")),
    described("06r", reads(40, 39, dropped=ONE_BAD), SKIP),
    described("15a", refuses("row 11", "quotation marks do not match")),
    described("15a", reads(39, 39, dropped={"malformed row": 2}), SKIP),
    described("15b", refuses("row 11", "closed only behind rows")),
    described("15b", reads(40, 39, dropped=ONE_BAD), SKIP),
    described("15c", ALL),
    described("15d", refuses("row 11", "quotation marks do not match")),
    described("15d", reads(40, 39, dropped=ONE_BAD), SKIP),
    described("15e", refuses("row 3", "quotation marks do not match")),
    described("15e", reads(1, 2, dropped=ONE_BAD), SKIP),
]

LABEL_COLUMNS = [
    described("02d", refuses(WHICH, "'top_critic', 'review_type'")),
    described(
        "02d",
        reads(40, 40, by=("review_content", "review_type")),
        *("--text-column", "review_content", "--label-column", "review_type"),
        *("--negative", "Rotten", "--positive", "Fresh"),
    ),
    described("02e", refuses("is_negative", "--negative 1 --positive 0")),
    described("02e", ALL, "--negative", "1", "--positive", "0"),
    described("02f", refuses(WHICH, "'toxic', 'stars'")),
    described("02g", refuses("a model's answers", "--label-column", "sentiment_in_file")),
    described("02g", refuses("a model's answers"), "--label-column", "sentiment"),
    described("02g", reads(40, 40, by=("text", "sentiment_in_file")), "--label-column", "sentiment_in_file"),
    described("02h", refuses(WHICH, "'stars', 'helpful'")),
    described("02h", refuses("holds 1, 5"), "--label-column", "stars"),
    described("02i", refuses(WHICH, "'rating', 'deleted'")),
    described("02j", refuses(WHICH, "'stars', 'verified'")),
    described("08d", refuses(WHICH)),
    described("08e", refuses("a model's answers")),
    described("13a", refuses("a model's answers")),
    described("13b", refuses("one column only")),
    described("13d", refuses("one column only")),
]

SCALES = [
    described("03a", refuses("a scale", "0, 1, 2, 3, 4", "--negative 0,1 --positive 3,4")),
    described("03a", refuses("a scale", "0, 1, 2, 3, 4"), SKIP),
    described(
        "03a",
        reads(24, 48, dropped={"label '2', neither --negative nor --positive": 8}),
        *("--negative", "0,1", "--positive", "3,4"),
    ),
    described("03b", refuses("a scale", "-1, 0, 1", "--negative=-1 --positive 1"), SKIP),
    described("03c", refuses("a scale", "0, 1, 2"), SKIP),
    described("03d", refuses("0, 4", "--negative 0 --positive 4"), SKIP),
    described("03d", ALL, "--negative", "0", "--positive", "4"),
    described("03e", refuses("1, 2", "--negative 1 --positive 2"), SKIP),
    described("03f", refuses("a scale", "1, 2, 3, 5"), SKIP),
    described("03f", refuses("no value '4'"), "--negative", "1,2", "--positive", "4,5"),
    described("03g", refuses("--negative ★☆☆☆☆ --positive ★★★★★"), SKIP),
    described("03h", refuses("a scale", "LABEL_0, LABEL_1, LABEL_2"), SKIP),
    described("03i", ALL),
    described("03j", refuses("a scale", "0, 0.25, 0.5, 1, 1.5"), SKIP),
    described("03k", refuses("row 2", "'neutral'", SKIP)),
    described("03k", reads(32, 32, dropped={"unusable label": 16}), SKIP),
    trained("03k", trains(58, left_out={"unusable label": 16}), SKIP),
    described("06n", refuses("row 42", NO_LABEL)),
    described("06n", reads(40, 40, dropped={"unusable label": 1}), SKIP),
    described("08b", refuses("row 5, column 'label': empty")),
    described("08b", reads(39, 39, dropped={"unusable label": 2}), SKIP),
    described("12a", refuses("row 4", "'neutral'")),
]

HEADERS = [
    described("04a", reads(40, 40, note=NO_HEADER)),
    described("04b", reads(40, 40, note=NO_HEADER)),
    described("04c", reads(40, 40, note=NO_HEADER)),
    described("04d", refuses("one column only")),
    described("04e", refuses("one column only")),
    described("04f", reads(40, 40, note=NO_HEADER)),
    described("04g", refuses("one column only")),
    predicted("04g", answers(80)),
    described("04h", reads(2, 2, note=NO_HEADER)),
    described("04i", refuses("'column 1', 'column 2', 'column 3'", WHICH)),
    described(
        "04i",
        reads(40, 40, note=NO_HEADER),
        *("--text-column", "column 3", "--label-column", "column 1", "--negative", "1", "--positive", "2"),
    ),
    described("04j", reads(40, 40, by=("column 2", "column 3"), note=NO_HEADER)),
    described("06h", ALL),
    described("06j", reads(40, 40, by=("v2", "v1"))),
    described("06o", refuses("row 1", "comment")),
    described("06u", refuses("column 'review' is repeated")),
    described("06v", refuses("'Review', 'review' could each hold the text")),
    described("06v", reads(40, 40, by=("review", "sentiment")), "--text-column", "review"),
]

ENCODINGS = [
    described("05a", ALL),
    described("05g", refuses("row 2", "byte 0x92 is not UTF-8", "save the file as UTF-8")),
    described("05g", refuses("no usable row", "80 have wrong encoding"), SKIP),
    described("05h", refuses("row 8", "byte 0xe9 is not UTF-8")),
    described("05h", reads(30, 40, dropped={"wrong encoding": 10}), SKIP),
    described("05i", refuses("byte 0xd5 is not UTF-8")),
    described("05j", ALL),
    described("05k", reads(40, 40, by=("review", "sentiment"))),
    described("05l", reads(40, 40, by=("review", "sentiment"))),
    described("05m", reads(40, 40, note="unpacked from gzip")),
    described("05n", reads(40, 40, note="unpacked from zip")),
    described("05o", reads(40, 40, note="unpacked from zip")),
    described("05p", reads(40, 40, note="unpacked from gzip")),
    predicted("05p", answers(80)),
    described("05q", refuses("byte 0x82 is not UTF-8")),
    described("05r", refuses("row 2", "byte 0x93 is not UTF-8")),
    described("05r", reads(39, 40, dropped={"wrong encoding": 1}), SKIP),
]

SEPARATORS = [
    described(number, ALL)
    for number in (
        "06a",
        "06c",
        "06d",
        "06e",
        "06f",
        "06g",
        "06i",
        "06l",
        "06m",
        "06p-",
        "06p2",
        "06s",
        "06t",
    )
] + [described("06b", reads(40, 40, by=("review, in full", "sentiment")))]

JSON = [
    described("07a", ALL),
    described("07b", ALL),
    described("07c", ALL),
    described("07d", ALL),
    described("07e", ALL),
    described("07f", refuses("row 6, column 'label': empty")),
    described("07f", reads(40, 38, dropped={"unusable label": 2}), SKIP),
    described("07h", reads(40, 40, by=("text", "sentiment"))),
    described("07i", reads(40, 40, by=("text", "sentiment"))),
    described("07j", refuses("row 1, column 'data'", "not a text (dict)")),
    described("07k", refuses("row 1, column 'text'", "not a text (list)")),
    described("07l", ALL),
    described("07m", refuses("row 13, column 'label': empty")),
    described("07m", reads(34, 36, dropped={"unusable label": 1, "empty text": 9}), SKIP),
    described("07n", refuses("one JSON object")),
    described("07o", refuses("column 'label'", NO_LABEL)),
    described("13e", reads(1, 1)),
]

PARQUET = [
    *(described(f"09{letter}", ALL) for letter in "abcdgijkno"),
    described("09e", refuses("row 1, column 'text'", "not a text (bytes)")),
    described("09f", refuses("row 5, column 'label': empty")),
    described("09f", reads(39, 40, dropped={"unusable label": 1}), SKIP),
    described("09h", refuses("column 'text' is repeated")),
    described("09l", reads(35, 36, dropped={"empty text": 9})),
    described("09m", refuses("holds no rows")),
    described("09p", refuses("row 1", NO_LABEL)),
    described("09p", reads(32, 32, dropped={"unusable label": 16}), SKIP),
    described("09q", reads(40, 40, note="0 is 'positive', 1 is 'negative'")),
    described("09r", reads(40, 40, note="0 is 'pos', 1 is 'neg'")),
    described("10c", refuses("Feather", "Parquet")),
]

SPLIT_COLUMNS = [
    *(
        described(number, reads(40, 40, splits={"train": 60, "test": 20}))
        for number in ("06w", "16a", "16b", "16d", "16e", "16f")
    ),
    described("16c", reads(40, 40, splits={"train": 60, "validation": 20})),
    described("16b", ALL, "--split-column", ""),
    described("06x", refuses("row 5, column 'label': 'unsup'", SKIP)),
    described("06x", reads(40, 20, splits={"train": 30, "test": 30}, dropped={"unusable label": 20}), SKIP),
    trained("16a", trains(60)),
    trained("06w", trains(60)),
]

TEXTS = [
    described("08a", reads(38, 36, dropped={"empty text": 6})),
    described("08h", reads(2, 2)),
    predicted("13c-line-ends", answers(4)),
    predicted("13c-nel", answers(3)),
    predicted("13b", answers(12)),
    *(described(f"14{letter}", reads(20, 20)) for letter in "abcdegi"),
    described("14f", reads(3, 3)),
    described("14h", ALL),
]

NOT_WHAT_THEY_ARE_CALLED = [
    described("17a", refuses("Git LFS pointer", "git lfs pull")),
    described("17b", refuses("web page", "download the file itself")),
    described("17c", refuses("Excel workbook", "save the sheet as CSV")),
    described("17d", refuses("Excel workbook", "save the sheet as CSV")),
    described("17e", ALL),
    described("17f", refuses("not a readable Parquet file", ".csv")),
    described("17g", refuses("row 1: not a JSON object")),
    described("17h", ALL),
]

FURTHER_COLUMNS = [described("18d", ALL), described("18e", ALL)]

#: What `predict`, attacks and `--paired` make of a file.
ANSWERED: list[Case] = []

THEMES = {
    "quotes": QUOTES,
    "label columns": LABEL_COLUMNS,
    "scales": SCALES,
    "headers": HEADERS,
    "encodings": ENCODINGS,
    "separators": SEPARATORS,
    "JSON": JSON,
    "Parquet": PARQUET,
    "split columns": SPLIT_COLUMNS,
    "texts": TEXTS,
    "not what they are called": NOT_WHAT_THEY_ARE_CALLED,
    "further columns": FURTHER_COLUMNS,
    "answered": ANSWERED,
}
TABLE = [case for cases in THEMES.values() for case in cases]
#: Files that only commands of the theme "answered" read.
ONLY_ANSWERED = ("08c", "08f", "08g", "19a", "19b", "19c", "19d", "19e")


@pytest.fixture(scope="module", autouse=True)
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One workspace with a small model for all cases; no case changes another's."""
    home = tmp_path_factory.mktemp("cases")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELCHECK_HOME", str(home))
        patch.setattr(describing, "_tokenizer_file", lambda: None)  # tokens are not what is looked at here
        told = ("train", "--family", "tfidf", "--data", str(_file("05a")), "--alias", "words")
        assert main(told) == 0
        yield home


@pytest.mark.parametrize("case", TABLE, ids=lambda case: " ".join((case.file, *case.command)))
def test_a_file_has_its_right_outcome(
    case: Case,
    workspace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("REELCHECK_HOME", str(workspace))
    monkeypatch.setattr(describing, "_tokenizer_file", lambda: None)
    monkeypatch.chdir(tmp_path)
    argv = [str(_file(case.file)) if word == "FILE" else word for word in case.command]
    code = main([*argv, "--json"])
    said = capsys.readouterr()
    complaints = [line for line in said.err.splitlines(keepends=True) if line.startswith("error:")]
    case.outcome(code, json.loads(said.out) if code == 0 else {}, "".join(complaints))


def test_every_file_is_in_the_table() -> None:
    there = {path.name for path in CASES_FOLDER.iterdir()}
    listed = {_file(case.file).name for case in TABLE}
    open_ones = {name for name in there - listed if not name.startswith(ONLY_ANSWERED)}
    assert open_ones == set()


def _file(start: str) -> Path:
    found = sorted(path for path in CASES_FOLDER.iterdir() if path.name.startswith(start))
    assert len(found) == 1, (start, [path.name for path in found])
    return found[0]
