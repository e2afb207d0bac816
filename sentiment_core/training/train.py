"""From a data set to a model on the shelf: settings checked, family fitted, manifest written last."""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core import languages, models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.base import (
    CURVES_FILE,
    ClassifierFamily,
    FitResult,
    Params,
    Progress,
    no_progress,
    seconds_of_checkpoint,
)
from sentiment_core.errors import DamagedFile, ModelError
from sentiment_core.evaluation import seen
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset
from sentiment_core.storage import locks, provenance, runs
from sentiment_core.storage.workspace import models_folder, read_json, reserved, utc_now, write_json
from sentiment_core.training import edited_reviews, members, paired_texts
from sentiment_core.training import lessons as learning
from sentiment_core.training.against import Against
from sentiment_core.training.edited_reviews import Adversarial
from sentiment_core.training.lessons import Lessons
from sentiment_core.training.paired_texts import PairedTexts
from sentiment_core.training.rows import rows_for_training, with_training_rows
from sentiment_core.training.taught import Taught
from sentiment_core.training_texts import TrainingTexts, keys

#: Facts that a family may put into FitResult.details and that the manifest lifts to its top level.
LIFTED: Mapping[str, Any] = {
    "title": None,
    "base": None,
    "base_revision": None,
    "device": "cpu",
    "threads": 1,
}


#: The detail in which a family describes the models that its model is made of; it stands at the top, too.
MEMBERS = "members"


@dataclass(frozen=True)
class Rows:
    """What is learned from and validated on.

    `added` is the record of the edited reviews in `train`, `paired` that of the paired texts behind them, of
    which `edited` are the originals,
    `taught` that of lessons; `before` is what the
    model had seen whose weights are trained further; `members` are the models that the new one is made of:
    they have learned from the training reviews for it. With a `teacher`, the texts without labels are the
    last rows of `train`.
    """

    train: pd.DataFrame
    validation: pd.DataFrame
    added: dict[str, Any] | None = None
    paired: dict[str, Any] | None = None
    edited: tuple[str, ...] = ()
    taught: dict[str, Any] | None = None
    start: Path | None = None
    before: TrainingTexts | None = None
    members: tuple[ModelCard, ...] = ()
    teacher: Taught | None = None
    against: Against | None = None

    @property
    def n_train(self) -> int:
        """Return how many reviews with labels of their own were learned from; of members, the most of one."""
        if self.members:
            return max(int(card.trained_on.get("n_train", 0)) for card in self.members)
        edited = sum(int(record["n"]) for record in (self.added, self.paired) if record)
        edited += self.taught["counts"]["edited"] if self.taught else 0
        return len(self.train) - edited - (len(self.teacher.transfer) if self.teacher else 0)

    @property
    def texts(self) -> TrainingTexts:
        """Return what the model has seen after this training."""
        if self.members:
            return members.seen_by(self.members, self.validation)
        now = TrainingTexts.of(self.train["text"], self.validation["text"])
        now = replace(now, edited=np.unique(keys(self.edited)))
        return now if self.before is None else now.joined(self.before)


@dataclass(frozen=True)
class TrainingSpec:
    """What was asked for; equal specs share a hash, and with it their checkpoints."""

    family: str
    data: str
    fingerprint: str
    params: dict[str, Any]
    given: dict[str, Any]
    adversarial: dict[str, Any] | None = None
    lessons: dict[str, Any] | None = None
    taught: dict[str, Any] | None = None
    paired: dict[str, Any] | None = None
    against: dict[str, Any] | None = None

    @property
    def hash(self) -> str:
        """Return 8 hex digits over family, data, all parameters and what else is learned from or against."""
        asked = [self.family, self.fingerprint, self.params]
        asked += [more for more in (self.adversarial, self.lessons) if more is not None]
        asked += [] if self.taught is None else [{"taught": dict(self.taught)}]
        asked += [] if self.paired is None else [{"paired": dict(self.paired)}]
        asked += [] if self.against is None else [{"against": dict(self.against)}]
        plain = json.dumps(asked, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(plain.encode()).hexdigest()[:8]


def train(
    family: str,
    dataset: Dataset,
    params: Params | None = None,
    *,
    alias: str | None = None,
    resume: bool = False,
    progress: Progress = no_progress,
    announce: Callable[[Path], None] | None = None,
    shelf: Path | None = None,
    adversarial: Adversarial | None = None,
    asked: Mapping[str, Any] | None = None,
    lessons: Lessons | None = None,
    taught: Taught | None = None,
    paired: PairedTexts | None = None,
    against: Against | None = None,
) -> models.ModelCard:
    """Train a family on a data set and put the model on the shelf.

    Under torchrun or accelerate every process calls this; the first one shelves the model, and what the
    others get back is not on the shelf.

    Args:
        family: a name in FAMILIES.
        dataset: reviews; without a train split they are split 80/10/10, without a validation split 5 % of
            train is held out instead.
        params: settings that differ from the family's defaults.
        alias: a short name for the model.
        resume: from the checkpoints of an interrupted training with the same spec; otherwise clear them.
        progress: called at every step.
        announce: called with the folder of checkpoints and curves before the first step.
        shelf: a folder of the caller's for the model and its checkpoints, instead of the
            shared shelf; such a model has no alias, and `models.shelve` moves it onto the shared shelf.
        adversarial: edited training reviews to train on as well; the manifest names their runs.
        asked: how the data set was asked for (path, columns, sample), for the manifest alone.
        lessons: what a trained model is to learn from here on; the manifest names that model and their run.
        taught: a teacher's answers to learn from as well; the manifest names it.
        against: substitutions of words that are to turn as few answers as possible; the manifest names them.
        paired: pairs of reviews and their edits to train on as well; the manifest says which.

    Raises:
        ModelError: unknown family, setting or member, an alias that cannot be used, or a family that cannot
            be taught, or not against substitutions.
        DataError: only one class among the training reviews, or too few of them.
    """
    if alias is not None:
        models.check_alias(alias)
    if adversarial is not None or lessons is not None or paired is not None:
        members.check_learns(family_named(family).name)
    more = (adversarial, lessons, taught, paired)
    dataset, spec = asked_for(family, dataset, params or {}, *more, against)
    rows = replace(_rows(dataset, spec, *more), against=against)
    place = shelf or models_folder()
    with _scratch(spec, place, resume) as scratch:
        if announce is not None:
            announce(scratch)
        members.lend_answers(rows.members, dataset, rows.validation, scratch)
        if not is_first_process():
            return _assist(spec, rows, scratch, progress)
        card = _fit_onto_shelf(spec, rows, place, scratch, progress, asked or {})
        shutil.rmtree(scratch, ignore_errors=True)
    if alias is not None and shelf is None:
        models.set_alias(alias, card.model_id)
    return card if shelf else models.resolve(card.model_id)


def asked_for(
    family: str,
    dataset: Dataset,
    params: Params,
    adversarial: Adversarial | None = None,
    lessons: Lessons | None = None,
    taught: Taught | None = None,
    paired: PairedTexts | None = None,
    against: Against | None = None,
) -> tuple[Dataset, TrainingSpec]:
    """Return the reviews, split if they were not, and the checked spec of a training; nothing is started."""
    params = members.by_id(family_named(family).name, params)
    settings = params_in_force(family, params)
    dataset = with_training_rows(dataset, int(settings.get("seed", 0)))
    edited = adversarial.identity if adversarial else None
    lesson = lessons.identity if lessons else None
    teacher = dict(taught.identity) if taught else None
    pairs = paired.identity if paired else None
    attacker = dict(against.identity) if against else None
    named = (family, dataset.name, dataset.fingerprint)
    more = (edited, lesson, teacher, pairs, attacker)
    return dataset, TrainingSpec(*named, settings, dict(params), *more)


def seed_of(spec: TrainingSpec) -> int:
    """Return the seed in force; families without the setting have 0."""
    return int(spec.params.get("seed", 0))


def curves_so_far(scratch: Path) -> list[dict[str, float]]:
    """Return the curves of a training under way as its manifest will have them; none at its start."""
    try:
        return list(read_json(scratch / CURVES_FILE, [{...: (float, type(None))}]))
    except (FileNotFoundError, DamagedFile):
        return []


def params_in_force(family: str, given: Params) -> dict[str, Any]:
    """Return the family's defaults with the given settings over them, each of its default's type."""
    defaults = family_named(family).default_params
    unknown = sorted(set(given) - set(defaults))
    if unknown:
        known = ", ".join(sorted(defaults))
        raise ModelError(f"{family} has no setting '{unknown[0]}'; known: {known}")
    return {name: _of_type(name, given.get(name, default), default) for name, default in defaults.items()}


def family_named(name: str) -> ClassifierFamily:
    """Return the family with this name, or say which there are."""
    if name not in FAMILIES:
        raise ModelError(f"family '{name}' is not known; known: {', '.join(FAMILIES)}")
    return FAMILIES[name]


def _of_type(name: str, value: Any, default: Any) -> Any:
    """Return the value, a whole number as float where a float is meant; 2 and 2.0 are one setting."""
    kind = type(default)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise ModelError(f"setting '{name}' is {value!r}; it takes {kind.__name__}, for example {default!r}")
    return value


def is_first_process() -> bool:
    """Return whether this process is the one that writes, as torchrun and accelerate number them."""
    return os.environ.get("RANK", "0") == "0"


def _rows(
    dataset: Dataset,
    spec: TrainingSpec,
    adversarial: Adversarial | None,
    lessons: Lessons | None,
    taught: Taught | None,
    paired: PairedTexts | None,
) -> Rows:
    train_rows, validation_rows = rows_for_training(dataset, seed_of(spec))
    if FAMILIES[spec.family].elsewhere:
        return Rows(train_rows.iloc[:0], validation_rows)  # what it learned from is not known here
    if taught is not None:
        return Rows(with_transfer(train_rows, taught.transfer), validation_rows, teacher=taught)
    made_of = tuple(members.of(spec.family, spec.params))
    members.check_unseen(made_of, dataset, validation_rows)
    rows = Rows(train_rows, validation_rows, members=made_of)
    if lessons is None and adversarial is None and paired is None:
        return rows
    held_out = edited_reviews.held_out_texts(dataset, validation_rows)
    if lessons is not None:
        rows = _taught(rows, lessons, held_out)
    if adversarial is not None:
        corrected = edited_reviews.with_labels_of(rows.train, adversarial)
        mixed, added = edited_reviews.mixed_in(rows.train, held_out, corrected)
        rows = replace(rows, train=mixed, added=added)
    if paired is not None:
        pairs = paired_texts.mixed_in(rows.train, held_out, paired)
        rows = replace(rows, train=pairs.train, paired=pairs.record, edited=pairs.originals)
    return rows


def _taught(rows: Rows, lessons: Lessons, held_out: Sequence[str]) -> Rows:
    found = learning.taught(lessons, rows.train, held_out)
    before = seen.training_texts(models.resolve(lessons.parent)) if lessons.start else None
    record = found.record | {"improved_from": lessons.parent}
    return replace(rows, train=found.train, taught=record, start=lessons.start, before=before)


def with_transfer(rows: pd.DataFrame, transfer: pd.DataFrame) -> pd.DataFrame:
    """Return labeled rows with texts without labels behind them."""
    return rows if transfer.empty else pd.concat([rows, transfer], ignore_index=True)


@contextmanager
def _scratch(spec: TrainingSpec, place: Path, resume: bool) -> Iterator[Path]:
    """Yield the folder for checkpoints; it is named by the spec, so that the same command finds it again.

    It is this process's alone: two trainings of one spec at a time would mix their checkpoints, so the
    second has a folder with a number. Of processes that train together the first one holds it.
    """
    scratch = place / f".training-{spec.hash}"
    if not is_first_process():
        scratch.mkdir(parents=True, exist_ok=True)
        yield scratch
        return
    place.mkdir(parents=True, exist_ok=True)
    scratch, lock = _locked_scratch(scratch)
    try:
        if not resume:
            for left_over in scratch.iterdir():
                shutil.rmtree(left_over) if left_over.is_dir() else left_over.unlink()
        yield scratch
    finally:
        locks.release(lock)


def _locked_scratch(scratch: Path) -> tuple[Path, int]:
    """Return the first of the folder's names that no living process has, made and locked."""
    with locks.locked(scratch.parent):
        for number in itertools.count(1):
            named = scratch if number == 1 else scratch.with_name(f"{scratch.name}-{number}")
            named.mkdir(exist_ok=True)
            lock = locks.try_lock_folder(named)
            if lock is not None:
                locks.keep_from_children(lock)
                return named, lock
    raise AssertionError("there is always a further number")


def _fit_onto_shelf(
    spec: TrainingSpec,
    rows: Rows,
    place: Path,
    scratch: Path,
    progress: Progress,
    asked: Mapping[str, Any],
) -> models.ModelCard:
    with reserved(place / model_id for model_id in _ids(spec)) as (target, folder):
        manifest = _fit(target.name, spec, rows, folder, scratch, progress)
        manifest["data"] |= {"asked": runs.json_ready(asked)} if asked else {}
        rows.texts.write(folder)
        write_json(folder / models.MANIFEST, manifest)
    return models.ModelCard(target.name, None, manifest["title"], target, manifest)


def _assist(spec: TrainingSpec, rows: Rows, scratch: Path, progress: Progress) -> models.ModelCard:
    """Fit beside the first process and throw this process's files away."""
    model_id = next(_ids(spec))
    with tempfile.TemporaryDirectory() as name:
        manifest = _fit(model_id, spec, rows, Path(name), scratch, progress)
    return models.ModelCard(model_id, None, manifest["title"], models_folder() / model_id, manifest)


def _fit(
    model_id: str, spec: TrainingSpec, rows: Rows, folder: Path, scratch: Path, progress: Progress
) -> dict[str, Any]:
    """Fit into `folder` and return the manifest."""
    started, resumed = time.monotonic(), any(scratch.glob("checkpoint-*"))
    before = seconds_of_checkpoint(scratch)
    fit = _fit_of(spec.family, rows)
    result = fit(rows.train, rows.validation, spec.params, folder, scratch=scratch, progress=progress)
    seconds = round(before + time.monotonic() - started, 3)
    return _manifest(model_id, spec, rows, result, folder) | {"seconds": seconds, "resumed": resumed}


def _fit_of(family: str, rows: Rows) -> Callable[..., FitResult]:
    """Return how a family is fitted: on a teacher's answers, against an attacker, further, or anew."""
    known = FAMILIES[family]
    if rows.teacher is not None:
        if known.distil is None:
            able = ", ".join(name for name, other in FAMILIES.items() if other.distil)
            raise ModelError(f"{family} cannot learn from a teacher; these can: {able}")
        return functools.partial(known.distil, teaching=rows.teacher.teaching)
    if rows.against is not None:
        if known.fit_against is None:
            able = ", ".join(name for name, other in FAMILIES.items() if other.fit_against)
            raise ModelError(f"{family} cannot be trained against substitutions; these can: {able}")
        return functools.partial(known.fit_against, against=rows.against.substitutions)
    if rows.start is None:
        return known.fit
    if known.further is None:
        raise ModelError(f"family '{family}' cannot be trained further; it is fitted again")
    return functools.partial(known.further.fit, rows.start)


def _ids(spec: TrainingSpec) -> Iterator[str]:
    """Yield ids of UTC time and spec; where one is taken, the second after it is the next to ask for."""
    now = datetime.now(UTC)
    while True:
        yield f"{spec.family}-{now:%Y%m%dt%H%M%S}-{spec.hash}"
        now += timedelta(seconds=1)


def _manifest(
    model_id: str, spec: TrainingSpec, rows: Rows, result: FitResult, folder: Path
) -> dict[str, Any]:
    lifted = {key: result.details.get(key, default) for key, default in LIFTED.items()}
    files = provenance.hashes(folder)
    record = {
        "model_id": model_id,
        "family": spec.family,
        **lifted,
        "title": lifted["title"] or FAMILIES[spec.family].title,
        "base": lifted["base"] or spec.params.get("base"),
        "params": result.params,
        "params_given": spec.given,
        "data": {
            "name": spec.data,
            "fingerprint": spec.fingerprint,
            "n_train": rows.n_train,
            "n_validation": len(rows.validation),
        },
        **({"adversarial": rows.added} if rows.added else {}),
        **({"paired": rows.paired} if rows.paired else {}),
        **_lineage(rows.taught),
        **({"members": _described(rows, result)} if rows.members else {}),
        **({"distilled_from": dict(rows.teacher.record)} if rows.teacher else {}),
        **({"against": dict(rows.against.identity)} if rows.against else {}),
        "seed": spec.params.get("seed"),
        "validation": result.validation,
        "curves": result.curves,
        "versions": provenance.versions(),
        "git_revision": provenance.git_revision(),
        "created": utc_now("milliseconds"),  # small models take less than a second; the shelf is in order
        "size_bytes": sum((folder / name).stat().st_size for name in files),
        "files": files,
        "details": {
            "languages": languages.of_training(rows.train),
            **{key: value for key, value in result.details.items() if key not in (*LIFTED, MEMBERS)},
        },
    }
    return dict(runs.json_ready(record))


def _lineage(taught: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return which model was improved, and by what; nothing where this one was not."""
    if taught is None:
        return {}
    facts = {name: value for name, value in taught.items() if name != "improved_from"}
    return {"improved_from": taught["improved_from"], "improvement": facts}


def _described(rows: Rows, result: FitResult) -> list[dict[str, Any]]:
    """Return what the manifest says of each member, and whether it was tuned on the validation reviews."""
    more = members.facts(rows.members, rows.validation)
    return [{**row, **more[row["model_id"]]} for row in result.details[MEMBERS]]
