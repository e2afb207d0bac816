"""A workspace that this process may only read: whatever would change it is refused, whoever asks.

Python reports each opening for writing, renaming and removing to audit hooks (PEP 578) before it happens, so
that one place holds for all rooms, for libraries, and for code that is still to be written. What writes
without Python is not seen (Arrow, given a path): ours hands it open files. It guards against our own
mistakes, not against hostile code in the process; an operator who can mounts the folder read-only as well.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sentiment_core.errors import ReelcheckError

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_protected = ""
_why = ""
_hooked = False


class ReadOnlyWorkspace(ReelcheckError, OSError):
    """The workspace may not be changed from here; an OSError too, like that of a disk that is read-only.

    Args:
        why: one line for the person who asked.
    """

    def __init__(self, why: str) -> None:
        super().__init__(errno.EROFS, why)
        self.why = why

    def __str__(self) -> str:
        """Return it in one line."""
        return self.why


def protect(folder: Path, why: str) -> None:
    """Refuse from now on, in this process, whatever would change something in a folder, with this line.

    A folder that was protected before is protected no more: a process has one workspace.
    """
    global _protected, _why, _hooked
    if not _hooked:
        sys.addaudithook(_look)  # for the process's whole life: there is no way to remove a hook
        _hooked = True
    _protected, _why = os.path.realpath(folder), why


def release() -> None:
    """Allow changes again."""
    global _protected
    _protected = ""


def _look(event: str, args: tuple[Any, ...]) -> None:
    if _protected and (paths := _CHANGES.get(event)) is not None:
        for path in paths(args):
            if _is_inside(path):
                raise ReadOnlyWorkspace(_why)


def _opened(args: tuple[Any, ...]) -> tuple[Any, ...]:
    return args[:1] if isinstance(args[2], int) and args[2] & _WRITING else ()


def _made(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the folder unless it is there: asking for it again changes nothing, and is answered so."""
    return () if os.path.isdir(args[0]) else args[:1]


def _first(args: tuple[Any, ...]) -> tuple[Any, ...]:
    return args[:1]


def _two(args: tuple[Any, ...]) -> tuple[Any, ...]:
    return args[:2]


#: What changes a file system, and which of the event's arguments are paths (docs.python.org, audit events).
_CHANGES: dict[str, Callable[[tuple[Any, ...]], tuple[Any, ...]]] = {
    "open": _opened,
    "os.chmod": _first,
    "os.link": _two,
    "os.mkdir": _made,
    "os.remove": _first,
    "os.rename": _two,
    "os.rmdir": _first,
    "os.symlink": _two,
    "os.truncate": _first,
    "os.utime": _first,
    "shutil.rmtree": _first,
    "sqlite3.connect": _first,
}


def _is_inside(path: Any) -> bool:
    """Whether a path lies in the protected folder, or is it; descriptors of open files are let pass."""
    if not isinstance(path, str | bytes | os.PathLike):
        return False
    real = os.path.realpath(os.fsdecode(path))
    return real == _protected or real.startswith(f"{_protected}{os.sep}")
