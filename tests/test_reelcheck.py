"""One command over everything: each command is listed, is reached, and speaks of what was typed."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from attacks import commands as attacks
from dashboard import commands as pages
from dashboard import reelcheck
from sentiment_core import command_line
from sentiment_core.command_line import CORE

OF_PACKAGES = [(line, name) for line in (CORE, attacks.LINE) for name in line.names]
ENTRIES = reelcheck.entries()
TYPED = [sys.executable, "-c", "import sys; from dashboard.reelcheck import main; sys.exit(main())"]
every_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.words)


def run(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*TYPED, *words], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


def test_the_help_lists_every_command_once_with_its_own_words(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert reelcheck.main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    shown = " ".join(" ".join(lines).split())
    assert all(len(line) <= 80 for line in lines)
    for line, name in [*OF_PACKAGES, *((pages.LINE, name) for name in pages.LINE.names)]:
        command = command_line.load_commands(line)[name]
        assert command.HELP in shown, name
    listed = [entry.words for entry in ENTRIES]
    assert len(listed) == len(set(listed)) == len(OF_PACKAGES) + len(pages.LINE.names)
    for words in listed:
        assert sum(line.startswith(f"  {words} ") for line in lines) == 1, words


def test_the_help_groups_commands_by_what_they_are_for(capsys):
    assert reelcheck.main(["-h"]) == 0
    shown = capsys.readouterr().out
    titles = [shown.index(f"\n{title}:\n") for title in reelcheck.PURPOSES.values()]
    assert titles == sorted(titles)
    assert {entry.purpose for entry in ENTRIES} == set(reelcheck.PURPOSES)


@pytest.mark.parametrize(("line", "name"), OF_PACKAGES, ids=lambda value: getattr(value, "package", value))
def test_every_command_of_a_package_is_reached_by_its_typed_words(line, name, capsys):
    typed = reelcheck.as_typed(f"python -m {line.package} {name}")
    assert typed.startswith("reelcheck ") and typed.endswith(f" {name}")
    with pytest.raises(SystemExit) as exit_:
        reelcheck.main([*typed.split()[1:], "--help"])
    assert exit_.value.code == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: {typed} ")
    assert "python -m" not in shown


@every_entry
def test_every_example_in_its_help_is_understood(entry):
    parser = command_line.build_parser(command_line.load_commands(entry.line), entry.line)
    before = entry.line.program.split()
    for example in reelcheck.as_typed(entry.command.EXAMPLES).strip().splitlines():
        words = shlex.split(example, comments=True)
        assert words[: len(before)] == before, example
        assert parser.parse_args([*words[len(before) :], "--json"]).json


def test_the_commands_of_the_attacks_are_also_all_behind_the_word_attack(capsys):
    for name in attacks.LINE.names:
        with pytest.raises(SystemExit) as exit_:
            reelcheck.main(["attack", name, "--help"])
        assert exit_.value.code == 0
        assert capsys.readouterr().out.startswith(f"usage: reelcheck attack {name} ")


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("first: python -m attacks judge RUN", "first: reelcheck attack judge RUN"),
        ("`python -m attacks probe` makes one", "`reelcheck probe` makes one"),
        ("python -m attacks", "reelcheck attack"),
        ("python -m sentiment_core runs list", "reelcheck runs list"),
        ("python -m pytest", "python -m pytest"),
        ("", ""),
    ],
)
def test_what_a_message_names_reads_as_it_is_typed(text, typed):
    assert reelcheck.as_typed(text) == typed


def test_errors_name_the_program_that_was_typed(capsys):
    for program, words in [
        (reelcheck.main, ["runs", "show", "nothing"]),
        (command_line.main, ["runs", "show", "nothing"]),
    ]:
        assert program(words) == 2
    ours, theirs = capsys.readouterr().err.splitlines()
    assert "`reelcheck runs list`" in ours
    assert "`python -m sentiment_core runs list`" in theirs


def test_json_is_the_same_whatever_was_typed(capfd):
    assert reelcheck.main(["attack", "recipes", "--json"]) == 0
    ours = capfd.readouterr().out
    assert command_line.main(["recipes", "--json"], attacks.LINE) == 0
    assert json.loads(ours) == json.loads(capfd.readouterr().out)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no command was given"),
        (["trian"], "did you mean `reelcheck train`?"),
        (["فيلم" * 30], "is not a command"),
        (["<script>"], "'<script>' is not a command"),
    ],
)
def test_what_is_no_command_is_one_line_and_exit_code_2(words, said, capsys):
    assert reelcheck.main(words) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert said in err and "`reelcheck --help` lists them" in err


def test_an_argument_that_is_not_understood_names_the_program_and_exits_with_2(capsys):
    with pytest.raises(SystemExit) as exit_:
        reelcheck.main(["attack", "run", "--nonsense"])
    assert exit_.value.code == 2
    assert "reelcheck attack" in capsys.readouterr().err


def test_the_help_loads_no_heavy_library():
    code = (
        "import sys; from dashboard import reelcheck; reelcheck.overview();"
        "print([n for n in ('torch','transformers','datasets','evaluate','sklearn','streamlit','textattack')"
        " if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_version_is_that_of_the_project(capsys):
    import tomllib

    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    assert reelcheck.main(["--version"]) == 0
    assert capsys.readouterr().out == f"reelcheck {project['version']}\n"
    assert project["scripts"] == {"reelcheck": f"{reelcheck.__name__}:main"}


def test_a_port_that_is_taken_or_none_is_one_line(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert reelcheck.main(["dashboard", "--port", str(port)]) == 2
    assert f"port {port} cannot be used" in capsys.readouterr().err
    for wrong in ("0", "70000", "-1"):
        assert reelcheck.main(["dashboard", "--port", wrong]) == 2
        assert f"--port is {wrong}; allowed: 1 to 65535" in capsys.readouterr().err


@pytest.mark.slow
def test_the_dashboard_is_served_from_any_folder_to_this_machine_only(tmp_path, reelcheck_home):
    (tmp_path / "attacks.py").write_text("raise SystemExit('a file of the folder was imported')")
    (tmp_path / "random.py").write_text("raise SystemExit('a file of the folder was imported')")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    root = str(Path(reelcheck.__file__).parents[1])
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-P", *TYPED[1:], "dashboard", "--port", str(port)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": root},
            stdout=log,
            stderr=log,
        )
        try:
            assert _answer(f"http://127.0.0.1:{port}/_stcore/health", server) == b"ok", log
            assert b"Streamlit" in _answer(f"http://127.0.0.1:{port}/", server)
            assert _listens_at(port) == {"0100007F"}
        finally:
            server.terminate()
            server.wait(20)


def _answer(url: str, server: subprocess.Popen[bytes]) -> bytes:
    for _ in range(120):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bytes(answer.read())
        except OSError:
            assert server.poll() is None, "the server ended"
            time.sleep(0.5)
    raise AssertionError(f"{url} did not answer")


def _listens_at(port: int) -> set[str]:
    """Return the IPv4 addresses, and those of IPv6, at which something listens on this port."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for row in Path(table).read_text().splitlines()[1:]:
            address, state = row.split()[1], row.split()[3]
            if state == "0A" and int(address.rpartition(":")[2], 16) == port:
                found.add(address.rpartition(":")[0])
    return found
