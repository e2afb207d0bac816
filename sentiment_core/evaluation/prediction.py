"""From reviews to a table of predictions, in this process or dealt out to several."""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core import models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Classifier, KnowsItsWords, Progress, no_progress
from sentiment_core.errors import ReelcheckError, RunError
from sentiment_core.evaluation import unfinished
from sentiment_core.execution import executor_for
from sentiment_core.execution.base import Lost, Stop
from sentiment_core.schema import PREDICTION_COLUMNS

#: Reviews in one message to a process; also the fewest that are worth starting a second process for.
CHUNK_FOR_PROCESS = 64
CHUNK_HERE = 256

#: More are started only when asked for: each holds the whole model in memory.
MOST_WORKERS = 8

#: A longer text costs no more (it is cut) and even the empty one costs something: for an honest time left.
CHARACTERS_AT_LEAST, CHARACTERS_AT_MOST = 100, 3000


@dataclass(frozen=True)
class Answers:
    """What a model says about n texts, in their order: float64, int64 and bool arrays of length n.

    `knows_nothing`: of which texts it knows no token, as far as it can say.
    """

    prob_positive: NDArray[np.float64]
    n_tokens: NDArray[np.int64]
    truncated: NDArray[np.bool_]
    knows_nothing: NDArray[np.bool_]

    @classmethod
    def empty(cls, n: int) -> Answers:
        """Return room for n answers."""
        no = np.zeros(n, dtype=np.bool_)
        return cls(np.full(n, np.nan), np.zeros(n, dtype=np.int64), no, no.copy())

    def put(self, positions: Sequence[int], other: Answers) -> None:
        """Write the answers of a chunk where its texts came from."""
        self.prob_positive[positions] = other.prob_positive
        self.n_tokens[positions] = other.n_tokens
        self.truncated[positions] = other.truncated
        self.knows_nothing[positions] = other.knows_nothing


def predict_frame(
    model: str,
    examples: pd.DataFrame,
    *,
    workers: int | None = None,
    cluster: str | None = None,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """Return PREDICTION_COLUMNS, a row for each row of `examples` and in its order.

    Of a model elsewhere, what was answered before it broke off is kept, and a further call begins there.

    Args:
        model: id or alias of a trained model.
        examples: columns example_id and text; label is copied where there is one, else missing (<NA>).
        workers: processes; default as many as `worker_count` says.
        cluster: address of a Dask scheduler, whose workers predict instead.
        progress: called after every chunk; raise Cancelled in it to stop.
    """
    card = models.resolve(model)
    texts = [str(text) for text in examples["text"]]
    if FAMILIES[card.family].elsewhere:
        with unfinished.kept_until_whole(models.load_model(card.model_id)) as classifier:
            return prediction_table(card.model_id, examples, predict_here(classifier, texts, progress))
    load = functools.partial(models.load_model, card.model_id)
    answers = ask(load, card.families, texts, workers=workers, cluster=cluster, progress=progress)
    return prediction_table(card.model_id, examples, answers)


def ask(
    load: Callable[[], Classifier],
    families: Collection[str],
    texts: Sequence[str],
    *,
    workers: int | None = None,
    cluster: str | None = None,
    progress: Progress = no_progress,
) -> Answers:
    """Return the answers of a classifier, here or in processes; `families`: whose models answer in it."""
    processes = worker_count(families, len(texts), workers)
    if processes == 1 and cluster is None:
        return predict_here(load(), texts, progress)
    return predict_in_processes(load, texts, processes, progress, cluster=cluster)


def worker_count(families: Collection[str], n: int, asked: int | None = None) -> int:
    """Return how many processes predict n reviews with a model whose answers come from these families.

    Linear models, few reviews and a GPU need one; a network on a CPU gets one for each core. A model
    elsewhere is asked by one: how many requests are on their way at a time is a setting of its own.
    """
    if asked is not None and asked < 1:
        raise ReelcheckError(f"workers is {asked}; give 1 or more")
    chunks = math.ceil(n / CHUNK_FOR_PROCESS)
    networks = any(FAMILIES[family].slow_to_load for family in families)
    elsewhere = any(FAMILIES[family].elsewhere for family in families)
    if chunks < 2 or elsewhere or (asked is None and (not networks or _has_gpu())):
        return 1
    return min(chunks, asked or min(usable_cores(), MOST_WORKERS))


def usable_cores() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def prediction_table(model_id: str, examples: pd.DataFrame, answers: Answers) -> pd.DataFrame:
    """Return PREDICTION_COLUMNS from answers in the order of `examples`."""
    n = len(examples)
    labels = examples["label"].array if "label" in examples else pd.array([pd.NA] * n, dtype="Int64")
    columns = {
        "example_id": examples["example_id"].array,
        "model_id": [model_id] * n,
        "label": labels,
        "prob_positive": answers.prob_positive,
        "predicted": (answers.prob_positive >= 0.5).astype(np.int64),
        "n_tokens": answers.n_tokens,
        "truncated": answers.truncated,
        "knows_nothing": answers.knows_nothing,
    }
    return pd.DataFrame(columns, columns=list(PREDICTION_COLUMNS))


def predict_here(classifier: Classifier, texts: Sequence[str], progress: Progress = no_progress) -> Answers:
    """Return a loaded classifier's answers, chunk by chunk in this process."""
    answers = Answers.empty(len(texts))
    work = Work(texts, progress)
    for chunk in chunks_by_length(texts, CHUNK_HERE):
        answers.put(chunk, answer(classifier, [texts[position] for position in chunk]))
        work.finish(chunk)
    return answers


def answer(classifier: Classifier, texts: Sequence[str]) -> Answers:
    """Return a classifier's answers to a handful of texts."""
    n_tokens = np.asarray(classifier.token_counts(texts), dtype=np.int64)
    limit, no = classifier.max_tokens, np.zeros(len(texts), dtype=np.bool_)
    truncated = n_tokens > limit if limit is not None else no
    lost = classifier.knows_nothing(texts) if isinstance(classifier, KnowsItsWords) else no
    return Answers(np.asarray(classifier.predict_proba(texts))[:, 1], n_tokens, truncated, lost)


def chunks_by_length(texts: Sequence[str], size: int) -> list[list[int]]:
    """Return positions in chunks of texts of like length, longest first.

    Like lengths need little padding; with the longest first no process is left with a long chunk at the end.
    """
    order = sorted(range(len(texts)), key=lambda position: -len(texts[position]))
    return [order[start : start + size] for start in range(0, len(order), size)]


class Work:
    """How much is done, by length rather than number: the long reviews come first."""

    def __init__(self, texts: Sequence[str], progress: Progress) -> None:
        self.cost = [min(max(len(text), CHARACTERS_AT_LEAST), CHARACTERS_AT_MOST) for text in texts]
        self.total, self.done, self.reviews = sum(self.cost), 0, 0
        self.progress = progress

    def finish(self, chunk: Sequence[int]) -> None:
        """Count a chunk as done and report it."""
        self.done += sum(self.cost[position] for position in chunk)
        self.reviews += len(chunk)
        self.report()

    def report(self) -> None:
        """Report how much is done."""
        self.progress(self.done, self.total, f"predicting {len(self.cost):,} reviews")


def _has_gpu() -> bool:
    import torch

    return bool(torch.cuda.is_available())


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
        f"a prediction process was killed after {work.reviews:,} of {n:,} reviews, perhaps because "
        "memory ran out; try again with fewer workers (--workers 1)"
    )


def _prepare(load: Callable[[], Classifier]) -> Callable[[list[str], Stop], Answers]:
    classifier = load()

    def work(texts: list[str], stop: Stop) -> Answers:
        return answer(classifier, texts)

    return work
