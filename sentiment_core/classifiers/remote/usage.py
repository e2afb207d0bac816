"""How much an endpoint was asked so far: shared by all processes, so that limits hold for all together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from sentiment_core.errors import DamagedFile, RemoteError
from sentiment_core.storage import kept, locks, workspace

_SHAPE: kept.Shape = {
    "requests": int,
    "texts": int,
    "retries": int,
    "seconds": float,
    "next": float,
}


@dataclass(frozen=True)
class Usage:
    """What a model was asked.

    Attributes:
        requests: that were made, the repeated ones among them.
        texts: that were sent in them.
        retries: requests that were made again.
        seconds: that the requests took, waiting between them not counted.
        next: when the next request may be made, in seconds since 1970.
    """

    requests: int = 0
    texts: int = 0
    retries: int = 0
    seconds: float = 0.0
    next: float = 0.0

    def since(self, before: Usage) -> Usage:
        """Return what came after `before`."""
        return Usage(
            self.requests - before.requests,
            self.texts - before.texts,
            self.retries - before.retries,
            self.seconds - before.seconds,
        )

    def cost(self, price: float) -> float:
        """Return what the requests cost at so much per 1,000."""
        return self.requests * price / 1000


def read(model_id: str) -> Usage:
    """Return how much a model was asked in this workspace."""
    return Counter(file_of(model_id)).so_far()


def file_of(model_id: str) -> Path:
    """Return where that is counted."""
    return workspace.home() / "usage" / f"{model_id}.json"


class Counter:
    """Counts requests in a file or, without one, in this object alone."""

    def __init__(self, file: Path | None = None, now: Callable[[], float] = time.time) -> None:
        self.file, self.now, self._here = file, now, Usage()

    def so_far(self) -> Usage:
        """Return the counts; those of nothing where the file is not there or damaged."""
        if self.file is None:
            return self._here
        try:
            return Usage(**kept.read_json(self.file, _SHAPE))
        except (FileNotFoundError, DamagedFile):
            return self._here

    def begin(self, texts: int, *, again: bool, per_second: float, budget: int, host: str) -> float:
        """Count a request that is about to be made, and return for how many seconds it has to wait.

        Raises:
            RemoteError: the budget has no room for these texts; nothing is counted then.
        """

        def counted(found: Usage) -> Usage:
            if budget and found.texts + texts > budget:
                raise RemoteError(
                    f"{host} was asked about {found.texts:,} texts, and its budget is {budget:,}; add it "
                    "again with a larger one (`models add ... --budget N`)"
                )
            at = max(found.next, self.now())
            return Usage(
                found.requests + 1,
                found.texts + texts,
                found.retries + again,
                found.seconds,
                at + (1 / per_second if per_second else 0.0),
            )

        before = self._change(counted)
        return max(0.0, before.next - self.now()) if per_second else 0.0

    def end(self, seconds: float) -> None:
        """Count how long a request took."""
        self._change(
            lambda found: Usage(
                found.requests, found.texts, found.retries, found.seconds + seconds, found.next
            )
        )

    def add(self, more: Usage) -> None:
        """Count what was asked before there was a model to count it for."""
        self._change(
            lambda found: Usage(
                found.requests + more.requests,
                found.texts + more.texts,
                found.retries + more.retries,
                found.seconds + more.seconds,
                max(found.next, more.next),
            )
        )

    def _change(self, change: Callable[[Usage], Usage]) -> Usage:
        """Apply a change and return what was there before it."""
        if self.file is None:
            before, self._here = self._here, change(self._here)
            return before
        with workspace.unless_read_only():
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with locks.locked(self.file.parent / f".{self.file.name}.lock"):
                before = self.so_far()
                after = self._here = change(before)
                workspace.write_json(self.file, asdict(after))
                return before
        before, self._here = self._here, change(self._here)
        return before
