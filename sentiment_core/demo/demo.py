"""The demo: real reviews, models trained on them, each measured on two data sets; what is there stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sentiment_core import data, models
from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.demo import box
from sentiment_core.evaluation import records
from sentiment_core.evaluation.records import Evaluation
from sentiment_core.jobs.progress import Stages
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset
from sentiment_core.training import presets, train

#: Trained and measured on; and a second domain, measured on only.
HOME_DATA, OTHER_DATA = "imdb-embedded", "rotten-tomatoes-embedded"


@dataclass(frozen=True)
class DemoModel:
    """A model of the demo. The seconds (two cores) only shape the progress bar."""

    alias: str
    family: str
    params: Mapping[str, Any] = field(default_factory=dict)
    limit: int | None = None
    training_seconds: float = 30.0
    evaluation_seconds: Mapping[str, float] = field(default_factory=lambda: {HOME_DATA: 6.0, OTHER_DATA: 4.0})


LINEAR = (DemoModel("tfidf", "tfidf"), DemoModel("nbsvm", "nbsvm"))
QUICK = DemoModel(
    "quick",
    "transformer",
    params=presets.QUICK.params,
    limit=presets.QUICK.limit,
    training_seconds=300.0,
    evaluation_seconds={HOME_DATA: 50.0, OTHER_DATA: 30.0},
)
#: Of the model in the box and a linear one; it is made where there is a box.
BLEND = DemoModel(
    "blend",
    "blend",
    params={"members": f"{presets.REFERENCE.name},nbsvm"},
    training_seconds=5.0,
    evaluation_seconds={HOME_DATA: 1.0, OTHER_DATA: 1.0},
)
WITH_BLEND = (*LINEAR, BLEND)
PREPARATION_SECONDS = {HOME_DATA: 12.0, OTHER_DATA: 3.0}


@dataclass
class Made:
    """What the demo has: fingerprints by data set, ids by alias, evaluations; and what of it is new."""

    datasets: dict[str, str] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    evaluations: list[dict[str, Any]] = field(default_factory=list)
    new: list[str] = field(default_factory=list)


def make(wanted: Sequence[DemoModel], progress: Progress = no_progress) -> Made:
    """Prepare the data, then train and measure each model, unless that was done before.

    A model counts as there when its alias names one that was trained on the same data (by fingerprint). A
    fine-tuning that was interrupted resumes from its last checkpoint.
    """
    wanted = _possible(wanted)
    stages, made = Stages(progress, _expected_seconds(wanted)), Made()
    _unboxed(made)
    datasets = {
        name: _prepared(name, stages.stage(seconds, f"preparing {name}"), made)
        for name, seconds in PREPARATION_SECONDS.items()
    }
    for model in wanted:
        card = _trained(model, datasets[HOME_DATA], stages, made)
        for dataset in datasets.values():
            _measured(model, card, dataset, stages, made)
    stages.done("the demo is ready")
    return made


def _unboxed(made: Made) -> None:
    """Put the models that come with the installation on the shelf, with their predictions."""
    for name, there in box.BOXES.items():
        if not box.is_there(there):
            continue
        if not box.is_installed(there):
            made.new.append(f"unpacking the {name} model")
        card = box.install(there)
        made.models[card.short_name] = card.model_id
        for found in records.list_evaluations(card.model_id, split="test"):
            _note(made, card.short_name, found)


def _possible(wanted: Sequence[DemoModel]) -> list[DemoModel]:
    """Return the models that can be made here: without a box there is nothing to blend with."""
    return [model for model in wanted if model != BLEND or box.is_there()]


def is_ready(wanted: Sequence[DemoModel]) -> bool:
    """Whether there is nothing left to make."""
    datasets = [data.load(name) for name in PREPARATION_SECONDS]
    cards = [_on_the_shelf(model, _sample(model, datasets[0])) for model in _possible(wanted)]
    return all(
        card is not None and records.latest_evaluation(card.model_id, dataset.fingerprint) is not None
        for card in cards
        for dataset in datasets
    )


def _expected_seconds(wanted: Sequence[DemoModel]) -> float:
    models_seconds = (model.training_seconds + sum(model.evaluation_seconds.values()) for model in wanted)
    return sum(PREPARATION_SECONDS.values()) + sum(models_seconds)


def _prepared(name: str, progress: Progress, made: Made) -> Dataset:
    dataset = data.load(name)
    made.datasets[name] = dataset.fingerprint
    progress(1, 1, "")
    return dataset


def _trained(model: DemoModel, dataset: Dataset, stages: Stages, made: Made) -> ModelCard:
    sample = _sample(model, dataset)
    card = _on_the_shelf(model, sample)
    if card is None:
        what = f"training {model.alias}"
        progress = stages.stage(model.training_seconds, what)
        card = train.train(
            model.family, sample, model.params, alias=model.alias, resume=True, progress=progress
        )
        made.new.append(what)
    else:
        stages.skip(model.training_seconds)
    made.models[model.alias] = card.model_id
    return card


def _sample(model: DemoModel, dataset: Dataset) -> Dataset:
    return dataset if model.limit is None else data.load(dataset.name, limit=model.limit)


def _on_the_shelf(model: DemoModel, dataset: Dataset) -> ModelCard | None:
    """Return the model that has the alias, if it is of the family and was trained on this data."""
    named = models.aliases().get(model.alias)
    card = next((card for card in models.list_models() if card.model_id == named), None)
    fits = card and card.family == model.family and card.trained_on.get("fingerprint") == dataset.fingerprint
    return card if fits else None


def _measured(model: DemoModel, card: ModelCard, dataset: Dataset, stages: Stages, made: Made) -> None:
    seconds = model.evaluation_seconds[dataset.name]
    found = records.latest_evaluation(card.model_id, dataset.fingerprint)
    if found is None:
        what = f"measuring {model.alias} on {dataset.name}"
        progress = stages.stage(seconds, what)
        found = records.open_evaluation(records.evaluate(card.model_id, dataset, progress=progress))
        made.new.append(what)
    else:
        stages.skip(seconds)
    _note(made, model.alias, found)


def _note(made: Made, name: str, found: Evaluation) -> None:
    accuracy = found.metrics["accuracy"].to_json()
    data_name = found.manifest["data"]["name"]
    made.evaluations.append({"model": name, "data": data_name, "run_id": found.run_id, "accuracy": accuracy})
