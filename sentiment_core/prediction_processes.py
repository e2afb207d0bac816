"""Prediction dealt out, in chunks of like length, to processes or to a cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from sentiment_core.classifiers.base import Classifier, Progress, no_progress
from sentiment_core.errors import RunError
from sentiment_core.execution import Lost, Stop, executor_for
from sentiment_core.prediction import CHUNK_FOR_PROCESS, Answers, Work, answer, chunks_by_length


def predict_in_processes(
    load: Callable[[], Classifier],
    texts: Sequence[str],
    workers: int,
    progress: Progress = no_progress,
    *,
    cluster: str | None = None,
) -> Answers:
    """Return the answers of `workers` processes, or of a cluster, that each load the classifier once.

    Args:
        load: makes the classifier; it is sent to the processes by name (a partial of a module's function).
        texts: dealt out in chunks of like length.
        workers: processes of one thread each.
        progress: called after every chunk and at least once a second; what it raises stops the processes.
        cluster: address of a Dask scheduler, whose workers predict instead.

    Raises:
        RunError: a process was killed, and again at the second try.
    """
    answers = Answers.empty(len(texts))
    work = Work(texts, progress)
    chunks = chunks_by_length(texts, CHUNK_FOR_PROCESS)
    items = [[texts[position] for position in chunk] for chunk in chunks]
    results = executor_for(workers, cluster).run(partial(_prepare, load), items, tick=work.report)
    for index, result in results:
        if isinstance(result, Lost):
            raise _killed(work, len(texts))
        answers.put(chunks[index], result)
        work.finish(chunks[index])
    return answers


def _killed(work: Work, n: int) -> RunError:
    return RunError(
        f"a prediction process was killed after {work.reviews:,} of {n:,} reviews, perhaps for want of "
        "memory; try again with fewer workers (--workers 1)"
    )


def _prepare(load: Callable[[], Classifier]) -> Callable[[list[str], Stop], Answers]:
    classifier = load()

    def work(texts: list[str], stop: Stop) -> Answers:
        return answer(classifier, texts)

    return work
