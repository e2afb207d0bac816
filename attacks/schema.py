"""The words of this package: what is attacked and how, and one row for each attacked review."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sentiment_core.errors import ReelcheckError

#: skipped: the model was wrong before anything was changed. errored: an exception ended this one review.
OUTCOMES = ("succeeded", "failed", "skipped", "errored")

#: Why a failed search ended early; empty where it tried everything it could.
#: Such a review is censored: with more budget it might have succeeded.
STOPPED_BY = ("", "query budget", "time limit", "not confirmed")


@dataclass(frozen=True)
class AttackSpec:
    """Everything that decides the records of a batch; the number of workers does not.

    Attributes:
        model_id: the model under attack.
        recipe: a name in RECIPES.
        params: the recipe's parameters where they differ from its defaults.
        data: name, fingerprint and split of the data set.
        example_ids: the reviews, in the order in which they are reported.
        seed: each review's own seed is made from this one and its id.
        query_budget: most queries per review, as TextAttack counts them (cache hits too); None: no limit.
        seconds: most seconds per review; None: no limit. With a limit, results depend on the machine's speed.
        quick: the search asks a lighter copy of the transformer; see `attacks.engine.quick`.
    """

    model_id: str
    recipe: str
    params: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    example_ids: tuple[str, ...] = ()
    seed: int = 0
    query_budget: int | None = None
    seconds: float | None = None
    quick: bool = False


@dataclass(frozen=True)
class AttackRecord:
    """One attacked review; probabilities are those of the positive class, NaN where there is none.

    Attributes:
        perturbed: the text that the search ended on (adversarial when succeeded, its best try when failed);
            equal to `original` when skipped, empty when errored.
        queries: as TextAttack counts them: every text that was asked about, cache hits included.
        model_calls: texts that the model really computed.
        words: words of the original as TextAttack splits it.
        words_changed: those of them that were replaced, inserted or deleted.
        seconds: this review's own time, which no other figure depends on.
        error: the exception's class and message, on one line.
    """

    example_id: str
    label: int
    outcome: str
    stopped_by: str
    original: str
    perturbed: str
    prob_before: float
    prob_after: float
    queries: int
    model_calls: int
    words: int
    words_changed: int
    seconds: float
    seed: int
    error: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain values, in the order of RECORD_COLUMNS."""
        return dataclasses.asdict(self)


#: Columns of a batch's `results.parquet`, one row per review, in the order of the spec's example_ids.
RECORD_COLUMNS = tuple(item.name for item in dataclasses.fields(AttackRecord))


@dataclass(frozen=True)
class Example:
    """A review to attack; the label is the true one, 0 negative or 1 positive."""

    example_id: str
    text: str
    label: int


class SliceError(ReelcheckError):
    """An attribute or a slice is not known, or what was given cannot be measured."""
