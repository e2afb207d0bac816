"""Attack reviews one by one: an iterator of records, the same for any number of workers. No file is touched.

Each review has its own seed and starts from empty caches, so that a record depends on the spec, the model and
the review alone: not on the order, the number of workers, or what was resumed.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from attacks.engine.attacker import Attacker, errored, seed_of
from attacks.schema import AttackRecord, AttackSpec, Example
from sentiment_core import models
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.execution import executor_for
from sentiment_core.execution.base import Executor, Lost, Stop

__all__ = ["Attacker", "Example", "attack_batch", "load_attacker", "seed_of"]


def attack_batch(
    spec: AttackSpec,
    examples: Sequence[Example],
    *,
    workers: int = 0,
    cluster: str | None = None,
    executor: Executor | None = None,
    done: Sequence[AttackRecord] = (),
    progress: Progress = no_progress,
    failed: Callable[[AttackRecord, str], None] = lambda record, trace: None,
) -> Iterator[AttackRecord]:
    """Yield a record for each review that has none yet, in the order of arrival.

    Args:
        spec: what is done; its `example_ids` are ignored, `examples` are attacked.
        examples: the reviews.
        workers: processes of one thread each, which load model and recipe once; 0: this process.
        cluster: address of a Dask scheduler, whose workers attack instead.
        executor: attacks instead of all these.
        done: records of an earlier, unfinished run of the same spec; their reviews are not attacked again.
        progress: called at least twice a second; raise Cancelled in it to stop.
        failed: called with the record and traceback of each review that an exception ended.
    """
    told = _Tally(spec.recipe, len(examples), done, progress)
    finished = {record.example_id for record in done}
    left = [example for example in examples if example.example_id not in finished]
    told.report()
    executor = executor or executor_for(workers, cluster)
    for index, answer in executor.run(_preparation(spec), left, tick=told.report):
        record, trace = _attempt(spec, left[index], answer)
        if record.outcome == "errored":
            failed(record, trace)
        told.count(record)
        yield record
        told.report()


class Attempt(NamedTuple):
    """A review's record, and the traceback of the exception that ended its attack, if one did."""

    record: AttackRecord
    traceback: str = ""


class Logging:
    """An attacker whose records bring along what no column has: the traceback of a failed review."""

    def __init__(self, attacker: Attacker) -> None:
        self.attacker = attacker

    def __call__(self, example: Example, stop: Stop) -> Attempt:
        """Attack one review."""
        record = self.attacker(example, stop)
        return Attempt(record, self.attacker.traceback)


def _attempt(spec: AttackSpec, example: Example, answer: Attempt | Lost) -> Attempt:
    if not isinstance(answer, Lost):
        return answer
    error = f"{answer.reason} (a review of {len(example.text.split()):,} words)"
    return Attempt(errored(spec, example, error=error))


class _Tally:
    """Counts what is done, and reports progress."""

    def __init__(self, recipe: str, total: int, done: Sequence[AttackRecord], progress: Progress) -> None:
        self.recipe, self.total, self.progress = recipe, total, progress
        self.done = self.succeeded = 0
        for record in done:
            self.count(record)

    def count(self, record: AttackRecord) -> None:
        self.done += 1
        self.succeeded += record.outcome == "succeeded"

    def report(self) -> None:
        what = f"attacking with {self.recipe}: {self.done} of {self.total}, {self.succeeded} succeeded"
        self.progress(self.done, self.total, what)


def _preparation(spec: AttackSpec) -> Callable[[], Logging]:
    """Return what a worker calls first; without the ids, which it does not need."""
    slim = dataclasses.replace(spec, params=dict(spec.params), data={}, example_ids=())
    return functools.partial(load_attacker, slim)


def load_attacker(spec: AttackSpec) -> Logging:
    """Load the model and build the recipe; this imports TextAttack, which takes some seconds."""
    return Logging(Attacker(spec, models.load_model(spec.model_id)))
