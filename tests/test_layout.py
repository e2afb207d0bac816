"""The rooms of the house: imports go down only and never in a circle, and no folder is too full."""

from __future__ import annotations

import ast
import graphlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("dashboard", "attacks", "sentiment_core")
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}
FOLDERS = sorted({path.parent for path in FILES.values()})
MOST_FILES = 21


def imported(path: Path, known: Iterable[str]) -> set[str]:
    """Return the modules of ours that a file imports: at its top, inside functions, and for types."""
    names = set(known)
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & names
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= whole & names
            if whole - names and node.module in names:
                found.add(node.module)
    return found


def room(module: str) -> str:
    """Return the room of a module: a folder of a package, a page, or a file that lies in no folder."""
    parts = FILES[module].relative_to(ROOT).parts
    depth = 3 if parts[1] == "views" and len(parts) > 3 else 2
    return "/".join(parts[:depth])


GRAPH = {module: imported(path, FILES) - {module} for module, path in FILES.items()}


def circle_in(graph: Mapping[str, set[str]]) -> list[str]:
    """Return one circle of a graph, or nothing."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def test_a_circle_is_found_even_through_an_import_inside_a_function(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        (tmp_path / f"{name}.py").write_text(f"def f():\n    from {other} import x\n")
    files = {path.stem: path for path in tmp_path.glob("*.py")}
    graph = {name: imported(path, files) for name, path in files.items()}
    assert set(circle_in(graph)) == {"a", "b", "c"}
    assert circle_in({"a": {"b"}, "b": set()}) == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert circle_in(GRAPH) == []


def test_rooms_import_downwards_only() -> None:
    rooms: dict[str, set[str]] = defaultdict(set)
    for module, others in GRAPH.items():
        rooms[room(module)] |= {room(other) for other in others} - {room(module)}
    assert circle_in(rooms) == []


def test_no_page_imports_another() -> None:
    crossed = [
        f"{module} imports {other}"
        for module, others in GRAPH.items()
        for other in others
        if room(module) != room(other)
        and all(r.startswith("dashboard/views/") for r in map(room, (module, other)))
    ]
    assert crossed == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.relative_to(ROOT).as_posix())
def test_a_folder_can_be_read_at_a_glance(folder: Path) -> None:
    files = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(files) <= MOST_FILES, sorted(path.name for path in files)
    repeated = [path.name for path in files if path.stem.startswith(f"{folder.name.rstrip('s')}_")]
    assert repeated == [], f"{folder.name} is said twice"


@pytest.mark.parametrize(
    "page", [folder for folder in FOLDERS if folder.parent.name == "views"], ids=lambda f: f.name
)
def test_a_page_is_a_folder_with_a_page(page: Path) -> None:
    assert (page / "page.py").is_file()
