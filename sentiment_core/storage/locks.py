"""Exclusive file locks that the operating system releases when their holder dies, however it dies.

A lock belongs to an open file, not to a process: a parent can take it and hand the open file to its child.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: Descriptors that a forked child closes; one that was released may be another file's by then.
_ours: set[int] = set()


def try_lock(path: Path, *, patience_seconds: float = 0.5) -> int | None:
    """Return the descriptor of an exclusively locked file, or None if another process holds it.

    The short patience is for `is_locked` in another process, which holds a lock for microseconds.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    deadline = time.monotonic() + patience_seconds
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        if time.monotonic() >= deadline:
            os.close(descriptor)
            return None
        time.sleep(0.02)


def try_lock_folder(folder: Path) -> int | None:
    """Return the descriptor of an exclusively locked folder, or None if another process holds it.

    The lock is the folder's own, so that no file of ours lies among what is kept in it.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def is_locked(path: Path) -> bool:
    """Whether a process holds the exclusive lock; asked with a shared lock, so that askers never collide."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file, or of an existing folder, for a few steps, after waiting for its holder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT
    descriptor = os.open(path, flags, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def keep_from_children(descriptor: int) -> None:
    """Keep child processes from holding this lock: an orphan would make its dead parent look alive."""
    os.set_inheritable(descriptor, False)
    _ours.add(descriptor)
    os.register_at_fork(after_in_child=lambda: release(descriptor) if descriptor in _ours else None)


def release(descriptor: int) -> None:
    """Release a lock that was kept from children."""
    _ours.discard(descriptor)
    os.close(descriptor)
