"""Write the lists of folders in the README and of rooms in each package's README, from their docstrings.

    python docs/write_folders.py            # --check compares and writes nothing

A room is a folder of a package, or a module beside these folders. Rooms are listed from top to bottom: each
imports only rooms below it, imports inside functions counted.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from generated import ROOT, write_or_check

PACKAGES = ("dashboard", "attacks", "sentiment_core")
COMMAND = "python docs/write_folders.py"

#: Folders that are no packages, so have no docstring.
OTHER_FOLDERS = {
    "docs": "The tutorial, one page per idea, the command reference, and the measured figures as data.",
    "tests": "The tests: they mirror the packages, with the browser in `e2e/` and speed in `benchmarks/`.",
}


def main() -> None:
    """Write or check every list."""
    bodies = {"folders": folders()} | {f"rooms/{package}": rooms(package) for package in PACKAGES}
    write_or_check(bodies, COMMAND)


def folders() -> str:
    """Return each room of the packages, and each page, on a line, indented below the folder that it is in."""
    lines = []
    for package in PACKAGES:
        found = sorted(path.parent for path in (ROOT / package).rglob("__init__.py") if _is_listed(path))
        lines += [f"{_indented(folder):<22}{_sentence(folder / '__init__.py')}" for folder in found]
    lines += [f"{name + '/':<22}{sentence}" for name, sentence in OTHER_FOLDERS.items()]
    return "\n".join(["```", *lines, "```"])


def rooms(package: str) -> str:
    """Return a package's rooms from top to bottom, each with its sentence."""
    return "\n".join(f"- `{_shown(package, room)}`: {_of_room(package, room)}" for room in ordered(package))


def ordered(package: str) -> list[str]:
    """Return the rooms so that each imports only later ones; a circle is cut where the alphabet says."""
    below = imported_rooms(package)
    left, order = set(below), []
    while left:
        free = [room for room in left if not any(room in below[other] for other in left - {room})]
        order += sorted(free or [min(left)])
        left -= set(order)
    return order


def imported_rooms(package: str) -> dict[str, set[str]]:
    """Return, for each room of a package, the other rooms that it imports."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        room = room_of(path)
        if room == package:  # the package's own __init__
            continue
        names = {name for name in imported_modules(path) if name.startswith(f"{package}.")}
        found.setdefault(room, set()).update(name.split(".")[1] for name in names)
    return {room: (others & set(found)) - {room} for room, others in found.items()}


def imported_modules(path: Path) -> Iterator[str]:
    """Yield the full name of whatever a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(path: Path) -> str:
    """Return the room of a file: its folder below the package, or its own name beside these folders."""
    _, *inner = path.relative_to(ROOT).with_suffix("").parts
    return inner[0] if inner != ["__init__"] else path.parent.name


def _is_listed(path: Path) -> bool:
    parts = path.parent.relative_to(ROOT).parts
    return len(parts) <= 2 or parts[:2] == ("dashboard", "views")


def _indented(folder: Path) -> str:
    depth = len(folder.relative_to(ROOT).parts) - 1
    return f"{'  ' * depth}{folder.name}/"


def _shown(package: str, room: str) -> str:
    return f"{room}/" if (ROOT / package / room).is_dir() else room


def _of_room(package: str, room: str) -> str:
    folder = ROOT / package / room
    return _sentence(folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py"))


def _sentence(path: Path) -> str:
    """Return the first sentence of a file's docstring on one line."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return re.split(r"(?<=[.?!])\s", " ".join(said.split()))[0]


if __name__ == "__main__":
    main()
