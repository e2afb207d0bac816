"""The record of a search: its trials as a table, their curves, and which settings mattered."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from sentiment_core.errors import RunError
from sentiment_core.search import trials
from sentiment_core.search.space import in_force
from sentiment_core.storage import runs
from sentiment_core.storage.kept import Damaged

KIND = "optimisation"

FORM = runs.Form(
    spec={
        "title": str,
        "data": {"name": str, "fingerprint": str},
        "fixed": dict,
        "axes": {...: list},
        "budget": {"trials?": int, "minutes?": float},
        "seed": int,
        "alias?": str,
    }
)

#: With fewer complete trials a random forest over nine settings is meaningless.
FEWEST_FOR_IMPORTANCE = 4

#: Optuna's states by our names; a failed trial whose point is tried again was interrupted.
STATES = {
    "WAITING": "waiting",
    "RUNNING": "running",
    "COMPLETE": "complete",
    "PRUNED": "pruned",
    "FAIL": "failed",
}


@dataclass(frozen=True)
class Importance:
    """The share of the validation accuracy's variance that each setting explains; n complete trials.

    fANOVA (Hutter et al. 2014), shares sum to 1. NaN with a reason where it is undefined.
    """

    shares: Mapping[str, float]
    n: int
    reason: str = ""


@dataclass(frozen=True)
class StudyRecord:
    """A search as kept on disk, running or finished.

    `trials` has one row per trial: number, state (waiting, running, complete, pruned, failed, interrupted),
    value (validation accuracy; of a pruned trial its last), one column per searched setting, seconds,
    model_id, reason (what went wrong) and intermediate_values (validation accuracy by training step).
    """

    run_id: str
    folder: Path
    spec: dict[str, Any]
    manifest: dict[str, Any] | None
    running: bool
    trials: pd.DataFrame
    study: Any = field(repr=False, default=None)

    @property
    def axes(self) -> list[str]:
        """Return the names of the settings that are searched over."""
        return list(self.spec["axes"])

    @property
    def finished(self) -> bool:
        """Whether the search came to its end; until then it can be resumed."""
        return self.manifest is not None

    @property
    def best(self) -> dict[str, Any] | None:
        """Return number, params, value and model_id of the best trial, or None before one is complete."""
        return best_of(self.study)

    @property
    def curves(self) -> pd.DataFrame:
        """Return columns number, step, value: the validation accuracy of every trial as it trained."""
        rows = [
            (number, step, value)
            for number, values in zip(self.trials["number"], self.trials["intermediate_values"], strict=True)
            for step, value in sorted(values.items())
        ]
        return pd.DataFrame(rows, columns=["number", "step", "value"])

    @functools.cached_property
    def importance(self) -> Importance:
        """Return how much each searched setting mattered, the most important first."""
        return importance_of(self.study, self.axes)


def open_study(run_id: str) -> StudyRecord:
    """Return a search, running or finished; RunError if there is none of that id."""
    run = study_run(run_id)
    study = trials.open_study(run.folder)
    running = run.manifest is None and runs.is_running(run.folder)
    frame = trials_frame(study, list(run.spec["axes"]), running)
    return StudyRecord(run.run_id, run.folder, run.spec, run.manifest, running, frame, study)


def study_run(run_id: str) -> runs.Run:
    """Return the run of a search; RunError if there is none of that id or its files are damaged."""
    kind = runs.folder_of(run_id).parent.name
    if kind != KIND:
        raise RunError(f"run {run_id!r} is of kind {kind!r}, not a search")
    return runs.open_run(run_id, FORM)


def list_studies() -> list[runs.Run]:
    """Return the searches, newest first; one that is just being made is left out."""
    return [run for run in runs.list_runs(KIND, FORM) if trials.is_study(run.folder / trials.STUDY_FILE)]


def damaged_studies() -> list[Damaged]:
    """Return what is wrong with the searches whose files are not as they must be."""
    wrong = [
        runs.damaged(run.folder, f"{trials.STUDY_FILE} is not a database")
        for run in runs.list_runs(KIND, FORM)
        if (file := run.folder / trials.STUDY_FILE).exists() and not trials.is_study(file)
    ]
    return runs.damaged_runs(KIND, FORM) + wrong


def trials_frame(study: Any, axes: list[str], running: bool) -> pd.DataFrame:
    """Return one row per trial; see StudyRecord."""
    found = study.get_trials(deepcopy=False)
    retried = {trial.user_attrs.get(trials.RETRY_OF) for trial in found}
    rows = [_row(trial, axes, interrupted=_is_interrupted(trial, retried, running)) for trial in found]
    columns = ["number", "state", "value", *axes, "seconds", "model_id", "reason", "intermediate_values"]
    return pd.DataFrame(rows, columns=columns)


def best_of(study: Any) -> dict[str, Any] | None:
    """Return number, params, value and model_id of the best complete trial, or None."""
    best = trials.best_trial(study)
    if best is None:
        return None
    model_id = best.user_attrs.get(trials.MODEL_ID)
    return {"number": best.number, "params": best.params, "value": best.value, "model_id": model_id}


def importance_of(study: Any, axes: list[str]) -> Importance:
    """Return fANOVA's shares over the complete trials, or NaN and why there are none."""
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    values = [trial.value for trial in study.get_trials(deepcopy=False) if trial.state.name == "COMPLETE"]
    unknown = {name: math.nan for name in axes}
    if len(values) < FEWEST_FOR_IMPORTANCE:
        reason = f"{len(values)} complete trials; at least {FEWEST_FOR_IMPORTANCE} are needed"
        return Importance(unknown, len(values), reason)
    if max(values) == min(values):
        return Importance(unknown, len(values), "all complete trials have the same validation accuracy")
    completed = _with_settings_in_force(study, axes)
    shares = get_param_importances(completed, evaluator=FanovaImportanceEvaluator(seed=0))
    return Importance({name: float(share) for name, share in shares.items()}, len(values))


def _with_settings_in_force(study: Any, axes: list[str]) -> Any:
    """Return the complete trials as a study in memory, in which each has a value on every axis.

    Optuna weighs only settings that all trials have, and a rank is tried only beside frozen embeddings.
    """
    import optuna

    complete = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    limits = {name: limit for trial in complete for name, limit in trial.distributions.items()}
    known = [name for name in axes if name in limits]
    filled = optuna.create_study(direction="maximize")
    for trial in complete:
        params = in_force(trial.params, known)
        its = {name: limits[name] for name in params}
        filled.add_trial(optuna.create_trial(value=trial.value, params=params, distributions=its))
    return filled


def _row(trial: Any, axes: list[str], *, interrupted: bool) -> dict[str, Any]:
    waiting = trial.system_attrs.get("fixed_params", {})  # a waiting trial has no params yet
    point = in_force(trial.params or waiting, axes)
    ran = trial.duration is not None and not interrupted
    return {
        "number": trial.number,
        "state": "interrupted" if interrupted else STATES[trial.state.name],
        "value": math.nan if trial.value is None else float(trial.value),
        **{name: point.get(name) for name in axes},
        "seconds": trial.duration.total_seconds() if ran else math.nan,
        "model_id": trial.user_attrs.get(trials.MODEL_ID, ""),
        "reason": trial.user_attrs.get(trials.ERROR, ""),
        "intermediate_values": dict(trial.intermediate_values),
    }


def _is_interrupted(trial: Any, retried: set[Any], running: bool) -> bool:
    """Whether the process died during this trial."""
    if trial.state.name == "RUNNING":
        return not running
    return trial.state.name == "FAIL" and trial.number in retried
