"""What was read from files, remembered until they change: one memory per process, shared by its threads.

The same small files are asked for many times per second. To ask whether a file is as it was takes a hundredth
of the time that reading it does.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
#: (modified, changed, size, inode); None where there is no file.
Stamp = tuple[int, int, int, int] | None

#: A file written so short a time ago may be written again without a newer time: file systems count in ticks.
TICK_NS = 50_000_000


@dataclass(frozen=True)
class _Known:
    stamps: tuple[Stamp, ...]
    value: Any


class Remembered:
    """Values made of files, by a key; a value is made again when one of its files is another.

    Values are shared by all who ask: do not write into them. One thread makes a value, the others wait for
    it. What does not fit into `most_bytes` of files is made anew each time; what was first stays, since lists
    are gone through from end to end and would else push out what they are about to ask for.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._known: dict[Hashable, _Known] = {}
        self._bytes = 0
        self._making = threading.RLock()

    def of(self, key: Hashable, paths: Sequence[str], make: Callable[[], T]) -> T:
        """Return the value of a key; None and exceptions are passed on, and not remembered.

        Args:
            key: names what is made; the same files may be read in several ways.
            paths: the files it is made of; one that is missing is waited for like a change.
            make: reads them.
        """
        stamps = tuple(map(stamp, paths))
        known = self._known.get(key)
        if known is not None and known.stamps == stamps:
            return known.value  # type: ignore[no-any-return]
        with self._making:
            return self._made(key, paths, make)

    def _made(self, key: Hashable, paths: Sequence[str], make: Callable[[], T]) -> T:
        stamps = tuple(map(stamp, paths))  # before the files are read: a change meanwhile is seen next time
        known = self._known.get(key)
        if known is not None and known.stamps == stamps:  # another thread was first
            return known.value  # type: ignore[no-any-return]
        value = make()
        self._forget(key)
        if value is not None and _settled(stamps) and self._bytes + _size(stamps) <= self.most_bytes:
            self._known[key] = _Known(stamps, value)
            self._bytes += _size(stamps)
        return value

    def _forget(self, key: Hashable) -> None:
        known = self._known.pop(key, None)
        self._bytes -= _size(known.stamps) if known else 0


def stamp(path: str) -> Stamp:
    """Return what differs when a file is another, or None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _settled(stamps: Sequence[Stamp]) -> bool:
    newest = max((max(one[:2]) for one in stamps if one), default=0)
    return time.time_ns() - newest > TICK_NS


def _size(stamps: Sequence[Stamp]) -> int:
    return sum(one[2] for one in stamps if one)
