"""A card as a tree of sections, and its Markdown, in which all that somebody typed or named is plain text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sentiment_core import terminal
from sentiment_core.errors import ReelcheckError
from sentiment_core.publishing import blocks as kinds
from sentiment_core.publishing.blocks import (
    NOT_MEASURED,
    OWN,
    PERCENT,
    Block,
    Cell,
    Chart,
    Figure,
    Missing,
    Origins,
    Paragraph,
    Table,
)
from sentiment_core.schema import Estimate

__all__ = ["NOT_MEASURED", "Section", "figure", "names", "plain", "rendered", "selected"]
#: What CommonMark, GitHub's tables and math, HTML or Streamlit's directives would read as more than text.
_SPECIAL = re.compile(r"([\\`*_{}\[\]#|~$<>&!])")
#: Addresses become links by themselves (GitHub Flavored Markdown, 6.9), `:name:` a picture.
_LINKS = re.compile(r"(?i):(?=[a-z+-]|//)|(?<=www)\.|(?<=\w)@(?=\w)")
_BEGINNINGS = re.compile(r"^(\d{1,9})([.)])(?=\s|$)|^([-+=])(?=\s|[-+=]|$)")


@dataclass(frozen=True)
class Section:
    """One part of a card or report: `blocks` stand in it, a text is Markdown; `parts` stand below them."""

    name: str
    title: str
    blocks: tuple[Block, ...] = ()
    parts: tuple[Section, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        parts = [part.to_json() for part in self.parts]
        blocks = [kinds.to_json(block) for block in self.blocks]
        return {"name": self.name, "title": self.title, "blocks": blocks, "parts": parts}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Section:
        """Read what `to_json` wrote."""
        parts = tuple(map(cls.from_json, record["parts"]))
        blocks = tuple(map(kinds.from_json, record["blocks"]))
        return cls(record["name"], record["title"], blocks, parts)


def names(sections: Iterable[Section]) -> list[str]:
    """Return the names of sections and of what is below them, in order."""
    return [name for section in sections for name in (section.name, *names(section.parts))]


def selected(
    sections: Sequence[Section], only: Collection[str] = (), without: Collection[str] = ()
) -> list[Section]:
    """Return the tree with the sections of these names and all below them, and without those of others.

    Raises:
        ReelcheckError: a name is that of no section.
    """
    known = names(sections)
    if unknown := next((name for name in (*only, *without) if name not in known), None):
        raise ReelcheckError(
            f"section '{terminal.one_line(unknown)[:60]}' is not known; known: {', '.join(known)}"
        )
    return [kept for section in sections if (kept := _kept(section, set(only), set(without)))]


def _kept(section: Section, only: set[str], without: set[str]) -> Section | None:
    if section.name in without:
        return None
    whole = not only or section.name in only
    below = set() if whole else only
    parts = tuple(kept for part in section.parts if (kept := _kept(part, below, without)))
    if whole and (section.blocks or parts):
        return replace(section, parts=parts)
    return replace(section, blocks=(), parts=parts) if parts else None


def rendered(sections: Iterable[Section], level: int = 2, *, commands: bool = False) -> str:
    """Return sections as Markdown, each under its heading.

    Args:
        sections: a tree.
        level: of their headings.
        commands: whether it says under its figures how each is made, as a report does; a card names the runs.
    """
    blocks = []
    for section in sections:
        blocks += [f"{'#' * level} {plain(section.title)}"]
        blocks += [written for block in section.blocks if (written := _written(block, commands))]
        blocks += [rendered(section.parts, level + 1, commands=commands)] if section.parts else []
    return "\n\n".join(blocks)


def _written(block: Block, commands: bool) -> str:
    if isinstance(block, str):
        return block
    if isinstance(block, Paragraph):
        return f"**{plain(block.text)}**" if block.lead else plain(block.text)
    if isinstance(block, Table):
        return _titled(block)
    if isinstance(block, Missing):
        how = (code(*block.commands, language="bash"),) if commands and block.commands else ()
        return "\n\n".join((NOT_MEASURED, *how))
    if isinstance(block, Chart):
        return "\n\n".join((f"**{plain(block.title)}.** {plain(block.said)}", _titled(block.table)))
    return _made_by(block) if commands else f"From {', '.join(mono(one.run_id) for one in block.of)}."


def _titled(found: Table) -> str:
    body = table(tuple(map(plain, found.head)), (tuple(map(_cell, row)) for row in found.rows))
    return f"{plain(found.title)}\n\n{body}" if found.title else body


def _cell(cell: Cell) -> str:
    if isinstance(cell, Figure):
        return kinds.in_words(cell.estimate, cell.unit, plain)
    return plain(kinds.number(cell))


def _made_by(block: Origins) -> str:
    """Return a block of code: of each run its id and field, then the command that makes it."""
    lines = [line for one in block.of for line in (f"# {one.run_id}; {one.field}", one.command) if line]
    return code(*lines, language="bash")


# --- texts and figures ---------------------------------------------------------------------------


def plain(text: object) -> str:
    """Return a name or a line so that Markdown shows it as it is, on one line."""
    line = " ".join(terminal.escaped(" ".join(str(text).split())).split())
    escaped = _SPECIAL.sub(r"\\\1", line)
    escaped = _LINKS.sub(lambda found: f"\\{found.group()}", escaped)
    return _BEGINNINGS.sub(lambda found: f"\\{found[3]}" if found[3] else f"{found[1]}\\{found[2]}", escaped)


def mono(text: object) -> str:
    """Return an id as code; what is more than letters, digits and a few marks as plain text."""
    return f"`{text}`" if re.fullmatch(r"[\w.:+-]+", str(text), re.ASCII) else plain(text)


def prose(text: str) -> tuple[str, ...]:
    """Return what a person wrote as paragraphs; lines that begin with "- " are a list, all else is text."""
    paragraphs = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return tuple("\n".join(map(_line, found.splitlines())) for found in paragraphs if found.strip())


def _line(line: str) -> str:
    bullet = line.startswith("- ")
    return f"- {plain(line[2:])}" if bullet else plain(line)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; its cells are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def code(*lines: str, language: str = "") -> str:
    """Return lines as code, which nothing in them can end."""
    text = "\n".join(re.sub(r"\s", " ", line) for line in lines)
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{terminal.escaped(text)}\n{fence}"


def figure(estimate: Estimate | None, *, percent: bool = True) -> str:
    """Return `91.8 % [91.0, 92.6], n = 4,000`, or that it is not measured, and why where that is known."""
    return kinds.in_words(estimate, PERCENT if percent else OWN, plain)
