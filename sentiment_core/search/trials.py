"""The loop of a search: ask for a point, try it, report the result; a kill loses only the current trial.

The study is Optuna's, in one SQLite file. A trial that was cut short is marked failed and its point is tried
again; what TPE suggests next depends on the finished trials alone, so a resumed search goes the way that
the uninterrupted one would have gone.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sentiment_core.classifiers.base import Progress
from sentiment_core.errors import Cancelled, RunError
from sentiment_core.search.space import Axes, first_points, suggested

STUDY_FILE = "study.db"

#: The points that are always tried are never pruned, and TPE draws at random until there are a few trials.
NEVER_PRUNED, DRAWN_AT_RANDOM = 3, 6

#: User attributes of a trial.
MODEL_ID, RETRY_OF, ERROR = "model_id", "retry_of", "error"


class Pruned(Exception):
    """The trial is behind the median of those before it; no error."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a trial: validation accuracy, and the model that has it."""

    value: float
    model_id: str


@dataclass(frozen=True)
class Budget:
    """When a search is over: after so many finished trials, or when no trial may start anymore."""

    trials: int | None = None
    minutes: float | None = None

    def __post_init__(self) -> None:
        if self.trials is not None and self.trials < 1:
            raise RunError(f"trials is {self.trials}; give 1 or more")
        if self.minutes is not None and not self.minutes > 0:
            raise RunError(f"minutes is {self.minutes}; give more than 0")

    def share_used(self, trials: float, seconds: float) -> float:
        """Return how much of the budget is used, by whichever limit is nearer; 1 or more when it is over."""
        by_trials = trials / self.trials if self.trials else 0.0
        by_time = seconds / (60 * self.minutes) if self.minutes else 0.0
        return max(by_trials, by_time)


class TrialProgress:
    """Reports a trial's steps as part of the whole search, and stops the trial where it is not worth it."""

    def __init__(self, trial: Any, report: Callable[[float, str], None], known: Mapping[int, float]) -> None:
        self._trial, self._report, self._known = trial, report, known
        for step, value in known.items():
            trial.report(value, step)

    def __call__(self, done: float, total: float, what: str) -> None:
        """Report how far this trial is."""
        self._report(done / total if total else 0.0, what)

    def evaluated(self, step: int, figures: Mapping[str, float]) -> None:
        """Record a validation accuracy; raise Pruned if it is behind the median of the trials before."""
        if step in self._known:  # seen before the interruption, and judged then
            return
        self._trial.report(figures["accuracy"], step)
        if self._trial.should_prune():
            raise Pruned


#: Tries one point. Gets the trial's number, the point and its progress; raises Pruned where that says so.
Objective = Callable[[int, dict[str, Any], TrialProgress], Outcome]


@dataclass
class Search:
    """One session of a search: its study, its limits, and when it started."""

    study: Any
    axes: Axes
    budget: Budget
    seed: int
    progress: Progress
    began: float = field(default_factory=lambda: time.monotonic())

    def run(self, objective: Objective) -> None:
        """Try points until the budget is used up."""
        retry_interrupted(self.study)
        for point in first_points(self.axes):
            self.study.enqueue_trial(point, skip_if_exists=True)
        while self._share(0.0) < 1:
            self.study.sampler = _sampler(self.seed, n_finished(self.study))
            self._try_next(objective)

    def _try_next(self, objective: Objective) -> None:
        trial = self.study.ask()
        point = suggested(trial, self.axes)
        try:
            outcome = objective(trial.number, point, self._watcher(trial))
        except Pruned:
            self.study.tell(trial, state=_states().PRUNED)
        except (Cancelled, KeyboardInterrupt):
            retry_interrupted(self.study)
            raise
        except Exception as error:
            trial.set_user_attr(ERROR, " ".join(str(error).split()) or type(error).__name__)
            self.study.tell(trial, state=_states().FAIL)
            raise
        else:
            trial.set_user_attr(MODEL_ID, outcome.model_id)
            self.study.tell(trial, outcome.value)

    def _watcher(self, trial: Any) -> TrialProgress:
        before = trial.user_attrs.get(RETRY_OF)
        known = {} if before is None else self.study.get_trials(deepcopy=False)[before].intermediate_values
        number = n_finished(self.study) + 1
        of = f" of {self.budget.trials}" if self.budget.trials else ""

        def report(share: float, what: str) -> None:
            total = self.budget.trials or 100
            self.progress(min(self._share(share), 1.0) * total, total, f"trial {number}{of}: {what}")

        return TrialProgress(trial, report, known)

    def _share(self, within: float) -> float:
        """Return the share of the budget used when the current trial is done to `within`."""
        return self.budget.share_used(n_finished(self.study) + within, time.monotonic() - self.began)


def create_study(folder: Path) -> None:
    """Make an empty study in `folder`; a reader sees it whole or not at all."""
    import optuna

    aside = folder / f".{STUDY_FILE}"
    storage = _storage(aside)
    optuna.create_study(storage=storage, study_name=folder.name, direction="maximize")
    storage.engine.dispose()
    os.replace(aside, folder / STUDY_FILE)


def open_study(folder: Path) -> Any:
    """Return the Optuna study in `folder`, which prunes trials that are behind the median at their step.

    Steps are the training's: a trial of more epochs is compared while its learning rate is still high, so
    the judgement of long trials is on the hard side.
    """
    import optuna

    if not (folder / STUDY_FILE).exists():
        raise RunError(f"run {folder.name!r} has no {STUDY_FILE}; start the search again")
    try:
        study = optuna.load_study(
            study_name=folder.name,
            storage=_storage(folder / STUDY_FILE),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=NEVER_PRUNED),
        )
        study.get_trials(deepcopy=False)
    except Exception as error:  # SQLAlchemy's and Optuna's own, and what damaged rows make them raise
        raise RunError(
            f"run {folder.name!r} is damaged: its trials cannot be read from {STUDY_FILE} "
            f"({type(error).__name__}); start the search again"
        ) from error
    return study


def is_study(path: Path) -> bool:
    """Whether a file exists and starts as a SQLite database does."""
    try:
        with path.open("rb") as file:
            return file.read(16) == b"SQLite format 3\0"
    except OSError:
        return False


def retry_interrupted(study: Any) -> None:
    """Mark every trial that still counts as running as failed, and put its point back into the queue.

    First the queue, then the mark: killed between the two, the next call finds both.
    """
    trials = study.get_trials(deepcopy=False)
    retried = {trial.user_attrs.get(RETRY_OF) for trial in trials}
    for trial in trials:
        if trial.state == _states().RUNNING:
            if trial.number not in retried:
                study.enqueue_trial(trial.params, user_attrs={RETRY_OF: trial.number})
            study.tell(trial.number, state=_states().FAIL)


def n_finished(study: Any) -> int:
    """Return how many trials ended by themselves: complete, pruned, or failed by an error."""
    ends = (_states().COMPLETE, _states().PRUNED)
    return sum(trial.state in ends or ERROR in trial.user_attrs for trial in study.get_trials(deepcopy=False))


def best_trial(study: Any) -> Any | None:
    """Return the complete trial with the highest value, the earliest of equals; None before there is one."""
    complete = study.get_trials(deepcopy=False, states=(_states().COMPLETE,))
    return max(complete, key=lambda trial: (trial.value, -trial.number), default=None)


def _sampler(seed: int, finished: int) -> Any:
    """Return TPE as it is after so many finished trials, whether or not there was a kill between them."""
    import optuna

    return optuna.samplers.TPESampler(seed=seed * 10_007 + finished, n_startup_trials=DRAWN_AT_RANDOM)


def _storage(path: Path) -> Any:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)  # one line per trial goes to progress instead
    return optuna.storages.RDBStorage(f"sqlite:///{path}")


def _states() -> Any:
    from optuna.trial import TrialState

    return TrialState
