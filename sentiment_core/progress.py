"""Progress for whoever watches a terminal, or reads its output in a log."""

from __future__ import annotations

import sys
import time
from typing import Any

SECONDS_BETWEEN_LINES = 15.0
BAR = "{desc}: {percentage:3.0f}%|{bar:30}| {elapsed} gone, {remaining} left"


class TerminalProgress:
    """A bar on stderr; a line every now and then where stderr is a file or a pipe."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._line: tuple[float, str] = (float("-inf"), "")

    def __call__(self, done: float, total: float, what: str) -> None:
        """Show how far the work is; a new total begins a new bar."""
        if sys.stderr.isatty():
            self._draw(done, total, what)
        else:
            self._write_line(done, total, what)

    def _draw(self, done: float, total: float, what: str) -> None:
        from tqdm import tqdm

        if self._bar is None or self._bar.total != total:
            self._close()
            self._bar = tqdm(total=total, bar_format=BAR, file=sys.stderr)
        self._bar.set_description_str(what, refresh=False)
        self._bar.update(done - self._bar.n)
        if done >= total:
            self._bar.close()  # draws the full bar and ends the line; later calls are ignored by tqdm

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def _write_line(self, done: float, total: float, what: str) -> None:
        now = time.monotonic()
        at, shown = self._line
        if what != shown or now - at >= SECONDS_BETWEEN_LINES:
            self._line = (now, what)
            share = f" ({done / total:.0%})" if total > 0 else ""
            print(f"{what}{share}", file=sys.stderr, flush=True)
