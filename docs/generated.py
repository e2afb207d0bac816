"""Parts of documents that a script writes: what stands between two markers."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

#: Around each part: <!-- begin NAME: written by SCRIPT --> and <!-- end NAME -->, each on its own line.
_PART = re.compile(r"(<!-- begin ([\w/-]+): written by [^\n]*-->\n)(.*?)(<!-- end \2 -->)", re.DOTALL)


def documents() -> list[Path]:
    """Return every document of the project, the README first."""
    packages = [ROOT / name for name in ("sentiment_core", "attacks", "dashboard", "tests")]
    beside = [package / "README.md" for package in packages if (package / "README.md").exists()]
    return [ROOT / "README.md", *beside, *sorted((ROOT / "docs").rglob("*.md"))]


def parts(text: str) -> dict[str, str]:
    """Return the generated parts of a document by name."""
    return {name: body for _, name, body, _ in _PART.findall(text)}


def filled(text: str, bodies: Mapping[str, str]) -> str:
    """Return a document with the parts of these names replaced; other parts stay."""

    def replace(match: re.Match[str]) -> str:
        begin, name, body, end = match.groups()
        new = f"\n{bodies[name].strip()}\n\n" if name in bodies else body
        return f"{begin}{new}{end}"

    return _PART.sub(replace, text)


def write_or_check(bodies: Mapping[str, str], command: str) -> None:
    """Write the parts into all documents or, with --check, exit with 1 and name those that differ."""
    stale = []
    for path in documents():
        before = path.read_text(encoding="utf-8")
        after = filled(before, bodies)
        if after != before:
            stale.append(str(path.relative_to(ROOT)))
            if "--check" not in sys.argv:
                path.write_text(after, encoding="utf-8")
    if "--check" in sys.argv and stale:
        sys.exit(f"{', '.join(stale)}: not what `{command}` writes; run it")
