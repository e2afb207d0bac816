"""Work dealt out to processes of one thread each; a process that is killed loses only what it held.

On a CPU two processes of one thread each are faster than one process of two threads, because a model's many
small steps leave the second thread waiting.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import traceback
import types
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

from sentiment_core.errors import RunError
from sentiment_core.execution import memory
from sentiment_core.execution.base import Lost, Prepare, Stop, nothing

SECONDS_BETWEEN_LOOKS = 0.5
#: An item whose process is killed this often is given up; once may be a moment's lack of memory.
DEATHS_OF_AN_ITEM = 2
#: As many processes in a row that are killed while they load the model end the run.
DEATHS_AT_THE_START = 3

#: One thread each; and the order of sets of words, which some work depends on, is the same in all.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONHASHSEED": "0",
}


class Processes:
    """Works in `workers` processes that each prepare once."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(
        self, prepare: Prepare, items: Sequence[Any], *, tick: Stop = nothing
    ) -> Iterator[tuple[int, Any]]:
        """Yield (index, result or Lost) as they come; the processes are gone at the end, whatever happens.

        Raises:
            RunError: processes are repeatedly killed before they can start.
        """
        pool = Pool(prepare, self.workers)
        try:
            yield from pool.results(items, tick)
        finally:
            pool.end()


#: The environment of a new process is set for this whole process: one thread at a time.
_starting = threading.Lock()


@dataclass
class _Worker:
    process: Any
    connection: connection.Connection
    item: int | None = None
    ready: bool = False


class Pool:
    """The processes, which item each of them holds, and which items wait.

    They stay from one lot of items to the next. After an exception the pool can only be ended.
    """

    def __init__(self, prepare: Prepare, size: int) -> None:
        self.prepare, self.size = prepare, size
        self.workers: list[_Worker] = []
        self.deaths_at_the_start = 0
        self.room = memory.room(size)

    def results(self, items: Sequence[Any], tick: Stop) -> Iterator[tuple[int, Any]]:
        """Yield (index, result or Lost) as they come."""
        self.items = items
        self.waiting = deque(range(len(items)))
        self.deaths: Counter[int] = Counter()
        for worker in self.workers:
            self._deal(worker)
        while len(self.workers) < min(self.size, len(items)):
            self._start_one()
        left = len(items)
        while left:
            tick()
            for worker in self._with_news():
                for result in self._heard(worker):
                    left -= 1
                    yield result

    def end(self) -> None:
        """End the processes, whatever they still compute."""
        for worker in self.workers:
            worker.process.terminate()
        for worker in self.workers:
            worker.process.join()
            worker.connection.close()
        self.workers = []

    def _start_one(self) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy torch's threads and their locks
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, self.prepare, self.room), daemon=True)
        with _starting, _no_main_module(), _environment(), _may_have_children():
            process.start()
        theirs.close()  # so that its end is seen here as the end of the file
        self.workers.append(_Worker(process, ours))

    def _with_news(self) -> list[_Worker]:
        by_connection = {worker.connection: worker for worker in self.workers}
        return [
            by_connection[ready]  # type: ignore[index]
            for ready in connection.wait(list(by_connection), SECONDS_BETWEEN_LOOKS)
        ]

    def _heard(self, worker: _Worker) -> Iterator[tuple[int, Any]]:
        """Read a worker's message, give it the next item, and yield what is done."""
        try:
            kind, value = worker.connection.recv()
        except (EOFError, OSError):
            yield from self._died(worker)
            return
        if kind == "error":
            raise value
        worker.ready, self.deaths_at_the_start = True, 0
        if kind == "ready":  # it may hold an item already, where it starts while the next lot is dealt
            if worker.item is None:
                self._deal(worker)
            return
        done, worker.item = worker.item, None
        self._deal(worker)
        if done is not None:
            yield done, value

    def _deal(self, worker: _Worker) -> None:
        if self.waiting:
            worker.item = self.waiting.popleft()
            with suppress(OSError):  # it died just now: its connection's end shows that
                worker.connection.send(self.items[worker.item])

    def _died(self, worker: _Worker) -> Iterator[tuple[int, Any]]:
        """Put a dead worker's item back, or give it up, and start another worker."""
        self.workers.remove(worker)
        worker.connection.close()
        worker.process.join()
        if not worker.ready:
            self._died_at_the_start()
        item = worker.item
        if item is not None:
            self.deaths[item] += 1
            if self.deaths[item] < DEATHS_OF_AN_ITEM:
                self.waiting.appendleft(item)
            else:
                yield (
                    item,
                    Lost(f"its process was killed {DEATHS_OF_AN_ITEM} times, perhaps because memory ran out"),
                )
        if self.waiting:
            self._start_one()

    def _died_at_the_start(self) -> None:
        self.deaths_at_the_start += 1
        if self.deaths_at_the_start >= DEATHS_AT_THE_START:
            raise RunError(
                f"{DEATHS_AT_THE_START} processes in a row were killed while they started, perhaps because "
                "memory ran out; try again with fewer workers (--workers 1)"
            )


@contextmanager
def _no_main_module() -> Iterator[None]:
    """Hide __main__ while processes start.

    They would import it under another name: a page (Streamlit puts the page's script there) or a script
    without a guard would run as a whole in each of them.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _environment() -> Iterator[None]:
    """Set the processes' environment: libraries read it before any code of ours runs in them."""
    before = {name: os.environ.get(name) for name in ENVIRONMENT}
    os.environ.update(ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _may_have_children() -> Iterator[None]:
    """Let a daemonic process start processes, which end with it all the same (see `_end_with_parent`).

    A Dask worker under its nanny is one, and multiprocessing forbids it.
    """
    config = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    before = config.pop("daemon", None)
    try:
        yield
    finally:
        if before is not None:
            config["daemon"] = before


# Inside a worker process ------------------------------------------------------------------------------------


def _work(parent: connection.Connection, prepare: Prepare, room: float | None) -> None:
    """Prepare once, then answer item after item until the parent ends us or is gone.

    From then on this process takes at most `room` gigabytes more.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the parent decides and ends us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        work = prepare()
        _one_thread()
        memory.limit(room)
        parent.send(("ready", None))
        while True:
            parent.send(("result", work(parent.recv(), nothing)))
    except (EOFError, BrokenPipeError):
        return
    except Exception as error:
        parent.send(("error", _portable(error)))


def _one_thread() -> None:
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def _end_with_parent() -> None:
    """Wait for the parent's end: a killed parent would leave long work running for nothing."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _portable(error: Exception) -> Exception:
    """Return the error with where it was raised; another one in its words where it cannot be sent."""
    if memory.ran_out(error):
        error = RunError(f"memory ran out in a worker process: {memory.advice()}")
    error.add_note("".join(traceback.format_exception(error)))
    try:
        ForkingPickler.loads(ForkingPickler.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
