"""Whatever ends a batch, and whenever: it goes on, and its records are those of a run that nothing ended."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from attacks.batches import runs as attack_runs
from attacks.batches.runs import open_attack, resume, start
from attacks.schema import AttackSpec, Example
from sentiment_core.storage import journal, runs, workspace

KILLS = 20


@pytest.fixture
def examples(attack_reviews: pd.DataFrame) -> list[Example]:
    return [Example(str(i), t, int(n)) for i, t, n in attack_reviews.head(30).itertuples(index=False)]


@pytest.fixture
def spec(textattack: Any, shelve: Callable[[str], Any]) -> AttackSpec:
    return AttackSpec(model_id=shelve("tfidf").model_id, recipe="deepwordbug")


def in_a_process(work: Callable[[], Any], kill_after: float | None = None) -> int | None:
    """Do it in a forked process (which has TextAttack already); return the signal that killed it, if any.

    A fork without exec is safe here: the model computes in NumPy, and nothing runs in other threads.
    """
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # whatever it is, it must not go up into the test run
            os._exit(1)
        os._exit(0)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else None


def records_of(run_id: str) -> pd.DataFrame:
    return open_attack(run_id).records.drop(columns="seconds")


def kill_me(*args: Any, **kwargs: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.slow
def test_a_batch_killed_at_random_moments_ends_with_the_records_of_one_that_was_not(spec, examples):
    began = time.monotonic()
    whole = records_of(resume(start(spec, examples).name))
    share = (time.monotonic() - began) / 14
    rng, kills, batches = random.Random(11), 0, 0
    while kills < KILLS:
        run_id, batches = start(spec, examples).name, batches + 1
        while not open_attack(run_id).finished:
            within = 2 * share * rng.random() if kills < KILLS else None
            kills += in_a_process(lambda: resume(run_id), within) is not None  # noqa: B023
        pd.testing.assert_frame_equal(records_of(run_id), whole)
        assert len(journal.records(open_attack(run_id).folder)) == len(examples)
    assert kills == KILLS and batches <= 3


def test_a_kill_in_the_middle_of_a_line_costs_that_review_alone(spec, examples, monkeypatch):
    whole = records_of(resume(start(spec, examples[:5]).name))
    folder = start(spec, examples[:5])
    fsync, lines = os.fsync, []

    def torn(descriptor: int) -> None:
        lines.append(descriptor)
        if len(lines) == 3:
            os.ftruncate(descriptor, os.fstat(descriptor).st_size - 20)
            kill_me()
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(runs.os, "fsync", torn)
        assert in_a_process(lambda: resume(folder.name)) == signal.SIGKILL
    assert len(open_attack(folder.name).records) == 2
    assert not (folder / journal.FILE).read_bytes().endswith(b"\n")
    pd.testing.assert_frame_equal(records_of(resume(folder.name)), whole)


@pytest.mark.parametrize(
    ("where", "name"),
    [(workspace, "write_parquet"), (workspace.os, "replace"), (runs, "finish")],
    ids=["before the results", "before they have their name", "between results and manifest"],
)
def test_a_kill_at_the_very_end_costs_nothing(spec, examples, monkeypatch, where, name):
    whole = records_of(resume(start(spec, examples[:3]).name))
    folder = start(spec, examples[:3])
    with monkeypatch.context() as patch:
        patch.setattr(where, name, kill_me)
        assert in_a_process(lambda: resume(folder.name)) == signal.SIGKILL
    assert not open_attack(folder.name).finished and len(open_attack(folder.name).records) == 3
    pd.testing.assert_frame_equal(records_of(resume(folder.name)), whole)


def test_a_kill_while_a_batch_begins_leaves_none_that_cannot_go_on(spec, examples, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(workspace, "write_parquet", kill_me)
        assert in_a_process(lambda: start(spec, examples)) == signal.SIGKILL
    assert attack_runs.list_attacks() == []


@pytest.mark.slow
def test_a_killed_command_takes_its_processes_along_and_can_go_on(spec, examples):
    """Two workers wrote some of the records, this process the others: they are those of one process."""
    whole = records_of(resume(start(spec, examples).name))
    run_id = start(spec, examples).name
    command = [sys.executable, "-m", "attacks", "run", "--resume", run_id, "--workers", "2"]
    first = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    until(lambda: len(open_attack(run_id).records) > 1)
    workers = children_of(first.pid)
    first.kill()
    first.wait()
    assert len(workers) >= 2
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    some = open_attack(run_id)
    assert not some.finished and not some.running
    pd.testing.assert_frame_equal(records_of(resume(run_id)), whole)


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [int(found) for found in listed.stdout.split()]


def until(true: Callable[[], Any], seconds: float = 240.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
