"""The ledger of the gate: how a decision is made, what follows from it, and how it is made again."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from attacks.gate import configuration
from attacks.gate.configuration import Config, GateError
from attacks.gate.decision import FAIL, decide_all, verdict_of
from attacks.gate.figures import FIGURES
from attacks.gate.pairing import Pair
from sentiment_core import models, promotions, terminal
from sentiment_core.data import DATASETS
from sentiment_core.errors import ReelcheckError
from sentiment_core.evaluation.records import (
    Evaluation,
    evaluate,
    latest_evaluation,
    marks_of,
    open_evaluation,
)
from sentiment_core.models import CURRENT, ModelCard
from sentiment_core.promotions import DECISION, FORM, KIND, PROMOTION, ROLLBACK
from sentiment_core.schema import Dataset
from sentiment_core.storage import runs

__all__ = [
    "DECISION",
    "FORM",
    "KIND",
    "PROMOTION",
    "ROLLBACK",
    "decide_pair",
    "entries",
    "promote",
    "rollback",
]


def decide_pair(new: str, old: str, dataset: Dataset, config: Config, split: str = "test") -> runs.Run:
    """Evaluate what is not, decide every criterion, and keep the decision as a run.

    Reviews that one of the two was trained or tuned on are left out of what is compared.

    Raises:
        GateError: no review is left.
    """
    cards = models.resolve(old), models.resolve(new)
    found = [_evaluated(card, dataset, split) for card in cards]
    evaluations = [open_evaluation(run_id) for run_id in found]
    marks = [marks_of(evaluation) for evaluation in evaluations]
    left_out = _seen(evaluations, marks)
    budgets = {name: item.budget for name, item in config.criteria.items()}
    pair = Pair(cards[0], cards[1], dataset, evaluations[0], evaluations[1], config.recipe, left_out, budgets)
    if pair.answers.empty:
        raise GateError(
            f"one of the two was trained on every {split} review of '{dataset.name}'; give other reviews"
        )
    decisions = decide_all(
        [(item, FIGURES[name](pair)) for name, item in config.criteria.items()], config.alpha
    )
    facts = {
        "verdict": verdict_of(decisions),
        "criteria": [decision.to_json() for decision in decisions],
        "model": pair.new.short_name,
        "baseline": pair.old.short_name,
        "left_out": len(left_out),
        "unknown": [card.short_name for card, known in zip(cards, marks, strict=True) if known is None],
    }
    spec = {
        "data": {"name": dataset.name, "fingerprint": dataset.fingerprint, "split": split},
        "config": dataclasses.asdict(config),
        "evaluations": found,
    }
    decided = promotions.keep(DECISION, pair.new.model_id, pair.old.model_id, spec, facts)
    if pair.new.made_from == pair.old.model_id:
        models.note(pair.new, models.GATE, _in_brief(decided, dataset))
    return decided


def promote(run_id: str, override: str = "") -> runs.Run:
    """Give the new model of a decision the alias `current`; GateError where it failed, unless overridden."""
    decision = _open(run_id, DECISION)
    verdict = str((decision.manifest or {}).get("verdict"))
    if verdict == FAIL and not override.strip():
        raise GateError(
            f"gate {run_id} failed; its model is not promoted; --override REASON does it and is kept"
        )
    facts = {"verdict": verdict, "override": override}
    return promotions.promote(decision.spec["model_id"], facts, decision)


def rollback(run_id: str) -> runs.Run:
    """Give `current` back to the model that held it before a promotion, or else to the baseline."""
    promotion = _open(run_id, PROMOTION)
    facts, spec = promotion.manifest or {}, promotion.spec
    if models.aliases().get(CURRENT) != spec["model_id"]:
        raise GateError(f"'{CURRENT}' is another model since promotion {run_id}; nothing was changed")
    back = str(facts.get("was") or spec["baseline_id"])
    if not back:
        raise GateError(f"no model was current before promotion {run_id}; there is none to go back to")
    models.set_alias(CURRENT, back)
    return promotions.keep(ROLLBACK, back, spec["model_id"], {"promotion": run_id}, {"alias": CURRENT})


def entries() -> list[dict[str, Any]]:
    """Return the ledger, newest first: run_id, created, action, models, verdict, reason and command."""
    return [
        {
            "run_id": run.run_id,
            "created": run.created,
            "action": run.spec["action"],
            "model_id": run.spec["model_id"],
            "baseline_id": run.spec["baseline_id"],
            "verdict": (run.manifest or {}).get("verdict"),
            "override": (run.manifest or {}).get("override", ""),
            "command": command(run),
        }
        for run in runs.list_runs(KIND, FORM)
        if run.finished
    ]


def _in_brief(decided: runs.Run, dataset: Dataset) -> dict[str, Any]:
    """Return what a smaller model keeps of the decision on what it was made from, wherever it is copied."""
    facts, kept = decided.manifest or {}, ("name", "title", "verdict", "sentence")
    return {
        "run_id": decided.run_id,
        "baseline_id": decided.spec["baseline_id"],
        "verdict": facts["verdict"],
        "data": dataset.name,
        "criteria": [{name: row[name] for name in kept} for row in facts["criteria"]],
    }


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


def command(entry: runs.Run) -> str:
    """Return the command that makes an entry of the ledger again.

    A decision by other margins needs its configuration: `gate --write-config gate.toml --of RUN`.
    """
    spec, override = entry.spec, str((entry.manifest or {}).get("override") or "")
    if spec["action"] == ROLLBACK:
        return terminal.command("attacks", "gate", rollback=spec.get("promotion", ""))
    decision = _decision_of(entry)
    if decision is None:
        return terminal.command("sentiment_core", "models", "alias", CURRENT, str(spec["model_id"]), "--yes")
    data = dict(decision.spec.get("data") or {})
    given = {"model": spec["model_id"], "baseline": decision.spec["baseline_id"]}
    given |= {"data": data.get("name") if data.get("name") in DATASETS else data.get("fingerprint", "")}
    given |= {} if data.get("split") in (None, "test") else {"split": data["split"]}
    given |= {} if _by_default(decision) else {"config": "gate.toml"}
    flags = ["--promote"] if spec["action"] == PROMOTION else []
    given |= {"override": override} if override and flags else {}
    return terminal.command("attacks", "gate", *flags, **given)


def configuration_of(decision: runs.Run) -> Config:
    """Return the configuration that a decision was made by; GateError where it is none of today's."""
    return configuration.of_record(dict(decision.spec.get("config") or {}))


def _by_default(decision: runs.Run) -> bool:
    try:
        return configuration_of(decision) == Config()
    except GateError:
        return False


def open_decision(run_id: str) -> runs.Run:
    """Return a decision of the ledger; GateError where the run is none."""
    return _open(run_id, DECISION)


def _decision_of(entry: runs.Run) -> runs.Run | None:
    """Return the decision that an entry is, or rests on; None where it rests on none, or that is gone."""
    if entry.spec["action"] == DECISION:
        return entry
    try:
        return _open(str(entry.spec.get("gate", "")), DECISION)
    except ReelcheckError:
        return None


def _seen(evaluations: Sequence[Evaluation], marks: Sequence[Any]) -> frozenset[str]:
    """Return the ids of reviews that one of the models was trained or tuned on, as far as that is known."""
    return frozenset(
        str(example_id)
        for found, known in zip(evaluations, marks, strict=True)
        if known is not None
        for example_id in found.frame["example_id"][known != ""]
    )
