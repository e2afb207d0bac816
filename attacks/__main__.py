"""The command line of the attacks, and the entry of their jobs: `python -m attacks COMMAND ...`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sentiment_core import __main__ as command_line

COMMANDS = (
    "run",
    "runs",
    "show",
    "cancel",
    "export",
    "judge",
    "transfer",
    "compare",
    "check",
    "probe",
    "bias",
    "slices",
    "recipes",
    "resources",
    "augment",
    "harden",
)

LINE = command_line.CommandLine(
    "attacks", COMMANDS, "Attack sentiment classifiers, and see what the attacks prove."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, or 2 with one line for what a user can mend."""
    return command_line.main(argv, LINE)


if __name__ == "__main__":
    sys.exit(main())
