"""Absurd names and numbers in every argument of every command: one line and exit 2, and nothing steers."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from attacks import __main__ as attacks_line
from sentiment_core import arguments, models, terminal
from sentiment_core import command_line as core_line
from sentiment_core.errors import ModelError, ReelcheckError
from sentiment_core.storage import runs, spreadsheet

#: All that must never reach a terminal: C0 but tab and line end, DEL, C1, overrides of direction, halves.
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
ESCAPES = "\x1b]0;title\x07\x1b[2J\x9b31m\u202egnp.exe\x08\r"

NUMBERS = {
    "four hundred digits": "1" + "0" * 400,
    "minus four hundred digits": "-1" + "0" * 400,
    "ten thousand digits": "9" * 10_000,
    "beyond a float": "1e400",
    "nan": "nan",
    "minus infinity": "-inf",
    "a word": "many" + ESCAPES,
}
NAMES = {
    "300 characters": "n" * 300,
    "100,000 characters": "n" * 100_000,
    "another user's home": "~nosuchuser/reviews.csv",
    "escape sequences": f"a{ESCAPES}.csv",
    "a NUL": "a\0b.csv",
    "half a character": "a\udc80b.csv",
    "a device": "/dev/zero",
    "a folder": "/",
    "a path through a file": "/etc/passwd/reviews.csv",
}
#: Arguments that start something else than reading what was given.
LEFT_OUT = {"help", "cluster"}

LINES = {"sentiment_core": core_line.CORE, "attacks": attacks_line.LINE}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace with one small model, so that commands get further than its name."""
    folder = tmp_path_factory.mktemp("workspace")
    rows = [("wonderful and warm", 1), ("dreadful and cold", 0)] * 30
    lines = [f"{words} film number {n},{label}" for n, (words, label) in enumerate(rows)]
    (folder / "reviews.csv").write_text("\n".join(["text,label", *lines]) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REELCHECK_HOME", str(folder / "home"))
        argv = ["train", "--family", "tfidf", "--data", str(folder / "reviews.csv"), "--alias", "small"]
        assert core_line.main(argv) == 0
    return folder


def _actions(package: str) -> Iterator[tuple[list[str], argparse.ArgumentParser]]:
    """Yield every command, with its action where it has some, and its parser."""
    line = LINES[package]
    parser = core_line.build_parser(core_line.load_commands(line), line)
    waiting = [([], parser)]
    while waiting:
        words, here = waiting.pop()
        below = [action for action in here._actions if isinstance(action, argparse._SubParsersAction)]
        for action in below:
            waiting += [([*words, name], found) for name, found in action.choices.items()]
        if not below:
            yield words, here


def _cases() -> Iterator[tuple[str, list[str], str]]:
    """Yield (package, command line with {} for the value, "number" or "name") for every argument."""
    for package in LINES:
        for words, parser in _actions(package):
            for action in parser._actions:
                if action.dest in LEFT_OUT or action.nargs == 0 or action.choices:
                    continue
                kind = "number" if action.type in (int, float) else "name"
                argv = [*words, *_required(parser, action)]
                flag = action.option_strings[-1:]
                yield package, [*argv, *([f"{flag[0]}={{}}"] if flag else ["{}"])], kind


def _required(parser: argparse.ArgumentParser, but: argparse.Action) -> Iterator[str]:
    """Yield what the command needs beside one argument."""
    groups = [group for group in parser._mutually_exclusive_groups if group.required]
    chosen = [
        next((one for one in group._group_actions if one.dest == "model"), group._group_actions[0])
        for group in groups
        if but not in group._group_actions
    ]
    for action in parser._actions:
        needed = action.required or action in chosen
        if action is but or not needed:
            continue
        value = next(iter(action.choices)) if action.choices else VALUES.get(action.dest, "nothing")
        yield from (*action.option_strings[-1:], *(() if action.nargs == 0 else (value,)))


VALUES = {"model": "small", "data": "reviews.csv", "out": "out.csv", "file": "reviews.csv", "text": "A film."}

CASES = [pytest.param(*case, id=" ".join([case[0], *case[1]])) for case in _cases()]


@pytest.mark.parametrize(("package", "argv", "kind"), CASES)
def test_an_absurd_value_of_any_argument_is_one_line(
    package: str,
    argv: list[str],
    kind: str,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("REELCHECK_HOME", str(home / "home"))
    monkeypatch.chdir(home)
    for what, value in (NUMBERS if kind == "number" else NAMES).items():
        code = _exit_code([part.replace("{}", value) for part in argv], LINES[package])
        printed = capsys.readouterr()
        assert code in (0, 2), what
        assert not STEERING.search(printed.out + printed.err.replace("\r", "")), what
        if code == 2:
            assert not printed.out, what
            errors = [line for line in printed.err.splitlines() if "error: " in line]
            assert len(errors) == 1 and len(errors[0]) < 2_200, (what, printed.err[-500:])
            assert "Traceback" not in printed.err, what
        if code == 2 and kind == "number":
            assert len(printed.err) < 6_000, what


def test_every_command_is_tried() -> None:
    tried = {(case.values[0], case.values[1][0]) for case in CASES}
    all_commands = {(package, name) for package, line in LINES.items() for name in line.names}
    assert all_commands - tried == {("sentiment_core", "demo")}  # it takes no value
    assert len(CASES) > 150


def _exit_code(argv: list[str], line: core_line.CommandLine) -> int:
    try:
        return core_line.main(argv, line)
    except SystemExit as ended:  # argparse
        return int(str(ended.code))


# --- what is printed --------------------------------------------------------------------------------


def test_escaped_text_keeps_what_people_write() -> None:
    text = "a\tb\nفيلم 👍🏽 \u200fé — <b>\\n"
    assert terminal.escaped(text) == text


@pytest.mark.parametrize(
    "character",
    [*map(chr, range(0x20)), "\x7f", *map(chr, range(0x80, 0xA0)), *"\u202e\u2066\u2028\ud800\udfff"],
)
def test_a_character_that_could_steer_is_shown_as_json_has_it(character: str) -> None:
    shown = terminal.escaped(f"a{character}b")
    if character in "\t\n":
        assert shown == f"a{character}b"
    else:
        assert shown == f"a\\u{ord(character):04x}b"
        assert json.loads(f'"{shown}"') == f"a{character}b"


DATA = [
    {"example_id": f"i{n}{ESCAPES}", "text": f"text {n // 2}{ESCAPES}", "label": n % 2, "source": ESCAPES}
    for n in range(12)
]


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    "argv",
    [
        ["data", "describe", "{}"],
        ["data", "clean", "{}", "--out", "out.csv"],
        ["data", "list"],
        ["predict", "--model", "small", "--text", f"A film.{ESCAPES}"],
        ["evaluate", "--model", "small", "--data", "{}"],
        ["evaluate", "--model", "small", "--paired", "{}"],
        ["predict", "--model", "small", "--file", "{}", "--out", f"{ESCAPES}.csv"],
        ["train", "--family", "tfidf", "--data", "reviews.csv", "--set", f"title={ESCAPES}"],
        ["models", "list"],
    ],
    ids=lambda argv: " ".join(argv[:3]),
)
def test_nothing_that_data_holds_reaches_the_terminal(
    argv: list[str],
    as_json: bool,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("REELCHECK_HOME", str(home / "home"))
    monkeypatch.chdir(home)
    file = home / f"data{ESCAPES}.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in DATA))
    given = [part.replace("{}", str(file)) for part in argv] + (["--json"] if as_json else [])
    try:
        core_line.main(given)
    except SystemExit:
        pytest.fail(f"not parsed: {given}")
    printed = capsys.readouterr()
    assert not STEERING.search(printed.out + printed.err)
    assert printed.out or printed.err
    if as_json and printed.out:
        assert json.loads(printed.out)


def test_json_means_the_same_when_it_is_escaped(home, monkeypatch, capsys) -> None:
    monkeypatch.setenv("REELCHECK_HOME", str(home / "home"))
    monkeypatch.chdir(home)
    name = f"same{ESCAPES}.csv"
    (home / name).write_text("text,label\nfine,1\nbad,0\n")
    assert core_line.main(["data", "describe", name, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == name


# --- names -------------------------------------------------------------------------------------------


def test_an_alias_is_short_enough_for_the_runs_that_bear_it() -> None:
    models.check_alias("a" * models.MOST_CHARACTERS)
    with pytest.raises(ModelError, match="100 characters at most"):
        models.check_alias("a" * (models.MOST_CHARACTERS + 1))


def test_a_runs_id_is_a_name_that_a_folder_can_have(reelcheck_home: Path) -> None:
    run_id = runs.new_run_id("e" * 1_000, "m" * 1_000, {})
    assert len(run_id) <= 255
    assert runs.create("evaluation", run_id, {}).is_dir()


@pytest.mark.parametrize(
    "value", [10**400, -(10**400), 2**31, float("nan"), float("inf"), "\0", "\udc80", ["a", "b\0"]]
)
def test_values_that_no_command_could_use_are_named(value: object) -> None:
    with pytest.raises(ReelcheckError, match="^argument some-thing is ") as raised:
        arguments.check(argparse.Namespace(some_thing=value))
    assert len(str(raised.value)) < 200


# --- commands to copy --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["a b.csv", "$(reboot).csv", "`x`.csv", "it's.csv", '"q".csv', "-x.csv", "a;b", "a\nb"]
)
def test_a_command_to_copy_reads_as_it_was_meant(name: str) -> None:
    import shlex

    words = shlex.split(terminal.command("sentiment_core", "predict", model="m", file=name, out="a.csv"))
    assert words[:3] == ["python", "-m", "sentiment_core"]
    args = core_line.build_parser(core_line.load_commands()).parse_args(words[3:])
    assert args.file == Path(name) and args.model == "m"


#: A command with a value filled in by hand, not by `terminal.command`; ids of runs and names of resources
#: are ours: letters, digits and dashes.
_OURS = r"(?:\w+\.)?run_id\}|result\['(?:run_id|job)'\]\}|ids\}|name\}"
_WRITTEN_OUT = re.compile(rf"python -m (?:sentiment_core|attacks) [^\"`]*\{{(?!{_OURS})")


@pytest.mark.parametrize("package", ["sentiment_core", "attacks", "dashboard"])
def test_no_command_to_copy_is_put_together_by_hand(package: str) -> None:
    root = Path(__file__).parents[2] / package
    found = [
        f"{path.name}:{number}"
        for path in sorted(root.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if _WRITTEN_OUT.search(line)
    ]
    assert found == []


# --- rows without a text -----------------------------------------------------------------------------


@pytest.fixture
def answered(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Predict a file of which two rows have no text, into a file with this ending."""
    monkeypatch.setenv("REELCHECK_HOME", str(home / "home"))
    monkeypatch.chdir(home)
    (home / "some.csv").write_text("text,n\n,1\nwonderful and warm,2\n<br />,3\ndreadful and cold,4\n")

    def predict(ending: str) -> Path:
        out = home / f"answers{ending}"
        assert core_line.main(["predict", "--model", "small", "--file", "some.csv", "--out", str(out)]) == 0
        return out

    return predict


def test_a_row_without_text_is_not_called_positive(answered, capsys) -> None:
    table = pd.read_csv(answered(".csv"), keep_default_na=False, dtype=str)
    assert list(table["sentiment"]) == ["", "positive", "", "negative"]
    assert [bool(value) for value in table["prob_positive"]] == [False, True, False, True]
    assert list(table["not_predicted"]) == ["no text", "", "no text", ""]
    assert list(table["n"]) == ["1", "2", "3", "4"]
    assert set(table["truncated"]) == {"False"} and set(table["n_tokens"]) == {"0", "3"}
    said = capsys.readouterr().out
    assert "2 texts, 1 of them positive" in said and "2 rows have no text" in said


def test_it_is_null_in_json_and_in_parquet(answered) -> None:
    rows = [json.loads(line) for line in answered(".jsonl").read_text().splitlines()]
    assert [row["sentiment"] for row in rows] == [None, "positive", None, "negative"]
    assert [row["prob_positive"] is None for row in rows] == [True, False, True, False]
    assert [row["not_predicted"] for row in rows] == ["no text", None, "no text", None]
    table = pd.read_parquet(answered(".parquet"))
    assert list(table["sentiment"].isna()) == [True, False, True, False]


def test_a_file_without_any_text_is_said(home, monkeypatch, capsys) -> None:
    monkeypatch.setenv("REELCHECK_HOME", str(home / "home"))
    (home / "none.csv").write_text("text,n\n" + ",1\n" * 14)
    argv = [
        "predict",
        "--model",
        "small",
        "--file",
        str(home / "none.csv"),
        "--out",
        str(home / "none-out.csv"),
    ]
    assert core_line.main(argv) == 2
    assert "none.csv holds no text: all 14 rows are empty" in capsys.readouterr().err
    assert not (home / "none-out.csv").exists()


def test_live_gives_the_same_answer_for_a_row_without_text() -> None:
    import numpy as np

    from dashboard.views.live import batch
    from sentiment_core.evaluation.prediction import Answers

    upload = batch.read_upload(b"text,n\n,1\nfine,2\n", "some.csv", None)
    no = np.array([False, False])
    pieces = {0: Answers(np.array([0.9, 0.9]), np.array([0, 1]), no, no)}
    table = batch.answered(upload, pieces)
    assert list(table["predicted"]) == ["", "positive"] and list(table["not_predicted"]) == ["no text", ""]


# --- formulas ----------------------------------------------------------------------------------------

FORMULAS = ["=cmd()", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1", "＠1"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_header_that_a_spreadsheet_would_run_is_escaped(formula: str) -> None:
    import csv
    import io

    written = spreadsheet.to_csv(pd.DataFrame({formula: ["x"], "plain": [formula]})).decode("utf-8-sig")
    header, row = csv.reader(io.StringIO(written, newline=""))
    assert header == [f"'{formula}", "plain"] and row == ["x", f"'{formula}"]


def test_headers_that_are_alike_once_escaped_stay_two_columns() -> None:
    written = spreadsheet.to_csv(pd.DataFrame({"=a": [1], "'=a": [2]})).decode("utf-8-sig")
    assert written.splitlines() == ["'=a,'=a", "1,2"]


def test_an_answered_file_with_a_formula_as_header_is_safe(home, monkeypatch) -> None:
    monkeypatch.setenv("REELCHECK_HOME", str(home / "home"))
    (home / "evil.csv").write_text("text,=cmd()\nwonderful,=1+1\n")
    out = home / "evil-out.csv"
    assert (
        core_line.main(["predict", "--model", "small", "--file", str(home / "evil.csv"), "--out", str(out)])
        == 0
    )
    header, row = out.read_text("utf-8-sig").splitlines()
    assert header.startswith("text,'=cmd(),model_id") and row.startswith("wonderful,'=1+1,")


def test_no_table_on_a_page_offers_a_download_of_raw_cells() -> None:
    import tomllib

    root = Path(__file__).parents[2]
    shipped = tomllib.loads((root / "dashboard" / ".streamlit" / "config.toml").read_text())
    assert shipped["client"]["disableDataExport"] is True


#: They write files for programs to read again, as they are, with columns that are ours: data to train on, and
#: the log that TextAttack writes.
_FOR_PROGRAMS = {
    "commands/data.py",
    "commands/augment.py",
    "batches/export.py",
    "storage/spreadsheet.py",
}


def test_every_other_csv_file_is_written_by_the_one_writer_that_escapes() -> None:
    root = Path(__file__).parents[2]
    writers = {
        f"{path.parent.name}/{path.name}"
        for package in LINES | {"dashboard": None}
        for path in (root / package).rglob("*.py")
        if re.search(r"(?<!spreadsheet)(?<!review_order)\.to_csv\(|csv\.writer\(", path.read_text("utf-8"))
    }
    assert writers == _FOR_PROGRAMS
