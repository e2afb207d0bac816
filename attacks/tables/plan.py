"""How long each cell of a table will take, from batches that were run here, before anything is started."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from attacks.batches import pace
from attacks.batches import runs as attack_runs
from attacks.batches.sampled import examples
from attacks.own.recipes import recipe_named
from attacks.tables.spec import Cell, TableSpec, cells
from sentiment_core import data, models
from sentiment_core.errors import RunError

#: A batch of fewer reviews says nothing of the pace.
ENOUGH = 5


@dataclass(frozen=True)
class Planned:
    """A cell, how many of its reviews are attacked already, and the seconds that the others will take."""

    cell: Cell
    done: int
    seconds: float
    source: str


def planned(spec: TableSpec, made: dict[str, str], workers: int = 1) -> list[Planned]:
    """Return every cell with an estimate.

    Args:
        spec: of the table.
        made: the table's batches so far, by `Cell.step`.
        workers: processes.
    """
    dataset = data.by_fingerprint(spec.data["fingerprint"])
    chosen = examples(dataset, spec.split, spec.limit, spec.seed)
    lengths = [len(example.text.split()) for example in chosen]
    found = []
    for cell in cells(spec):
        run_id = made.get(cell.step)
        done = len(attack_runs.open_attack(run_id).records) if run_id else 0
        n = min(cell.n, len(chosen))
        words = sum(lengths[:n]) / n
        per_review, source = _per_review(cell, words, spec.query_budget)
        found.append(
            Planned(
                Cell(cell.model_id, cell.recipe, n),
                done,
                (n - done) * per_review / pace.gain(workers),
                source,
            )
        )
    return found


def _per_review(cell: Cell, words: float, budget: int | None) -> tuple[float, str]:
    """Return seconds per review on one worker, and what they come from."""
    past = [run for run in attack_runs.list_attacks(cell.model_id) if not run.spec.quick]
    for run in past:
        same = (run.spec.recipe, run.spec.query_budget, dict(run.spec.params)) == (cell.recipe, budget, {})
        if same and (known := _rates(run)):
            return known[0], f"as in {run.run_id}"
    queries = pace.queries_per_review(recipe_named(cell.recipe).queries_per_word, words, budget)
    rate, source = _rate(cell, past)
    return queries / rate, f"about {queries:,.0f} queries per review at {rate:,.0f} per second, {source}"


def _rate(cell: Cell, past: list[attack_runs.AttackRun]) -> tuple[float, str]:
    for run in past:
        if (known := _rates(run)) and known[1] > 0:
            return known[1], f"as in {run.run_id}"
    if models.resolve(cell.model_id).asks_a_network:
        return pace.NETWORK_QUERIES_PER_SECOND, "the default for networks"
    return pace.LINEAR_QUERIES_PER_SECOND, "the default for linear models"


def _rates(run: attack_runs.AttackRun) -> tuple[float, float] | None:
    """Return seconds per review and queries per second; None where too few reviews are done."""
    with suppress(RunError):  # a damaged batch has no pace
        return pace.rates(run.records, ENOUGH)
    return None
