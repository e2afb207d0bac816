r"""What a command prints, safe for the terminal: nothing from data or a file's name can control it.

An id, a title or a name may hold escape sequences (they retitle a window, hide lines, make a terminal type)
and marks that turn the direction of writing (Boucher and Anderson 2021, "Trojan Source"). They are shown as
what they are, in the form that JSON has for them too: `\u001b[2J`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from typing import Any, TextIO, cast

#: C0 but tab and line end, DEL and C1; the line ends of Unicode; marks of direction that last until another;
#: halves of characters, which no terminal's encoding has.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

#: Of an error: a name that is quoted in it may be as long as a book.
MOST_CHARACTERS = 2_000


def escaped(text: str) -> str:
    r"""Return the text with each character that could control a terminal as `\uXXXX`; JSON means the same."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def one_line(text: str) -> str:
    """Return the text escaped and on one line of MOST_CHARACTERS at most."""
    line = " ".join(text.split())
    return escaped(line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 3]}...")


class _Escaping:
    """A stream that escapes all that is written to it but carriage returns, with which bars are redrawn."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write("\r".join(map(escaped, text.split("\r"))))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def escaping(stream: TextIO) -> TextIO:
    """Return the stream so that all that is written to it is escaped."""
    return stream if isinstance(stream, _Escaping) else cast(TextIO, _Escaping(stream))


def command(package: str, *argv: str, **options: object) -> str:
    """Return `python -m PACKAGE ARGV --option VALUE`, quoted where a shell would need it.

    A value that begins with a dash is written `--option=VALUE`, so that it is not taken for an option.
    """
    given = [part for name, value in options.items() for part in _option(name.replace("_", "-"), str(value))]
    return shlex.join(["python", "-m", package, *argv, *given])


def _option(name: str, value: str) -> list[str]:
    return [f"--{name}={value}"] if value.startswith("-") else [f"--{name}", value]
