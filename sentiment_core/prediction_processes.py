"""Prediction dealt out to processes of one thread each.

On a CPU two processes of one thread each are faster than one process of two threads, because a batch's many
small steps leave the second thread waiting.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from sentiment_core.classifiers.base import Classifier, Progress, no_progress
from sentiment_core.errors import RunError
from sentiment_core.prediction import CHUNK_FOR_PROCESS, Answers, Work, answer, chunks_by_length

SECONDS_BETWEEN_LOOKS = 0.5


def predict_in_processes(
    load: Callable[[], Classifier], texts: Sequence[str], workers: int, progress: Progress = no_progress
) -> Answers:
    """Return the answers of `workers` processes that each load the classifier once.

    Args:
        load: makes the classifier; it is sent to the processes by name (a partial of a module's function).
        texts: dealt out in chunks of like length.
        workers: processes of one thread each.
        progress: called after every chunk and at least once a second; what it raises stops the processes.

    Raises:
        RunError: a process was killed.
    """
    answers = Answers.empty(len(texts))
    work = Work(texts, progress)
    with _pool(load, workers) as pool:
        pending = _deal(pool, texts)
        while pending:
            done, _ = wait(pending, timeout=SECONDS_BETWEEN_LOOKS, return_when=FIRST_COMPLETED)
            for future in done:
                chunk = pending.pop(future)
                answers.put(chunk, _result(future, work, len(texts)))
                work.finish(chunk)
            work.report()
    return answers


def _deal(pool: ProcessPoolExecutor, texts: Sequence[str]) -> dict[Future[Answers], list[int]]:
    with _no_main_module():
        return {
            pool.submit(_answer_in_worker, [texts[position] for position in chunk]): chunk
            for chunk in chunks_by_length(texts, CHUNK_FOR_PROCESS)
        }


def _result(future: Future[Answers], work: Work, n: int) -> Answers:
    try:
        return future.result()
    except BrokenProcessPool:
        raise RunError(
            f"a prediction process was killed after {work.reviews:,} of {n:,} reviews, perhaps for want of "
            "memory; try again with fewer workers (--workers 1)"
        ) from None


@contextmanager
def _pool(load: Callable[[], Classifier], workers: int) -> Iterator[ProcessPoolExecutor]:
    """Yield a pool whose processes are gone at the end of the block, whatever happened in it."""
    context = multiprocessing.get_context("spawn")  # a fork would copy torch's threads and their locks
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_worker, initargs=(load,))
    try:
        yield pool
    finally:
        processes = list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:  # what they still compute nobody waits for
            process.terminate()
        for process in processes:
            process.join()


@contextmanager
def _no_main_module() -> Iterator[None]:
    """Hide __main__ while processes start.

    They would import it under another name: a page (Streamlit puts the page's script there) or a script
    without a guard would run as a whole in each of them.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


# Inside a worker process ------------------------------------------------------------------------------------

_load: Callable[[], Classifier] | None = None


def _begin_worker(load: Callable[[], Classifier]) -> None:
    global _load
    _load = functools.cache(load)  # at the first chunk, so that its errors reach the parent in words
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the parent decides and ends us
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")


def _end_with_parent() -> None:
    """Wait for the parent's end: a killed parent would leave workers waiting for chunks for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _answer_in_worker(texts: list[str]) -> Answers:
    assert _load is not None
    classifier = _load()
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    return answer(classifier, texts)
