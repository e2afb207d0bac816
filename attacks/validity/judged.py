"""Which successes of a batch are judged, and which of those are valid: one notion for every figure.

A figure that counts valid texts only is undefined while one success has no verdict. A text without a verdict
is not an invalid one: counting it as one would make a batch look safer, the fewer of its texts were judged.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def validity(records: pd.DataFrame, verdicts: pd.DataFrame | None) -> pd.Series:
    """Return float64 by example_id, per success in the records' order: 1 valid, 0 not, NaN no verdict.

    Args:
        records: RECORD_COLUMNS.
        verdicts: columns example_id and valid (True, False, or missing); None where nothing was judged.
    """
    fooled = records.loc[records["outcome"] == "succeeded", "example_id"]
    if verdicts is None:
        return pd.Series(np.nan, index=pd.Index(fooled), dtype=np.float64)
    known = verdicts.dropna(subset=["valid"]).set_index("example_id")["valid"].astype(np.float64)
    return known.reindex(fooled)


def why_undefined(records: pd.DataFrame, verdicts: pd.DataFrame | None) -> str:
    """Return how many successes have no verdict; empty where every success has one, or nothing succeeded."""
    valid = validity(records, verdicts)
    missing = int(valid.isna().sum())
    return f"{missing:,} of {len(valid):,} successes have no verdict yet; run `judge`" if missing else ""


def valid_ids(records: pd.DataFrame, verdicts: pd.DataFrame | None) -> set[str]:
    """Return the ids of the successes whose verdict is valid."""
    valid = validity(records, verdicts)
    return set(valid.index[valid == 1])
