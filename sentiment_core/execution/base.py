"""Where work is done: here, in processes of one thread each, or on the machines of a cluster.

An executor is given `prepare`, which each worker calls once (it loads the model), and items, each of which
goes to the work that `prepare` returned. Results come back with their item's index, as they arrive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

#: Called often: reports progress, and raises Cancelled to stop everything.
Stop = Callable[[], None]
#: `work(item, stop)`; long work calls `stop()` between its steps and lets pass what that raises.
Work = Callable[[Any, Stop], Any]
#: Sent to other processes by name: a module's function, or a partial of one.
Prepare = Callable[[], Work]


def nothing() -> None:
    """Do nothing, for callers that neither watch nor stop."""


@dataclass(frozen=True)
class Lost:
    """Instead of a result: two processes that worked on this item were killed."""

    reason: str


class Executor(Protocol):
    """Does the same work to many items."""

    def run(
        self, prepare: Prepare, items: Sequence[Any], *, tick: Stop = nothing
    ) -> Iterator[tuple[int, Any]]:
        """Yield (index of the item, result or Lost) in the order of arrival.

        Args:
            prepare: called once in each worker; what it raises ends the run.
            items: small ones are best, as each is sent to a worker.
            tick: called at least twice a second; what it raises ends the run and the workers.
        """
        ...


class Here:
    """Works in this process, one item after the other."""

    def run(
        self, prepare: Prepare, items: Sequence[Any], *, tick: Stop = nothing
    ) -> Iterator[tuple[int, Any]]:
        """Yield (index, result) in the order of the items; `tick` is also the work's `stop`."""
        work = prepare()
        for index, item in enumerate(items):
            tick()
            yield index, work(item, tick)
