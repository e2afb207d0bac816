"""The inside of a background job: its lock, its turn to compute, its status and its end.

A worker is an ordinary command with REELCHECK_JOB set to its run folder, and REELCHECK_JOB_RESUME where the
job is resumed.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sentiment_core.errors import Cancelled, DamagedFile, ReelcheckError, RunError
from sentiment_core.redaction import redacted
from sentiment_core.storage import kept, locks, runs, workspace

JOB_VARIABLE = "REELCHECK_JOB"
#: The descriptor of the folder's lock, which the parent takes and hands over: it is never free in between.
LOCK_VARIABLE = "REELCHECK_JOB_LOCK"
#: Set when the job is resumed: the command acts as if --resume had been typed, where it has that flag.
RESUME_VARIABLE = "REELCHECK_JOB_RESUME"

#: What status.json must be like; what is not is as good as missing.
STATUS_SHAPE = {
    "state": str,
    "done?": float,
    "total?": float,
    "what?": str,
    "message?": str,
    "seconds_left?": float,
    "queued_at?": float,
    "started?": str,
    "updated?": str,
}
LOCK, STATUS, CANCEL, LOG, SCRATCH = "lock", "status.json", "cancel", "log.txt", "scratch.json"
SECONDS_BETWEEN_STATUSES = 0.2
SECONDS_BETWEEN_QUEUE_LOOKS = 0.25


@dataclass
class ObservedRate:
    """Steps per second since the work started; a new total, or a step back, is new work."""

    total: float = -1.0
    first: float = 0.0
    last: float = 0.0
    since: float = 0.0

    def seconds_left(self, done: float, total: float, now: float) -> float | None:
        """Return the time left at the rate seen so far, or None before there is one."""
        if total != self.total or done < self.last:
            self.total, self.first, self.since = total, done, now
        self.last = done
        if done <= self.first or now <= self.since:
            return None
        return (total - done) * (now - self.since) / (done - self.first)


@dataclass
class Worker:
    """The job that this process is: where it reports to, when it last did, and what came out."""

    folder: Path
    resumed: bool = False
    started: str = field(default_factory=workspace.utc_now)
    began: float = field(default_factory=time.monotonic)
    result: dict[str, Any] | None = None
    _reported: float = float("-inf")
    _rate: ObservedRate = field(default_factory=ObservedRate)

    def progress(self, done: float, total: float, what: str) -> None:
        """Write the status, at most five times per second; raise Cancelled once a stop was requested."""
        self.stop_if_asked()
        now = time.monotonic()
        left = self._rate.seconds_left(done, total, now)
        if now - self._reported >= SECONDS_BETWEEN_STATUSES:
            self._reported = now
            self.report("running", done=done, total=total, what=what, seconds_left=left)

    def report(self, state: str, **facts: Any) -> None:
        """Write the status; a disk that refuses it does not stop the work."""
        with suppress(OSError):
            write_status(self.folder, {"state": state, "started": self.started, **facts})

    def stop_if_asked(self) -> None:
        """Raise Cancelled if the cancel file is there."""
        if (self.folder / CANCEL).exists():
            raise Cancelled

    def show_scratch(self, scratch: Path) -> None:
        """Record where checkpoints and curves are written, so that they can be watched."""
        workspace.write_json(self.folder / SCRATCH, {"folder": str(scratch.resolve())})

    def end(self, state: str, message: str = "") -> None:
        """Write the manifest; a job that ended without one counts as died."""
        known = {key: _spec(self.folder).get(key) for key in ("title", "argv")}
        seconds = round(time.monotonic() - self.began, 3)
        end = {"state": state, "message": message, "started": self.started, "seconds": seconds}
        with suppress(OSError):  # a full disk: nothing more can be said
            runs.finish(self.folder, known | end | {"result": self.result})


_current: Worker | None = None


def current() -> Worker | None:
    """Return the job that this process is, or None in a process that a person started."""
    return _current


@contextmanager
def working() -> Iterator[Worker | None]:
    """Be the job that REELCHECK_JOB names, from its place in the queue to its manifest; else do nothing.

    Yields the worker; its `result` goes into the manifest.
    """
    global _current
    # popped: the processes that we start are not this job
    folder, resumed = os.environ.pop(JOB_VARIABLE, None), os.environ.pop(RESUME_VARIABLE, None)
    if folder is None:
        yield None
        return
    lock = _take_lock(Path(folder))
    _current = worker = Worker(Path(folder), resumed=bool(resumed))
    try:
        with _ending(worker), _turn_to_compute(worker):
            yield worker
    finally:
        _current = None
        locks.release(lock)


def write_status(folder: Path, status: dict[str, Any]) -> None:
    """Replace status.json; it is not synced to the disk, as it is worth nothing after a power cut."""
    temporary = folder / f".{STATUS}"
    record = runs.json_ready(status | {"updated": workspace.utc_now()})
    temporary.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    os.replace(temporary, folder / STATUS)


def read_status(folder: Path) -> dict[str, Any]:
    """Return status.json, or nothing where it is missing or damaged."""
    try:
        return dict(kept.read_json(folder / STATUS, STATUS_SHAPE))
    except (FileNotFoundError, DamagedFile):
        return {}


def _spec(folder: Path) -> dict[str, Any]:
    """Return spec.json, or nothing where it is missing or damaged."""
    try:
        return dict(kept.read_json(folder / runs.SPEC, dict))
    except (FileNotFoundError, DamagedFile):
        return {}


def _take_lock(folder: Path) -> int:
    """Return the descriptor of this job's lock: the one handed over, or a fresh one."""
    handed = os.environ.pop(LOCK_VARIABLE, None)
    if not (folder / "spec.json").exists():
        raise RunError(
            f"{JOB_VARIABLE} is {str(folder)!r}, which is not a job's folder; unset it to run this command "
            "at a terminal"
        )
    lock = int(handed) if handed else locks.try_lock(folder / LOCK)
    if lock is None:
        raise RunError(f"job {folder.name!r} is running already; wait for it or cancel it")
    locks.keep_from_children(lock)
    return lock


@contextmanager
def _ending(worker: Worker) -> Iterator[None]:
    """Write down how the job ended, whatever happens."""
    try:
        yield
    except Cancelled:
        worker.end("cancelled")
        raise
    except KeyboardInterrupt:
        worker.end("cancelled", "stopped by a signal")
        raise
    except SystemExit as exit_:
        worker.end("failed", f"it exited with code {exit_.code}; see its log")
        raise
    except Exception as error:
        worker.end("failed", _in_words(error))
        raise
    worker.end("finished")


@contextmanager
def _turn_to_compute(worker: Worker) -> Iterator[None]:
    """Wait until no job that came earlier waits, and none computes: a small machine does one at a time."""
    queued_at = read_status(worker.folder).get("queued_at") or time.time()
    while (lock := _lock_if_first(worker.folder, queued_at)) is None:
        worker.stop_if_asked()
        worker.report("queued", message=_what_it_waits_for(worker.folder, queued_at), queued_at=queued_at)
        time.sleep(SECONDS_BETWEEN_QUEUE_LOOKS)
    locks.keep_from_children(lock)
    try:
        worker.stop_if_asked()
        worker.began = time.monotonic()
        worker.report("running", done=0, total=0, what="starting")
        yield
    finally:
        locks.release(lock)


def _lock_if_first(folder: Path, queued_at: float) -> int | None:
    if any(state == "queued" and at < queued_at for _, state, at in _others(folder)):
        return None
    return locks.try_lock(workspace.home() / "compute.lock", patience_seconds=0)


def _what_it_waits_for(folder: Path, queued_at: float) -> str:
    before = [title for title, state, at in _others(folder) if state == "running" or at < queued_at]
    return f"waiting for: {'; '.join(before)}" if before else "waiting for its turn"


def _others(folder: Path) -> Iterator[tuple[str, str, float]]:
    """Yield (title, state, queued at) of the other jobs that live."""
    for other in sorted(folder.parent.iterdir()):
        if other == folder or not (other / LOCK).exists() or (other / "manifest.json").exists():
            continue
        status = read_status(other)
        if status and locks.is_locked(other / LOCK):
            title = str(_spec(other).get("title", other.name))
            yield title, str(status.get("state")), float(status.get("queued_at") or 0.0)


def _in_words(error: Exception) -> str:
    text = redacted(" ".join(str(error).split()))
    return text if isinstance(error, ReelcheckError) else f"{type(error).__name__}: {text}"
