"""Bias reports as runs of kind "bias", with every table and every changed text."""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from attacks.bias.counterfactuals import HIGHER, LOWER, NO_DIFFERENCE
from attacks.bias.findings import Findings, attributes_named, measure
from attacks.schema import SliceError
from sentiment_core import models
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import RunError
from sentiment_core.evaluation.records import evaluate, latest_evaluation, open_evaluation, split_or_error
from sentiment_core.schema import Dataset, Estimate
from sentiment_core.storage import kept, provenance, runs, workspace
from sentiment_core.storage.kept import ESTIMATE, Damaged

KIND = "bias"
FRAMES = {"frame": "results.parquet", "taken_out": "taken_out.parquet"}
TABLES = "tables.json"
#: The columns of each table that hold an Estimate.
ESTIMATES: Mapping[str, tuple[str, ...]] = {
    "report": ("change", "flips"),
    "generalised": ("value",),
    "left_out": (),
    "fairness": ("inside", "outside", "difference"),
    "weak": ("error_held_out", "error_elsewhere"),
    "toxicity": ("value", "against", "difference"),
}
FORM = runs.Form(
    manifest={
        "model_id": str,
        "model_alias?": str,
        "data": {"name": str, "fingerprint": str, "split": str, "n": int},
        "evaluation": str,
        "n_texts?": int,
        "largest_change?": {"attribute": str, "group": str, "change": ESTIMATE},
        "verdicts": {...: int},
        "gaps?": {...: int},
        "weak_confirmed?": int,
        "seconds": float,
        "created?": str,
    },
    tables=tuple(FRAMES.values()),
)
#: A table as `tables_to` writes it.
_TABLE = {"columns": [str], "rows": [list]}
_NUMBERS = ("p", "p_adjusted", "template_min", "template_max", "largest", "error_found")


@dataclass(frozen=True)
class BiasRun:
    """A finished bias report; its tables, as in `findings.Findings`, are read when first needed.

    They are shared: do not write to them.
    """

    run_id: str
    manifest: dict[str, Any]
    folder: Path

    @property
    def model_id(self) -> str:
        """Return the id of the model."""
        return str(self.manifest["model_id"])

    @property
    def evaluation(self) -> str:
        """Return the run id of the evaluation whose predictions the slices are made of."""
        return str(self.manifest["evaluation"])

    @functools.cached_property
    def frame(self) -> pd.DataFrame:
        """Return the counterfactual sets with prob_positive."""
        return self._frame("frame")

    @functools.cached_property
    def taken_out(self) -> pd.DataFrame:
        """Return the toxic reviews with and without their abuse, and the model's answer to each."""
        return self._frame("taken_out")

    @property
    def report(self) -> pd.DataFrame:
        """Return whose probability changes."""
        return self._tables["report"]

    @property
    def generalised(self) -> pd.DataFrame:
        """Return the generalised metrics."""
        return self._tables["generalised"]

    @property
    def left_out(self) -> pd.DataFrame:
        """Return the rewrites that were not made."""
        return self._tables["left_out"]

    @property
    def fairness(self) -> pd.DataFrame:
        """Return the gaps of the membership slices."""
        return self._tables["fairness"]

    @property
    def weak(self) -> pd.DataFrame:
        """Return the weakest slices found."""
        return self._tables["weak"]

    @property
    def toxicity(self) -> pd.DataFrame:
        """Return whether abuse drives the score."""
        return self._tables["toxicity"]

    def _frame(self, name: str) -> pd.DataFrame:
        return runs.read_table(runs.open_run(self.run_id, FORM), FRAMES[name])

    @functools.cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        try:
            return tables_from(kept.read_json(self.folder / TABLES, dict.fromkeys(ESTIMATES, _TABLE)))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise RunError(
                runs.damaged(self.folder, f"{TABLES} is not as it was written").sentence
            ) from error


def run_bias(
    model: str,
    dataset: Dataset,
    split: str = "test",
    *,
    attributes: Sequence[str] | None = None,
    reviews: int = 200,
    seed: int = 0,
    workers: int | None = None,
    cluster: str | None = None,
    progress: Progress = no_progress,
) -> str:
    """Make a bias report on a model, keep every table, and return the run's id.

    The slices are made of the model's newest evaluation of this split; where there is none, it is made first.

    Args:
        model: id or alias.
        dataset: labeled reviews.
        split: which of them.
        attributes: names in ATTRIBUTES; all by default.
        reviews: how many real reviews are rewritten, at most, for each attribute and for toxicity.
        seed: of every random choice.
        workers: processes; see `prediction.worker_count`.
        cluster: address of a Dask scheduler, whose workers predict instead.
        progress: Cancelled raised in it leaves nothing behind but a finished evaluation.

    Raises:
        SliceError: an attribute is not known, or reviews is below 1.
        ModelError: the model is not known or damaged.
        DataError: the split holds no review.
    """
    card = models.resolve(model)
    chosen = attributes_named(attributes)
    if reviews < 1:
        raise SliceError(f"reviews is {reviews}; give 1 or more")
    examples = split_or_error(dataset, split)
    spec = {
        "model_id": card.model_id,
        "fingerprint": dataset.fingerprint,
        "split": split,
        "attributes": [item.name for item in chosen],
        "reviews": reviews,
        "seed": seed,
    }
    run_id = runs.new_run_id(KIND, card.short_name, spec)
    started = time.monotonic()
    resources: dict[str, Any] = {"workers": workers, "cluster": cluster, "progress": progress}
    measured = latest_evaluation(card.model_id, dataset.fingerprint, split) or open_evaluation(
        evaluate(card.model_id, dataset, split, **resources)
    )
    found = measure(card.model_id, examples, measured.frame, chosen, reviews=reviews, seed=seed, **resources)
    facts = {
        "model_id": card.model_id,
        "model_alias": card.alias,
        "data": {
            "name": dataset.name,
            "fingerprint": dataset.fingerprint,
            "split": split,
            "n": len(examples),
        },
        "evaluation": measured.run_id,
        "reviews": reviews,
        "seed": seed,
        "n_texts": int(found.frame["text"].nunique()),
        **summary(found),
        "seconds": round(time.monotonic() - started, 2),
    }
    _write(run_id, spec, found, facts)
    return run_id


def open_bias(run_id: str) -> BiasRun:
    """Return a finished bias report; RunError if there is none of that id."""
    kind = runs.folder_of(run_id).parent.name
    run = runs.open_run(run_id, FORM if kind == KIND else runs.ANY)
    if kind != KIND or run.manifest is None:
        raise RunError(f"run {run_id!r} is not a finished bias report; `python -m attacks bias` makes one")
    return BiasRun(run.run_id, run.manifest, run.folder)


def list_bias(model_id: str | None = None) -> list[BiasRun]:
    """Return the finished bias reports, newest first, of one model where given."""
    whole = runs.list_runs(KIND, FORM)
    found = [BiasRun(run.run_id, run.manifest, run.folder) for run in whole if run.manifest]
    return [run for run in found if model_id in (None, run.model_id)]


def damaged_bias() -> list[Damaged]:
    """Return what is wrong with the bias reports that are damaged."""
    return runs.damaged_runs(KIND, FORM)


def summary(found: Findings) -> dict[str, Any]:
    """Return what fits into a cell: the largest change of probability, and how much differs.

    `largest_change` is the row of the report with the largest |change| among those tested, None without any;
    `verdicts` count the report's rows, `gaps` the rows of the fairness table, `weak_confirmed` slices.
    """
    tested = found.report[found.report["verdict"].isin([HIGHER, LOWER, NO_DIFFERENCE])]
    largest = None
    if len(tested):
        row = tested.iloc[int(tested["change"].map(lambda change: abs(change.value)).to_numpy().argmax())]
        largest = {name: row[name] for name in ("attribute", "group", "source", "change", "verdict")}
    return {
        "largest_change": largest,
        "verdicts": found.report["verdict"].value_counts().to_dict(),
        "gaps": found.fairness["verdict"].value_counts().to_dict(),
        "weak_confirmed": int(found.weak["confirmed"].sum()),
    }


def tables_to(found: Findings) -> dict[str, Any]:
    """Return the tables as plain JSON types."""
    return {
        name: runs.json_ready(
            {
                "columns": list(getattr(found, name).columns),
                "rows": getattr(found, name).astype(object).to_numpy().tolist(),
            }
        )
        for name in ESTIMATES
    }


def tables_from(record: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    """Read what `tables_to` wrote."""
    tables = {}
    for name, columns in ESTIMATES.items():
        table = pd.DataFrame(record[name]["rows"], columns=record[name]["columns"])
        for column in columns:
            table[column] = [Estimate.from_json(value) for value in table[column]]
        tables[name] = table.astype({column: float for column in _NUMBERS if column in table})
    return tables


def _write(run_id: str, spec: Mapping[str, Any], found: Findings, facts: Mapping[str, Any]) -> None:
    folder = runs.create(KIND, run_id, spec)
    for name, file in FRAMES.items():
        workspace.write_parquet(folder / file, getattr(found, name))
    workspace.write_json(folder / TABLES, tables_to(found))
    made = provenance.of_files(*(folder / file for file in (*FRAMES.values(), TABLES)))
    runs.finish(folder, {**facts, "created": runs.open_run(run_id).created, **made})
