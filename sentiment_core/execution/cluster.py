"""Work sent to a Dask scheduler, for work that outgrows one machine.

The workers need this project installed and the same workspace: REELCHECK_HOME on a shared disk. Whoever can
reach a Dask scheduler can run code on it: keep it inside a network that you trust.
"""

from __future__ import annotations

import functools
import queue
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from sentiment_core.errors import Cancelled, ReelcheckError
from sentiment_core.execution.base import Lost, Prepare, Stop, nothing
from sentiment_core.execution.processes import Pool

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_TO_CONNECT = 10.0


class Cluster:
    """Works on the machines behind a Dask scheduler; a worker that dies loses only what it held."""

    def __init__(self, address: str) -> None:
        self.address = address

    def run(
        self, prepare: Prepare, items: Sequence[Any], *, tick: Stop = nothing
    ) -> Iterator[tuple[int, Any]]:
        """Yield (index, result or Lost) as they come.

        Raises:
            ReelcheckError: no scheduler answers at the address, or it is lost on the way.
        """
        with _client(self.address) as client:
            yield from _results(client, prepare, items, tick)


@contextmanager
def _client(address: str) -> Iterator[Any]:
    """Yield a client; what it still waits for is forgotten at the end."""
    from distributed import Client

    try:
        client = Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ReelcheckError(
            f"no Dask scheduler answers at {address!r} ({' '.join(str(error).split())}); start one with "
            "`dask scheduler`, and workers with `dask worker ADDRESS --nthreads 1`"
        ) from error
    try:
        yield client
    finally:
        with suppress(Exception):
            client.close(timeout=5)


def _results(client: Any, prepare: Prepare, items: Sequence[Any], tick: Stop) -> Iterator[tuple[int, Any]]:
    from distributed import Event

    name = f"reelcheck-{uuid.uuid4().hex}"  # of this run: a worker prepares once for it
    stopped = Event(name, client=client)
    ended: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
    futures = [
        client.submit(_work, name, prepare, item, key=f"{name}-{index}") for index, item in enumerate(items)
    ]
    for index, future in enumerate(futures):
        future.add_done_callback(functools.partial(_note, ended, index))
    try:
        for _ in items:
            index = _next(ended, client, tick)
            yield index, _result(futures[index])
            futures[index].release()  # the scheduler may forget it
    finally:
        with suppress(Exception):  # the scheduler may be gone
            stopped.set()
            client.run(_forget, name, on_error="ignore")


def _note(ended: queue.SimpleQueue[Any], index: int, future: Any) -> None:
    ended.put(index)


def _next(ended: queue.SimpleQueue[Any], client: Any, tick: Stop) -> int:
    """Wait for the next item that has ended, ticking meanwhile."""
    while True:
        tick()
        with suppress(queue.Empty):
            return int(ended.get(timeout=SECONDS_BETWEEN_LOOKS))
        if client.status == "closed":
            raise _gone()


def _result(future: Any) -> Any:
    from distributed.scheduler import KilledWorker

    if future.status in ("cancelled", "lost"):
        raise _gone()
    try:
        return future.result()
    except KilledWorker as error:
        return Lost(f"each worker that tried it was killed ({' '.join(str(error).split())})")


def _gone() -> ReelcheckError:
    return ReelcheckError("the Dask scheduler is gone; start it again, and resume the run")


# Inside a Dask worker ---------------------------------------------------------------------------------------

#: Processes of this worker that wait for the next item, by run. The work is done in processes of their own,
#: one for each of the worker's threads: Dask's other threads would draw from the same random numbers,
#: and most models are not made for two threads.
_idle: dict[str, list[Pool]] = {}
_idle_lock = threading.Lock()


def _work(run: str, prepare: Prepare, item: Any) -> Any:
    pool = _taken(run, prepare)
    try:
        ((_, result),) = pool.results([item], _Stopped(run))
    except BaseException:
        pool.end()
        raise
    with _idle_lock:
        _idle.setdefault(run, []).append(pool)
    return result


def _taken(run: str, prepare: Prepare) -> Pool:
    """Return a process of this run that waits, or a new one; those of other runs give their memory back."""
    with _idle_lock:
        over = [pool for name in list(_idle) if name != run for pool in _idle.pop(name)]
        pool = _idle[run].pop() if _idle.get(run) else Pool(prepare, 1)
    for done in over:
        done.end()
    return pool


def _forget(run: str) -> None:
    """End the processes of a run that is over."""
    with _idle_lock:
        over = _idle.pop(run, [])
    for pool in over:
        pool.end()


class _Stopped:
    """Raises Cancelled once the run is stopped, asking the scheduler once a second."""

    def __init__(self, run: str) -> None:
        self.run = run
        self.asked = time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() - self.asked < 1.0:
            return
        self.asked = time.monotonic()
        from distributed import Event, get_client

        if Event(self.run, client=get_client()).is_set():
            raise Cancelled
