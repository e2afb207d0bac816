"""The words of this room: what is certified and how, and what is known of one review."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from attacks.schema import Example
from sentiment_core.execution.base import Stop

#: wrong: the review as it is is answered wrong. certified: no text with at most k changes is. broken: one is,
#: the witness. undecided: none was found, and none is ruled out.
CERTIFIED, BROKEN, UNDECIDED, WRONG = STATUSES = ("certified", "broken", "undecided", "wrong")
#: How many words may be changed, where nothing is said.
CHANGES = (1, 2, 3, 5, 10)


@dataclass(frozen=True)
class CertificateSpec:
    """Everything that decides what is found; the number of workers does not.

    Attributes:
        model_id: whose answers.
        edits: a name in `edits.KINDS`; what may stand in the place of a word.
        recipe: whose edits are meant instead.
        params: the recipe's parameters where they differ from its defaults.
        changes: the numbers of words that may be changed, ascending.
        data: name, fingerprint and split of the data set.
        example_ids: the reviews, in the order in which they are reported.
        parts: most parts of a review's texts that are looked at, for each number of changes.
        seconds: most seconds per review; None: no limit. With one, results depend on the machine's speed.
        noise: of the copies that a smoothed answer is made of, a name in `smoothing.NOISES`.
        kept: the share of words that are kept in a copy, where words are left out.
        samples: copies from which a share is bounded.
        error: the probability that a review's certificate is wrong, at most.
    """

    model_id: str
    edits: str = "wordnet"
    recipe: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    changes: tuple[int, ...] = CHANGES
    data: Mapping[str, Any] = field(default_factory=dict)
    example_ids: tuple[str, ...] = ()
    parts: int = 300
    seconds: float | None = None
    noise: str = "left-out"
    kept: float = 0.1
    samples: int = 1000
    error: float = 0.001


@dataclass(frozen=True)
class Row:
    """What is known of one review with at most k words changed.

    Attributes:
        lower_bound: no text's margin is lower, in log-odds; NaN where nothing is known.
        margin: the lowest that was found, in log-odds; the answer is right above 0.
        witness: the text that is answered wrong; empty where none was found.
        why: of an undecided review: what kept it from being decided.
    """

    k: int
    status: str
    lower_bound: float
    margin: float
    witness: str = ""
    why: str = ""


@dataclass(frozen=True)
class Certificate:
    """One review: a row for each number of changes, and the processor seconds that it took."""

    example_id: str
    label: int
    rows: tuple[Row, ...]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return dataclasses.asdict(self)


class Certifier(Protocol):
    """Certifies one review after the other."""

    def __call__(self, example: Example, stop: Stop) -> Certificate:
        """Return what is known of a review; `stop` is called often, and what it raises passes."""
        ...


#: One row per review and number of changes.
COLUMNS = ("example_id", "label", *(item.name for item in dataclasses.fields(Row)), "seconds")
