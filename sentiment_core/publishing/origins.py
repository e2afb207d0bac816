"""The commands that make the runs of the core, which a report writes under their figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sentiment_core import models, terminal
from sentiment_core.data import DATASETS, storing
from sentiment_core.evaluation.records import Evaluation
from sentiment_core.publishing.blocks import Origin

#: The fields of the JSON of runs: `python -m sentiment_core evaluate --json`, and the run's manifest.json.
METRICS, PREDICTIONS = "manifest.json: metrics", "results.parquet: label, prob_positive"


def name_of_model(model_id: str) -> str:
    """Return what a command calls a model: its alias as it is now, else its id."""
    return next((alias for alias, known in models.aliases().items() if known == model_id), model_id)


def data_argument(record: Mapping[str, Any]) -> str:
    """Return what `--data` takes for recorded data: a name that all know, else the fingerprint.

    Samples of a named data set have its name too, and only the fingerprint says which one it was.
    """
    name, fingerprint = str(record.get("name")), str(record.get("fingerprint") or "")
    if name not in DATASETS:
        return fingerprint or name
    alike = {found["fingerprint"] for found in storing.list_stored() if found["name"] == name}
    return fingerprint if fingerprint and len(alike | {fingerprint}) > 1 else name


def reviews_of(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the options of a command that name the reviews a run recorded; the test split goes unsaid."""
    split = record.get("split")
    return {"data": data_argument(record)} | ({"split": str(split)} if split not in (None, "test") else {})


def evaluate(model_id: str, record: Mapping[str, Any]) -> str:
    """Return the command that measures a model on recorded reviews."""
    return terminal.command("sentiment_core", "evaluate", model=name_of_model(model_id), **reviews_of(record))


def of_evaluation(found: Evaluation, field: str = METRICS) -> Origin:
    """Return where an evaluation's figures are from."""
    return Origin(found.run_id, field, evaluate(found.model_id, found.manifest["data"]))
