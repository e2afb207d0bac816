from __future__ import annotations

import argparse
import errno
import json
import math
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sentiment_core import command_line
from sentiment_core.contracts import check_command
from sentiment_core.errors import Cancelled, DataError
from sentiment_core.jobs import jobs, worker
from sentiment_core.storage import runs

MODULE = [sys.executable, "-m", "sentiment_core"]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Put a command `try` on the command line that does what it is told."""

    def install(run: Callable[[], Any]) -> None:
        fake = SimpleNamespace(
            NAME="try",
            HELP="Try.",
            EXAMPLES="python -m sentiment_core try",
            add_arguments=lambda parser: None,
            run=lambda args: run(),
            show=lambda result: f"shown {result}",
        )
        monkeypatch.setattr(command_line, "load_commands", lambda line: {"try": fake})

    return install


def failing(error: BaseException) -> Callable[[], Any]:
    def run() -> Any:
        raise error

    return run


def examples() -> list[str]:
    found = [module.EXAMPLES for module in command_line.load_commands().values()]
    return [line.strip() for text in found for line in text.strip().splitlines()]


@pytest.mark.parametrize("name", command_line.COMMANDS)
def test_every_command_keeps_its_contract(name: str) -> None:
    module = command_line.load_commands()[name]
    assert name == module.NAME
    check_command(module, command_line.CORE)


@pytest.mark.parametrize("name", command_line.COMMANDS)
def test_every_command_has_help_with_its_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        command_line.main([name, "--help"])
    assert exit_.value.code == 0
    shown = capsys.readouterr().out
    for line in command_line.load_commands()[name].EXAMPLES.strip().splitlines():
        assert line.strip() in shown


def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command_line.main(["--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for name, module in command_line.load_commands().items():
        assert f"{name} {module.HELP}" in shown


@pytest.mark.parametrize("words", [["data", "clean"], ["runs", "list"], ["models", "alias"], ["train"]])
def test_every_parser_below_has_help_too(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        command_line.main([*words, "--help"])
    assert exit_.value.code == 0 and "--json" in capsys.readouterr().out


def test_every_example_is_understood() -> None:
    parser = command_line.build_parser(command_line.load_commands())
    for line in examples():
        words = shlex.split(line, comments=True)
        assert words[:3] == ["python", "-m", "sentiment_core"], line
        assert isinstance(parser.parse_args(words[3:]), argparse.Namespace)
        assert parser.parse_args([*words[3:], "--json"]).json


def test_stdout_holds_one_json_object_whatever_libraries_print(
    command: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    def noisy() -> dict[str, float]:
        print("a library prints")
        os.write(1, b"another writes past Python\n")
        subprocess.run(["echo", "a child process prints"], check=True)
        return {"value": math.nan, "n": 3}

    command(noisy)
    assert command_line.main(["try", "--json"]) == 0
    out, err = capfd.readouterr()
    assert json.loads(out) == {"value": None, "n": 3}
    assert out.count("\n") == 1
    assert all(noise in err for noise in ("library prints", "writes past Python", "child process prints"))


def test_without_json_the_result_is_shown_for_people(
    command: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    command(lambda: {"text": "مرحبا 🎬 <script>"})
    assert command_line.main(["try"]) == 0
    assert capfd.readouterr().out == "shown {'text': 'مرحبا 🎬 <script>'}\n"


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (DataError("row 3:\n  label 'maybe'\n is not known"), 2, "row 3: label 'maybe' is not known"),
        (
            OSError(errno.ENOSPC, "No space left on device", "/x/y"),
            2,
            "the disk is full; free some space (wri",
        ),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 2, "permission denied (writing /x)"),
        (Cancelled(), 130, "cancelled"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_what_a_user_can_fix_is_one_line_and_an_exit_code(
    error: BaseException,
    code: int,
    line: str,
    command: Callable[..., None],
    capfd: pytest.CaptureFixture[str],
) -> None:
    command(failing(error))
    assert command_line.main(["try", "--json"]) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(f"error: {line}") and err.count("\n") == 1


def test_a_mistake_in_the_program_is_not_hidden(command: Callable[..., None]) -> None:
    for mistake in (ZeroDivisionError("a bug"), OSError(errno.EIO, "Input/output error")):
        command(failing(mistake))
        with pytest.raises(type(mistake)):
            command_line.main(["try"])


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["runs"], ["runs", "nonsense"], ["runs", "show"]])
def test_a_command_that_is_not_understood_exits_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        command_line.main(arguments)
    assert exit_.value.code == 2
    assert capsys.readouterr().out == ""


def test_a_job_keeps_its_result(command: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = runs.create("job", "20240101t000000000-job-try", {"title": "Try", "argv": ["try"]})
    monkeypatch.setenv(worker.JOB_VARIABLE, str(folder))
    command(lambda: {"model_id": "x", "loss": math.nan})
    assert command_line.main(["try"]) == 0
    status = jobs.status(folder.name)
    assert (status.state, status.result) == ("finished", {"model_id": "x", "loss": None})


def test_a_job_whose_command_is_not_understood_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = runs.create("job", "20240101t000000000-job-x", {"title": "x", "argv": ["x"]})
    monkeypatch.setenv(worker.JOB_VARIABLE, str(folder))
    with pytest.raises(SystemExit):
        command_line.main(["nonsense"])
    assert jobs.status(folder.name).state == "failed"


def test_runs_are_listed_and_shown_and_what_is_unknown_exits_with_2(
    capfd: pytest.CaptureFixture[str],
) -> None:
    folder = runs.create("toy", "20240101t000000000-evaluation-tfidf", {"data": "tiny"})
    runs.finish(folder, {"n": 4})
    assert command_line.main(["runs", "list", "--json"]) == 0
    (listed,) = json.loads(capfd.readouterr().out)["runs"]
    assert (listed["run_id"], listed["kind"], listed["state"]) == (folder.name, "toy", "finished")
    assert command_line.main(["runs", "show", folder.name]) == 0
    assert '"n": 4' in capfd.readouterr().out
    assert command_line.main(["runs", "list", "--kind", "job"]) == 0
    assert capfd.readouterr().out == "no runs yet\n"
    for action in ("show", "cancel", "resume"):
        assert command_line.main(["runs", action, "nothing"]) == 2
        assert "run 'nothing' is not known" in capfd.readouterr().err
    assert command_line.main(["runs", "cancel", folder.name]) == 2


def test_a_reader_that_goes_away_gets_one_line() -> None:
    process = subprocess.Popen([*MODULE, "runs", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout and process.stderr
    process.stdout.close()
    assert process.stderr.read().decode() == "error: nothing reads the output anymore (broken pipe)\n"
    assert process.wait() == 1


def test_a_full_disk_under_stdout_gets_one_line() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*MODULE, "runs", "list"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("error: the disk is full") and done.stderr.count(b"\n") == 1


def test_sigterm_unwinds_like_ctrl_c(command: Callable[..., None], capfd: pytest.CaptureFixture[str]) -> None:
    unwound: list[bool] = []

    def run() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        finally:
            unwound.append(True)

    command(run)
    assert command_line.main(["try"]) == 130
    assert unwound and capfd.readouterr().err == "error: interrupted\n"


def test_help_is_quick_because_no_heavy_library_is_loaded() -> None:
    code = (
        "import sys; from sentiment_core import command_line as m; m.build_parser(m.load_commands());"
        "print([n for n in ('torch','transformers','datasets','evaluate','sklearn','streamlit','textattack')"
        " if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_command_line_works_from_any_folder(tmp_path: Path, reelcheck_home: Path) -> None:
    done = subprocess.run([*MODULE, "runs", "list", "--json"], cwd=tmp_path, capture_output=True, check=True)
    assert json.loads(done.stdout) == {"runs": [], "damaged": []}
    assert list(tmp_path.iterdir()) == []
