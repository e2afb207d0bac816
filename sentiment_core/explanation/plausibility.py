"""Do an explanation's words agree with those that people marked? Within what the model read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core.data.files.bad_rows import shown
from sentiment_core.errors import DamagedFile, DataError
from sentiment_core.explanation.base import Attribution
from sentiment_core.explanation.passages import Offsets
from sentiment_core.storage import kept

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

MOST_BYTES, MOST_REVIEWS = 64 * 1024 * 1024, 10_000
SHAPE = {"id?": (str, int), "text": str, "label": int, "spans": [[int]]}


@dataclass(frozen=True)
class Rationale:
    """A review with the stretches that people marked as reasons for its label."""

    example_id: str
    text: str
    label: int
    spans: tuple[Offsets, ...]


def read_rationales(file: Path) -> list[Rationale]:
    """Return the reviews of a JSON Lines file: `text`, `label` (0 or 1), `spans` (pairs of offsets), `id`.

    Raises:
        DataError: the file cannot be read, or a line is not of that form.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise DataError(f"rationales {shown(file.name)} cannot be read: {error.strerror}") from None
    lines = [line for line in content.split(b"\n") if line.strip()]
    if len(content) > MOST_BYTES or len(lines) > MOST_REVIEWS:
        raise DataError(
            f"{file.name} is too large; {MOST_BYTES >> 20} MiB and {MOST_REVIEWS:,} lines at most"
        )
    found = [_rationale(line, number, file.name) for number, line in enumerate(lines, start=1)]
    if not found:
        raise DataError(f"{file.name} holds no review; a line is {json.dumps(_EXAMPLE)}")
    return found


_EXAMPLE = {"id": "r1", "text": "A dull film.", "label": 0, "spans": [[2, 6]]}


def _rationale(line: bytes, number: int, name: str) -> Rationale:
    try:
        record: dict[str, Any] = kept.parse_json(line, name, SHAPE)
    except DamagedFile as error:
        raise DataError(f"line {number} of {name} cannot be used: {error.what}") from None
    pairs = [(pair[0], pair[1]) for pair in record["spans"] if len(pair) == 2]
    inside = all(0 <= start < end <= len(record["text"]) for start, end in pairs)
    if record["label"] not in (0, 1) or len(pairs) != len(record["spans"]) or not inside:
        raise DataError(
            f"line {number} of {name} cannot be used: label is 0 or 1, spans are pairs of offsets into text"
        )
    return Rationale(str(record.get("id") or number), record["text"], record["label"], tuple(sorted(pairs)))


def marked(offsets: Sequence[Offsets], rationale: Rationale) -> Bools:
    """Return bool [words]: which words, by their places, lie at least partly in a marked stretch."""
    return np.array(
        [any(first < end and start < last for first, last in rationale.spans) for start, end in offsets],
        dtype=bool,
    )


def toward_label(attribution: Attribution, label: int) -> Floats:
    """Return the scores as reasons for a label."""
    return attribution.scores if label == 1 else -attribution.scores


def average_precision(scores: Floats, truth: Bools) -> float:
    """Return the mean precision at each marked word, words in falling order; NaN if none or all is marked.

    Equal scores are taken together, as scikit-learn's average_precision_score does.
    """
    if truth.all() or not truth.any():
        return float("nan")
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(truth, scores))


def token_f1(scores: Floats, truth: Bools, share: float) -> float:
    """Return the F1 of the highest `share` of the words (DeYoung et al. 2020); NaN where none is marked."""
    if not truth.any():
        return float("nan")
    chosen = np.argsort(-scores, kind="stable")[: max(1, round(share * len(scores)))]
    hits = float(truth[chosen].sum())
    return 2 * hits / (len(chosen) + float(truth.sum()))


def marked_share(found: Sequence[Bools]) -> float:
    """Return the mean share of words that are marked, over the reviews where any is."""
    shares = [float(one.mean()) for one in found if one.any()]
    return float(np.mean(shares)) if shares else float("nan")
