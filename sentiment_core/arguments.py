"""Refuses arguments that no command could use, in one place for every command.

A number of four hundred digits, or a name with a NUL or half a character in it, is wrong for any command:
without this check each would end in another library's exception.
"""

from __future__ import annotations

import argparse
import math
import os
import re
from pathlib import Path
from typing import NoReturn

from sentiment_core import terminal
from sentiment_core.data.files.bad_rows import shown
from sentiment_core.errors import ReelcheckError

#: What a seed or a count can be for every library that gets one (numpy, scikit-learn, torch, optuna).
LARGEST = 2**31 - 1
#: Of one name in a path, in bytes: what ext4, APFS and NTFS take.
LONGEST_NAME = 255
_NOT_TEXT = re.compile(r"[\x00\ud800-\udfff]")


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line, whatever was given."""

    def error(self, message: str) -> NoReturn:
        """Print usage and the error, escaped, and exit with 2."""
        super().error(terminal.one_line(message))


def check(args: argparse.Namespace) -> None:
    """Raise ReelcheckError with one line for the first argument that no command could use."""
    for name, value in vars(args).items():
        for item in value if isinstance(value, list | tuple) else (value,):
            problem = _problem(item)
            if problem:
                raise ReelcheckError(f"{_written(name)} {problem}")


def _problem(value: object) -> str | None:
    if isinstance(value, int) and not -LARGEST <= value <= LARGEST:
        return f"is {shown(value)}; whole numbers up to {LARGEST:,} are allowed"
    if isinstance(value, float) and not math.isfinite(value):
        return f"is {value}; give a number"
    if isinstance(value, str | Path) and _NOT_TEXT.search(str(value)):
        return f"is {shown(value)}, which is not text in UTF-8; write or rename it without such characters"
    if isinstance(value, Path):
        return _problem_of_path(value)
    return None


def _problem_of_path(path: Path) -> str | None:
    longest = max((len(os.fsencode(part)) for part in path.parts), default=0)
    if longest > LONGEST_NAME:
        return f"is {shown(path)}, with a name of {longest:,} bytes; {LONGEST_NAME} at most are allowed"
    return None


def _written(name: str) -> str:
    return f"argument {name.replace('_', '-')}"
