"""One command for everything: `reelcheck COMMAND ...`, with one help that lists all commands by purpose.

It adds no command of its own: what the packages offer is reached by shorter words, and the help, the
examples and the errors name those. Nothing here imports streamlit.
"""

from __future__ import annotations

import difflib
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import metadata

from attacks import commands as attacks
from dashboard import commands as pages
from sentiment_core import command_line
from sentiment_core.command_line import CommandLine

NAME = "reelcheck"
DESCRIPTION = (
    "Train sentiment classifiers on movie reviews, measure them honestly, and find where they break."
)

#: What commands are for, in the order of the help, and how the help puts it.
PURPOSES = {
    "Try": "Try it",
    "Make": "Make data and models",
    "Measure": "Measure models",
    "Stress": "Find where they break",
    "Keep": "Manage what is stored",
}

#: The word before the commands of `python -m attacks`,
ATTACK = "attack"
#: and those among them that are about no batch of attacks, and need no such word.
BESIDE_ATTACKS = (
    "probe",
    "bias",
    "slices",
    "review",
    "resources",
    "augment",
    "harden",
    "improve",
    "gate",
    "report",
)

_MODULE = re.compile(r"python -m (sentiment_core|attacks)\b(?: ([a-z][a-z-]*))?")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, or 2 with one line for what a user can fix."""
    words = list(sys.argv[1:] if argv is None else argv)
    first = words[0] if words else ""
    if first in ("-h", "--help"):
        print(overview())
        return command_line.DONE
    if first == "--version":
        print(f"{NAME} {_version()}")
        return command_line.DONE
    if first == ATTACK:
        return command_line.main(words[1:], attack_line())
    for line in short_lines():
        if first in line.names:
            return command_line.main(words, line)
    print(f"error: {_unknown(first)}", file=sys.stderr)
    return command_line.USER_CAN_FIX


def short_lines() -> list[CommandLine]:
    """Return the command lines whose commands follow `reelcheck` at once."""
    beside = {name: purpose for name, purpose in attacks.LINE.names.items() if name in BESIDE_ATTACKS}
    return [
        replace(command_line.CORE, typed=NAME, spoken=as_typed),
        replace(pages.LINE, spoken=as_typed),
        replace(attacks.LINE, typed=NAME, spoken=as_typed, names=beside),
    ]


def attack_line() -> CommandLine:
    """Return the command line behind `reelcheck attack`: all of `python -m attacks`."""
    return replace(attacks.LINE, typed=f"{NAME} {ATTACK}", spoken=as_typed)


def as_typed(text: str) -> str:
    """Return a text in which `python -m attacks run` reads as what is typed here, `reelcheck attack run`."""
    return _MODULE.sub(_typed, text)


def _typed(match: re.Match[str]) -> str:
    package, command = match.groups()
    program = f"{NAME} {ATTACK}" if package == "attacks" and command not in BESIDE_ATTACKS else NAME
    return f"{program} {command}" if command else program


@dataclass(frozen=True)
class Entry:
    """One command as the overview lists it: the words after `reelcheck`, and what it is for."""

    words: str
    purpose: str
    line: CommandLine
    command: command_line.Command


def entries() -> list[Entry]:
    """Return every command once, by purpose."""
    found = [entry for line in short_lines() for entry in _entries(line)]
    short = {entry.words for entry in found}
    long = [
        entry for entry in _entries(attack_line(), f"{ATTACK} ") if entry.command.NAME not in BESIDE_ATTACKS
    ]
    order = list(PURPOSES)
    return sorted(
        [*found, *(entry for entry in long if entry.words not in short)],
        key=lambda entry: order.index(entry.purpose),
    )


def _entries(line: CommandLine, before: str = "") -> Iterator[Entry]:
    for name, command in command_line.load_commands(line).items():
        yield Entry(f"{before}{name}", line.names[name], line, command)


def overview() -> str:
    """Return the help: every command in one line, grouped by what it is for."""
    width = min(shutil.get_terminal_size().columns, 110)
    by_purpose: dict[str, list[Entry]] = {purpose: [] for purpose in PURPOSES}
    for entry in entries():
        by_purpose[entry.purpose].append(entry)
    return "\n\n".join(
        [
            f"usage: {NAME} COMMAND ...",
            textwrap.fill(DESCRIPTION, width),
            *(_group(PURPOSES[purpose], listed, width) for purpose, listed in by_purpose.items()),
            textwrap.fill(
                f"`{NAME} COMMAND --help` shows a command with examples; --json after any command prints one "
                "JSON object. REELCHECK_HOME names the folder of all results.",
                width,
            ),
        ]
    )


def _group(title: str, listed: Sequence[Entry], width: int) -> str:
    lines = [
        textwrap.fill(
            entry.command.HELP, width, initial_indent=f"  {entry.words:<17} ", subsequent_indent=" " * 20
        )
        for entry in listed
    ]
    return "\n".join([f"{title}:", *lines])


def _unknown(first: str) -> str:
    known = [ATTACK, *(name for line in short_lines() for name in line.names)]
    if not first:
        return f"no command was given; `{NAME} --help` lists them"
    near = difflib.get_close_matches(first, known, n=1)
    meant = f"did you mean `{NAME} {near[0]}`? " if near else ""
    return f"{first[:60]!r} is not a command; {meant}`{NAME} --help` lists them"


def _version() -> str:
    try:
        return metadata.version(NAME)
    except metadata.PackageNotFoundError:
        return "(not installed)"
