"""People's verdicts on labels: every change is kept with its time and author, and none is lost.

`verdicts/labels/<fingerprint>/journal.jsonl` only grows. A change of mind is a new line, and so is an undo:
what anybody decided at any time can be read later. Two writers at once wait for each other's line.
"""

from __future__ import annotations

import getpass
import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core import data
from sentiment_core.errors import DataError
from sentiment_core.schema import Estimate
from sentiment_core.statistics import percentile_interval
from sentiment_core.storage import decisions, workspace
from sentiment_core.storage.kept import Shape

RIGHT, WRONG, AMBIGUOUS, NOT_A_REVIEW = "right", "wrong", "ambiguous", "not-a-review"
#: What a person may say of a review's label.
VERDICTS = {
    RIGHT: "the label is right",
    WRONG: "the other label is right",
    AMBIGUOUS: "a reader could say either",
    NOT_A_REVIEW: "the text is no review",
}
#: What several people say who do not agree.
DISPUTED = "disputed"
COLUMNS = ("example_id", "author", "verdict", "note", "tags", "time")
#: Longer ones are refused: a verdict is a decision, not an essay.
MOST_NOTE, MOST_TAGS, MOST_NAME = 2_000, 20, 80

_SHAPE: Shape = {
    **decisions.SHAPE,
    "example_id": str,
    "verdict?": str,
    "note?": str,
    "tags?": [str],
}


@dataclass(frozen=True)
class Change:
    """One line of the journal; `verdict` None withdraws, `undoes` is the place of the change taken back."""

    place: int
    example_id: str
    author: str
    time: str
    verdict: str | None = None
    note: str = ""
    tags: tuple[str, ...] = ()
    undoes: int | None = None


@dataclass(frozen=True)
class Agreement:
    """How far two people agree on the reviews that both judged; kappa is Cohen's (1960)."""

    authors: tuple[str, str]
    n: int
    same: int
    kappa: Estimate = field(repr=False)


def current_author() -> str:
    """Return who decides here: REELCHECK_AUTHOR, or the account's name."""
    named = os.environ.get("REELCHECK_AUTHOR", "").strip()
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in a container
        return "anonymous"


def folder_of(fingerprint: str) -> Path:
    """Return the folder of a data set's verdicts (it may not be there)."""
    return workspace.home() / "verdicts" / "labels" / fingerprint


def decide(
    fingerprint: str,
    example_id: str,
    verdict: str | None,
    *,
    author: str,
    note: str = "",
    tags: Iterable[str] = (),
    known: Collection[str] | None = None,
) -> Change:
    """Keep what somebody says of a review's label (None withdraws), and return the change.

    Args:
        fingerprint: of the data set.
        example_id: of the review.
        verdict: one of VERDICTS.
        author: who says it.
        note: why.
        tags: words to find it by.
        known: the ids of the data set's reviews, where the caller has them: reading them takes a while.

    Raises:
        DataError: the data set is not stored or has no such review, or the verdict, note or name is not
            allowed.
    """
    tags = tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    _check_words(verdict, author, note, tags)
    _check_example(example_id, _known_examples(fingerprint) if known is None else known)
    return _append(
        fingerprint,
        [{"example_id": example_id, "author": author, "verdict": verdict, "note": note, "tags": list(tags)}],
    )[0]


def decide_many(fingerprint: str, rows: Sequence[dict[str, Any]], *, author: str) -> int:
    """Keep many verdicts at once and return how many.

    Each row has `example_id` and `verdict`, and perhaps `note`, `tags` and `author`.

    Raises:
        DataError: as `decide`; then none is kept.
    """
    given = [
        {
            "example_id": str(row["example_id"]),
            "author": str(row.get("author") or author),
            "verdict": row["verdict"],
            "note": str(row.get("note") or ""),
            "tags": list(row.get("tags") or ()),
        }
        for row in rows
    ]
    known = _known_examples(fingerprint)
    for row in given:
        _check_words(row["verdict"], row["author"], row["note"], row["tags"])
        _check_example(row["example_id"], known)
    return len(_append(fingerprint, given)) if given else 0


def undo(fingerprint: str, *, author: str) -> Change | None:
    """Take back this person's last change that still counts, and return it; None where there is none."""
    last = _log(fingerprint).undo(author, ("example_id",))
    return None if last is None else _change(last)


def history(fingerprint: str) -> list[Change]:
    """Return every change in order, those taken back and the undos included.

    Raises:
        DamagedFile: the journal cannot be read at all. A damaged line is left out; `unreadable` counts
            them.
    """
    return [_change(entry) for entry in _log(fingerprint).entries()]


def unreadable(fingerprint: str) -> int:
    """Return how many lines of the journal are damaged, whose verdicts are therefore missing."""
    return _log(fingerprint).unreadable()


def current(fingerprint: str) -> pd.DataFrame:
    """Return COLUMNS: what each person says now of each review, in the order of the decisions."""
    now: dict[tuple[str, str], Change] = {}
    for change in map(_change, decisions.standing(_log(fingerprint).entries())):
        now.pop((change.example_id, change.author), None)
        now[change.example_id, change.author] = change
    rows = [
        (change.example_id, change.author, change.verdict, change.note, change.tags, change.time)
        for change in now.values()
        if change.verdict is not None
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def agreed(fingerprint: str) -> dict[str, str]:
    """Return one verdict per review that was judged: what all say who judged it, or DISPUTED."""
    return agreed_in(current(fingerprint))


def agreed_in(frame: pd.DataFrame) -> dict[str, str]:
    """Return `agreed` of verdicts that `current` has read."""
    said: dict[str, set[str]] = defaultdict(set)
    for example_id, verdict in zip(frame["example_id"], frame["verdict"], strict=True):
        said[example_id].add(verdict)
    return {name: next(iter(found)) if len(found) == 1 else DISPUTED for name, found in said.items()}


def agreements(fingerprint: str, *, resamples: int = 1000, seed: int = 0) -> list[Agreement]:
    """Return the agreement of every two people who judged reviews in common, most reviews first."""
    table = current(fingerprint).pivot(index="example_id", columns="author", values="verdict")
    return agreements_in(table, resamples=resamples, seed=seed)


def agreements_in(table: pd.DataFrame, *, resamples: int = 1000, seed: int = 0) -> list[Agreement]:
    """Return the agreement of every two people in a table: a row per text, a column per person, NaN: none."""
    found = []
    for one, other in combinations(table.columns, 2):
        both = table[[one, other]].dropna()
        if len(both):
            a, b = both[one].to_numpy(str), both[other].to_numpy(str)
            kappa = cohens_kappa(a, b, resamples=resamples, seed=seed)
            found.append(Agreement((str(one), str(other)), len(both), int((a == b).sum()), kappa))
    return sorted(found, key=lambda agreement: (-agreement.n, agreement.authors))


def cohens_kappa(a: Any, b: Any, *, resamples: int = 1000, seed: int = 0) -> Estimate:
    """Return Cohen's kappa of two lists of verdicts with a bootstrap interval.

    It is undefined (NaN) where both use one and the same verdict throughout: no chance of disagreeing.
    """
    a, b = np.asarray(a), np.asarray(b)
    if not len(a):
        return Estimate(np.nan, np.nan, np.nan, 0, "nobody judged the same review")
    names = np.unique(np.concatenate([a, b]))
    first, second = (np.searchsorted(names, side) for side in (a, b))
    if len(names) < 2:
        return Estimate(np.nan, np.nan, np.nan, len(a), "both gave one and the same verdict throughout")

    def kappa(rows: Any) -> float:
        return _kappa(first[rows], second[rows], len(names))

    rng = np.random.default_rng(seed)
    draws = np.array([kappa(rng.integers(0, len(a), len(a))) for _ in range(resamples)])
    low, high = percentile_interval(draws[~np.isnan(draws)])
    return Estimate(kappa(slice(None)), low, high, len(a))


def _kappa(first: Any, second: Any, kinds: int) -> float:
    """Return (observed - expected) / (1 - expected) agreement; NaN where 1 is expected."""
    n = len(first)
    expected = float(np.bincount(first, minlength=kinds) @ np.bincount(second, minlength=kinds)) / n**2
    return (float(np.mean(first == second)) - expected) / (1 - expected) if expected < 1 else float("nan")


def _append(fingerprint: str, records: Sequence[dict[str, Any]]) -> list[Change]:
    return [_change(entry) for entry in _log(fingerprint).append(records)]


def _log(fingerprint: str) -> decisions.Log:
    return decisions.Log(folder_of(fingerprint), _SHAPE)


def _change(entry: decisions.Entry) -> Change:
    record = entry.record
    return Change(
        entry.place,
        record["example_id"],
        record["author"],
        record["time"],
        record.get("verdict"),
        record.get("note") or "",
        tuple(record.get("tags") or ()),
        record.get("undoes"),
    )


def _known_examples(fingerprint: str) -> frozenset[str]:
    return frozenset(data.by_fingerprint(fingerprint).examples["example_id"].astype(str))


def _check_example(example_id: str, known: Collection[str]) -> None:
    if example_id not in known:
        raise DataError(
            f"the data set has no review {example_id[:MOST_NAME]!r}; it has {len(known):,} other reviews"
        )


def _check_words(verdict: str | None, author: str, note: str, tags: Sequence[str]) -> None:
    if verdict is not None and verdict not in VERDICTS:
        raise DataError(f"verdict {str(verdict)[:MOST_NAME]!r} is not known; known: {', '.join(VERDICTS)}")
    check_author(author)
    if len(note) > MOST_NOTE:
        raise DataError(f"the note has {len(note):,} characters; give at most {MOST_NOTE:,}")
    if len(tags) > MOST_TAGS or any(len(tag) > MOST_NAME for tag in tags):
        raise DataError(f"give at most {MOST_TAGS} tags of at most {MOST_NAME} characters each")


def check_author(author: str) -> None:
    """Raise DataError unless a reviewer's name is one."""
    if not author.strip() or len(author) > MOST_NAME or not author.isprintable():
        raise DataError(f"the reviewer's name must have 1 to {MOST_NAME} printable characters")
