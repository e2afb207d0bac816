"""Accuracy as a bracket, and how much of what there is to find an attack finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from attacks.certificates.schema import BROKEN, CERTIFIED, UNDECIDED, WRONG
from sentiment_core.schema import Estimate
from sentiment_core.statistics import share

_NONE = "no review was looked at"


@dataclass(frozen=True)
class Bracket:
    """Accuracy under the worst edits of at most k words: between `certified` and `at_most`.

    Attributes:
        certified: of all reviews, those that no such edit turns.
        at_most: those that are right and that no text found turns.
        undecided: what lies between.
        turned: of the reviews that are right, those for which a text that turns them was found.
    """

    k: int
    n: int
    certified: Estimate
    at_most: Estimate
    undecided: Estimate
    turned: Estimate

    def to_json(self) -> dict[str, Any]:
        """Return shares, and each one's interval, as plain JSON types."""
        parts = {name: getattr(self, name) for name in ("certified", "at_most", "undecided", "turned")}
        shares = {name: part.to_json()["value"] for name, part in parts.items() if name != "turned"}
        return {"k": self.k, **shares, "n": self.n, "estimates": {n: p.to_json() for n, p in parts.items()}}


def brackets(rows: pd.DataFrame) -> list[Bracket]:
    """Return a bracket for each number of changes, in rising order; `rows` has k and status."""
    return [_bracket(int(k), part["status"]) for k, part in rows.groupby("k", sort=True)]


def bracket_from(record: Mapping[str, Any]) -> Bracket:
    """Read what `Bracket.to_json` wrote."""
    parts = {name: Estimate.from_json(part) for name, part in record["estimates"].items()}
    return Bracket(int(record["k"]), int(record["n"]), **parts)


def _bracket(k: int, status: pd.Series) -> Bracket:
    n, number = len(status), status.value_counts()
    certified, undecided = int(number.get(CERTIFIED, 0)), int(number.get(UNDECIDED, 0))
    right = n - int(number.get(WRONG, 0))
    return Bracket(
        k=k,
        n=n,
        certified=share(certified, n, _NONE),
        at_most=share(certified + undecided, n, _NONE),
        undecided=share(undecided, n, _NONE),
        turned=share(int(number.get(BROKEN, 0)), right, "no review is right as it is"),
    )


@dataclass(frozen=True)
class Reach:
    """What an attack did with at most k words changed, of the reviews that the certificate has too.

    Attributes:
        accuracy: under the attack.
        fooled, possible: reviews that it turned, and those for which a text that turns them is known.
        most_possible: and those for which there may be one.
        contradictions: reviews that it turned though they are certified; there must be none.
    """

    k: int
    n: int
    accuracy: Estimate
    fooled: int
    possible: int
    most_possible: int
    contradictions: tuple[str, ...]

    @property
    def found(self) -> Estimate:
        """Return the share of the reviews known to be turnable that it turned."""
        return share(self.fooled, self.possible, "no review is known to be turnable")


def reach(rows: pd.DataFrame, records: pd.DataFrame, k: int) -> Reach:
    """Return how an attack's records compare with certificates, for at most k changes.

    Args:
        rows: `schema.COLUMNS`.
        records: `attacks.schema.RECORD_COLUMNS` of an attack on the same model.
        k: one of the numbers of changes.
    """
    known = rows[rows["k"] == k].set_index("example_id")["status"]
    both = records[records["example_id"].isin(known.index) & (records["outcome"] != "errored")]
    status = known.loc[both["example_id"]].to_numpy()
    turned = ((both["outcome"] == "succeeded") & (both["words_changed"] <= k)).to_numpy()
    right = status != WRONG
    contradictions = tuple(both["example_id"].to_numpy()[turned & (status == CERTIFIED)])
    possible = turned | (status == BROKEN)
    return Reach(
        k=k,
        n=len(both),
        accuracy=share(int((right & ~turned).sum()), len(both), _NONE),
        fooled=int(turned.sum()),
        possible=int(possible.sum()),
        most_possible=int((possible | (status == UNDECIDED)).sum()),
        contradictions=contradictions,
    )


def radius(rows: pd.DataFrame) -> Mapping[str, int]:
    """Return each review's certified radius: the most changes for which it is certified; 0 for none."""
    certified = rows[rows["status"] == CERTIFIED].groupby("example_id")["k"].max()
    return {str(name): int(certified.get(name, 0)) for name in dict.fromkeys(rows["example_id"])}


def closest(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the row of one review with the fewest changes that turn it; None where no text is known."""
    broken = [row for row in rows if row["status"] == BROKEN]
    return min(broken, key=lambda row: int(row["k"]), default=None)
