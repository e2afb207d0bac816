r"""What is printed or logged, safe for the terminal: nothing from data or a file's name can control it.

An id, a title or a name may hold escape sequences (they retitle a window, hide lines, make a terminal type)
and marks that turn the direction of writing (Boucher and Anderson 2021, "Trojan Source"). They are shown as
what they are, in the form that JSON has for them too: `\u001b[2J`. Secrets are left out (`redaction`).
"""

from __future__ import annotations

import logging
import re
import shlex
import sys
import traceback
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, TextIO, cast

from sentiment_core.redaction import redacted

#: C0 but tab and line end, DEL and C1; the line ends of Unicode; marks of direction that last until another;
#: halves of characters, which no terminal's encoding has.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

#: Of an error: a name that is quoted in it may be as long as a book.
MOST_CHARACTERS = 2_000


def escaped(text: str) -> str:
    r"""Return the text with each character that could control a terminal as `\uXXXX`; JSON means the same."""
    return _UNSAFE.sub(_written, redacted(text))


def _written(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def one_line(text: str) -> str:
    """Return the text escaped and on one line of MOST_CHARACTERS at most."""
    line = " ".join(text.split())
    return escaped(line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 3]}...")


class _Escaping:
    """A stream that escapes all that is written to it.

    A carriage return at either end of what is written passes: bars are redrawn with it. One inside would let
    a name write over the line that it stands in.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        inside = text.strip("\r")
        before, after = text.split(inside, 1) if inside else (text, "")
        self._stream.write(f"{before}{escaped(inside)}{after}")
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def escaping(stream: TextIO) -> TextIO:
    """Return the stream so that all that is written to it is escaped."""
    return stream if isinstance(stream, _Escaping) else cast(TextIO, _Escaping(stream))


def print_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a traceback escaped, as a command prints everything else: in the place of `sys.excepthook`."""
    traceback.print_exception(kind, error, trace, file=escaping(sys.stderr))


def protect_logs() -> None:
    """Let all that this process logs or prints on stderr from now on be escaped, a message on one line.

    For a server, whose libraries log what visitors send.
    """
    sys.stderr = escaping(sys.stderr)
    logging.setLogRecordFactory(_OneLineRecord)
    known = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    for handler in {handler for logger in known for handler in logger.handlers}:
        if isinstance(handler, logging.StreamHandler) and not isinstance(handler, logging.FileHandler):
            with suppress(AttributeError):  # one that has no stream of its own takes sys.stderr at each line
                handler.setStream(escaping(handler.stream))


class _OneLineRecord(logging.LogRecord):
    """A log entry whose message cannot pass for several: line ends in it are written out."""

    def getMessage(self) -> str:  # noqa: N802, the library's name
        return re.sub(r"[\r\n]", _written, escaped(super().getMessage()))


def command(package: str, *argv: str, **options: object) -> str:
    """Return `python -m PACKAGE ARGV --option VALUE`, quoted where a shell would need it.

    A value that begins with a dash is written `--option=VALUE`, so that it is not taken for an option.
    """
    given = [part for name, value in options.items() for part in _option(name.replace("_", "-"), str(value))]
    return shlex.join(["python", "-m", package, *argv, *given])


def _option(name: str, value: str) -> list[str]:
    return [f"--{name}={value}"] if value.startswith("-") else [f"--{name}", value]
