"""Progress at a terminal, or in a log."""

from __future__ import annotations

import sys
import time
from typing import Any

from sentiment_core import terminal
from sentiment_core.classifiers.base import Progress

SECONDS_BETWEEN_LINES = 15.0
BAR = "{desc}: {percentage:3.0f}%|{bar:30}| {elapsed} elapsed, {remaining} left"


class TerminalProgress:
    """A bar on stderr; occasional lines where stderr is a file or a pipe."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._line: tuple[float, str] = (float("-inf"), "")

    def __call__(self, done: float, total: float, what: str) -> None:
        """Show progress; a step back starts a new bar."""
        what = terminal.one_line(what)
        if sys.stderr.isatty():
            self._draw(done, total, what)
        else:
            self._write_line(done, total, what)

    def _draw(self, done: float, total: float, what: str) -> None:
        from tqdm import tqdm

        if self._bar is None or done < self._bar.n:
            self._close()
            self._bar = tqdm(total=total, bar_format=BAR, file=sys.stderr)
        self._bar.total = total
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


class Stages:
    """One bar over several stages, each as long as it is expected to take."""

    def __init__(self, progress: Progress, total_seconds: float) -> None:
        self._progress = progress
        self._total = total_seconds
        self._behind = 0.0

    def stage(self, seconds: float, what: str) -> Progress:
        """Start the next piece, which ends the one before, and return its own progress."""
        begin, end = self._behind, self._behind + seconds
        self._behind = end

        def progress(done: float, total: float, detail: str) -> None:
            share = min(1.0, max(0.0, done / total)) if total > 0 else 0.0
            words = f"{what}: {detail}" if detail and detail != what else what
            self._progress(begin + share * (end - begin), self._total, words)

        progress(0, 1, what)
        return progress

    def skip(self, seconds: float) -> None:
        """Skip a stage that was done before; counted as done now, it would distort the time left."""
        self._total -= seconds

    def done(self, what: str) -> None:
        """Report that everything is done."""
        self._progress(self._total, self._total, what)
