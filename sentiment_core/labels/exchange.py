"""Verdicts in and out: as CSV, and as the JSON of the public project cleanlab/label-errors.

That JSON gives, for each review, its file's name in aclImdb, the given and the guessed label, and how many of
five people chose the given label, the guessed one, neutral, or off-topic.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sentiment_core.data.cleaning import clean_text
from sentiment_core.data.files.tables import read_bytes, read_table
from sentiment_core.errors import DamagedFile, DataError
from sentiment_core.labels.verdicts import (
    AMBIGUOUS,
    NOT_A_REVIEW,
    RIGHT,
    VERDICTS,
    WRONG,
    current,
    decide_many,
)
from sentiment_core.schema import LABEL_NAMES, Dataset
from sentiment_core.storage import kept

CSV_COLUMNS = (
    "example_id",
    "text",
    "label",
    "verdict",
    "corrected_label",
    "note",
    "tags",
    "author",
    "time",
)
#: The votes of the public JSON, and the verdicts they stand for.
VOTES = {"given": RIGHT, "guessed": WRONG, "neutral": AMBIGUOUS, "off-topic": NOT_A_REVIEW}
#: A verdict needs this many of the five votes; without it the label is ambiguous, as the authors count it.
MAJORITY = 3
_JSON_SHAPE = [{"id": str, "mturk": {"given": int, ...: int}, "text?": str, ...: object}]


@dataclass(frozen=True)
class Imported:
    """How many verdicts were kept, and how many rows of the file name no review of the data set."""

    kept: int
    unmatched: int
    unjudged: int


def to_table(dataset: Dataset) -> pd.DataFrame:
    """Return CSV_COLUMNS, a row per review and person, in the order of the decisions."""
    rows = dataset.examples.assign(example_id=dataset.examples["example_id"].astype(str))
    joined = current(dataset.fingerprint).merge(rows[["example_id", "text", "label"]], on="example_id")
    joined["corrected_label"] = [
        _corrected(label, verdict) for label, verdict in zip(joined["label"], joined["verdict"], strict=True)
    ]
    joined["tags"] = joined["tags"].map("; ".join)
    return joined[list(CSV_COLUMNS)]


def to_json(dataset: Dataset) -> list[dict[str, Any]]:
    """Return the public form, one object per judged review, its text included so that it can be matched."""
    items = []
    for example_id, group in to_table(dataset).groupby("example_id", sort=False):
        votes, first = Counter(group["verdict"]), group.iloc[0]
        items.append(
            {
                "id": str(example_id),
                "text": first["text"],
                "given_original_label": LABEL_NAMES[int(first["label"])].capitalize(),
                "our_guessed_label": LABEL_NAMES[1 - int(first["label"])].capitalize(),
                "mturk": {name: votes[verdict] for name, verdict in VOTES.items()},
            }
        )
    return items


def import_file(path: Path, dataset: Dataset, *, author: str, texts: Path | None = None) -> Imported:
    """Keep the verdicts of a file: CSV (or TSV, JSONL, Parquet), or `.json` in the public form.

    Rows are matched by `example_id`, or by their text where they have one: ids of other copies of a data set
    differ, and texts do not.

    Args:
        path: the file.
        dataset: a stored data set.
        author: of verdicts whose row names none.
        texts: an aclImdb folder in which the public JSON's ids are files, to match by text.

    Raises:
        DataError: the file cannot be read, or has no usable verdicts.
    """
    rows = _json_rows(path, texts) if path.suffix.lower() == ".json" else _table_rows(path)
    matched = list(_matched(rows, dataset))
    judged = [row for row in matched if row["verdict"]]
    if not judged:
        raise DataError(
            f"{path.name}: none of its {len(rows):,} rows gives a verdict on a review of {dataset.name}; "
            "they are matched by example_id or by text"
        )
    count = decide_many(dataset.fingerprint, judged, author=author)
    return Imported(count, len(rows) - len(matched), len(matched) - len(judged))


def _corrected(label: int, verdict: str) -> int | None:
    return {RIGHT: label, WRONG: 1 - label}.get(verdict)


def _table_rows(path: Path) -> list[dict[str, Any]]:
    table = read_table(path)
    if "verdict" not in table.columns or not {"example_id", "text"} & set(table.columns):
        raise DataError(f"{path.name} needs a column verdict and a column example_id or text")
    rows = [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
    for row in rows:
        row["verdict"] = _known_verdict(row["verdict"], path.name)
        row["tags"] = [tag for tag in _text(row.get("tags")).split("; ") if tag]
    return rows


def _known_verdict(value: Any, filename: str) -> str:
    verdict = _text(value).strip().lower().replace(" ", "-")
    if verdict and verdict not in VERDICTS:
        raise DataError(f"{filename}: verdict {verdict[:80]!r} is not known; known: {', '.join(VERDICTS)}")
    return verdict


def _json_rows(path: Path, texts: Path | None) -> list[dict[str, Any]]:
    try:
        items = kept.parse_json(read_bytes(path, path.name), path.name, _JSON_SHAPE)
    except DamagedFile as error:
        raise DataError(
            f"{path.name} is not in the form of cleanlab/label-errors: {error.what}; a list of objects "
            "with id and mturk is needed"
        ) from None
    return [_json_row(item, texts) for item in items]


def _json_row(item: dict[str, Any], texts: Path | None) -> dict[str, Any]:
    votes = {verdict: item["mturk"].get(name, 0) for name, verdict in VOTES.items()}
    most = max(votes, key=lambda verdict: votes[verdict])
    clear = votes[most] >= MAJORITY or (votes[most] == sum(votes.values()) and votes[most] > 0)
    note = ", ".join(f"{count} {name}" for name, count in item["mturk"].items())
    row = {"example_id": item["id"], "verdict": most if clear else AMBIGUOUS, "note": note}
    text = item.get("text") or _text_in(texts, item["id"])
    return row | ({"text": text} if text else {})


def _text_in(folder: Path | None, name: str) -> str:
    """Return the text of a file in aclImdb; a name that leads out of the folder has none."""
    if folder is None:
        return ""
    path = (folder / f"{name}.txt").resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        return ""
    return path.read_text(encoding="utf-8", errors="replace")


def _matched(rows: Iterable[dict[str, Any]], dataset: Dataset) -> Iterable[dict[str, Any]]:
    """Yield the rows that name a review of the data set, with its id."""
    ids = set(dataset.examples["example_id"].astype(str))
    by_text = {
        _folded(text): str(name)
        for name, text in zip(dataset.examples["example_id"], dataset.examples["text"], strict=True)
    }
    for row in rows:
        text = _text(row.get("text"))
        # Our own CSV puts an apostrophe before a text that a spreadsheet would run.
        forms = (_folded(clean_text(form)) for form in (text, text.removeprefix("'")) if form)
        name = next((by_text[form] for form in forms if form in by_text), None)
        if name is None and not text and _text(row.get("example_id")) in ids:
            name = _text(row["example_id"])
        if name is not None:
            yield {
                "example_id": name,
                "verdict": row["verdict"],
                "note": _text(row.get("note")),
                "tags": row.get("tags") or [],
                "author": _text(row.get("author")),
            }


def _folded(text: str) -> str:
    return " ".join(text.split())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def as_text(items: list[dict[str, Any]]) -> str:
    """Return the public form as it is written to a file."""
    return json.dumps(items, indent=2, ensure_ascii=False) + "\n"
