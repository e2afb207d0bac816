"""A batch's spec, reviews and records as files in its folder."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from attacks.schema import RECORD_COLUMNS, AttackRecord, AttackSpec, Example
from sentiment_core.errors import DamagedFile, RunError
from sentiment_core.evaluation import spending
from sentiment_core.storage import journal, kept, runs, workspace
from sentiment_core.storage.kept import ESTIMATE, Shape

RESULTS, EXAMPLES = "results.parquet", "examples.parquet"

_DTYPES = {
    item.name: {"int": "int64", "float": "float64"}.get(str(item.type), "str")
    for item in dataclasses.fields(AttackRecord)
}


#: What of a spec, of a journal's line and of a manifest is relied on.
SPEC_SHAPE: Shape = {
    "model_id": str,
    "recipe": str,
    "params?": dict,
    "data?": {"name?": str, "fingerprint?": str, "split?": str, "selection?": dict},
    "example_ids": [str],
    "seed?": int,
    "query_budget?": int,
    "seconds?": float,
    "quick?": bool,
}
LINE_SHAPE: Shape = {
    **{
        item.name: {"int": int, "float": (float, type(None))}.get(str(item.type), str)
        for item in dataclasses.fields(AttackRecord)
    },
    ...: None,
}
FORM = runs.Form(
    spec=SPEC_SHAPE,
    manifest={
        "spec": dict,
        "recipe": dict,
        "model": {"model_id": str, "alias?": str, "files?": {...: str}},
        "n": int,
        "figures": {"accuracy_under_attack": ESTIMATE, "success_rate": ESTIMATE, ...: ESTIMATE},
        "counts": {...: int},
        "seconds?": float,
        "wall_seconds?": float,
        f"{spending.KEY}?": spending.SHAPE,
    },
    tables=(RESULTS,),
)


def spec_from(record: Mapping[str, Any]) -> AttackSpec:
    """Return the spec that a record of SPEC_SHAPE holds."""
    known = {item.name for item in dataclasses.fields(AttackSpec)}
    fields = {name: value for name, value in record.items() if name in known and value is not None}
    return AttackSpec(**fields | {"example_ids": tuple(fields["example_ids"])})


def write_examples(folder: Path, examples: Sequence[Example]) -> None:
    """Keep the reviews, so that the run needs its data set no more."""
    frame = pd.DataFrame([dataclasses.asdict(example) for example in examples])
    typed = frame.astype({"example_id": "str", "text": "str", "label": "int64"})
    workspace.write_parquet(folder / EXAMPLES, typed)


def read_examples(folder: Path) -> list[Example]:
    """Return the reviews of a run, in the order of its spec; RunError where they cannot be read."""
    frame = example_rows(folder)
    return [
        Example(str(example_id), str(text), int(label))
        for example_id, text, label in zip(frame["example_id"], frame["text"], frame["label"], strict=True)
    ]


def example_rows(folder: Path) -> pd.DataFrame:
    """Return example_id, text and label of a run's reviews; RunError where they cannot be read."""
    try:
        return kept.read_table(folder / EXAMPLES, ("example_id", "text", "label"))
    except FileNotFoundError:
        raise RunError(runs.damaged(folder, f"{EXAMPLES} is missing").sentence) from None
    except DamagedFile as error:
        raise RunError(runs.damaged(folder, error.in_its_folder).sentence) from error


def unreadable_in_words(folder: Path) -> str:
    """Say how many lines of a run's journal cannot be read, and what becomes of them; nothing for none."""
    lines = journal.read(folder, LINE_SHAPE).unreadable
    return journal.unreadable_in_words(lines, "review is attacked", "reviews are attacked")


def journaled(folder: Path) -> list[AttackRecord]:
    """Return the records of a run's journal, each review's first, in the order of arrival.

    A review whose line cannot be read has none, so that a resumed run attacks it again.
    """
    by_id: dict[str, AttackRecord] = {}
    for line in journal.records(folder, LINE_SHAPE):
        undefined = {name: math.nan for name in ("prob_before", "prob_after") if line[name] is None}
        by_id.setdefault(line["example_id"], AttackRecord(**{**line, **undefined}))
    return list(by_id.values())


def to_frame(records: Sequence[AttackRecord], example_ids: Sequence[str]) -> pd.DataFrame:
    """Return RECORD_COLUMNS in the order of `example_ids`; those without a record are left out."""
    by_id = {record.example_id: record.to_json() for record in records}
    rows = [by_id[example_id] for example_id in example_ids if example_id in by_id]
    return pd.DataFrame(rows, columns=list(RECORD_COLUMNS)).astype(_DTYPES)


def read_results(run: runs.Run) -> pd.DataFrame:
    """Return the records of a finished run; RunError where they cannot be read."""
    return runs.read_table(run, RESULTS, RECORD_COLUMNS)
