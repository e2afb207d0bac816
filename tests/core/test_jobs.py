from __future__ import annotations

import importlib
import json
import os
import signal
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sentiment_core import command_line
from sentiment_core.errors import Cancelled, RunError
from sentiment_core.jobs import jobs, worker
from sentiment_core.storage import locks, runs, workspace

DRIVER = Path(__file__).with_name("job_driver.py")


@pytest.fixture(autouse=True)
def driven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let jobs run the driver instead of the command line, and leave no process behind."""
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nshift 2\nexec "{sys.executable}" "{DRIVER}" "$@"\n')
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(python))
    yield
    for child in list(jobs._children):
        child.kill()
        child.wait()
    jobs._children.clear()


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def ended(run_id: str) -> jobs.JobStatus:
    until(lambda: not jobs.status(run_id).active)
    return jobs.status(run_id)


def until_running(run_id: str) -> None:
    until(lambda: jobs.status(run_id).what == "counting")


def kill(run_id: str) -> None:
    child = jobs._children[-1]
    child.send_signal(signal.SIGKILL)
    child.wait()


def test_a_job_goes_from_queued_to_finished_with_its_result() -> None:
    run_id = jobs.start(["count", "20", "0.05"], "Counting")
    first = jobs.status(run_id)
    assert (first.state, first.title, first.argv) == ("queued", "Counting", ("count", "20", "0.05"))
    until_running(run_id)
    assert 0.0 <= jobs.status(run_id).fraction < 1.0
    last = ended(run_id)
    assert (last.state, last.fraction, last.message) == ("finished", 1.0, "")
    assert last.result == {"counted": 20, "resumed": False}
    assert jobs.log_tail(run_id) == "count begins"


def test_starting_returns_before_the_work_is_done() -> None:
    before = time.monotonic()
    jobs.start(["count", "100", "0.1"], "Counting")
    assert time.monotonic() - before < 1.0


def test_time_left_follows_from_the_observed_rate() -> None:
    rate = worker.ObservedRate()
    assert rate.seconds_left(50, 100, now=0.0) is None
    assert rate.seconds_left(60, 100, now=5.0) == pytest.approx(20.0)  # 2 a second, 40 to go
    assert rate.seconds_left(100, 100, now=25.0) == 0.0
    assert rate.seconds_left(0, 10, now=30.0) is None  # new work
    assert rate.seconds_left(5, 10, now=40.0) == pytest.approx(10.0)


def test_status_is_written_at_most_five_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = runs.create("job", "20240101t000000000-x", {})
    written: list[float] = []
    monkeypatch.setattr(worker, "write_status", lambda *_: written.append(time.monotonic()))
    job, end = worker.Worker(folder), time.monotonic() + 0.9
    while time.monotonic() < end:
        job.progress(1, 100, "counting")
    assert 3 <= len(written) <= 5


def test_a_reader_never_sees_half_a_status() -> None:
    folder = runs.create("job", "20240101t000000000-x", {})
    child = os.fork()
    if child == 0:
        for number in range(3000):
            worker.write_status(folder, {"done": number, "what": "x" * (number % 5000)})
        os._exit(0)
    until(lambda: (folder / "status.json").exists())
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        json.loads((folder / "status.json").read_text())


def test_cancelling_stops_at_the_next_step() -> None:
    run_id = jobs.start(["count", "1000", "0.05"], "Counting")
    until_running(run_id)
    jobs.cancel(run_id)
    assert ended(run_id).state == "cancelled"


def test_a_job_that_was_asked_to_stop_says_so_until_it_has() -> None:
    run_id = jobs.start(["count", "1000", "1.5"], "Counting")
    until_running(run_id)
    jobs.cancel(run_id)
    stopping = jobs.status(run_id)
    assert (stopping.state, stopping.stopping, stopping.message) == ("running", True, jobs.STOPPING)
    assert stopping.seconds_left is None
    assert not ended(run_id).stopping


def test_a_stopped_job_is_listed_until_it_is_dismissed_or_started_again() -> None:
    failed, other = (ended(jobs.start(["fail", name], name)).run_id for name in "ab")
    assert ended(jobs.start(["count", "1", "0"], "Counting")).state == "finished"
    assert [job.run_id for job in jobs.list_stopped()] == [other, failed]
    jobs.dismiss(other)
    assert [job.run_id for job in jobs.list_stopped()] == [failed]
    assert jobs.status(other).state == "failed"  # nothing of it is gone
    again = ended(jobs.start(["fail", "a", "--resume"], "a")).run_id
    assert [job.run_id for job in jobs.list_stopped()] == [again]
    jobs.resume(other)
    assert ended(other).state == "failed"
    assert [job.run_id for job in jobs.list_stopped()] == [again, other]


def test_an_active_job_is_cancelled_before_it_is_dismissed() -> None:
    run_id = jobs.start(["count", "1000", "0.05"], "Counting")
    with pytest.raises(RunError, match="is active; cancel it"):
        jobs.dismiss(run_id)
    assert jobs.list_stopped() == []
    jobs.cancel(run_id)
    ended(run_id)


def test_a_job_that_waits_can_be_cancelled() -> None:
    lock = locks.try_lock(workspace.home() / "compute.lock")
    run_id = jobs.start(["count", "1", "0"], "Counting")
    until(lambda: jobs.status(run_id).message.startswith("waiting"))
    jobs.cancel(run_id)
    assert ended(run_id).state == "cancelled"
    assert lock is not None
    os.close(lock)


def test_cancelling_what_has_ended_changes_nothing() -> None:
    run_id = jobs.start(["count", "1", "0"], "Counting")
    assert ended(run_id).state == "finished"
    jobs.cancel(run_id)
    assert jobs.status(run_id).state == "finished"


@pytest.mark.parametrize(
    ("command", "message"),
    [("fail", "column 'text' is missing; columns: a, b"), ("crash", "ZeroDivisionError: a bug")],
)
def test_a_failed_job_says_why(command: str, message: str) -> None:
    status = ended(jobs.start([command], "Failing"))
    assert (status.state, status.message) == ("failed", message)
    assert message.split(":")[-1].strip() in jobs.log_tail(status.run_id)


def test_a_killed_job_has_died_and_its_successor_takes_its_turn() -> None:
    run_id = jobs.start(["count", "1000", "0.05"], "Counting")
    until_running(run_id)
    kill(run_id)
    status = jobs.status(run_id)
    assert status.state == "died" and "killed" in status.message
    assert jobs.list_jobs(active_only=True) == []
    assert ended(jobs.start(["count", "1", "0"], "Next")).state == "finished"


def test_a_job_killed_before_it_could_say_anything_has_died() -> None:
    run_id = jobs.start(["count", "1000", "0.05"], "Counting")
    kill(run_id)
    assert jobs.status(run_id).state == "died"


def test_a_process_id_that_is_used_again_does_not_bring_a_dead_job_back() -> None:
    run_id = jobs.start(["count", "1000", "0.05"], "Counting")
    until_running(run_id)
    kill(run_id)
    folder = runs.open_run(run_id).folder
    seen = json.loads((folder / "status.json").read_text())
    (folder / "status.json").write_text(json.dumps(seen | {"pid": os.getpid(), "state": "running"}))
    assert jobs.status(run_id).state == "died"


def test_an_orphan_of_a_dead_job_does_not_keep_it_alive(tmp_path: Path) -> None:
    run_id = jobs.start(["fork", str(tmp_path / "forked")], "Forking")
    until((tmp_path / "forked").exists)
    group = jobs._children[-1].pid
    kill(run_id)
    assert jobs.status(run_id).state == "died"
    os.killpg(group, signal.SIGKILL)  # the orphan is alone in the worker's own group


def test_sigterm_ends_a_job_as_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = runs.create("job", "20240101t000000000-x", {"title": "x", "argv": ["x"]})
    monkeypatch.setenv(worker.JOB_VARIABLE, str(folder))
    with pytest.raises(KeyboardInterrupt), command_line._terminate_like_ctrl_c(), jobs.working():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
    assert jobs.status(folder.name).state == "cancelled"


def test_a_damaged_status_is_not_the_end_of_the_page() -> None:
    run_id = jobs.start(["count", "1000", "0.05"], "Counting")
    until_running(run_id)
    kill(run_id)
    for damage in ("", '{"state": "run', "[]", "null"):
        (runs.open_run(run_id).folder / "status.json").write_text(damage)
        assert jobs.status(run_id).state == "died"
        assert jobs.list_jobs()[0].run_id == run_id


def test_the_same_job_is_not_started_twice() -> None:
    first = jobs.start(["count", "1000", "0.05"], "Counting")
    assert jobs.start(["count", "1000", "0.05"], "Counting") == first
    assert jobs.start(["count", "1000", "0.06"], "Counting") != first
    assert len(jobs.list_jobs(active_only=True)) == 2


def test_jobs_compute_one_at_a_time_in_the_order_of_their_starts(tmp_path: Path) -> None:
    lock = locks.try_lock(workspace.home() / "compute.lock")
    started = [jobs.start(["stamp", str(tmp_path / name), "0.3"], name) for name in "abc"]
    until(lambda: jobs.status(started[0]).message == "waiting for its turn")
    until(lambda: jobs.status(started[2]).message == "waiting for: a; b")
    assert lock is not None
    os.close(lock)
    for run_id in started:
        assert ended(run_id).state == "finished"
    (a0, a1), (b0, b1), (c0, _) = ([float(x) for x in (tmp_path / n).read_text().split()] for n in "abc")
    assert a0 < a1 <= b0 < b1 <= c0


def test_a_resumed_job_keeps_its_id_and_learns_that_it_is_resumed() -> None:
    run_id = jobs.start(["count", "40", "0.05"], "Counting")
    until_running(run_id)
    jobs.cancel(run_id)
    assert ended(run_id).state == "cancelled"
    assert jobs.resume(run_id) == run_id
    assert jobs.status(run_id).active
    assert jobs.resume(run_id) == run_id  # it is under way: nothing is started a second time
    last = ended(run_id)
    assert last.state == "finished"
    assert last.result == {"counted": 40, "resumed": True}
    assert jobs.log_tail(run_id).count("begins") == 2


@pytest.mark.parametrize(
    ("argv", "resume"),
    [
        (["train", "--data", "a"], True),
        (["train", "--data", "a", "--resume"], True),
        (["optimize", "--data", "a"], ""),
        (["optimize", "--data", "a", "--resume", "RUN"], "RUN"),
        (["learning-curve", "--data", "a"], ""),
        (["evaluate", "--model", "a", "--data", "b"], None),
        (["runs", "list"], None),
    ],
)
def test_a_resumed_job_acts_as_if_resume_had_been_typed(
    monkeypatch: pytest.MonkeyPatch, argv: list[str], resume: object
) -> None:
    seen: dict[str, object] = {}
    command = importlib.import_module(f"sentiment_core.commands.{argv[0].replace('-', '_')}")
    monkeypatch.setattr(command, "run", lambda args: seen.update(vars(args)) or {"paths": [], "removed": 1})
    monkeypatch.setattr(command, "show", str)
    folder = runs.create("job", "20240101t000000000-x", {"title": "x", "argv": argv})
    monkeypatch.setenv(worker.JOB_VARIABLE, str(folder))
    monkeypatch.setenv(worker.RESUME_VARIABLE, "1")
    assert command_line.main(argv) == 0
    assert seen.get("resume") == resume
    assert worker.RESUME_VARIABLE not in os.environ
    assert jobs.status(folder.name).state == "finished"


def test_an_ordinary_command_in_a_resumed_jobs_shell_resumes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}
    command = importlib.import_module("sentiment_core.commands.train")
    monkeypatch.setattr(command, "run", lambda args: seen.update(vars(args)) or {})
    monkeypatch.setattr(command, "show", str)
    monkeypatch.setenv(worker.RESUME_VARIABLE, "1")
    assert command_line.main(["train", "--data", "a"]) == 0
    assert seen["resume"] is False


def test_a_finished_job_cannot_be_resumed() -> None:
    run_id = jobs.start(["count", "1", "0"], "Counting")
    assert ended(run_id).state == "finished"
    with pytest.raises(RunError, match="finished"):
        jobs.resume(run_id)


def test_a_second_worker_on_the_same_folder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = jobs.start(["count", "1000", "0.05"], "Counting")
    monkeypatch.setenv(worker.JOB_VARIABLE, str(runs.open_run(run_id).folder))
    with pytest.raises(RunError, match="running already"), jobs.working():
        pass
    assert jobs.status(run_id).active


def test_ended_children_do_not_stay_as_zombies() -> None:
    run_id = jobs.start(["count", "1", "0"], "Counting")
    pid = jobs._children[-1].pid
    ended(run_id)
    until(lambda: not jobs.list_jobs(active_only=True) and not jobs._children)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_full_disk_stops_neither_the_progress_nor_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    folder = runs.create("job", "20240101t000000000-x", {"title": "x", "argv": ["x"]})
    monkeypatch.setattr(worker, "write_status", full)
    monkeypatch.setattr(runs, "finish", full)
    job = worker.Worker(folder)
    job.progress(1, 2, "counting")
    job.end("failed", "OSError: No space left on device")
    assert jobs.status(folder.name).state == "died"


def test_progress_raises_once_cancelled_however_often_it_is_called() -> None:
    folder = runs.create("job", "20240101t000000000-x", {})
    job = worker.Worker(folder)
    job.progress(1, 10, "counting")
    (folder / "cancel").touch()
    for _ in range(2):
        with pytest.raises(Cancelled):
            job.progress(2, 10, "counting")


def test_the_processes_that_a_job_starts_are_not_that_job(tmp_path: Path) -> None:
    ended(jobs.start(["environment", str(tmp_path / "seen")], "Looking"))
    seen = dict(line.split("=", 1) for line in (tmp_path / "seen").read_text().split("\n") if "=" in line)
    assert worker.JOB_VARIABLE not in seen and worker.LOCK_VARIABLE not in seen
    assert seen["TOKENIZERS_PARALLELISM"] == "false"
    assert seen["REELCHECK_HOME"] == str(workspace.home())


def test_the_log_shows_the_last_state_of_a_progress_bar() -> None:
    folder = runs.create("job", "20240101t000000000-x", {})
    assert jobs.log_tail(folder.name) == ""
    (folder / "log.txt").write_bytes(b"first\n 10%\r 50%\r100%\r\nbad \xff byte\n")
    assert jobs.log_tail(folder.name).split("\n") == ["first", "100%", "bad \ufffd byte"]
    (folder / "log.txt").write_text("line\n" * 10_000)
    assert jobs.log_tail(folder.name, lines=3) == "line\nline\nline"


def test_an_evaluation_is_not_taken_for_a_job() -> None:
    folder = runs.create("evaluation", "20240101t000000000-x", {})
    with pytest.raises(RunError, match="not a job"):
        jobs.status(folder.name)
