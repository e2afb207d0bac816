"""Lessons from three sources: people's verdicts on labels, labeled reviews, and valid adversarial texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from attacks.batches import runs as attack_runs
from attacks.batches import verdicts as text_verdicts
from attacks.validity import judged
from sentiment_core.classifiers.base import KEPT_START
from sentiment_core.errors import DataError
from sentiment_core.labels import verdicts
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset
from sentiment_core.storage import runs
from sentiment_core.training import edited_reviews
from sentiment_core.training.lessons import COLUMNS, EDITED, LABEL, LEAVE_OUT

#: In an improvement's folder: the lessons, as they were when it was started.
LESSONS = "lessons.parquet"


@dataclass(frozen=True)
class Gathered:
    """Lessons, and a record per source: what it is, how many lessons it gave, and what was not taken."""

    rows: pd.DataFrame
    sources: tuple[dict[str, Any], ...]


def of_verdicts(dataset: Dataset, *, held_out_too: bool = False) -> Gathered:
    """Return what people agree on about a data set's labels.

    Right and wrong labels are lessons; ambiguous, disputed and non-reviews belong in no training.

    Args:
        dataset: whose verdicts.
        held_out_too: also those on test reviews; such a model is then measured without these reviews.

    Raises:
        DataError: there are no verdicts, or only on test reviews.
    """
    said = verdicts.agreed(dataset.fingerprint)
    rows = dataset.examples[dataset.examples["example_id"].astype(str).isin(said)]
    if rows.empty:
        raise DataError(
            f"nobody has judged a label of '{dataset.name}' yet; judge some on the page Label quality, or "
            "bring them in with `python -m sentiment_core labels import`"
        )
    of_test = rows["split"] == "test"
    taken = rows if held_out_too else rows[~of_test]
    if taken.empty:
        raise DataError(
            f"all {len(rows):,} verdicts are on test reviews, which measure models; --with-test trains on "
            "them, and comparisons then leave them out"
        )
    verdict = taken["example_id"].astype(str).map(said)
    lessons = pd.DataFrame(
        {
            "example_id": taken["example_id"].astype(str),
            "text": taken["text"].astype(str),
            "label": taken["label"].astype("int64").where(verdict != verdicts.WRONG, 1 - taken["label"]),
            "lesson": verdict.map({verdicts.RIGHT: LABEL, verdicts.WRONG: LABEL}).fillna(LEAVE_OUT),
            "original": taken["text"].astype(str),
            "source": f"verdicts:{dataset.fingerprint}",
            "held_out_too": taken["split"] == "test",
            "earlier": False,
        }
    )
    facts = {"kind": "verdicts", "name": dataset.name, "fingerprint": dataset.fingerprint, "n": len(lessons)}
    facts |= {"of_test": int((taken["split"] == "test").sum()), "not_taken": len(rows) - len(taken)}
    return Gathered(lessons.reset_index(drop=True)[list(COLUMNS)], (facts,))


def of_reviews(dataset: Dataset) -> Gathered:
    """Return labeled reviews as lessons: those of the training split, or all where there is none."""
    training = dataset.split("train")
    rows = dataset.examples if training.empty else training
    lessons = pd.DataFrame(
        {
            "example_id": rows["example_id"].astype(str),
            "text": rows["text"].astype(str),
            "label": rows["label"].astype("int64"),
            "lesson": LABEL,
            "original": rows["text"].astype(str),
            "source": f"reviews:{dataset.fingerprint}",
            "held_out_too": False,
            "earlier": False,
        }
    )
    facts = {"kind": "reviews", "name": dataset.name, "fingerprint": dataset.fingerprint, "n": len(lessons)}
    facts |= {"not_taken": len(dataset.examples) - len(rows)}
    return Gathered(lessons.reset_index(drop=True)[list(COLUMNS)], (facts,))


def of_attack(run_id: str) -> Gathered:
    """Return the texts of an attack on training reviews that fooled its model and still say the same.

    Raises:
        DataError: the run is no finished attack on training reviews, its texts are not all judged, or none
            is valid.
        RunError: there is no such run, or it is no attack.
    """
    run = attack_runs.open_attack(run_id)
    fooled = edited_reviews.read([run_id]).rows
    found = text_verdicts.verdicts_of(run_id)
    why = judged.why_undefined(run.records, found)
    if why:
        raise DataError(f"run {run_id!r}: {why} first: python -m attacks judge {run_id}")
    valid = fooled[fooled["example_id"].isin(judged.valid_ids(run.records, found))]
    if valid.empty:
        raise DataError(
            f"none of the {len(fooled):,} texts of run {run_id!r} that fooled the model is valid; a text "
            "that says something else teaches nothing about its label"
        )
    lessons = valid.assign(
        label=valid["label"].astype("int64"),
        lesson=EDITED,
        source=f"attack:{run_id}",
        held_out_too=False,
        earlier=False,
    )
    facts = {"kind": "attack", "name": run_id, "n": len(lessons), "not_taken": len(fooled) - len(lessons)}
    return Gathered(lessons.reset_index(drop=True)[list(COLUMNS)], (facts,))


def earlier(card: ModelCard) -> pd.DataFrame:
    """Return the lessons that a model learned in improvements before; none where there were none.

    Raises:
        RunError: the run that keeps them is gone, or damaged.
    """
    run_id = str(card.manifest.get("improvement", {}).get("run", ""))
    if not run_id:
        return pd.DataFrame(columns=list(COLUMNS))
    rows = runs.read_table(runs.open_run(run_id), LESSONS, COLUMNS)
    return (rows[rows["earlier"]] if kept_start(card) else rows).assign(earlier=True)


def kept_start(card: ModelCard) -> bool:
    """Return whether a model's last training made nothing better: its weights are those of the one before."""
    return bool(card.manifest.get("details", {}).get(KEPT_START))


def joined(parts: Sequence[Gathered], known: pd.DataFrame) -> Gathered:
    """Return the lessons of several sources, behind those that the model knows; each says a thing once.

    Raises:
        DataError: the model knows all of them.
    """
    rows = pd.concat([part.rows for part in parts], ignore_index=True).drop_duplicates("text", keep="last")
    same = ["text", "label", "lesson"]
    told = set(zip(*(known[column] for column in same), strict=True))
    new = rows[[item not in told for item in zip(*(rows[column] for column in same), strict=True)]]
    if new.empty:
        raise DataError(f"all {len(rows):,} lessons were learned in an earlier improvement of this model")
    still = known[~known["text"].isin(set(new["text"]))]
    together = pd.concat([still, new] if len(still) else [new], ignore_index=True)
    return Gathered(together, tuple(facts for part in parts for facts in part.sources))
