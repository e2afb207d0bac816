"""Batches written by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd

from attacks.schema import RECORD_COLUMNS

_PLAIN: dict[str, Any] = {
    "label": 1,
    "stopped_by": "",
    "original": "a good film",
    "perturbed": "a good film",
    "prob_before": 0.9,
    "prob_after": 0.9,
    "queries": 10,
    "model_calls": 8,
    "words": 10,
    "words_changed": 1,
    "seconds": 0.1,
    "seed": 0,
    "error": "",
}


def batch(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return RECORD_COLUMNS; what a row leaves out is plain, its id its place."""
    whole = [_PLAIN | {"example_id": f"r{place}"} | row for place, row in enumerate(rows)]
    return pd.DataFrame(whole, columns=list(RECORD_COLUMNS))


def outcomes(**numbers: int) -> pd.DataFrame:
    """Return a batch with so many rows of each outcome, in the order given."""
    return batch(*({"outcome": name} for name, number in numbers.items() for _ in range(number)))


def verdicts(*valid: tuple[str, bool]) -> pd.DataFrame:
    """Return verdicts by example_id."""
    rows = [{"example_id": name, "valid": verdict, "similarity": 0.9} for name, verdict in valid]
    return pd.DataFrame(rows, columns=["example_id", "valid", "similarity"])
