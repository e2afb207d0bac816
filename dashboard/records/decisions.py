"""The ledger of the gate: decisions, promotions and rollbacks, read once and shared between sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dashboard.records import finished
from sentiment_core import models, promotions
from sentiment_core.storage import runs

if TYPE_CHECKING:
    from sentiment_core.storage.runs import Run


@dataclass(frozen=True)
class Entry:
    """One entry: a decision, a promotion or a rollback, with the command that makes it again."""

    run: Run
    command: str

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.run.run_id

    @property
    def action(self) -> str:
        """What was done: decision, promotion or rollback."""
        return str(self.run.spec["action"])

    @property
    def pair(self) -> tuple[str, str]:
        """The ids of the new model and of the one that it replaces or may replace."""
        return str(self.run.spec["model_id"]), str(self.run.spec["baseline_id"])

    @property
    def facts(self) -> dict[str, Any]:
        """What the entry holds beside its pair; shared, so do not write to it."""
        return self.run.manifest or {}

    @property
    def verdict(self) -> str:
        """Pass, warn or fail; "" where there is none."""
        return str(self.facts.get("verdict") or "")

    @property
    def criteria(self) -> list[dict[str, Any]]:
        """A record per criterion of a decision."""
        return list(self.facts.get("criteria") or ())


def entries() -> list[Entry]:
    """Return the ledger, newest first."""
    return finished.listed(promotions.KIND, _read)


def latest(new: str, baseline: str) -> Entry | None:
    """Return the newest decision on a pair of models, by their ids; None where there is none."""
    return next(
        (
            found
            for found in entries()
            if (found.action, found.pair) == (promotions.DECISION, (new, baseline))
        ),
        None,
    )


def name_of(model_id: str) -> str:
    """Return a model's short name; its id where it is no longer on the shelf."""
    return next((card.short_name for card in models.list_models() if card.model_id == model_id), model_id)


def _read() -> list[Entry]:
    from attacks.gate import ledger

    kept = (run for run in runs.list_runs(promotions.KIND, promotions.FORM) if run.finished)
    return [Entry(run, ledger.command(run)) for run in kept]
