"""Rows that cannot be used: the first one ends the reading, or all are counted and listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sentiment_core.errors import DataError
from sentiment_core.schema import Dropped

#: How many bad rows of one kind a report lists.
LISTED_ROWS = 20


@dataclass
class BadRows:
    """Collects what is wrong with which row of a file, or raises DataError at the first when not `skip`.

    `offer_skip` says whether the message may offer to leave such rows out. All are counted, by kind in
    `counts`; `found` lists the first LISTED_ROWS of each kind.
    """

    filename: str
    skip: bool
    offer_skip: bool = True
    found: dict[str, list[str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def note(self, row: int, column: str | None, why: str, detail: str, advice: str) -> None:
        """Record one bad row: `why` is the kind, `detail` what was found, `advice` what to do."""
        place = f"row {row}" + (f", column {column!r}" if column else "")
        if not self.skip:
            offer = ", or leave such rows out (--skip-bad)" if self.offer_skip else ""
            raise DataError(f"{self.filename}, {place}: {detail}; {advice}{offer}")
        self.counts[why] += 1
        listed = self.found.setdefault(why, [])
        if len(listed) < LISTED_ROWS:
            listed.append(f"{place}: {detail}")

    def report(self) -> tuple[Dropped, ...]:
        """Return how many rows of each kind were left out, with the first LISTED_ROWS of them."""
        return tuple(Dropped(why, self.counts[why], tuple(places)) for why, places in self.found.items())


def shown(value: object) -> str:
    """Return a value as a message quotes it: at most 40 characters."""
    text = _or_number(str, value)
    return repr(text if len(text) <= 40 else text[:37] + "...")


def as_written(value: object) -> str:
    """Return a value as a program writes it, so that its type shows: at most 60 characters."""
    text = _or_number(repr, value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _or_number(write: Callable[[object], str], value: object) -> str:
    try:
        return write(value)
    except ValueError:  # Python writes no whole number of more than 4,300 digits
        return "a number of thousands of digits"
