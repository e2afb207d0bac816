"""The README's commands, as a reader would type them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from attacks import __main__ as attacks_line
from sentiment_core import command_line

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str = "") -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
    return [text for tag, text in fenced if tag == language]


def commands(package: str) -> list[str]:
    lines = [line for block in (*blocks(), *blocks("sh")) for line in block.splitlines()]
    return [line for line in lines if line.startswith(f"python -m {package} ")]


@pytest.mark.parametrize("line", [command_line.CORE, attacks_line.LINE], ids=lambda line: line.package)
def test_every_command_of_the_readme_is_understood(line: command_line.CommandLine) -> None:
    parser = command_line.build_parser(command_line.load_commands(line), line)
    found = commands(line.package)
    assert len(found) > 5
    for command in found:
        parser.parse_args(shlex.split(command, comments=True)[3:])


def test_the_readme_and_the_makefile_name_the_same_two_commands() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("run", "test"):
        assert f"\nmake {target}\n" in README
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)


def paths_in_the_tree() -> list[Path]:
    """Return what the README's tree names; two spaces of indentation are one folder deeper."""
    tree = next(block for block in blocks() if block.startswith("Makefile"))
    folders, paths = [ROOT], []
    for line in tree.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        path = folders[depth] / line.split()[0]
        paths.append(path)
        folders[depth + 1 :] = [path]
    return paths


def test_every_file_that_the_readme_names_is_there() -> None:
    assert [path for path in paths_in_the_tree() if not path.exists()] == []


def test_every_module_stands_in_the_readmes_tree() -> None:
    packages = ("sentiment_core", "attacks", "dashboard")
    modules = {path for package in packages for path in (ROOT / package).rglob("*.py")}
    unnamed = {path for path in modules if path.name != "__init__.py"} - set(paths_in_the_tree())
    assert sorted(unnamed) == []


@pytest.mark.slow
def test_the_command_line_of_the_readme_works_as_it_stands(tmp_path: Path, reelcheck_home: Path) -> None:
    (block,) = blocks("sh")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "imdb_cleaned.csv").stat().st_size > 1_000_000
    for said in ("imdb-embedded", '"ci_low"', "tfidf", "nbsvm", "evaluation"):
        assert said in done.stdout
