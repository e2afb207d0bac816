"""Background jobs: ordinary commands in processes of their own, watched through their run folders.

The exclusive lock on `runs/job/<run_id>/lock`, held for the worker's whole life, shows that it is alive.
Process ids do not: they are reused. Cancelling is a file that the worker looks for at every step.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment_core.classifiers.base import Progress
from sentiment_core.errors import DamagedFile, RunError
from sentiment_core.jobs import worker
from sentiment_core.jobs.progress import TerminalProgress
from sentiment_core.jobs.worker import CANCEL, LOCK, LOG, SCRATCH, working
from sentiment_core.redaction import redacted
from sentiment_core.storage import kept, locks, runs, workspace
from sentiment_core.storage.kept import Damaged

__all__ = [
    "JobStatus",
    "cancel",
    "dismiss",
    "job_progress",
    "list_jobs",
    "list_stopped",
    "log_tail",
    "resume",
    "scratch",
    "show_scratch",
    "start",
    "status",
    "working",
]

KIND = "job"
#: The package whose command line a job runs, where its spec names no other.
MODULE = "sentiment_core"
ACTIVE = ("queued", "running")
#: In the folder of a stopped job that a person wants to see no more.
DISMISSED = "dismissed"
STOPPING = "stopping at the next step"
FORM = runs.Form(
    spec={"argv?": [str], "title?": str, "folder?": str, "module?": str},
    manifest={"state": str, "message": str, "result?": dict, "finished?": str},
)
DIED = "the process ended without a message: it was killed, or the machine stopped"

_children: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class JobStatus:
    """What is known of a job: queued, running, finished, failed, cancelled or died.

    `total` is 0 before the first step; `seconds_left` is None until there is a rate. `stopping`: it is
    active, and was asked to stop.
    `result` is the command's JSON object once it is finished.
    """

    run_id: str
    title: str
    state: str
    done: float
    total: float
    what: str
    message: str
    seconds_left: float | None
    started: str
    updated: str
    argv: tuple[str, ...]
    result: dict[str, Any] | None = None
    module: str = MODULE
    stopping: bool = False

    @property
    def active(self) -> bool:
        """Whether there is a process to wait for."""
        return self.state in ACTIVE

    @property
    def fraction(self) -> float:
        """Return how much is done, in [0, 1]."""
        return min(1.0, max(0.0, self.done / self.total)) if self.total > 0 else 0.0


def start(argv: Sequence[str], title: str, module: str = MODULE) -> str:
    """Start `python -m MODULE ARGV` as a job of its own and return its run id at once.

    A job that already does exactly this is not started a second time: its id is returned.
    """
    _reap()
    with locks.locked(workspace.runs_folder(KIND) / ".starting"):
        for job in list_jobs(active_only=True):
            if (job.module, job.argv) == (module, tuple(argv)):
                return job.run_id
        spec = {"argv": list(argv), "title": title, "folder": os.getcwd(), "module": module}
        run_id = runs.new_run_id(KIND, argv[0], spec)
        _spawn(runs.create(KIND, run_id, spec), spec, argv)
    return run_id


def status(run_id: str) -> JobStatus:
    """Return a job's status; RunError if there is no such job."""
    _reap()
    return _status(_job(run_id))


def list_jobs(active_only: bool = False) -> list[JobStatus]:
    """Return the jobs, newest first; all, or those with a process to wait for."""
    _reap()
    jobs = [_status(run) for run in runs.list_runs(KIND, FORM) if not (active_only and run.finished)]
    return [job for job in jobs if job.active or not active_only]


def list_stopped() -> list[JobStatus]:
    """Return the jobs that failed, died or were cancelled, newest first.

    Those that were dismissed are left out, and those whose command was started again since.
    """
    _reap()
    newest: dict[tuple[str, ...], runs.Run] = {}
    for run in runs.list_runs(KIND, FORM):
        argv = (part for part in run.spec.get("argv") or (run.run_id,) if part != "--resume")
        newest.setdefault((_module_of(run.spec), *argv), run)
    open_ = (run for run in newest.values() if not (_is_finished(run) or (run.folder / DISMISSED).exists()))
    return [job for job in map(_status, open_) if not job.active and job.state != "finished"]


def dismiss(run_id: str) -> None:
    """Leave a stopped job out of `list_stopped`, until it is resumed; nothing of it is removed.

    Raises:
        RunError: it waits or runs.
    """
    run = _job(run_id)
    if _status(run).active:
        raise RunError(f"job {run_id!r} is active; cancel it before it is dismissed")
    (run.folder / DISMISSED).touch()


def cancel(run_id: str) -> None:
    """Ask a job to stop at its next step; nothing happens to one that has ended."""
    run = _job(run_id)
    if _status(run).active:
        (run.folder / CANCEL).touch()


def resume(run_id: str) -> str:
    """Resume a failed, cancelled or dead job in its own folder, from its checkpoints if it has any.

    Raises:
        RunError: the job finished, so there is nothing to resume.
    """
    _reap()
    run = _job(run_id)
    state = _status(run).state
    if state == "finished":
        raise RunError(f"job {run_id!r} is finished; only failed, cancelled and dead jobs can be resumed")
    if state not in ACTIVE:
        argv = list(run.spec.get("argv") or ())
        if not argv:
            raise RunError(f"job {run_id!r} is damaged: its {runs.SPEC} names no command; start it again")
        _spawn(run.folder, run.spec, argv, resumed=True)
    return run_id


def log_tail(run_id: str, lines: int = 30) -> str:
    """Return the last lines that the job printed; of a progress bar drawn over itself, the last state."""
    path = _job(run_id).folder / LOG
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 400 * lines))
        text = file.read().decode("utf-8", errors="replace")
    seen = [line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.rstrip("\n").split("\n")]
    return redacted("\n".join(seen[-lines:]))


def scratch(run_id: str) -> Path | None:
    """Return the folder of a job's checkpoints and curves, or None if it has none."""
    try:
        record = kept.read_json(_job(run_id).folder / SCRATCH, {"folder": str})
    except (FileNotFoundError, DamagedFile):
        return None
    return Path(record["folder"])


def show_scratch(folder: Path) -> None:
    """Record where this job's checkpoints and curves are; in a process that is not a job, do nothing."""
    job = worker.current()
    if job:
        job.show_scratch(folder)


def job_progress() -> Progress:
    """Return where progress is reported: the job's status in a worker, a bar on stderr at a terminal."""
    job = worker.current()
    return job.progress if job else TerminalProgress()


def _job(run_id: str) -> runs.Run:
    kind = runs.folder_of(run_id).parent.name
    if kind != KIND:
        raise RunError(f"{run_id!r} is of kind {kind}, not a job; `runs list --kind job` names the jobs")
    return runs.open_run(run_id, FORM)


def damaged_jobs() -> list[Damaged]:
    """Return what is wrong with the jobs whose files are not as they must be."""
    return runs.damaged_runs(KIND, FORM)


def repair(run_id: str) -> None:
    """Treat a job whose manifest is damaged as one that died, so that it can be resumed.

    Raises:
        RunError: it is running, or its spec, which says what it does, is damaged.
    """
    folder = runs.folder_of(run_id)
    if runs.is_running(folder):
        raise RunError(f"job {run_id!r} is running; cancel it first")
    runs.unfinished_again(folder, FORM, "job")


def _status(run: runs.Run) -> JobStatus:
    # The lock is asked before the manifest is looked for: a worker writes its manifest, then lets go.
    alive = locks.is_locked(run.folder / LOCK)
    seen = worker.read_status(run.folder)
    try:
        end = kept.read_json(run.folder / runs.MANIFEST, FORM.manifest)
    except (FileNotFoundError, DamagedFile):
        end = None
    return JobStatus(**_facts(run, alive, seen, end))


def _facts(run: runs.Run, alive: bool, seen: dict[str, Any], end: dict[str, Any] | None) -> dict[str, Any]:
    done, total = float(seen.get("done") or 0.0), float(seen.get("total") or 0.0)
    state, message, left = _state(alive, seen, end)
    stopping = state in ACTIVE and (run.folder / CANCEL).exists()
    if state == "finished":
        done = total = total or 1.0
    return {
        "run_id": run.run_id,
        "title": str(run.spec.get("title") or run.run_id),
        "argv": tuple(run.spec.get("argv") or ()),
        "module": _module_of(run.spec),
        "state": state,
        "done": done,
        "total": total,
        "what": str(seen.get("what") or ""),
        "message": STOPPING if stopping else message,
        "seconds_left": None if stopping else left,
        "stopping": stopping,
        "started": str(seen.get("started") or run.created),
        "updated": str((end or seen).get("finished") or seen.get("updated") or run.created),
        "result": end.get("result") if end else None,
    }


def _is_finished(run: runs.Run) -> bool:
    return run.manifest is not None and run.manifest["state"] == "finished"


def _state(alive: bool, seen: dict[str, Any], end: dict[str, Any] | None) -> tuple[str, str, float | None]:
    """Return (state, message, seconds left)."""
    if end is not None:
        return str(end["state"]), str(end["message"]), None
    if not alive:
        return "died", DIED, None
    state = seen["state"] if seen.get("state") in ACTIVE else ACTIVE[0]
    return state, str(seen.get("message") or ""), seen.get("seconds_left")


def _spawn(folder: Path, spec: dict[str, Any], argv: Sequence[str], resumed: bool = False) -> None:
    """Start the worker, which inherits the folder's lock, so that the lock is never free before its end."""
    lock = locks.try_lock(folder / LOCK)
    if lock is None:
        raise RunError(f"job {folder.name!r} is still stopping; try again in a moment")
    try:
        for left_over in (CANCEL, DISMISSED, "manifest.json"):
            (folder / left_over).unlink(missing_ok=True)
        worker.write_status(folder, {"state": "queued", "message": "starting", "queued_at": time.time()})
        with (folder / LOG).open("ab") as log:
            process = subprocess.Popen(  # nosec B607  # the system's `nice`, wherever it is
                # nice: whatever watches the job must stay responsive
                ["nice", "-n", "5", sys.executable, "-m", _module_of(spec), *argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=spec["folder"] if os.path.isdir(spec.get("folder") or "") else None,
                env=_environment(folder, lock, resumed),
                start_new_session=True,
                pass_fds=(lock,),
            )
    finally:
        os.close(lock)  # ours only: the worker has its own copy
    _children.append(process)


def _environment(folder: Path, lock: int, resumed: bool) -> dict[str, str]:
    resuming = {worker.RESUME_VARIABLE: "1"} if resumed else {}
    return {
        **os.environ,
        **resuming,
        "REELCHECK_HOME": str(workspace.home().resolve()),
        worker.JOB_VARIABLE: str(folder.resolve()),
        worker.LOCK_VARIABLE: str(lock),
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONUNBUFFERED": "1",
    }


def _reap() -> None:
    """Collect the children that have ended; the parent is a server, and they would stay as zombies."""
    for child in list(_children):
        if child.poll() is not None and child in _children:
            _children.remove(child)


def _module_of(spec: Mapping[str, Any]) -> str:
    return str(spec.get("module") or MODULE)
