"""Which run a job works on, so that the job can be resumed: kept in the job's folder."""

from __future__ import annotations

from sentiment_core.errors import DamagedFile, RunError
from sentiment_core.jobs import worker
from sentiment_core.storage import kept, workspace

FILE = "works_on.json"


def announce(run_id: str) -> None:
    """Note which run this job works on; in a process that is not a job, do nothing."""
    job = worker.current()
    if job:
        workspace.write_json(job.folder / FILE, {"run_id": run_id})


def to_resume(given: str | None) -> str | None:
    """Return the run that `--resume` means: the one given or, for "", this job's; None to start a new one.

    Raises:
        RunError: no run is given, and this is no job.
    """
    if given != "":
        return given
    job = worker.current()
    if job is None:
        raise RunError("--resume needs a run: `python -m sentiment_core runs list` names them")
    try:
        return str(kept.read_json(job.folder / FILE, {"run_id": str})["run_id"])
    except (FileNotFoundError, DamagedFile):
        return None  # the job ended before it started one
