"""The container file can be built from what is tracked, and runs what there is, as nobody in particular."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dashboard import reelcheck
from sentiment_core import command_line

ROOT = Path(__file__).resolve().parents[1]
Instruction = tuple[str, str]


def instructions() -> list[Instruction]:
    """Return each instruction with its arguments, lines joined and comments left out."""
    lines = (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#")).replace("\\\n", " ")
    split = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
    return [(name.upper(), " ".join(rest.split())) for name, rest in split]


def stages() -> dict[str, list[Instruction]]:
    """Return the instructions of each stage, those that it starts from first."""
    found: dict[str, list[Instruction]] = {}
    name = ""
    for one, rest in instructions():
        if one == "FROM":
            base, _, name = rest.partition(" AS ")
            found[name] = list(found.get(base, []))
        found[name].append((one, rest))
    return found


STAGES = stages()
SERVICES = ("api", "dashboard")


def values(stage: str, name: str) -> list[str]:
    return [rest for one, rest in STAGES[stage] if one == name]


def command(stage: str) -> list[str]:
    """Return what a container runs."""
    parts = [values(stage, name)[-1:] for name in ("ENTRYPOINT", "CMD")]
    return [word for part in parts for text in part for word in json.loads(text)]


def test_every_instruction_is_one_of_the_format() -> None:
    known = {"FROM", "ENV", "ARG", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK"}
    assert {name for name, _ in instructions()} <= known | {"ENTRYPOINT", "CMD"}
    assert set(STAGES) == {"installed", *SERVICES}


def test_what_it_starts_from_is_named_with_its_version() -> None:
    first = instructions()[0]
    assert first[0] == "FROM" and re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+ AS installed", first[1])
    least = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text()).group(1)
    found = re.search(r"python:(\d+\.\d+)", first[1]).group(1)
    assert [*map(int, found.split("."))] >= [*map(int, least.split("."))]


def test_what_it_copies_is_tracked_and_let_through() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    tracked = defaultdict(int)
    for path in listed.stdout.splitlines():
        tracked[path] += 1
        tracked[path.partition("/")[0]] += 1
    let_through = {
        line[1:] for line in (ROOT / ".containerignore").read_text().splitlines() if line.startswith("!")
    }
    copied = {source for rest in values("installed", "COPY") for source in rest.split()[:-1]}
    assert copied == let_through and all(tracked[source] for source in copied)
    assert {"*", "**/__pycache__"} <= set((ROOT / ".containerignore").read_text().splitlines())


def test_each_package_that_is_installed_is_copied() -> None:
    include = re.search(r"^include = (\[.*\])", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    packages = {name.rstrip("*") for name in ast.literal_eval(include.group(1))}
    assert packages <= {source for rest in values("installed", "COPY") for source in rest.split()[:-1]}


@pytest.mark.parametrize("stage", SERVICES)
def test_it_runs_as_a_user_without_rights_and_holds_no_secrets(stage: str) -> None:
    assert int(values(stage, "USER")[-1]) >= 1000
    names = [name for one in ("ENV", "ARG") for rest in values(stage, one) for name in rest.split()]
    assert not [name for name in names if re.search(r"KEY|TOKEN|SECRET|PASSWORD", name)]
    assert all("=" not in rest for rest in values(stage, "ARG"))


@pytest.mark.parametrize("stage", SERVICES)
def test_its_health_is_asked_at_the_port_that_it_opens(stage: str) -> None:
    (check,) = values(stage, "HEALTHCHECK")
    program, flag, code = json.loads(check.partition("CMD ")[2])
    assert (program, flag) == ("python", "-c")
    asked = urlsplit(re.search(r"'(http://[^']+)'", code).group(1))
    ast.parse(code)
    assert values(stage, "EXPOSE") == [str(asked.port)]
    assert str(asked.port) in command(stage)
    assert asked.path == {"api": "/health", "dashboard": "/_stcore/health"}[stage]


def test_the_api_starts_a_command_that_there_is_and_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    from sentiment_core.commands import serve
    from sentiment_core.errors import ReelcheckError

    program, *words = command("api")
    line = next(line for line in reelcheck.short_lines() if words[0] in line.names)
    args = command_line.build_parser(command_line.load_commands(line), line).parse_args(words)
    assert (program, args.command, args.port) == ("reelcheck", "serve", 8080)
    monkeypatch.delenv(serve.KEY, raising=False)
    with pytest.raises(ReelcheckError, match="set REELCHECK_API_KEY"):
        serve.run(args)


def test_the_dashboard_starts_the_page_that_there_is() -> None:
    program, action, page, *options = command("dashboard")
    assert (program, action) == ("streamlit", "run") and (ROOT / page).is_file()
    assert (Path(sys.executable).parent / program).exists()
    from streamlit import config

    names = [name.removeprefix("--") for name in options[::2]]
    assert all(name in config.get_config_options() for name in names)
