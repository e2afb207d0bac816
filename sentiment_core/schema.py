"""The words that everything else uses: column contracts and small frozen records."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import pandas as pd

NEGATIVE, POSITIVE = 0, 1
LABEL_NAMES = {NEGATIVE: "negative", POSITIVE: "positive"}
SPLITS = ("train", "validation", "test")

#: One review per row. `example_id` is unique; frames are joined on it, never zipped.
EXAMPLE_COLUMNS = ("example_id", "text", "label", "split", "source")

#: One model's answer to one review. `predicted` is `prob_positive >= 0.5`; `n_tokens` counts the
#: whole review in the model's own tokens (words for linear models), before any truncation. Where
#: `knows_nothing` is true the model knows none of the tokens, and its answer means nothing.
PREDICTION_COLUMNS = (
    "example_id",
    "model_id",
    "label",
    "prob_positive",
    "predicted",
    "n_tokens",
    "truncated",
    "knows_nothing",
)


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval and the number of reviews behind it.

    An undefined value is NaN and `reason` says why (for example precision with no positive prediction).
    """

    value: float
    ci_low: float
    ci_high: float
    n: int
    reason: str = ""

    @property
    def defined(self) -> bool:
        """Whether the figure exists at all."""
        return not math.isnan(self.value)

    def to_json(self) -> dict[str, float | int | str | None]:
        """Return plain JSON types; NaN becomes null, which JSON can carry."""
        plain: dict[str, float | int | str | None] = {
            "value": _finite(self.value),
            "ci_low": _finite(self.ci_low),
            "ci_high": _finite(self.ci_high),
            "n": self.n,
        }
        return plain | ({"reason": self.reason} if self.reason else {})

    @classmethod
    def from_json(cls, record: Mapping[str, object]) -> Estimate:
        """Read what `to_json` wrote."""
        value, low, high = (_or_nan(record.get(key)) for key in ("value", "ci_low", "ci_high"))
        return cls(value, low, high, int(str(record["n"])), str(record.get("reason", "")))


@dataclass(frozen=True)
class Dropped:
    """Rows that cleaning left out: why, how many, and the first few by name."""

    why: str
    count: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """How labeled reviews are read from a table: which column is which, what each label value means.

    As a request, None and () stand for "as found"; as a record of what was read, every field is what was
    used, None where there is no such column. `split_column=""` asks for no split although there is a column
    for one. Label values are as the file writes them; with `negative` and `positive` given, rows with any
    other value are left out and counted. `notes` are one line each: what a person might not expect.
    """

    text_column: str | None = None
    label_column: str | None = None
    split_column: str | None = None
    id_column: str | None = None
    negative: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Reading:
        """Read what `to_json` wrote; what is not there is as found."""
        known = {one.name for one in fields(cls)} & record.keys()
        return cls(**{name: _as_tuple(record[name]) for name in known})


@dataclass(frozen=True)
class Dataset:
    """Labeled reviews with the name and content hash that every model and run records.

    `examples` has EXAMPLE_COLUMNS first; further columns (rating, language) are kept behind them. `read` says
    how they were read; None for the data sets that have a name, and where it was not written down.
    """

    name: str
    fingerprint: str
    examples: pd.DataFrame
    dropped: tuple[Dropped, ...] = field(default=())
    read: Reading | None = None

    def split(self, name: str) -> pd.DataFrame:
        """Return the rows of one split, in order, with a fresh index (may be empty)."""
        return self.examples[self.examples["split"] == name].reset_index(drop=True)


def _as_tuple(value: Any) -> Any:
    return tuple(str(item) for item in value) if isinstance(value, list) else value


def _finite(value: float) -> float | None:
    return None if math.isnan(value) or math.isinf(value) else float(value)


def _or_nan(value: object) -> float:
    return math.nan if value is None else float(str(value))
