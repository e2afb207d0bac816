"""The command line, also the entry of every background job: `python -m sentiment_core COMMAND ...`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sentiment_core import command_line


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, or 2 with one line for what a user can fix."""
    return command_line.main(argv)


if __name__ == "__main__":
    sys.exit(main())
