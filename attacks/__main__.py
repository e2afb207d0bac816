"""The command line of the attacks, and the entry of their jobs: `python -m attacks COMMAND ...`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from attacks.commands import LINE
from sentiment_core import command_line

__all__ = ["LINE", "main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, or 2 with one line for what a user can fix."""
    return command_line.main(argv, LINE)


if __name__ == "__main__":
    sys.exit(main())
