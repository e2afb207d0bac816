"""A search for good settings of a fine-tuning: a run that survives a kill, and its best model on the shelf.

Only training and validation reviews are touched, never test. The winner's validation accuracy is the figure
that it was chosen by, and so is too high; an evaluation on test gives a fair one.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment_core import data, models, statistics
from sentiment_core.classifiers.base import Params, Progress, no_progress
from sentiment_core.errors import Cancelled, RunError
from sentiment_core.schema import Dataset, Estimate
from sentiment_core.search import trials
from sentiment_core.search.records import (
    KIND,
    Importance,
    StudyRecord,
    best_of,
    importance_of,
    list_studies,
    open_study,
    study_run,
)
from sentiment_core.search.space import as_settings, axes_as_json, axes_for, settings_that_follow
from sentiment_core.search.trials import Budget, Outcome, TrialProgress
from sentiment_core.storage import provenance, runs
from sentiment_core.training import train
from sentiment_core.training.rows import with_training_rows

__all__ = [
    "Budget",
    "Importance",
    "StudyRecord",
    "start",
    "resume",
    "list_studies",
    "open_study",
    "unfinished_like",
]

FAMILY = "transformer"
DEFAULT_TRIALS = 10
SELECTED_ON = "validation accuracy, which it was chosen by and is therefore too high; evaluate it on test"

Announce = Callable[[Path], None]


@dataclass(frozen=True)
class Request:
    """The request of a search: data, settings that every trial has, limits, seed, and the winner's name."""

    dataset: Dataset
    fixed: Params
    budget: Budget
    seed: int = 0
    alias: str | None = None

    def spec(self) -> dict[str, Any]:
        """Return the record of the request, after checking that it can be met."""
        fixed = settings_that_follow(self.fixed)
        settings = train.params_in_force(FAMILY, fixed)
        if self.alias is not None:
            models.check_alias(self.alias)
        axes = axes_for(_most_tokens(settings), fixed)
        return {
            "title": f"Search settings for {settings['base']} on {self.dataset.name}",
            "data": {"name": self.dataset.name, "fingerprint": self.dataset.fingerprint},
            "fixed": {"base": settings["base"], **fixed},
            "axes": axes_as_json(axes),
            "budget": dataclasses.asdict(_with_default(self.budget)),
            "seed": self.seed,
            "alias": self.alias,
        }


def start(request: Request) -> str:
    """Make the run of a new search and return its id; `resume` does the work.

    Raises:
        ModelError: an unknown setting, a base that cannot be had, or a length that it cannot read.
    """
    spec = request.spec()
    data.store(request.dataset)
    base = Path(spec["fixed"]["base"]).name
    folder = runs.create(KIND, runs.new_run_id("optimise", base, spec), spec)
    trials.create_study(folder)
    return folder.name


def unfinished_like(request: Request) -> str | None:
    """Return the newest unfinished search of the same data, settings and seed, or None."""
    asked = _identity(runs.json_ready(request.spec()))
    matching = (run for run in list_studies() if not run.finished and _identity(run.spec) == asked)
    return next((run.run_id for run in matching), None)


def resume(
    run_id: str,
    budget: Budget | None = None,
    *,
    progress: Progress = no_progress,
    announce: Announce | None = None,
) -> StudyRecord:
    """Try points until the budget is used up, put the best model on the shelf, and finish the run.

    Args:
        run_id: of `start`, or of an interrupted search: its finished trials are kept, and the one that
            was cut short is tried again from its last checkpoint.
        budget: if other than the run's own. Minutes count from now.
        progress: called at every step of every trial; raise Cancelled in it to stop and be able to resume.
        announce: called with the folder of each trial's checkpoints and curves.

    Raises:
        RunError: the search is finished already, or another process is at it.
    """
    run = _resumable(run_id)
    with runs.alone(run.folder):
        session = _Session(run, announce)
        search = trials.Search(
            study=trials.open_study(run.folder),
            axes=session.axes,
            budget=_with_default(
                budget or Budget(run.spec["budget"].get("trials"), run.spec["budget"].get("minutes"))
            ),
            seed=int(run.spec["seed"]),
            progress=progress,
        )
        search.run(session.objective(search.study))
        runs.finish(run.folder, _manifest(run, search.study))
        shutil.rmtree(session.models, ignore_errors=True)
    return open_study(run_id)


class _Session:
    """The work of one process on a search: reviews in memory, and the models of the trials aside."""

    def __init__(self, run: runs.Run, announce: Announce | None) -> None:
        self.models = _models_aside(run)
        self.fixed = dict(run.spec["fixed"])
        self.announce = announce
        settings = train.params_in_force(FAMILY, self.fixed)
        axes = axes_for(_most_tokens(settings), self.fixed)
        self.axes = {name: axis for name, axis in axes.items() if name in run.spec["axes"]}
        stored = data.by_fingerprint(run.spec["data"]["fingerprint"])
        self.dataset = without_test(with_training_rows(stored, int(settings["seed"])))

    def objective(self, study: Any) -> trials.Objective:
        """Return what trains one point, and keeps no model but the best one so far."""

        def objective(number: int, point: dict[str, Any], progress: TrialProgress) -> Outcome:
            self._sweep(trials.best_trial(study))
            try:
                card = self._train(point, progress)
            except (Cancelled, KeyboardInterrupt):
                raise  # the checkpoints stay: the point is tried again
            except Exception:
                self._drop_checkpoints()
                raise
            return Outcome(float(card.manifest["validation"]["accuracy"]), card.model_id)

        return objective

    def _train(self, point: Params, progress: Progress) -> models.ModelCard:
        return train.train(
            FAMILY,
            self.dataset,
            self.fixed | as_settings(point),
            resume=True,
            progress=progress,
            announce=self.announce,
            shelf=self.models,
        )

    def _sweep(self, best: Any | None) -> None:
        """Remove the models of all trials but the best."""
        kept = best.user_attrs[trials.MODEL_ID] if best else None
        for folder in self.models.glob(f"{FAMILY}-*"):
            if folder.name != kept:
                shutil.rmtree(folder, ignore_errors=True)

    def _drop_checkpoints(self) -> None:
        for folder in self.models.glob(".training-*"):
            shutil.rmtree(folder, ignore_errors=True)


def without_test(dataset: Dataset) -> Dataset:
    """Return the data set under its own fingerprint, its test reviews left out."""
    kept = dataset.examples[dataset.examples["split"] != "test"].reset_index(drop=True)
    return dataclasses.replace(dataset, examples=kept)


def _manifest(run: runs.Run, study: Any) -> dict[str, Any]:
    """Put the best model on the shelf and return the record of the search."""
    import optuna

    found = study.get_trials(deepcopy=False)
    return {
        **{key: run.spec[key] for key in ("title", "data", "fixed", "axes", "budget", "seed", "alias")},
        "best": _shelved_best(run, study),
        "n_finished": trials.n_finished(study),
        "states": dict(Counter(trial.state.name.lower() for trial in found)),
        "importance": importance_of(study, list(run.spec["axes"])),
        "seconds": round(sum(t.duration.total_seconds() for t in found if t.duration), 3),
        "versions": provenance.versions() | {"optuna": optuna.__version__},
        "git_revision": provenance.git_revision(),
        "created": run.created,
    }


def _shelved_best(run: runs.Run, study: Any) -> dict[str, Any] | None:
    """Move the best trial's model onto the shelf, with where it comes from in its manifest."""
    best = best_of(study)
    if best is None:
        return None
    origin = {
        "run_id": run.run_id,
        "trial": best["number"],
        "n_trials": trials.n_finished(study),
        "selected_on": SELECTED_ON,
    }
    card = models.shelve(_models_aside(run) / best["model_id"], {"study": origin})
    if run.spec["alias"]:
        models.set_alias(run.spec["alias"], card.model_id)
    n = card.manifest["data"]["n_validation"]
    interval = statistics.wilson(round(best["value"] * n), n)
    return best | {"validation": Estimate(best["value"], *interval, n), "selected_on": SELECTED_ON}


def _models_aside(run: runs.Run) -> Path:
    return run.folder / "models"


def _resumable(run_id: str) -> runs.Run:
    run = study_run(run_id)
    if run.finished:
        raise RunError(f"search {run_id!r} is finished; start a new one, or use its best model")
    return run


def _with_default(budget: Budget) -> Budget:
    unlimited = budget.trials is None and budget.minutes is None
    return dataclasses.replace(budget, trials=DEFAULT_TRIALS) if unlimited else budget


def _identity(spec: dict[str, Any]) -> dict[str, Any]:
    """Return what makes two searches the same; how long they may take does not count."""
    return {key: spec.get(key) for key in ("data", "fixed", "axes", "seed", "alias")}


def _most_tokens(settings: Params) -> int | None:
    from sentiment_core.classifiers.transformer.pretrained import load_base
    from sentiment_core.classifiers.transformer.reading import most_tokens

    return most_tokens(load_base(settings["base"], settings["revision"] or None).model)
