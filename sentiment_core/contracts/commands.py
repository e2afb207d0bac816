"""What every command promises: its name, one line of help, and examples that it understands."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Iterator

from sentiment_core.command_line import Command, CommandLine, build_parser
from sentiment_core.contracts.base import require


def check_command(command: Command, line: CommandLine) -> None:
    """Check a command as one of this command line; nothing is run.

    Raises:
        ContractError: a promise of `sentiment_core.command_line.Command` is not kept.
    """
    who = f"command {command.NAME!r}"
    require(re.fullmatch(r"[a-z][a-z-]*", command.NAME), who, "use small letters and dashes for its name")
    require(
        command.HELP.endswith((".", "?")) and "\n" not in command.HELP,
        who,
        "its HELP is not one line, a sentence",
    )
    parser = build_parser({command.NAME: command}, line)
    examples = [text.strip() for text in command.EXAMPLES.strip().splitlines()]
    require(examples and examples[0], who, "it has no EXAMPLES")
    before = [*line.program.split(), command.NAME]
    for example in examples:
        words = shlex.split(example, comments=True)
        require(words[: len(before)] == before, who, f"an example begins otherwise than {' '.join(before)!r}")
        with _refusal() as said:
            parser.parse_args(words[len(before) - 1 :])
        require(not said.getvalue(), who, f"it does not understand its example {example!r}")
    require(callable(command.run) and callable(command.show), who, "run or show cannot be called")


@contextlib.contextmanager
def _refusal() -> Iterator[io.StringIO]:
    """Collect what a parser says before it gives up."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        try:
            yield said
        except SystemExit as error:
            said.write(f"exit code {error.code}")
