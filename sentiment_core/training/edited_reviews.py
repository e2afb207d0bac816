"""Edited reviews for training: read from finished runs, and kept separate from all that is held out.

A run of any kind offers rows if its `results.parquet` has the columns of COLUMNS. The rows teach a model
that the label stays.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core.data.near_duplicates import near_duplicate_pairs
from sentiment_core.errors import DataError
from sentiment_core.schema import SPLITS, Dataset
from sentiment_core.storage import provenance, runs

RESULTS = "results.parquet"
COLUMNS = ("example_id", "label", "outcome", "original", "perturbed")

#: What of such a run is relied on here.
FORM = runs.Form(manifest={"spec?": dict}, tables=(RESULTS,))

#: What is trained on: texts that fooled the model, and edits made without a search.
USED = ("succeeded", "edited")
FAILED = "failed"

#: Why a row is not trained on -> what that means.
LEFT_OUT: Mapping[str, str] = {
    "not_in_training": "its original is not among the training reviews",
    "held_out": "it equals, or nearly equals, a review that is held out",
    "duplicate": "it duplicates a training review",
}


@dataclass(frozen=True)
class Adversarial:
    """Rows of one or several runs.

    Attributes:
        rows: example_id (of the original), text, label, original, source_run.
        sources: one record per run: run_id, kind, model_id, recipe, n (rows offered), sha256 of the results.
        repeats: how often each row is trained on; 2 weighs an edited review twice.
        failed: whether the best tries of attacks that failed are among the rows.
    """

    rows: pd.DataFrame
    sources: tuple[Mapping[str, Any], ...]
    repeats: int = 1
    failed: bool = False

    @property
    def identity(self) -> dict[str, Any]:
        """Return what decides the training, JSON-ready: contents, not names alone."""
        runs_ = [[source["run_id"], source["sha256"]] for source in self.sources]
        return {"runs": runs_, "repeats": self.repeats, "failed": self.failed}


def read(run_ids: Sequence[str], *, repeats: int = 1, failed: bool = False) -> Adversarial:
    """Read the rows of finished runs on training reviews.

    Raises:
        DataError: a run holds no edited reviews, is unfinished, or was made on reviews that are held out
            (leakage); or `repeats` is below 1.
        RunError: a run is not known, or damaged.
    """
    if repeats < 1:
        raise DataError(f"edited reviews are to be repeated {repeats} times; give 1 or more")
    if len(set(run_ids)) < len(run_ids) or not run_ids:
        raise DataError(f"{len(run_ids)} runs are named, {len(set(run_ids))} different ones; name each once")
    parts = [_rows_of(runs.open_run(run_id, FORM), failed) for run_id in run_ids]
    rows = pd.concat([frame for frame, _ in parts], ignore_index=True)
    return Adversarial(rows, tuple(source for _, source in parts), repeats, failed)


def mixed_in(
    train: pd.DataFrame, held_out: Sequence[str], adversarial: Adversarial
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the training rows with the edited ones behind them, and a JSON-ready record of what was added.

    Left out are rows whose original is not in `train` (which may be a sample, or have lost a share to
    validation), those equal or nearly equal to a held-out text, and those that are there already.

    Args:
        train: EXAMPLE_COLUMNS.
        held_out: texts of every review that the model is validated or tested on.
        adversarial: what `read` gave.
    """
    rows = adversarial.rows
    reasons = pd.Series("", index=rows.index)
    trained_on = set(zip(train["example_id"].astype(str), train["text"], strict=True))
    known = [pair in trained_on for pair in zip(rows["example_id"], rows["original"], strict=True)]
    same = rows["text"].isin(set(train["text"])) | rows["text"].duplicated()
    reasons[same] = "duplicate"
    reasons[near_held_out(rows, held_out)] = "held_out"
    reasons[~np.array(known, dtype=bool)] = "not_in_training"
    kept = rows[reasons == ""]
    counts = {why: int((reasons == why).sum()) for why in LEFT_OUT}
    return _appended(train, kept, adversarial.repeats), {
        "runs": [dict(source) for source in adversarial.sources],
        "repeats": adversarial.repeats,
        "failed": adversarial.failed,
        "n": len(kept) * adversarial.repeats,
        "left_out": counts,
    }


def with_labels_of(train: pd.DataFrame, adversarial: Adversarial) -> Adversarial:
    """Return the edited rows with the labels that their originals have among the training reviews now."""
    rows = adversarial.rows
    now = dict(zip(train["text"], train["label"], strict=True))
    labels = rows["original"].map(now).fillna(rows["label"]).astype(rows["label"].dtype)
    return dataclasses.replace(adversarial, rows=rows.assign(label=labels))


def sentence(added: Mapping[str, Any]) -> str:
    """Return how many edited reviews a model learned from, and why others were left out."""
    left_out = [f"{n:,} ({LEFT_OUT[why]})" for why, n in added["left_out"].items() if n]
    rest = f"; left out: {', '.join(left_out)}" if left_out else ""
    n = len(added["runs"])
    return f"and on {added['n']:,} edited ones of {n} run{'s' if n > 1 else ''}{rest}"


def held_out_texts(dataset: Dataset, *more: pd.DataFrame) -> list[str]:
    """Return the texts of the data set's validation and test reviews, and those of further frames."""
    frames = [dataset.split(name) for name in SPLITS if name != "train"]
    return [str(text) for frame in (*frames, *more) for text in frame["text"]]


def near_held_out(rows: pd.DataFrame, held_out: Sequence[str]) -> NDArray[np.bool_]:
    """Return which rows (columns text, original) equal a held-out text, or have an original nearly equal.

    An original is compared, not its edit: edits break so many runs of words that a copy would not be seen.
    """
    originals = [str(text) for text in dict.fromkeys(rows["original"])]
    pairs = near_duplicate_pairs(originals, held_out) if originals and held_out else []
    near = {originals[place] for place, _, _ in pairs}
    texts = set(held_out)
    return np.asarray(rows["original"].isin(near | texts) | rows["text"].isin(texts), dtype=np.bool_)


def _appended(train: pd.DataFrame, kept: pd.DataFrame, repeats: int) -> pd.DataFrame:
    if kept.empty:
        return train
    copies = [
        pd.DataFrame(
            {
                "example_id": [f"{name}+{copy}.{place}" for place, name in enumerate(kept["example_id"])],
                "text": kept["text"].to_numpy(),
                "label": kept["label"].to_numpy(),
                "split": "train",
                "source": ("adversarial:" + kept["source_run"]).to_numpy(),
            }
        )
        for copy in range(repeats)
    ]
    return pd.concat([train, *copies], ignore_index=True)


def _rows_of(run: runs.Run, failed: bool) -> tuple[pd.DataFrame, dict[str, Any]]:
    results = _checked_results(run)
    asked = (run.manifest or {}).get("spec") or {}
    wanted = results["outcome"].isin((*USED, FAILED) if failed else USED)
    found = results[wanted & (results["perturbed"] != results["original"]) & (results["perturbed"] != "")]
    rows = found.rename(columns={"perturbed": "text"})[["example_id", "text", "label", "original"]]
    rows["example_id"] = rows["example_id"].astype(str)
    source = {
        "run_id": run.run_id,
        "kind": run.kind,
        "model_id": asked.get("model_id"),
        "recipe": asked.get("recipe"),
        "n": len(rows),
        "sha256": provenance.sha256(run.folder / RESULTS),
    }
    return rows.assign(source_run=run.run_id).reset_index(drop=True), source


def _checked_results(run: runs.Run) -> pd.DataFrame:
    """Return COLUMNS of a run that may be trained on."""
    if run.manifest is None:
        raise DataError(f"run {run.run_id!r} is not finished; resume it, or name another")
    results = _results(run)
    data = run.spec.get("data")
    split = data.get("split") if isinstance(data, Mapping) else None
    if split != "train":
        source = f"{split} reviews" if split else "reviews of no known split"
        raise DataError(
            f"run {run.run_id!r} was made on {source}; training on them would leak into what is measured: "
            "make one with --split train"
        )
    return results


def _results(run: runs.Run) -> pd.DataFrame:
    missing: Sequence[str] = (RESULTS,)
    written = (run.manifest or {}).get("hashes") or {}
    if RESULTS in written or (run.folder / RESULTS).exists():
        results = runs.read_table(run, RESULTS)
        missing = [column for column in COLUMNS if column not in results.columns]
        if not missing:
            return results[list(COLUMNS)]
    raise DataError(
        f"run {run.run_id!r} is of kind {run.kind!r} and holds no edited reviews (it has no {missing[0]}); "
        "name a batch of attacks, or a run of `augment`"
    )
