"""One process that stays for the next piece of work, so that nobody waits for its start twice.

Loading a library and a model takes seconds, one review takes a fraction of one. The process is another one
than ours because work seeds random numbers, takes memory up to a limit, and can be ended at any moment.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from sentiment_core.execution.base import Prepare, Stop, Work, nothing
from sentiment_core.execution.processes import Pool

#: Seconds after its last work for which the process stays, and what it has prepared that it keeps.
STAYS, KEEPS = 600.0, 2
SECONDS_BETWEEN_LOOKS = 0.2


class Staying:
    """Works in one process, for one caller at a time; others wait, and their `tick` is called meanwhile.

    After an exception, also one that `tick` raised, the process is ended and the next work starts another.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._pool: Pool | None = None
        self._timer: threading.Timer | None = None

    def run(
        self, prepare: Prepare, items: Sequence[Any], *, tick: Stop = nothing
    ) -> Iterator[tuple[int, Any]]:
        """Yield (index, result or Lost) in the order of the items."""
        while not self._turn.acquire(timeout=SECONDS_BETWEEN_LOOKS):
            tick()
        try:
            self._stay_on()
            self._pool = self._pool or Pool(functools.partial(_begin, repr(prepare), prepare), 1)
            # A partial's repr names its function and arguments: what is prepared alike is prepared once.
            yield from self._pool.results([(repr(prepare), prepare, item) for item in items], tick)
            self._end_later()
        except BaseException:
            self._end()
            raise
        finally:
            self._turn.release()

    def end(self) -> None:
        """End the process, unless it works right now."""
        if self._turn.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._turn.release()

    def _end(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.end()

    def _end_later(self) -> None:
        self._timer = threading.Timer(STAYS, self.end)
        self._timer.daemon = True
        self._timer.start()

    def _stay_on(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


# Inside the process -----------------------------------------------------------------------------------------


class _Works:
    """What was prepared last, by its name in the parent."""

    def __init__(self, name: str, first: Prepare) -> None:
        self._known: dict[str, Work] = {name: first()}

    def __call__(self, asked: tuple[str, Prepare, Any], stop: Stop) -> Any:
        name, prepare, item = asked
        work = self._known.pop(name, None) or prepare()
        self._known[name] = work
        while len(self._known) > KEEPS:
            del self._known[next(iter(self._known))]
        return work(item, stop)


def _begin(name: str, first: Prepare) -> _Works:
    """Prepare the first work already, as the process's limit on memory counts from then on."""
    return _Works(name, first)
