from __future__ import annotations

import functools
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sentiment_core.errors import Cancelled, ModelError, RunError
from sentiment_core.execution import executor_for
from sentiment_core.execution.base import Here, Lost
from sentiment_core.execution.processes import Pool, Processes
from sentiment_core.execution.staying import Staying


def squares(folder: str | None = None) -> Callable[[int, Callable[[], None]], int]:
    """Prepare to square; each process that prepares leaves a file behind."""
    if folder:
        (Path(folder) / str(os.getpid())).touch()
    return lambda item, stop: item * item


def killed_by(number: int, times: int, folder: str) -> Callable[[int, Callable[[], None]], int]:
    """Square, but the process that gets `number` is killed, the first `times` times."""

    def work(item: int, stop: Callable[[], None]) -> int:
        if item == number and len(list(Path(folder).iterdir())) < times:
            (Path(folder) / f"{os.getpid()}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return item * item

    return work


def killed_at_the_start() -> Callable[[Any, Callable[[], None]], Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def refuses() -> Callable[[Any, Callable[[], None]], Any]:
    raise ModelError("the weights are gone")


class Awkward(Exception):
    """Cannot be made again from its message alone, as pickling would."""

    def __init__(self, a: int, b: int) -> None:
        super().__init__(f"{a} and {b}")


def only_one_is_quick(folder: str) -> Callable[[int, Callable[[], None]], int]:
    """Prepare to square; of all processes but the first, each takes a while."""
    try:
        (Path(folder) / "first").touch(exist_ok=False)
    except FileExistsError:
        time.sleep(0.5)
    return squares()


def awkward() -> Callable[[Any, Callable[[], None]], Any]:
    def work(item: int, stop: Callable[[], None]) -> int:
        raise Awkward(1, 2)

    return work


def sleeps() -> Callable[[Any, Callable[[], None]], Any]:
    return lambda item, stop: time.sleep(60)


def stops_itself() -> Callable[[Any, Callable[[], None]], Any]:
    return lambda item, stop: stop()


def born_with() -> Callable[[Any, Callable[[], None]], Any]:
    return lambda item, stop: (os.environ["OMP_NUM_THREADS"], hash("the same in all"), os.getpid())


@pytest.mark.parametrize("executor", [Here(), Processes(1), Processes(3)])
@pytest.mark.parametrize("n", [0, 1, 7])
def test_every_item_is_done_once_by_any_executor(executor, n):
    found = list(executor.run(squares, list(range(n))))
    assert sorted(found) == [(index, index * index) for index in range(n)]


def test_each_process_prepares_once_and_no_more_start_than_there_are_items(tmp_path):
    prepare = functools.partial(squares, str(tmp_path))
    assert len(list(Processes(4).run(prepare, [1, 2]))) == 2
    assert 1 <= len(list(tmp_path.iterdir())) <= 2


def test_a_process_that_still_starts_when_the_next_lot_is_dealt_answers_for_its_item(tmp_path):
    pool = Pool(functools.partial(only_one_is_quick, str(tmp_path)), 2)
    try:
        for lot in ([1, 2], [3, 4, 5]):
            assert dict(pool.results(lot, lambda: None)) == {at: item**2 for at, item in enumerate(lot)}
    finally:
        pool.end()


def test_what_a_killed_process_held_is_dealt_again(tmp_path):
    found = dict(Processes(2).run(functools.partial(killed_by, 5, 1, str(tmp_path)), list(range(12))))
    assert found == {index: index * index for index in range(12)}
    assert len(list(tmp_path.iterdir())) == 1


def test_an_item_that_kills_its_process_twice_is_given_up_and_the_others_are_done(tmp_path):
    found = dict(Processes(2).run(functools.partial(killed_by, 3, 9, str(tmp_path)), list(range(8))))
    lost = found.pop(3)
    assert isinstance(lost, Lost) and "killed 2 times" in lost.reason
    assert found == {index: index * index for index in range(8) if index != 3}


def test_processes_that_are_killed_while_they_begin_are_not_started_for_ever():
    with pytest.raises(RunError, match="3 processes in a row were killed while they started.*--workers 1"):
        list(Processes(2).run(killed_at_the_start, [1, 2, 3]))


@pytest.mark.parametrize("executor", [Here(), Processes(2)])
def test_what_prepare_raises_reaches_the_caller(executor):
    with pytest.raises(ModelError, match="weights are gone"):
        list(executor.run(refuses, [1, 2]))


def test_an_error_that_cannot_be_sent_arrives_in_its_words():
    with pytest.raises(RuntimeError, match="Awkward: 1 and 2"):
        list(Processes(1).run(awkward, [1]))


def test_ticking_goes_on_while_all_wait_and_what_it_raises_ends_everything():
    ticks: list[float] = []

    def tick() -> None:
        ticks.append(time.monotonic())
        if len(ticks) > 8:
            raise Cancelled

    began = time.monotonic()
    with pytest.raises(Cancelled):
        list(Processes(2).run(sleeps, [1, 2], tick=tick))
    assert time.monotonic() - began < 30
    assert max(b - a for a, b in zip(ticks[1:], ticks[2:], strict=False)) < 1.0
    assert no_children()


def test_work_done_here_can_be_stopped_in_the_middle_of_an_item():
    def tick() -> None:
        if calls.append(1) or len(calls) == 2:
            raise Cancelled

    calls: list[int] = []
    with pytest.raises(Cancelled):
        list(Here().run(stops_itself, [1, 2, 3], tick=tick))


def test_who_stops_listening_leaves_no_process_behind():
    results = Processes(2).run(squares, list(range(50)))
    next(results)
    results.close()
    assert no_children()


def test_processes_are_born_with_one_thread_and_one_order_of_sets(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    found = [result for _, result in Processes(2).run(born_with, list(range(20)))]
    assert {threads for threads, _, _ in found} == {"1"}
    assert len({hashed for _, hashed, _ in found}) == 1
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_no_workers_means_this_process():
    assert isinstance(executor_for(0), Here)
    assert isinstance(executor_for(2), Processes)


def no_children() -> bool:
    import multiprocessing

    end = time.monotonic() + 15
    while multiprocessing.active_children() and time.monotonic() < end:
        time.sleep(0.1)
    return not multiprocessing.active_children()


# --- a process that stays ------------------------------------------------------------------------


def test_a_process_that_stays_prepares_the_same_work_once(tmp_path: Path) -> None:
    staying = Staying()
    prepare = functools.partial(squares, str(tmp_path))
    try:
        assert list(staying.run(prepare, [2, 3])) == [(0, 4), (1, 9)]
        for started in tmp_path.iterdir():
            started.unlink()
        assert list(staying.run(functools.partial(squares, str(tmp_path)), [4])) == [(0, 16)]
        assert not list(tmp_path.iterdir())  # it was prepared before
        assert list(staying.run(squares, [5])) == [(0, 25)]
    finally:
        staying.end()


def test_a_process_that_stays_is_ended_by_whoever_waits_and_starts_anew(tmp_path: Path) -> None:
    staying = Staying()
    prepare = functools.partial(squares, str(tmp_path))

    def given_up() -> None:
        raise Cancelled

    try:
        with pytest.raises(Cancelled):
            list(staying.run(prepare, [2], tick=given_up))
        with pytest.raises(ModelError, match="weights are gone"):
            list(staying.run(refuses, [2]))
        assert list(staying.run(prepare, [3])) == [(0, 9)]
    finally:
        staying.end()
