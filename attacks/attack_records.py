"""A batch's spec, reviews and records as they lie in its folder."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from attacks.attacker import Example
from attacks.schema import RECORD_COLUMNS, AttackRecord, AttackSpec
from sentiment_core import runs, workspace
from sentiment_core.errors import RunError

RESULTS, EXAMPLES = "results.parquet", "examples.parquet"

_DTYPES = {
    item.name: {"int": "int64", "float": "float64"}.get(str(item.type), "str")
    for item in dataclasses.fields(AttackRecord)
}


def spec_from(record: Mapping[str, Any]) -> AttackSpec:
    """Return the spec that a run's spec.json holds."""
    known = {item.name for item in dataclasses.fields(AttackSpec)}
    fields = {name: value for name, value in record.items() if name in known}
    return AttackSpec(**fields | {"example_ids": tuple(fields.get("example_ids", ()))})


def write_examples(folder: Path, examples: Sequence[Example]) -> None:
    """Keep the reviews, so that the run needs its data set no more."""
    frame = pd.DataFrame([dataclasses.asdict(example) for example in examples])
    typed = frame.astype({"example_id": "str", "text": "str", "label": "int64"})
    workspace.write_parquet(folder / EXAMPLES, typed)


def read_examples(folder: Path) -> list[Example]:
    """Return the reviews of a run, in the order of its spec; RunError where they cannot be read."""
    frame = _read_parquet(folder / EXAMPLES)
    return [
        Example(str(example_id), str(text), int(label))
        for example_id, text, label in zip(frame["example_id"], frame["text"], frame["label"], strict=True)
    ]


def journaled(folder: Path) -> list[AttackRecord]:
    """Return the records of a run's journal, each review's first, in the order of arrival."""
    by_id: dict[str, AttackRecord] = {}
    for line in runs.read_journal(folder):
        undefined = {name: math.nan for name in ("prob_before", "prob_after") if line[name] is None}
        by_id.setdefault(line["example_id"], AttackRecord(**{**line, **undefined}))
    return list(by_id.values())


def to_frame(records: Sequence[AttackRecord], example_ids: Sequence[str]) -> pd.DataFrame:
    """Return RECORD_COLUMNS in the order of `example_ids`; those without a record are left out."""
    by_id = {record.example_id: record.to_json() for record in records}
    rows = [by_id[example_id] for example_id in example_ids if example_id in by_id]
    return pd.DataFrame(rows, columns=list(RECORD_COLUMNS)).astype(_DTYPES)


def read_results(folder: Path) -> pd.DataFrame:
    """Return the records of a finished run; RunError where they cannot be read."""
    return _read_parquet(folder / RESULTS)


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise RunError(
            f"{path.name} of run {path.parent.name!r} cannot be read ({error}); start it again"
        ) from error
