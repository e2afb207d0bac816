"""Hardening: train again, on attacked reviews or against the worst substitutions, and measure the gain.

`runs/hardening/<run_id>/` keeps which run each step made, so that a killed hardening resumes where it was.
All that is measured is measured on the same held-out reviews before and after, clean and under attack, also
with recipes that nothing was trained on.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from attacks.batches.sampled import attack, check_recipe, examples, source
from attacks.hardening import augmentation, figures, worst_cases
from attacks.hardening.augmentation import AugmentationSpec
from attacks.hardening.figures import before_and_after, sentences
from sentiment_core import data, models
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import DataError, RunError
from sentiment_core.evaluation import records
from sentiment_core.jobs.progress import Stages
from sentiment_core.storage import provenance, runs
from sentiment_core.storage.kept import Damaged
from sentiment_core.storage.steps import Steps
from sentiment_core.training import edited_reviews, members, paired_texts
from sentiment_core.training import train as training
from sentiment_core.training.against import Against

__all__ = ["HardeningSpec", "before_and_after", "resume", "list_hardenings", "sentences", "start"]

KIND = "hardening"
FORM = runs.Form(
    spec={
        "model_id": str,
        "recipe": str,
        "others?": [str],
        "data": {"name": str, "fingerprint": str},
        "split?": str,
        "attacked?": int,
        "edited?": int,
        "words?": str,
        "share?": float,
        "measured?": int,
        "settings?": dict,
        "worst_case?": int,
        "most_lost?": float,
        "repeats?": int,
        "failed?": bool,
        "query_budget?": int,
        "seed?": int,
        "alias?": str,
    },
    manifest={
        "spec": dict,
        "models": {"before": str, "after": str},
        "figures": [dict],
        "n": int,
        "adversarial?": dict,
        "against?": {"recipe": str, "k": int},
    },
)
#: Rough seconds, for the bar: a review attacked, a training, an evaluation.
_REVIEW, _TRAINING, _EVALUATION = 1.0, 60.0, 15.0


@dataclass(frozen=True)
class HardeningSpec:
    """Everything that decides a hardening.

    Attributes:
        model_id: the model to harden; family, settings and data are those it was trained with.
        recipe: what training reviews are attacked with.
        others: further recipes that it is measured with; nothing is trained on them.
        data: name and fingerprint of the data set.
        split: of the held-out reviews.
        attacked: training reviews to attack; 0: none.
        edited: training reviews to edit without a search; 0: none.
        words, share: which words of those and how many, see `augmentation.AugmentationSpec`.
        measured: held-out reviews that both models are attacked on.
        settings: of the training, where they are to differ from the model's own.
        worst_case: train against the worst so many substitutions of `recipe`; 0: train on edited reviews.
        most_lost: validation accuracy that may be given up for that, as a fraction.
        repeats: how often each edited review is trained on.
        failed: also train on the best tries of attacks that failed.
        query_budget: most queries per review.
        alias: what the hardened model is called; empty: nothing.
    """

    model_id: str
    recipe: str
    others: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    split: str = "test"
    attacked: int = 1000
    edited: int = 0
    words: str = "random"
    share: float = 0.15
    measured: int = 100
    settings: Mapping[str, Any] = field(default_factory=dict)
    worst_case: int = 0
    most_lost: float = 0.01
    repeats: int = 1
    failed: bool = False
    query_budget: int | None = None
    seed: int = 0
    alias: str = ""


def start(spec: HardeningSpec) -> str:
    """Check a spec, make its run's folder and return the run's id; nothing is attacked yet.

    Raises:
        DataError: held-out reviews are of the training split, or there is nothing to train on.
        ResourceMissing: a recipe lacks something.
    """
    card = models.resolve(spec.model_id)
    members.check_learns(card.family)
    paired_texts.check_fit_anew(card)
    if spec.split == "train":
        raise DataError("training reviews cannot be used to measure; give --split test or validation")
    if spec.worst_case:
        worst_cases.check(card, spec.recipe, spec.worst_case, spec.most_lost)
    elif spec.attacked < 1 and spec.edited < 1:
        raise DataError("no training review is attacked or edited; set --attacked or --edited to 1 or more")
    for recipe in (spec.recipe, *spec.others):
        check_recipe(recipe, card)
    training.params_in_force(card.family, _settings(card, spec))
    if spec.alias:
        models.check_alias(spec.alias)
    record = runs.json_ready(dataclasses.asdict(dataclasses.replace(spec, model_id=card.model_id)))
    return runs.create(KIND, runs.new_run_id(f"harden-{spec.recipe}", card.short_name, record), record).name


def resume(
    run_id: str,
    *,
    workers: int = 0,
    cluster: str | None = None,
    progress: Progress = no_progress,
) -> str:
    """Do every step that is not done yet, write the manifest, and return the run's id.

    Args:
        run_id: of a run that `start` made; one that is finished is left as it is.
        workers: processes of one thread each that attack; 0: this process.
        cluster: address of a Dask scheduler, whose workers attack instead.
        progress: called at every step; Cancelled raised in it keeps what is done.
    """
    run = _opened(run_id)
    with runs.alone(run.folder):
        if not run.finished:
            _Hardening(run, workers, cluster, progress).work()
    return run_id


def list_hardenings(model_id: str | None = None) -> list[runs.Run]:
    """Return the finished hardenings, newest first; of one model (before or after) where given."""
    found = [run for run in runs.list_runs(KIND, FORM) if run.manifest]
    return [
        run for run in found if run.manifest and model_id in (None, *run.manifest.get("models", {}).values())
    ]


def damaged_hardenings() -> list[Damaged]:
    """Return what is wrong with the hardenings that are damaged."""
    return runs.damaged_runs(KIND, FORM)


class _Hardening:
    """One run's steps, each done once."""

    def __init__(self, run: runs.Run, workers: int, cluster: str | None, progress: Progress) -> None:
        known = {item.name for item in dataclasses.fields(HardeningSpec)}
        record = {name: value for name, value in run.spec.items() if name in known and value is not None}
        self.spec = HardeningSpec(**record | {"others": tuple(record.get("others", ()))})
        self.folder = run.folder
        self.dataset = data.by_fingerprint(self.spec.data["fingerprint"])
        self.dealt: dict[str, Any] = {"workers": workers, "cluster": cluster}
        self.bar = Stages(progress, _expected_seconds(self.spec))
        self.steps = Steps(run.folder)

    def work(self) -> None:
        """Do what is left and finish the run."""
        spec = self.spec
        edits = not spec.worst_case
        made = [self._attacked_training_reviews()] if edits and spec.attacked else []
        made += [self._edited_training_reviews()] if edits and spec.edited else []
        before, after = spec.model_id, self._trained(made)
        recipes = (spec.recipe, *spec.others)
        measured = {"before": before, "after": after}
        clean = {when: self._evaluated(when, model) for when, model in measured.items()}
        under = {
            recipe: {when: self._attacked(when, model, recipe) for when, model in measured.items()}
            for recipe in recipes
        }
        certified = {
            when: self._certified(when, model) for when, model in measured.items() if spec.worst_case
        }
        _finish(self.folder, spec, measured, clean, under, made, certified)
        self.bar.done("hardened and measured")

    def _attacked_training_reviews(self) -> str:
        return self._attack_step(
            "training", self.spec.model_id, self.spec.recipe, "train", self.spec.attacked
        )

    def _edited_training_reviews(self) -> str:
        spec = self.spec
        asked = AugmentationSpec(
            recipe=spec.recipe,
            words=spec.words,
            model_id=spec.model_id if spec.words == "telling" else None,
            share=spec.share,
            seed=spec.seed,
            data=source(self.dataset, "train"),
        )
        told = self.bar.stage(_TRAINING, "editing training reviews")

        def edit() -> str:
            chosen = examples(self.dataset, "train", spec.edited, spec.seed)
            return augmentation.augment(asked, chosen, told)

        return self.steps.once("edited", edit)

    def _trained(self, made: list[str]) -> str:
        card = models.resolve(self.spec.model_id)
        told = self.bar.stage(_TRAINING, "training again")

        def train() -> str:
            settings, alias, taught = _settings(card, self.spec), self.spec.alias or None, self._taught(made)
            return training.train(
                card.family, self.dataset, settings, alias=alias, progress=told, **taught
            ).model_id

        return self.steps.once("model", train)

    def _taught(self, made: list[str]) -> dict[str, Any]:
        """Return what the model learns besides its training reviews."""
        if self.spec.worst_case:
            return {"against": self._against()}
        return {"adversarial": edited_reviews.read(made, repeats=self.spec.repeats, failed=self.spec.failed)}

    def _against(self) -> Against:
        spec = self.spec
        return worst_cases.against(spec.recipe, spec.worst_case, spec.most_lost)

    def _evaluated(self, when: str, model: str) -> str:
        told = self.bar.stage(_EVALUATION, f"clean reviews, {when}")
        split = self.spec.split

        def evaluate() -> str:
            known = records.latest_evaluation(model, self.dataset.fingerprint, split)
            return known.run_id if known else records.evaluate(model, self.dataset, split, progress=told)

        return self.steps.once(f"clean {when}", evaluate)

    def _certified(self, when: str, model: str) -> str:
        spec = self.spec
        told = self.bar.stage(spec.measured * _REVIEW, f"certificates, {when}")

        def certify() -> str:
            chosen = examples(self.dataset, spec.split, spec.measured, spec.seed)
            of = source(self.dataset, spec.split)
            return worst_cases.certified(
                model, spec.recipe, spec.worst_case, chosen, of, **self.dealt, progress=told
            )

        return self.steps.once(f"certified {when}", certify)

    def _attacked(self, when: str, model: str, recipe: str) -> str:
        return self._attack_step(f"{recipe} {when}", model, recipe, self.spec.split, self.spec.measured)

    def _attack_step(self, step: str, model: str, recipe: str, split: str, n: int) -> str:
        told = self.bar.stage(n * _REVIEW, f"{split} reviews under {recipe}")
        limits: dict[str, Any] = {"seed": self.spec.seed, "query_budget": self.spec.query_budget}

        def run() -> str:
            return attack(model, recipe, self.dataset, split, n, **limits, **self.dealt, progress=told)

        return self.steps.once(step, run)


def _finish(
    folder: Path,
    spec: HardeningSpec,
    measured: Mapping[str, str],
    clean: Mapping[str, str],
    under: Mapping[str, Mapping[str, str]],
    made: list[str],
    certified: Mapping[str, str],
) -> None:
    frame = figures.measure(
        clean, under, trained_on=spec.recipe, certified=certified, changes=spec.worst_case
    )
    after = models.resolve(measured["after"])
    runs.finish(
        folder,
        {
            "spec": dataclasses.asdict(spec),
            "models": dict(measured),
            "adversarial": after.manifest.get("adversarial"),
            "against": after.manifest.get("against"),
            "made": made,
            "clean": dict(clean),
            "certified": dict(certified),
            "under_attack": {recipe: dict(pair) for recipe, pair in under.items()},
            "figures": frame.to_dict("records"),
            "n": int(frame["n"].max()),
            "versions": provenance.versions(),
            "git_revision": provenance.git_revision(),
        },
    )


def _opened(run_id: str) -> runs.Run:
    kind = runs.folder_of(run_id).parent.name
    if kind != KIND:
        raise RunError(f"run {run_id!r} is of kind {kind!r}, not a hardening")
    return runs.open_run(run_id, FORM)


def _settings(card: models.ModelCard, spec: HardeningSpec) -> dict[str, Any]:
    return {**card.manifest.get("params_given", {}), **spec.settings}


def _expected_seconds(spec: HardeningSpec) -> float:
    reviews = spec.attacked + 2 * spec.measured * (1 + len(spec.others))
    return _REVIEW * reviews + _TRAINING * (2 if spec.edited else 1) + 2 * _EVALUATION
