"""A Dask scheduler and two workers on this machine; one of them is killed half-way."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from attacks.engine.batch import attack_batch
from attacks.schema import AttackSpec, Example
from sentiment_core.errors import Cancelled, ModelError, ReelcheckError
from sentiment_core.evaluation.prediction import predict_frame
from sentiment_core.execution import cluster
from sentiment_core.execution.cluster import Cluster

HERE = Path(__file__).parent


@dataclass
class Machines:
    """The scheduler's address, and the workers' processes."""

    address: str
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture
def machines(reelcheck_home: Path, tmp_path: Path) -> Iterator[Machines]:
    """Start a scheduler and two workers of one thread that share this test's workspace."""
    address = f"tcp://127.0.0.1:{free_port()}"
    env = os.environ | {
        "REELCHECK_HOME": str(reelcheck_home),
        "PYTHONPATH": str(HERE),
        "OMP_NUM_THREADS": "1",
    }
    dask = [sys.executable, "-m", "dask"]
    quiet: dict[str, Any] = {"env": env, "cwd": tmp_path, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen(
        [*dask, "scheduler", "--host", address, "--no-dashboard", "--no-show"], **quiet
    )
    worker = [*dask, "worker", address, "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1"]
    # The second is under a nanny, as most are: a daemonic process, which may have no children by itself.
    processes = [subprocess.Popen([*worker, more], **quiet) for more in ("--no-nanny", "--nanny")]
    try:
        wait_for_workers(address, 2)
        yield Machines(address, processes)
    finally:
        for process in [*processes, scheduler]:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_workers(address: str, n: int) -> None:
    from distributed import Client

    deadline = time.monotonic() + 90
    with Client(address, timeout=60, set_as_default=False) as client:
        while len(client.scheduler_info(n_workers=-1)["workers"]) < n:
            assert time.monotonic() < deadline, "the workers did not come"
            time.sleep(0.2)


@pytest.fixture
def examples(attack_reviews: pd.DataFrame) -> list[Example]:
    return [Example(str(i), t, int(n)) for i, t, n in attack_reviews.head(30).itertuples(index=False)]


def timeless(records: Any) -> dict[str, str]:
    return {record.example_id: json.dumps(record.to_json() | {"seconds": 0}) for record in records}


def process_ids() -> Callable[[int, Callable[[], None]], tuple[int, int]]:
    return lambda item, stop: (item * item, os.getpid())


def refuses() -> Any:
    raise ModelError("the weights are gone")


def waits_to_be_stopped() -> Callable[[Any, Callable[[], None]], None]:
    def work(item: Any, stop: Callable[[], None]) -> None:
        for _ in range(600):
            stop()
            time.sleep(0.1)

    return work


@pytest.mark.slow
def test_a_batch_loses_nothing_when_a_worker_is_killed_half_way(
    textattack: Any, machines: Machines, shelve: Callable[[str], Any], examples: list[Example]
) -> None:
    spec = AttackSpec(model_id=shelve("tfidf").model_id, recipe="deepwordbug")
    whole = timeless(attack_batch(spec, examples))
    found = []
    for record in attack_batch(spec, examples, cluster=machines.address):
        found.append(record)
        if len(found) == len(examples) // 3:
            machines.workers[0].send_signal(signal.SIGKILL)
    assert len(found) == len(examples)
    assert timeless(found) == whole


@pytest.mark.slow
def test_both_workers_work_errors_come_back_and_a_cancelled_run_makes_room_for_the_next(
    machines: Machines, shelve: Callable[[str], Any], attack_reviews: pd.DataFrame
) -> None:
    work = Cluster(machines.address)
    found = dict(work.run(process_ids, list(range(40))))
    assert {index: square for index, (square, _) in found.items()} == {n: n * n for n in range(40)}
    assert len({pid for _, pid in found.values()}) == 2
    with pytest.raises(ModelError, match="weights are gone"):
        list(work.run(refuses, [1]))
    began = time.monotonic()
    with pytest.raises(Cancelled):
        list(work.run(waits_to_be_stopped, [1, 2, 3, 4], tick=stops_after(4)))
    assert len(dict(work.run(process_ids, [1, 2, 3]))) == 3
    assert time.monotonic() - began < 40  # the workers gave up what would have taken a minute
    shelve("tfidf")
    reviews = pd.concat([attack_reviews] * 3, ignore_index=True)
    pd.testing.assert_frame_equal(
        predict_frame("tfidf", reviews, cluster=machines.address), predict_frame("tfidf", reviews)
    )


def stops_after(ticks: int) -> Callable[[], None]:
    left = iter(range(ticks))

    def tick() -> None:
        if next(left, None) is None:
            raise Cancelled

    return tick


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "nonsense://x", "127.0.0.1:notaport"])
def test_an_address_where_nobody_answers_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 1.0)
    with pytest.raises(ReelcheckError, match=r"no Dask scheduler answers at .*`dask scheduler`"):
        list(Cluster(address.format(port=free_port())).run(process_ids, [1]))


def test_each_thread_of_a_worker_has_a_process_that_stays_for_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster, "_Stopped", lambda run: lambda: None)
    first, second = (cluster._work("a", process_ids, number) for number in (3, 4))
    assert (first[0], second[0]) == (9, 16) and first[1] == second[1] != os.getpid()
    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(lambda number: cluster._work("a", process_ids, number), range(12)))
    assert [square for square, _ in found] == [number * number for number in range(12)]
    assert len({pid for _, pid in found}) <= 3
    assert cluster._work("b", process_ids, 1)[1] not in {pid for _, pid in found}
    assert set(cluster._idle) == {"b"}  # the model of the run before gave its memory back
    cluster._forget("b")
    assert cluster._idle == {} and not multiprocessing.active_children()
