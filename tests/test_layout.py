"""The rooms of the house: imports go down only and never in a circle, and no folder is too full."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("dashboard", "attacks", "sentiment_core")


def modules(root: Path) -> dict[str, Path]:
    """Return the file of every module of ours under a checkout."""
    return {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for package in PACKAGES
        for path in sorted((root / package).rglob("*.py"))
    }


FILES = modules(ROOT)
FOLDERS = sorted({path.parent for path in FILES.values()})
MOST_FILES = 21
#: The largest file, the adapter in the box, has 5.4 MB.
MOST_BYTES = 10_000_000
#: Of a registry, whose files are all alike and are listed in its `__init__`.
MOST_ENTRIES = 40


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
    registry = "and a line here" in (folder / "__init__.py").read_text(encoding="utf-8")
    assert len(files) <= (MOST_ENTRIES if registry else MOST_FILES), sorted(path.name for path in files)
    repeated = [path.name for path in files if path.stem.startswith(f"{folder.name.rstrip('s')}_")]
    assert repeated == [], f"{folder.name} is said twice"


@pytest.mark.parametrize(
    "page", [folder for folder in FOLDERS if folder.parent.name == "views"], ids=lambda f: f.name
)
def test_a_page_is_a_folder_with_a_page(page: Path) -> None:
    assert (page / "page.py").is_file()


def counts(root: Path) -> dict[str, object]:
    """Return what the layout of a checkout measures, for `python tests/test_layout.py [CHECKOUT]`."""
    files = modules(root)
    graph = {module: imported(path, files) - {module} for module, path in files.items()}
    importers = Counter(other for others in graph.values() for other in others)
    lines = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in files.items()}
    written = {module for module, path in files.items() if path.name != "__init__.py"}
    folders = Counter(files[module].parent.relative_to(root).as_posix() for module in written)
    return {
        "modules": len(written),
        "folders": len({path.parent for path in files.values()}),
        "largest folders": folders.most_common(3),
        "modules in circles": len(in_circles(graph)),
        "modules with one importer": sum(importers[module] == 1 for module in written),
        "... of them under 85 lines": sum(
            importers[module] == 1 and lines[module] < 85 for module in written
        ),
        "files under 60 lines": sum(lines[module] < 60 for module in written),
        "lines": sum(lines.values()),
    }


def in_circles(graph: Mapping[str, set[str]]) -> set[str]:
    """Return the modules from which some path leads back to themselves."""
    return {module for module in graph if module in reached(graph, module)}


def reached(graph: Mapping[str, set[str]], start: str) -> set[str]:
    """Return the modules that a module imports, directly or by way of others."""
    found: set[str] = set()
    left = set(graph[start])
    while left:
        module = left.pop()
        found.add(module)
        left |= graph[module] - found
    return found


if __name__ == "__main__":
    for name, value in counts(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT).items():
        print(f"{name}: {value}")


def test_no_large_file_is_tracked() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    large = {path.name for path in paths if path.is_file() and path.stat().st_size > MOST_BYTES}
    assert large == set(), "weights and scratch files do not belong here"
