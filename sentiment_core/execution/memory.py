"""How much memory a worker process may take, so that one long review cannot take the machine.

The limit is RLIMIT_DATA, on what a process may write, and counts from what the worker has once it has
loaded its model. RLIMIT_AS, on all addresses, would count what is only reserved: a worker that has loaded
torch and TextAttack takes 0.75 GB of memory and 2.5 GB of addresses, and every thread reserves more.
A worker over its limit gets a MemoryError, which ends the item at hand and nothing else.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from sentiment_core.errors import RunError

#: Gigabytes that each worker may take beyond what it needs to start; overrides the share of the machine.
VARIABLE = "REELCHECK_WORKER_MEMORY"
#: Of what is free when the workers start, for all of them together; and gigabytes that each may always take.
SHARE, LEAST = 0.8, 1.0
GB = 2**30

_allowed: float | None = None


def room(workers: int) -> float | None:
    """Return the gigabytes beyond its start that each of so many workers may take; None: no limit is known.

    Raises:
        RunError: the environment variable holds no positive number.
    """
    given = os.environ.get(VARIABLE, "").strip()
    if given:
        return _read(given)
    free = _free()
    return None if free is None else max(LEAST, SHARE * free / GB / max(1, workers))


def limit(gigabytes: float | None) -> None:
    """Allow this process so much more memory than it has now; do nothing on a system without such limits."""
    global _allowed
    taken = _taken()
    if gigabytes is None or taken is None:
        return
    import resource

    most = taken + int(gigabytes * GB)
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
        _allowed = gigabytes


def ran_out(error: BaseException) -> bool:
    """Whether an exception says that there was no more memory: Python's, NumPy's, Arrow's, or torch's."""
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def advice() -> str:
    """Return how much this worker was allowed, and what to do about it."""
    if _allowed is None:
        return "use fewer workers, or a machine with more memory"
    return f"each worker may take {_allowed:.2g} GB; use fewer workers, or set {VARIABLE} to more gigabytes"


def _read(given: str) -> float:
    try:
        value = float(given)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise RunError(
            f"{VARIABLE} is {given[:40]!r}; give gigabytes a worker, such as 2 or 0.5, or leave it out"
        )
    return value


def _taken() -> int | None:
    """Return the bytes that count for RLIMIT_DATA, or None where Linux does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def _free() -> float | None:
    """Return the bytes that are free on this machine, or in this container, or None where that is unknown."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(float(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        return None
    with suppress(OSError, ValueError):  # "max": a container without a limit
        group = Path("/sys/fs/cgroup")
        most = float((group / "memory.max").read_text(encoding="ascii"))
        free = min(free, most - float((group / "memory.current").read_text(encoding="ascii")))
    return max(0.0, free)
