"""The ledger: decisions, promotions and rollbacks, each a run of kind "gate" that never changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from attacks.gate.configuration import Config, GateError
from attacks.gate.decision import FAIL, decide_all, verdict_of
from attacks.gate.figures import FIGURES, Pair
from sentiment_core import models
from sentiment_core.evaluation.records import evaluate, latest_evaluation, open_evaluation
from sentiment_core.models import CURRENT, ModelCard
from sentiment_core.schema import Dataset
from sentiment_core.storage import provenance, runs

KIND = "gate"
DECISION, PROMOTION, ROLLBACK = "decision", "promotion", "rollback"
FORM = runs.Form(
    spec={"action": str, "model_id": str, "baseline_id": str},
    manifest={"verdict?": str, "override?": str, "was?": str},
)


def decide_pair(new: str, old: str, dataset: Dataset, config: Config, split: str = "test") -> runs.Run:
    """Measure what is missing and cheap, decide every criterion, and keep the decision as a run."""
    cards = models.resolve(old), models.resolve(new)
    found = [_evaluated(card, dataset, split) for card in cards]
    pair = Pair(
        cards[0], cards[1], dataset, open_evaluation(found[0]), open_evaluation(found[1]), config.recipe
    )
    decisions = decide_all(
        [(item, FIGURES[name](pair)) for name, item in config.criteria.items()], config.alpha
    )
    facts = {
        "verdict": verdict_of(decisions),
        "criteria": [decision.to_json() for decision in decisions],
        "model": pair.new.short_name,
        "baseline": pair.old.short_name,
    }
    spec = {
        "data": {"name": dataset.name, "fingerprint": dataset.fingerprint, "split": split},
        "config": dataclasses.asdict(config),
        "evaluations": found,
    }
    return _keep(DECISION, pair.new.model_id, pair.old.model_id, spec, facts)


def promote(run_id: str, override: str = "") -> runs.Run:
    """Give the new model of a decision the alias `current`; GateError where it failed, unless overridden."""
    decision = _open(run_id, DECISION)
    verdict = str((decision.manifest or {}).get("verdict"))
    if verdict == FAIL and not override.strip():
        raise GateError(
            f"gate {run_id} failed; its model is not promoted; --override REASON does it and is kept"
        )
    new, old = decision.spec["model_id"], decision.spec["baseline_id"]
    was = models.aliases().get(CURRENT)
    models.set_alias(CURRENT, new)
    facts = {"alias": CURRENT, "was": was, "verdict": verdict, "override": override}
    return _keep(PROMOTION, new, old, {"gate": run_id}, facts)


def rollback(run_id: str) -> runs.Run:
    """Give `current` back to the model that held it before a promotion, or else to the baseline."""
    promotion = _open(run_id, PROMOTION)
    facts, spec = promotion.manifest or {}, promotion.spec
    if models.aliases().get(CURRENT) != spec["model_id"]:
        raise GateError(f"'{CURRENT}' is another model since promotion {run_id}; nothing was changed")
    back = str(facts.get("was") or spec["baseline_id"])
    models.set_alias(CURRENT, back)
    return _keep(ROLLBACK, back, spec["model_id"], {"promotion": run_id}, {"alias": CURRENT})


def entries() -> list[dict[str, Any]]:
    """Return the ledger, newest first: run_id, created, action, models, verdict and reason."""
    return [
        {
            "run_id": run.run_id,
            "created": run.created,
            "action": run.spec["action"],
            "model_id": run.spec["model_id"],
            "baseline_id": run.spec["baseline_id"],
            "verdict": (run.manifest or {}).get("verdict"),
            "override": (run.manifest or {}).get("override", ""),
        }
        for run in runs.list_runs(KIND, FORM)
        if run.finished
    ]


def _evaluated(card: ModelCard, dataset: Dataset, split: str) -> str:
    kept = latest_evaluation(card.model_id, dataset.fingerprint, split)
    return kept.run_id if kept else evaluate(card.model_id, dataset, split)


def _open(run_id: str, action: str) -> runs.Run:
    run = runs.open_run(run_id, FORM)
    if run.kind != KIND or not run.finished or run.spec.get("action") != action:
        raise GateError(
            f"run {run_id!r} is no {action} of the gate; `python -m attacks gate --list` lists them"
        )
    return run


def _keep(action: str, new: str, old: str, spec: Mapping[str, Any], facts: Mapping[str, Any]) -> runs.Run:
    full = {"action": action, "model_id": new, "baseline_id": old, **spec}
    run_id = runs.new_run_id(f"gate-{action}", new, full)
    folder = runs.create(KIND, run_id, full)
    runs.finish(folder, {**facts, **provenance.of_files()})
    return runs.open_run(run_id)
