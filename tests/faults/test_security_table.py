"""docs/security.md names a test for each threat; each of them is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`([\w./]+\.py)::(\w+)`")


def rows() -> list[list[str]]:
    """Return the cells of the rows of every table whose last column is the test."""
    found: list[list[str]] = []
    inside = False
    for line in TEXT.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if not line.startswith("|"):
            inside = False
        elif cells[-1] == "test":
            inside = True
        elif inside and not set(line) <= set("|- "):
            found.append(cells)
    return found


@cache
def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_row_has_three_cells_and_names_a_test() -> None:
    assert len(rows()) > 15
    assert [row for row in rows() if len(row) != 3 or not NAMED.search(row[-1])] == []


def test_every_test_that_is_named_is_there() -> None:
    named = NAMED.findall(TEXT)
    assert len(named) == TEXT.count("::test_")
    gone = [f"{file}::{test}" for file, test in named if not (ROOT / file).is_file()]
    gone += [f"{file}::{test}" for file, test in named if not gone and test not in functions(ROOT / file)]
    assert gone == []
