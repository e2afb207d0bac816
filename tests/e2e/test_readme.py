"""The README's commands, as a reader would type them; `tests/test_documents.py` has the rest."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str = "") -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
    return [text for tag, text in fenced if tag == language]


def test_the_readme_and_the_makefile_name_the_same_two_commands():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("run", "test"):
        assert f"\nmake {target}\n" in README
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)


def test_the_readme_is_short_and_shows_ten_command_lines():
    assert len(README.splitlines()) <= 200
    (block,) = blocks("sh")
    assert len(block.splitlines()) == 10


@pytest.mark.slow
def test_the_command_line_of_the_readme_works_as_it_stands(tmp_path, reelcheck_home):
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
    for said in ("imdb-embedded", '"ci_low"', "tfidf", "nbsvm", "negation", "deepwordbug", "evaluation"):
        assert said in done.stdout
