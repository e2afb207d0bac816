"""The records of a batch as a file: CSV for a spreadsheet, JSON lines, or the log that TextAttack writes."""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from attacks.batches.runs import open_attack
from attacks.batches.verdicts import verdicts_of
from sentiment_core.errors import DataError
from sentiment_core.storage import runs, spreadsheet, workspace

#: A word as TextAttack finds it (textattack/shared/utils/strings.py:words_from_text), apart from Chinese:
#: letters, digits, and a few marks that are letters in disguise or stand inside a word.
_WORD = re.compile(r"[\w˗`×'\-*@]+")
_NOT_AT_THE_ENDS = "'-_*@"

#: TextAttack's names of the outcomes. It writes no row for an exception, which ends its run.
_RESULT_TYPES = {"succeeded": "Successful", "failed": "Failed", "skipped": "Skipped"}


def export(run_id: str, format: str, out: Path) -> int:
    """Write the records of a run, of an unfinished one those so far, and return how many rows there are.

    Raises:
        DataError: the format is not in FORMATS, or the file cannot be written there.
    """
    if format not in FORMATS:
        raise DataError(f"format {format!r} is not known; known: {', '.join(FORMATS)}")
    workspace.check_out(out)
    records = with_verdicts(open_attack(run_id).records, verdicts_of(run_id))
    aside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        aside.write_bytes(FORMATS[format](records))
        os.replace(aside, out)
    finally:
        aside.unlink(missing_ok=True)
    return len(_logged(records)) if format == "textattack" else len(records)


def with_verdicts(records: pd.DataFrame, verdicts: pd.DataFrame | None) -> pd.DataFrame:
    """Return the records with VERDICT_COLUMNS beside: whether the changed text still says the same, and why.

    They are empty where a text has not been judged; only a text that fooled the model is.
    """
    judged = pd.DataFrame(columns=["example_id"]) if verdicts is None else verdicts
    rows = judged.astype(object).set_index("example_id").reindex(records["example_id"])
    fooled = (records["outcome"] == "succeeded").tolist()
    beside = {
        title: [
            None if not here or _is_missing(value) else value
            for here, value in zip(fooled, rows[name] if name in rows else [None] * len(records), strict=True)
        ]
        for name, title in VERDICT_COLUMNS.items()
    }
    return records.assign(
        **{title: pd.Series(values, records.index, dtype=object) for title, values in beside.items()}
    )


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or value != value


def to_jsonl(records: pd.DataFrame) -> bytes:
    """Return a JSON object a line with RECORD_COLUMNS; an undefined number is null."""
    lines = (json.dumps(runs.json_ready(row), ensure_ascii=False) for row in records.to_dict("records"))
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")


def to_textattack(records: pd.DataFrame) -> bytes:
    """Return what TextAttack's CSVLogger writes: its columns, changed words in [[ ]], <SPLIT> for line ends.

    A score is 1 minus the probability of the true label, as for its untargeted goal. Errored reviews are left
    out. Cells are as they are, for programs; a spreadsheet is safe with `csv` only.
    """
    rows = [_logged_row(row) for row in _logged(records).to_dict("records")]
    frame = pd.DataFrame(rows, columns=list(_LOG_COLUMNS))
    text: str = frame.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC)
    return text.encode("utf-8", "surrogatepass")


FORMATS: Mapping[str, Callable[[pd.DataFrame], bytes]] = {
    "csv": spreadsheet.to_csv,
    "jsonl": to_jsonl,
    "textattack": to_textattack,
}

#: What an export says of a verdict, by the verdicts' own names.
VERDICT_COLUMNS = {"valid": "valid", "by_hand": "verdict_by_hand", "reasons": "verdict_reasons"}

_LOG_COLUMNS = (
    "original_text",
    "perturbed_text",
    "original_score",
    "perturbed_score",
    "original_output",
    "perturbed_output",
    "ground_truth_output",
    "num_queries",
    "result_type",
)


def _logged(records: pd.DataFrame) -> pd.DataFrame:
    return records[records["outcome"].isin(_RESULT_TYPES)]


def _logged_row(row: Mapping[str, object]) -> dict[str, object]:
    label = int(str(row["label"]))
    before, after = (float(str(row[name])) for name in ("prob_before", "prob_after"))
    original, perturbed = marked(str(row["original"]), str(row["perturbed"]))
    return {
        "original_text": original.replace("\n", "<SPLIT>"),
        "perturbed_text": perturbed.replace("\n", "<SPLIT>"),
        "original_score": 1 - (before if label else 1 - before),
        "perturbed_score": 1 - (after if label else 1 - after),
        "original_output": int(before > 0.5),
        "perturbed_output": int(after > 0.5),
        "ground_truth_output": label,
        "num_queries": row["queries"],
        "result_type": _RESULT_TYPES[str(row["outcome"])],
    }


def marked(original: str, perturbed: str) -> tuple[str, str]:
    """Return both texts with [[ ]] around the words that differ, aligned by the fewest changes."""
    from rapidfuzz.distance import Levenshtein

    before, after = word_spans(original), word_spans(perturbed)
    changed_before: list[tuple[int, int]] = []
    changed_after: list[tuple[int, int]] = []
    words = [_words(original, before), _words(perturbed, after)]
    for step in Levenshtein.opcodes(*words):
        if step.tag != "equal":
            changed_before += before[step.src_start : step.src_end]
            changed_after += after[step.dest_start : step.dest_end]
    return _with_marks(original, changed_before), _with_marks(perturbed, changed_after)


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of each word as TextAttack finds it."""
    spans = []
    for found in _WORD.finditer(text):
        word = found.group()
        start = found.end() - len(word.lstrip(_NOT_AT_THE_ENDS))
        end = start + len(word.strip(_NOT_AT_THE_ENDS))
        if start < end:
            spans.append((start, end))
    return spans


def _words(text: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    return [text[start:end] for start, end in spans]


def _with_marks(text: str, spans: Sequence[tuple[int, int]]) -> str:
    parts, behind = [], 0
    for start, end in spans:
        parts += [text[behind:start], "[[", text[start:end], "]]"]
        behind = end
    return "".join([*parts, text[behind:]])
