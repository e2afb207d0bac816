"""Verdicts under other thresholds than those in force: stated by whoever asks, computed from what is kept."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from attacks.validity.criteria import LEAST_SIMILARITY, MOST_CHANGED
from sentiment_core.errors import RunError


@dataclass(frozen=True)
class Thresholds:
    """The two numbers of the criteria: the least similarity around a change, the most words changed."""

    least_similarity: float = LEAST_SIMILARITY
    most_changed: float = MOST_CHANGED

    def __post_init__(self) -> None:
        """Raise RunError where a number is off its scale."""
        if not -1 <= self.least_similarity <= 1:
            raise RunError(f"the least similarity is {self.least_similarity:g}; give -1 to 1, a cosine")
        if not 0 <= self.most_changed <= 1:
            raise RunError(f"the most words changed is {self.most_changed:g}; give a share from 0 to 1")

    @property
    def usual(self) -> bool:
        """Whether these are the numbers in force."""
        return self == Thresholds()


def under(standing: pd.DataFrame, thresholds: Thresholds) -> pd.DataFrame:
    """Return verdicts as these thresholds decide them; nothing is judged again, and those by hand stay.

    Args:
        standing: `verdicts.STANDING_COLUMNS`.
        thresholds: what decides instead of the numbers in force.
    """
    return pd.DataFrame(
        [_decided(row, thresholds) for row in standing.to_dict("records")], columns=list(standing.columns)
    )


def _decided(row: dict[str, object], thresholds: Thresholds) -> dict[str, object]:
    if row["automatic"] is None or pd.isna(row["automatic"]):
        return row
    names, reasons = (_parts(row[column]) for column in ("criteria", "reasons"))
    told = dict(zip(names, reasons, strict=False))
    around, changed = (float(str(row[column])) for column in ("similarity_around", "share_changed"))
    broken = {name: told.get(name, name) for name in names if name not in ("meaning", "share")}
    if around < thresholds.least_similarity:
        broken["meaning"] = (
            f"around a change the texts are {around:.3f} alike, under {thresholds.least_similarity:g}"
        )
    if changed > thresholds.most_changed:
        broken["share"] = f"{changed:.0%} of the words changed, more than {thresholds.most_changed:.0%}"
    automatic = not broken
    return row | {
        "automatic": automatic,
        "valid": row["valid"] if row["by_hand"] else automatic,
        "criteria": "; ".join(broken),
        "reasons": "; ".join(broken.values()),
    }


def _parts(cell: object) -> list[str]:
    return [part for part in str(cell or "").split("; ") if part]
