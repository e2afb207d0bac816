"""The texts that attacks ended on, to read and judge: which, and in what order. Frames; no streamlit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: The filters' options, by their word in the URL.
OUTCOMES = {
    "succeeded": "fooled",
    "failed": "not fooled",
    "skipped": "skipped: already misclassified",
    "errored": "ended in an error",
    "all": "all reviews",
}
VERDICTS = {"any": "any", "valid": "valid", "not-valid": "not valid", "none": "not judged", "hand": "by hand"}
SORTS = {
    "order": "as attacked",
    "similarity": "most similar",
    "fewest": "fewest words changed",
    "most": "most words changed",
    "queries": "fewest queries",
    "most-queries": "most queries",
    "outcome": "outcome",
    "outcome-reversed": "outcome, reversed",
    "before": "lowest before",
    "highest-before": "highest before",
    "after": "lowest after",
    "highest-after": "highest after",
}
#: The column that each sorts by, and whether small values come first.
SORT_COLUMNS = {
    "order": ("place", True),
    "similarity": ("dissimilarity", True),
    "fewest": ("words_changed", True),
    "most": ("words_changed", False),
    "queries": ("queries", True),
    "most-queries": ("queries", False),
    "outcome": ("outcome", True),
    "outcome-reversed": ("outcome", False),
    "before": ("prob_before", True),
    "highest-before": ("prob_before", False),
    "after": ("prob_after", True),
    "highest-after": ("prob_after", False),
}
#: Of each column of the table: the order of a first click on its head, and of a second.
ORDERS = {
    "outcome": ("outcome", "outcome-reversed"),
    "before": ("highest-before", "before"),
    "after": ("highest-after", "after"),
    "changed": ("fewest", "most"),
    "queries": ("queries", "most-queries"),
}
RISING = frozenset(name for name, (_, rising) in SORT_COLUMNS.items() if rising)
SHOWN_CHARACTERS = 120
VERDICT_COLUMNS = ("valid", "automatic", "by_hand", "reasons", "similarity")


@dataclass(frozen=True)
class Filters:
    """What the desk shows; the defaults show every text that fooled a model."""

    outcome: str = "succeeded"
    verdict: str = "any"
    run: str = ""
    sort: str = "order"

    @property
    def narrowed(self) -> bool:
        """Whether anything but the order differs from the defaults."""
        return replace(self, sort="order") != Filters()

    def to_params(self) -> dict[str, str]:
        """Return what differs from the defaults, as query parameters."""
        return {name: value for name, value in vars(self).items() if value != getattr(Filters(), name)}

    @classmethod
    def from_params(cls, params: Mapping[str, str], runs: tuple[str, ...]) -> Filters:
        """Read query parameters; what cannot be read becomes the default."""
        allowed = {"outcome": OUTCOMES, "verdict": VERDICTS, "run": runs, "sort": SORTS}
        return cls(**{name: params[name] for name, known in allowed.items() if params.get(name) in known})


def rows(run_id: str, name: str, records: pd.DataFrame, verdicts: pd.DataFrame | None) -> pd.DataFrame:
    """Return one run's records for the desk, with a key that is unique among runs, and each verdict.

    `verdicts` has example_id and VERDICT_COLUMNS; a review without one has None in `valid`.
    """
    found = records.assign(run_id=run_id, name=name, place=np.arange(len(records)))
    found["key"] = [f"{run_id}:{example_id}" for example_id in found["example_id"]]
    known = (
        pd.DataFrame(columns=["example_id", *VERDICT_COLUMNS])
        if verdicts is None
        else verdicts.reindex(columns=["example_id", *VERDICT_COLUMNS])
    )
    by_id = known.astype(object).set_index("example_id").reindex(found["example_id"])
    for column in VERDICT_COLUMNS:
        values = [None if _missing(value) else value for value in by_id[column]]
        found[column] = pd.Series(values, index=found.index, dtype=object)
    found["dissimilarity"] = 1 - pd.to_numeric(found["similarity"], errors="coerce")
    return found


def matching(frame: pd.DataFrame, filters: Filters) -> NDArray[np.int64]:
    """Return the places of the rows that pass the filters, in the order asked for."""
    keep = np.ones(len(frame), dtype=bool)
    if filters.outcome != "all":
        keep &= (frame["outcome"] == filters.outcome).to_numpy()
    if filters.run:
        keep &= (frame["run_id"] == filters.run).to_numpy()
    keep &= _verdict_is(frame, filters.verdict)
    places = np.flatnonzero(keep)
    column, rising = SORT_COLUMNS[filters.sort]
    columns = list(dict.fromkeys([column, "place", "run_id"]))
    keys = frame[columns].reset_index(drop=True).iloc[places]
    ascending = [rising, *[True] * (len(columns) - 1)]
    ordered = keys.sort_values(columns, ascending=ascending, na_position="last", kind="stable")
    return np.asarray(ordered.index, dtype=np.int64)


def _verdict_is(frame: pd.DataFrame, wanted: str) -> NDArray[np.bool_]:
    valid = frame["valid"]
    tests = {
        "any": np.ones(len(frame), dtype=bool),
        "valid": np.array([value is not None and bool(value) for value in valid], dtype=bool),
        "not-valid": np.array([value is not None and not value for value in valid], dtype=bool),
        "none": np.array([value is None for value in valid], dtype=bool),
        "hand": np.array([bool(value) for value in frame["by_hand"]], dtype=bool),
    }
    return tests[wanted]


def table(page: pd.DataFrame, several_runs: bool) -> pd.DataFrame:
    """Return what the browser gets of a page: figures, and the beginning of each text."""
    shown = pd.DataFrame(
        {
            "outcome": page["outcome"].map(lambda name: OUTCOMES[name].split(":")[0]),
            "verdict": [verdict_word(row) for row in page.to_dict("records")],
            "before": 100 * page["prob_before"],
            "after": 100 * page["prob_after"],
            "changed": page["words_changed"],
            "queries": page["queries"],
            "review": [_beginning(text) for text in page["original"]],
        }
    )
    if several_runs:
        shown.insert(0, "run", page["name"])
    return shown.reset_index(drop=True)


def verdict_word(row: Mapping[str, Any]) -> str:
    """Return a row's verdict in a word or two; a dash where there is nothing to judge."""
    if row["outcome"] != "succeeded":
        return "–"
    if row["valid"] is None:
        return "not judged"
    return ("valid" if row["valid"] else "not valid") + (", by hand" if row["by_hand"] else "")


def verdict_sentence(row: Mapping[str, Any]) -> str:
    """Explain a verdict: the criteria that a text failed, or that it was overruled by hand."""
    if row["outcome"] != "succeeded":
        return "Only a text that fooled the model is judged."
    automatic = row["automatic"]
    if automatic is None:
        return "Not judged automatically yet." if row["valid"] is None else "Judged by hand."
    said = "valid: it meets every criterion" if automatic else f"not valid: {row['reasons'] or 'no reason'}"
    if row["by_hand"]:
        return f"By hand: {'valid' if row['valid'] else 'not valid'}. Automatically: {said}."
    return f"Automatically {said}."


def _beginning(text: str) -> str:
    return re.sub(r"\s+", " ", text[:SHOWN_CHARACTERS])


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and bool(np.isnan(value)))
