"""Secrets stay out of messages, logs and files; nobody's name can forge a line or steer a terminal."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sentiment_core import command_line, redaction, terminal
from sentiment_core.classifiers.remote.endpoint import Endpoint
from sentiment_core.command_line import CommandLine
from sentiment_core.errors import DataError
from sentiment_core.jobs import jobs, worker
from sentiment_core.redaction import redacted
from sentiment_core.storage import runs

TOKEN = "hf_QwErTyUiOpAsDfGhJkLzXcVbNm"
KEY = "s3rver-key.with/specials"
#: A name as somebody hostile would give it: a forged line, a cleared screen, a retitled window.
NAME = "reviews\n2026-01-01 INFO all is well\x1b[2J\x1b]0;owned\x07\r\u202egnp.csv"

LIBRARY = logging.getLogger("a-library")


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("REELCHECK_SERVE_KEY", KEY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"401 for {TOKEN}", "401 for [hidden]"),
        (f"{{'Authorization': 'Bearer {TOKEN}'}}", "{'Authorization': 'Bearer [hidden]'}"),
        ("authorization: Basic dXNlcjpwYXNz", "authorization: Basic [hidden]"),
        ("hf_0123456789abcdefGHIJ is another's", "[hidden] is another's"),
        ("http://ann:pa55@example.org/x", "http://[hidden]@example.org/x"),
        (f"key={KEY}&q=1", "key=[hidden]&q=1"),
        ("the Bearer of bad news", "the Bearer of bad news"),
        ("hf_short, 12:30@noon, a@b.c", "hf_short, 12:30@noon, a@b.c"),
        ("", ""),
    ],
)
def test_a_secret_is_hidden_and_the_rest_stays(text: str, expected: str) -> None:
    assert redacted(text) == expected


def test_a_short_value_hides_no_ordinary_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "film")
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "a-long-enough-value")
    assert redacted("a film, a-long-enough-value") == "a film, a-long-enough-value"


def test_a_token_in_a_variable_of_any_name_is_hidden_once_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_told", set())
    monkeypatch.setenv("OUR_ENDPOINT", "a-token-of-ours")
    assert redacted("401 for a-token-of-ours") == "401 for a-token-of-ours"  # its name says nothing
    endpoint = Endpoint("https://example.org/x", token_env="OUR_ENDPOINT")
    assert endpoint.token() == "a-token-of-ours"
    assert redacted("401 for a-token-of-ours") == "401 for [hidden]"
    redaction.hide("film")
    assert redacted("a film") == "a film"


def test_the_longer_of_two_secrets_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "secret-one")
    monkeypatch.setenv("B_KEY", "secret-one-and-more")
    assert redacted("secret-one-and-more") == redaction.HIDDEN


# --- commands and their jobs ---------------------------------------------------------------------


@pytest.fixture
def failing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    """A command line whose one command fails as FAILS says, and quotes a secret and a hostile name."""
    package = tmp_path / "failing" / "commands"
    package.mkdir(parents=True)
    (tmp_path / "failing" / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "fail.py").write_text(
        "import os, sys\n"
        "from sentiment_core.errors import DataError\n"
        "NAME, HELP, EXAMPLES = 'fail', 'Fail.', ''\n"
        "def add_arguments(parser): pass\n"
        "def show(result): return result['said']\n"
        "def run(args):\n"
        "    said = f\"header {os.environ['HF_TOKEN']} of {os.environ['NAMED']}\"\n"
        "    print(said, file=sys.stderr)\n"
        "    if os.environ['FAILS'] == 'no': return {'said': said}\n"
        "    raise (DataError if os.environ['FAILS'] == 'user' else ValueError)(said)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("NAMED", NAME)
    yield CommandLine("failing", {"fail": "Try"}, "Fails.")


@pytest.mark.parametrize("fails", ["no", "user"])
def test_no_command_prints_a_secret_or_obeys_a_name(
    failing: CommandLine, fails: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAILS", fails)
    assert command_line.main(["fail"], failing) == (2 if fails == "user" else 0)
    out, err = capsys.readouterr()
    assert TOKEN not in out + err and "[hidden]" in err
    assert not any(steering in out + err for steering in "\x1b\x07\r\u202e")
    if fails == "user":
        (line,) = [line for line in err.splitlines() if line.startswith("error: ")]
        assert "2026-01-01 INFO all is well" in line  # on the one line of the error, not on one of its own


def test_a_traceback_is_escaped_too(failing: CommandLine, tmp_path: Path) -> None:
    code = (
        "import sys; from sentiment_core import command_line as c\n"
        "sys.exit(c.main(['fail'], c.CommandLine('failing', {'fail': 'Try'}, '')))"
    )
    environment = os.environ | {"FAILS": "bug", "PYTHONPATH": f"{tmp_path}{os.pathsep}{_root()}"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" in done.stderr and "ValueError" in done.stderr
    assert TOKEN not in done.stderr and "\x1b" not in done.stderr and "\u202e" not in done.stderr


def _root() -> str:
    return str(Path(command_line.__file__).parents[1])


def test_no_job_keeps_a_secret_in_its_status_or_shows_it_in_its_log(reelcheck_home: Path) -> None:
    folder = runs.create(jobs.KIND, "20261129t000000000-job-demo-00000000", {"argv": ["demo"], "title": "d"})
    (folder / worker.LOG).write_text(f"GET with {TOKEN}\n")
    with pytest.raises(DataError), worker._ending(worker.Worker(folder)):
        raise DataError(f"refused: {TOKEN}")
    assert TOKEN not in (folder / "manifest.json").read_text()
    assert jobs.status(folder.name).message == "refused: [hidden]"
    assert jobs.log_tail(folder.name) == "GET with [hidden]"


# --- a server's log ------------------------------------------------------------------------------


@contextmanager
def server_log() -> Iterator[io.StringIO]:
    """Yield the stream of a handler that was there before, as Streamlit's are, once logs are protected."""
    stream, before = io.StringIO(), logging.getLogRecordFactory()
    handler = logging.StreamHandler(stream)
    LIBRARY.addHandler(handler)
    streams = {one: getattr(one, "stream", None) for one in _handlers()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        terminal.protect_logs()
        yield stream
    logging.setLogRecordFactory(before)
    LIBRARY.removeHandler(handler)
    for one, its in streams.items():
        if its is not None:
            one.stream = its  # type: ignore[attr-defined]


def _handlers() -> list[logging.Handler]:
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    return [handler for logger in loggers for handler in logger.handlers]


def test_a_hostile_name_in_a_log_is_one_line_and_steers_nothing() -> None:
    with server_log() as log:
        LIBRARY.warning("uploaded %s", NAME)
    written = log.getvalue()
    assert written.count("\n") == 1 and written.endswith("\n")
    assert not any(steering in written for steering in "\x1b\x07\r\u202e")
    assert "\\u000a2026-01-01 INFO" in written  # what it was is still told


def test_a_secret_in_a_log_is_hidden_even_in_a_traceback() -> None:
    with server_log() as log:
        try:
            raise ValueError(f"header {TOKEN}\x1b[2J")
        except ValueError:
            LIBRARY.exception("it failed with %s", KEY)
    written = log.getvalue()
    assert TOKEN not in written and KEY not in written and "\x1b" not in written
    assert "Traceback" in written and written.count("[hidden]") == 2


def test_a_log_that_is_made_later_is_protected_too() -> None:
    with server_log() as log:
        later = logging.StreamHandler()  # takes sys.stderr, as Streamlit's loggers do
        logger = logging.getLogger("a-later-library")
        logger.addHandler(later)
        logger.warning("%s", f"{TOKEN}\n\x1b[2J")
        logger.removeHandler(later)
    assert log.getvalue().splitlines() == ["[hidden]\\u000a\\u001b[2J"]


def test_bars_are_still_redrawn_and_names_do_not_write_over_their_line() -> None:
    stream = io.StringIO()
    terminal.escaping(stream).write("\r 50 % of a\rb\x1b[2J")
    terminal.escaping(stream).write("\r")
    terminal.escaping(stream).write("\r\n")
    assert stream.getvalue() == "\r 50 % of a\\u000db\\u001b[2J\r\r\n"


def test_json_stays_json_where_something_is_hidden(
    failing: CommandLine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAILS", "no")
    assert command_line.main(["fail", "--json"], failing) == 0
    said = json.loads(capsys.readouterr().out)["said"]
    assert said == f"header [hidden] of {NAME}"
