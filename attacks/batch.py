"""Attack review after review: an iterator of records, the same whatever works on them. No file is touched.

Each review has its own seed and starts from empty caches, so that a record depends on the spec, the model and
the review alone: not on the order, the number of workers, or what was resumed.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Sequence

from attacks.attacker import Attacker, Example, errored, seed_of
from attacks.schema import AttackRecord, AttackSpec
from sentiment_core import models
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.execution import Lost, executor_for

__all__ = ["Attacker", "Example", "attack_batch", "load_attacker", "seed_of"]


def attack_batch(
    spec: AttackSpec,
    examples: Sequence[Example],
    *,
    workers: int = 0,
    cluster: str | None = None,
    done: Sequence[AttackRecord] = (),
    progress: Progress = no_progress,
) -> Iterator[AttackRecord]:
    """Yield a record for each review that has none yet, in the order of arrival.

    Args:
        spec: what is done; its `example_ids` are not looked at, `examples` are attacked.
        examples: the reviews.
        workers: processes of one thread each, which load model and recipe once; 0: this process.
        cluster: address of a Dask scheduler, whose workers attack instead.
        done: records of an earlier, unfinished run of the same spec; their reviews are not attacked again.
        progress: told at least twice a second; raise Cancelled in it to stop.
    """
    told = _Tally(spec.recipe, len(examples), done, progress)
    finished = {record.example_id for record in done}
    left = [example for example in examples if example.example_id not in finished]
    told.report()
    for index, answer in executor_for(workers, cluster).run(_preparation(spec), left, tick=told.report):
        record = _record(spec, left[index], answer)
        told.count(record)
        yield record
        told.report()


def _record(spec: AttackSpec, example: Example, answer: AttackRecord | Lost) -> AttackRecord:
    if not isinstance(answer, Lost):
        return answer
    return errored(spec, example, error=f"{answer.reason} (a review of {len(example.text.split()):,} words)")


class _Tally:
    """Counts what is done, and tells."""

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


def _preparation(spec: AttackSpec) -> Callable[[], Attacker]:
    """Return what a worker calls first; without the ids, which it does not need."""
    slim = dataclasses.replace(spec, params=dict(spec.params), data={}, example_ids=())
    return functools.partial(load_attacker, slim)


def load_attacker(spec: AttackSpec) -> Attacker:
    """Load the model and build the recipe; this imports TextAttack, which takes some seconds."""
    return Attacker(spec, models.load_model(spec.model_id))
