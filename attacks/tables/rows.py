"""The rows of a robustness table: one for each cell, from the batches and verdicts that are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attacks.batches import runs as attack_runs
from attacks.batches import transfer, verdicts
from attacks.figures import robustness
from attacks.tables.spec import Cell
from sentiment_core import models
from sentiment_core.errors import ModelError
from sentiment_core.schema import Estimate
from sentiment_core.statistics import share
from sentiment_core.storage import runs

#: Figures of a row -> the heading, and what its value is multiplied by.
FIGURES: Mapping[str, tuple[str, float]] = {
    "accuracy_before": ("before, %", 100),
    "accuracy_under_attack": ("under attack, %", 100),
    "valid_accuracy_under_attack": ("under attack, valid only, %", 100),
    "queries": ("queries per review", 1),
    "words_changed_share": ("words changed, %", 100),
    "censored": ("stopped by the budget, %", 100),
}


def rows_of(cells: list[Cell], made: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return a row for each cell that has a batch, finished or not: which, how many reviews, and figures.

    Args:
        cells: of the table.
        made: run ids: a cell's batch by `Cell.step`, a recipe's transfer by `transfer_step`.
    """
    matrices = {cell.recipe: _matrix(made.get(transfer_step(cell.recipe))) for cell in cells}
    return [
        _row(cell, made[cell.step], matrices[cell.recipe].get(made[cell.step], {}))
        for cell in cells
        if cell.step in made
    ]


def transfer_step(recipe: str) -> str:
    """Return the name under which the table's run keeps a recipe's transfer."""
    return f"transfer of {recipe}"


def short_name(model_id: str) -> str:
    """Return what a person calls a model; its id where it is gone."""
    try:
        return models.resolve(model_id).short_name
    except ModelError:
        return model_id


def _row(cell: Cell, run_id: str, reading: Mapping[str, Estimate]) -> dict[str, Any]:
    run = attack_runs.open_attack(run_id)
    figures = robustness.figures(run.records, verdicts.verdicts_of(run_id))
    counts = robustness.counts(run.records)
    attacked = counts["succeeded"] + counts["failed"]
    shown = {name: figures[name] for name in FIGURES}
    shown["censored"] = share(counts["censored"], attacked, "no review was attacked")
    return {
        "model_id": cell.model_id,
        "recipe": cell.recipe,
        "run_id": run_id,
        "n": len(run.records),
        "of": run.total,
        "counts": counts,
        "figures": {name: estimate.to_json() for name, estimate in shown.items()},
        "transfer": {target: estimate.to_json() for target, estimate in reading.items()},
    }


def _matrix(run_id: str | None) -> dict[str, dict[str, Estimate]]:
    """Return what other models make of each batch's texts: by batch and by model."""
    if run_id is None:
        return {}
    found: dict[str, dict[str, Estimate]] = {}
    table = runs.read_table(runs.open_run(run_id, transfer.FORM), transfer.RESULTS, transfer.TRANSFER_COLUMNS)
    for row in table.to_dict("records"):
        if not row["own"]:
            estimate = Estimate(row["value"], row["ci_low"], row["ci_high"], int(row["n"]), row["reason"])
            found.setdefault(row["source"], {})[row["target"]] = estimate
    return found
