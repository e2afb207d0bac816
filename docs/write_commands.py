"""Write docs/commands.md, the reference of the command line, from the commands themselves.

    python docs/write_commands.py

It does not use argparse's own formatting, which differs between versions of Python.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator
from pathlib import Path

from dashboard import reelcheck
from dashboard.reelcheck import Entry
from sentiment_core import command_line

FILE = Path(__file__).with_name("commands.md")

INTRODUCTION = """\
<!-- Written by `python docs/write_commands.py`; edit the commands' own help instead. -->

# The command line

{description} `reelcheck --help` lists the commands, and `reelcheck COMMAND --help` shows one with examples.

Every command takes `--json` and then prints one JSON object. Exit codes: 0 done; 2 something that you can
fix, said in one line; 130 interrupted or cancelled; 1 anything else. Results are kept in the folder that
`REELCHECK_HOME` names; without it in `artifacts/` of a checkout, or in `~/.local/share/reelcheck` of an
installed copy (`$XDG_DATA_HOME/reelcheck` where that is set).

`python -m sentiment_core COMMAND` is the same as `reelcheck COMMAND`, and `python -m attacks COMMAND` the
same as `reelcheck attack COMMAND`; {beside} need no `attack`.
"""


def main() -> None:
    """Write the file."""
    FILE.write_text(reference(), encoding="utf-8")


def reference() -> str:
    """Return the whole document."""
    entries = reelcheck.entries()
    beside = ", ".join(f"`{name}`" for name in reelcheck.BESIDE_ATTACKS)
    parts = [
        INTRODUCTION.format(description=reelcheck.DESCRIPTION, beside=beside).rstrip(),
        *_contents(entries),
        *(_command(entry) for entry in entries),
    ]
    return "\n\n".join(parts) + "\n"


def _contents(entries: list[Entry]) -> Iterator[str]:
    for purpose, title in reelcheck.PURPOSES.items():
        lines = [
            f"- [`reelcheck {entry.words}`](#reelcheck-{entry.words.replace(' ', '-')}): {entry.command.HELP}"
            for entry in entries
            if entry.purpose == purpose
        ]
        yield "\n".join([f"**{title}**", "", *lines])


def _command(entry: Entry) -> str:
    name = f"reelcheck {entry.words}"
    whole = command_line.build_parser({entry.command.NAME: entry.command}, entry.line)
    (words,) = (action for action in whole._actions if isinstance(action, argparse._SubParsersAction))
    parser = words.choices[entry.command.NAME]
    examples = textwrap.dedent(reelcheck.as_typed(entry.command.EXAMPLES)).strip()
    return "\n\n".join(
        [
            f"## {name}",
            entry.command.HELP,
            *_arguments(parser),
            f"```\n{examples}\n```",
            *_actions(name, parser),
        ]
    )


def _arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the list of arguments, and which of them exclude each other."""
    shown = [action for action in parser._actions if _is_shown(action)]
    if shown:
        yield "\n".join(_argument(action) for action in shown)
    for group in parser._mutually_exclusive_groups:
        names = ", ".join(f"`{_name(action)}`" for action in group._group_actions)
        yield f"{'Exactly' if group.required else 'At most'} one of {names}."


def _actions(name: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield a section for each word that may follow: `data list`, `data clean`."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for choice in action._choices_actions:
                yield f"### {name} {choice.dest}"
                yield _sentence(choice.help or "")
                yield from _arguments(action.choices[choice.dest])


def _is_shown(action: argparse.Action) -> bool:
    """Leave out what every command has, and what is listed on its own."""
    every = isinstance(action, argparse._HelpAction) or "--json" in action.option_strings
    return not every and not isinstance(action, argparse._SubParsersAction)


def _argument(action: argparse.Action) -> str:
    takes = "" if action.nargs == 0 else _value(action)
    title = f"{_name(action)} {takes}".strip() if action.option_strings else takes
    needed = " (required)" if action.required and action.option_strings else ""
    return f"- `{title}`{needed}: {(action.help or '').replace('%%', '%')}"


def _name(action: argparse.Action) -> str:
    return ", ".join(action.option_strings) or str(action.metavar or action.dest)


def _value(action: argparse.Action) -> str:
    """Return what follows the name: `N`, `{a,b}`, `NAME ...`, `[RUN]`."""
    choices = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else ""
    value = str(action.metavar or choices or (action.dest.upper() if action.option_strings else action.dest))
    if action.nargs in ("+", "*"):
        return f"{value} ..." if action.nargs == "+" else f"[{value} ...]"
    return f"[{value}]" if action.nargs == "?" else value


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


if __name__ == "__main__":
    main()
