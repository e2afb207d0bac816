"""Promotions: which model is `current`, what the gate says about it, and a record of every change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sentiment_core import models, terminal
from sentiment_core.errors import ModelError
from sentiment_core.models import CURRENT, ModelCard
from sentiment_core.storage import provenance, runs
from sentiment_core.storage.kept import Damaged

#: The ledger: decisions, promotions and rollbacks, each a run that never changes.
KIND = "gate"
DECISION, PROMOTION, ROLLBACK = "decision", "promotion", "rollback"
FAIL = "fail"
FORM = runs.Form(
    spec={
        "action": str,
        "model_id": str,
        "baseline_id": str,
        "data?": {"name": str, "fingerprint": str, "split?": str},
        "config?": dict,
        "gate?": str,
        "promotion?": str,
    },
    manifest={
        "verdict?": str,
        "override?": str,
        "was?": str,
        "left_out?": int,
        "criteria?": [
            {
                "name": str,
                "title": str,
                "verdict": str,
                "sentence": str,
                "required?": bool,
                "margin": float,
                "old?": float,
                "new?": float,
                "difference": {"value?": float, "ci_low?": float, "ci_high?": float},
                "level?": float,
                "n": int,
                "n_needed?": int,
                "command?": str,
                "unit?": str,
                "budget?": float,
            }
        ],
    },
)
UNDECIDED = "promoted without a decision of the gate"


def current() -> ModelCard | None:
    """Return the promoted model; None where there is none, or it is gone."""
    model_id = models.aliases().get(CURRENT)
    return next((card for card in models.list_models() if card.model_id == model_id), None)


def latest_decision(model_id: str, baseline_id: str) -> runs.Run | None:
    """Return the newest decision on whether one model may replace another; None where there is none."""
    return next(
        (
            run
            for run in runs.list_runs(KIND, FORM)
            if run.finished
            and (run.spec["action"], run.spec["model_id"], run.spec["baseline_id"])
            == (DECISION, model_id, baseline_id)
        ),
        None,
    )


def damaged_entries() -> list[Damaged]:
    """Return what is wrong with the entries of the ledger that are damaged."""
    return runs.damaged_runs(KIND, FORM)


def doubt(card: ModelCard) -> str:
    """Return in a sentence why a model should not be promoted now; nothing where nothing speaks against it.

    Where no model is current yet, none is replaced, and there is nothing to decide.
    """
    old = current()
    if old is None or old.model_id == card.model_id:
        return ""
    decision = latest_decision(card.model_id, old.model_id)
    if decision is None:
        return (
            f"No decision of the gate says that {card.short_name} may replace {old.short_name}, the current "
            "model"
        )
    if (decision.manifest or {}).get("verdict") == FAIL:
        return f"The gate decided that {card.short_name} may not replace {old.short_name} ({decision.run_id})"
    return ""


def how_to_decide(card: ModelCard) -> str:
    """Return the command that lets the gate decide whether a model may replace the current one."""
    old = current()
    data = str(card.trained_on.get("name") or "NAME_OR_PATH")
    baseline = old.short_name if old else "OLD"
    return terminal.command(
        "attacks", "gate", "--measure", model=card.short_name, baseline=baseline, data=data
    )


def promote(model_id: str, facts: Mapping[str, Any], decision: runs.Run | None = None) -> runs.Run:
    """Make a model the current one, and keep that in the ledger.

    Args:
        model_id: its id.
        facts: verdict and override, for the record.
        decision: what it rests on.
    """
    was = models.aliases().get(CURRENT)
    baseline = str(decision.spec["baseline_id"]) if decision else was or ""
    models.set_alias(CURRENT, model_id)
    spec = {"gate": decision.run_id} if decision else {}
    return keep(PROMOTION, model_id, baseline, spec, {"alias": CURRENT, "was": was, **facts})


def promote_named(model_id: str) -> runs.Run:
    """Make a model the current one by a person's word, with the gate's decision on it where there is one."""
    card, old = models.resolve(model_id), current()
    decision = latest_decision(card.model_id, old.model_id) if old else None
    verdict = (decision.manifest or {}).get("verdict") if decision else None
    override = UNDECIDED if decision is None else "asked for all the same" if verdict == FAIL else ""
    return promote(card.model_id, {"verdict": verdict, "override": override}, decision)


def check_name(alias: str) -> None:
    """Raise ModelError for the mark of the promoted model: what is being made is not measured yet."""
    if alias == CURRENT:
        raise ModelError(
            f"'{CURRENT}' marks the promoted model; choose another alias, and promote by the gate: "
            "`python -m attacks gate --model NEW --baseline OLD --promote`"
        )


def keep(action: str, new: str, old: str, spec: Mapping[str, Any], facts: Mapping[str, Any]) -> runs.Run:
    """Add an entry to the ledger and return it."""
    full = {"action": action, "model_id": new, "baseline_id": old, **spec}
    run_id = runs.new_run_id(f"gate-{action}", new, full)
    folder = runs.create(KIND, run_id, full)
    runs.finish(folder, {**facts, **provenance.of_files()})
    return runs.open_run(run_id)
