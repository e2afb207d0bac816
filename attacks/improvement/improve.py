"""Improving a model: its lessons are gathered and kept, it is trained, and both are compared on validation.

`runs/improvement/<run_id>/` keeps the lessons as they were at the start, so that a resumed improvement, or
one of an improved model, does not depend on verdicts of later.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from attacks.improvement import gathering
from attacks.improvement.gathering import LESSONS, Gathered
from sentiment_core import data, models, promotions
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import ModelError, RunError
from sentiment_core.evaluation.comparison import Comparison, compare
from sentiment_core.evaluation.prediction import predict_frame
from sentiment_core.jobs.progress import Stages
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset
from sentiment_core.storage import provenance, runs, workspace
from sentiment_core.storage.kept import Damaged
from sentiment_core.storage.steps import Steps
from sentiment_core.training import edited_reviews, lessons, members, paired_texts
from sentiment_core.training import train as training
from sentiment_core.training.edited_reviews import Adversarial
from sentiment_core.training.lessons import REPLAY, Lessons
from sentiment_core.training.rows import rows_for_training

KIND = "improvement"
#: Compared before and after, on validation reviews.
METRICS = ("accuracy", "ece", "log_loss")
FORM = runs.Form(
    spec={
        "model_id": str,
        "data": {"name": str, "fingerprint": str},
        "sources": [dict],
        "replay": float,
        "seed": int,
        "settings": dict,
        "alias": str,
    },
    manifest={
        "models": {"before": str, "after": str},
        "improvement": dict,
        "comparison": dict,
        "n": int,
        "labels_corrected": int,
        "was_calibrated?": bool,
        "kept_start?": bool,
    },
    tables=(LESSONS,),
)
#: Rough seconds for the bar: loading and fitting, a review trained on, a review read.
_FIT, _LEARNED, _READ = {False: 30.0, True: 15.0}, {False: 0.0, True: 0.25}, {False: 0.001, True: 0.08}


@dataclass(frozen=True)
class ImprovementSpec:
    """Everything that decides an improvement.

    Attributes:
        model_id: the model that learns.
        data: name and fingerprint of the reviews that it was trained on.
        sources: a record per source of lessons, as `gathering` gives it.
        replay: the share of replayed training reviews, where a model is trained further.
        seed: of the replayed reviews.
        settings: of the training, where they are to differ.
        alias: what the improved model is called; empty: nothing.
    """

    model_id: str
    data: Mapping[str, Any]
    sources: Sequence[Mapping[str, Any]]
    replay: float = REPLAY
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    alias: str = ""


def data_of(card: ModelCard) -> Dataset:
    """Return the reviews that a model was trained on; DataError where they are not in this workspace."""
    return data.by_fingerprint(str(card.trained_on.get("fingerprint", "")))


def check_learns(card: ModelCard) -> None:
    """Raise ModelError for a model that is made of others, or of one other: that one is improved instead."""
    members.check_learns(card.family)
    source = dict(card.manifest.get("export") or {}).get("source")
    if source:
        raise ModelError(
            f"{card.short_name} was exported from {source}; improve that one, and export it again"
        )
    if card.manifest.get("distilled_from") and FAMILIES[card.family].further is None:
        raise ModelError(
            f"{card.short_name} learned a teacher's answers, which a fit on labels alone would lose; improve "
            "the teacher, and distill it again"
        )
    if FAMILIES[card.family].further is None:
        paired_texts.check_fit_anew(card)


def start(
    model: str,
    parts: Sequence[Gathered],
    *,
    replay: float = REPLAY,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    alias: str = "",
) -> str:
    """Check everything, keep the lessons in a new run's folder, and return its id; nothing is trained yet.

    Raises:
        DataError: the lessons teach nothing, or the model's training reviews are not here.
        ModelError: a setting or the alias cannot be used, or the model cannot learn; see `check_learns`.
    """
    card = models.resolve(model)
    check_learns(card)
    dataset, gathered = data_of(card), gathering.joined(parts, gathering.earlier(card))
    if alias:
        models.check_alias(alias)
        promotions.check_name(alias)
    named = {"name": dataset.name, "fingerprint": dataset.fingerprint}
    spec = ImprovementSpec(card.model_id, named, gathered.sources, replay, seed, dict(settings or {}), alias)
    _taught(card, dataset, spec, gathered.rows)  # refused before a folder is made
    record = runs.json_ready(dataclasses.asdict(spec))
    folder = runs.create(KIND, runs.new_run_id("improve", card.short_name, record), record)
    workspace.write_parquet(folder / LESSONS, gathered.rows)
    return folder.name


def resume(run_id: str, *, progress: Progress = no_progress) -> str:
    """Train, compare, write the manifest, and return the run's id; what is done already is not done again.

    Args:
        run_id: of a run that `start` made; one that is finished is left as it is.
        progress: called at every step; Cancelled raised in it keeps the last checkpoint.
    """
    run = _opened(run_id)
    with runs.alone(run.folder):
        if not run.finished:
            _work(run, progress)
    return run_id


def expected_seconds(card: ModelCard, n_lessons: int, n_validation: int, replay: float = REPLAY) -> float:
    """Return about how long an improvement takes: training, and both models on the validation reviews."""
    further = FAMILIES[card.family].further is not None
    learned = n_lessons + lessons.replayed_for(n_lessons, replay)
    epochs = _settings(card, {}, learned, True).get("epochs", 1.0)
    training_ = _FIT[further] + learned * float(epochs) * _LEARNED[further]
    return training_ + (2 + (5 if further else 0)) * n_validation * _READ[further]


def list_improvements(model_id: str | None = None) -> list[runs.Run]:
    """Return the finished improvements, newest first; of one model (before or after) where given."""
    found = [run for run in runs.list_runs(KIND, FORM) if run.manifest]
    return [run for run in found if run.manifest and model_id in (None, *run.manifest["models"].values())]


def damaged_improvements() -> list[Damaged]:
    """Return what is wrong with the improvements that are damaged."""
    return runs.damaged_runs(KIND, FORM)


def open_improvement(run_id: str) -> runs.Run:
    """Return a finished improvement; RunError if there is none of that id."""
    run = _opened(run_id)
    if run.manifest is None:
        raise RunError(f"run {run_id!r} is not finished; python -m attacks improve --resume {run_id}")
    return run


def _work(run: runs.Run, progress: Progress) -> None:
    spec = _spec(run)
    card, dataset = models.resolve(spec.model_id), data.by_fingerprint(spec.data["fingerprint"])
    rows = runs.read_table(run, LESSONS, lessons.COLUMNS)
    seconds = expected_seconds(card, len(rows), len(dataset.split("validation")), spec.replay)
    bar = Stages(progress, seconds)
    told = bar.stage(0.8 * seconds, "training")
    after = Steps(run.folder).once("model", lambda: _trained(run.run_id, card, dataset, spec, rows, told))
    compared, labels_corrected = _compared(card, after, dataset, rows, bar, 0.1 * seconds)
    improved = models.resolve(after)
    manifest = {
        "models": {"before": card.model_id, "after": after},
        "improvement": improved.manifest["improvement"],
        "comparison": compared.to_json(),
        "labels_corrected": labels_corrected,
        "was_calibrated": bool(card.manifest.get("calibration")),
        "kept_start": gathering.kept_start(improved),
        "n": compared.n,
        **provenance.of_files(run.folder / LESSONS),
    }
    runs.finish(run.folder, manifest)
    bar.done("improved and compared" if not manifest["kept_start"] else "no better than before: it was kept")


def _trained(
    run_id: str, card: ModelCard, dataset: Dataset, spec: ImprovementSpec, rows: pd.DataFrame, told: Progress
) -> str:
    lesson, n = _taught(card, dataset, spec, rows, run_id)
    improved = training.train(
        card.family,
        dataset,
        _settings(card, spec.settings, n, _shown(rows)),
        alias=spec.alias or None,
        resume=True,
        progress=told,
        adversarial=None if lesson.start else _edited_before(card),
        lessons=lesson,
    )
    return improved.model_id


def _taught(
    card: ModelCard, dataset: Dataset, spec: ImprovementSpec, rows: pd.DataFrame, run_id: str = ""
) -> tuple[Lessons, int]:
    """Return the lessons, and how many reviews are trained on with them; DataError where they are none."""
    start = card.folder if FAMILIES[card.family].further else None
    lesson = Lessons(rows, card.model_id, run_id, start, spec.replay, spec.seed)
    train, validation = rows_for_training(dataset, _seed(card))
    found = lessons.taught(lesson, train, edited_reviews.held_out_texts(dataset, validation))
    settings = _settings(card, spec.settings, len(found.train), _shown(rows))
    training.params_in_force(card.family, settings)
    return lesson, len(found.train)


def _shown(rows: pd.DataFrame) -> bool:
    """Return whether a gain shows on validation reviews: what edited texts teach may not."""
    return not (rows["lesson"] == lessons.EDITED).any()


def _settings(card: ModelCard, given: Mapping[str, Any], n: int, shown: bool) -> dict[str, Any]:
    """Return the settings of the training: the model's own, those for training further, those given."""
    own, further = dict(card.manifest.get("params_given", {})), FAMILIES[card.family].further
    if further is None:
        return {**own, **given}
    in_force = training.params_in_force(card.family, own)
    return {**own, **further.settings(in_force, n, shown), **given}


def _edited_before(card: ModelCard) -> Adversarial | None:
    """Return the edited reviews that a model was trained on too: a fit anew needs them again."""
    known = card.manifest.get("adversarial")
    if not known or not known.get("runs"):
        return None
    ids = [str(source["run_id"]) for source in known["runs"]]
    return edited_reviews.read(
        ids, repeats=int(known.get("repeats", 1)), failed=bool(known.get("failed", False))
    )


def _seed(card: ModelCard) -> int:
    return int(card.manifest.get("seed") or 0)


def _compared(
    card: ModelCard, after: str, dataset: Dataset, rows: pd.DataFrame, bar: Stages, seconds: float
) -> tuple[Comparison, int]:
    """Compare both models on the validation reviews, under labels that people corrected, and count those."""
    _, validation = rows_for_training(dataset, _seed(card))
    texts = validation["text"].reset_index(drop=True)
    frames = []
    for when, model_id in (("before", card.model_id), ("after", after)):
        told = bar.stage(seconds, f"validation reviews, {when}")
        answered = predict_frame(model_id, validation, progress=told).reset_index(drop=True)
        frames.append(lessons.corrected(answered, texts, rows))
    joined = validation.reset_index(drop=True)["label"].loc[frames[0].index]
    changed = int((frames[0]["label"] != joined).sum()) + len(validation) - len(frames[0])
    return compare(frames[0], frames[1], metrics=METRICS), changed


def _spec(run: runs.Run) -> ImprovementSpec:
    known = [item.name for item in dataclasses.fields(ImprovementSpec)]
    return ImprovementSpec(**{name: run.spec[name] for name in known})


def _opened(run_id: str) -> runs.Run:
    kind = runs.folder_of(run_id).parent.name
    if kind != KIND:
        raise RunError(f"run {run_id!r} is of kind {kind!r}, not an improvement")
    return runs.open_run(run_id, FORM)


def lessons_named(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return which of some names are attack runs, and which must be data sets."""
    found = [name for name in names if _is_run(name)]
    return found, [name for name in names if name not in found]


def _is_run(name: str) -> bool:
    try:
        runs.folder_of(name)
    except RunError:
        return False
    return True
