"""The metadata at the head of a card, and the evaluation files beside it, in the forms that the hub reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sentiment_core import terminal
from sentiment_core.data import hub, hub_datasets
from sentiment_core.evaluation.records import Evaluation
from sentiment_core.metrics import METRICS
from sentiment_core.models import ModelCard
from sentiment_core.publishing import making, measured
from sentiment_core.publishing.making import PLAIN
from sentiment_core.publishing.markdown import figure

TASK = "text-classification"
#: A base that the hub has: OWNER/NAME, or one of its old names without an owner.
_ON_THE_HUB = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def block(card: ModelCard, found: Sequence[Evaluation], license: str) -> str:
    """Return the YAML block with its lines of dashes: language, tags, license, `model-index`."""
    from huggingface_hub import ModelCardData

    base = making.base_of(card)
    data = ModelCardData(
        language=list(making.languages(card)) or None,
        license=license or None,
        library_name="transformers" if card.family == PLAIN else "reelcheck",
        base_model=base if _ON_THE_HUB.fullmatch(base) else None,
        pipeline_tag=TASK,
        tags=["sentiment-analysis", "movie-reviews", "reelcheck"],
        model_name=_line(card.short_name),
        eval_results=[one for evaluation in found for one in _results(evaluation)] or None,
    )
    return f"---\n{data.to_yaml(line_break=chr(10))}\n---\n"


def _results(found: Evaluation) -> list[Any]:
    from huggingface_hub import EvalResult

    name = _line(found.manifest["data"]["name"])
    return [
        EvalResult(
            task_type=TASK,
            dataset_type=hub_id(found) or name,
            dataset_name=name,
            dataset_split=found.split,
            dataset_revision=found.fingerprint,
            metric_type=metric,
            metric_name=METRICS[metric].title,
            metric_value=estimate.value,
        )
        for metric, estimate in found.metrics.items()
        if metric in METRICS and estimate.defined
    ]


def evaluation_files(card: ModelCard) -> dict[str, str]:
    """Return the texts of `.eval_results/*.yaml` by path: accuracies on data sets that the hub has.

    The form has no field for an interval, so that it is in `notes`.
    """
    import yaml

    texts = {}
    for found in measured.evaluations(card):
        repository = hub_id(found)
        accuracy = found.metrics["accuracy"]
        if not repository or not accuracy.defined or found.split != "test":
            continue
        entry = {
            "dataset": {"id": repository, "task_id": f"{TASK}-{found.split}"},
            "value": round(100 * accuracy.value, 4),
            "date": f"{found.run_id[:4]}-{found.run_id[4:6]}-{found.run_id[6:8]}",
            "notes": f"accuracy in percent: {figure(accuracy)}, 95 % interval; run {found.run_id}",
        }
        path = f".eval_results/{repository.replace('/', '--')}.yaml"
        texts[path] = yaml.safe_dump([entry], sort_keys=False, allow_unicode=True)
    return texts


def hub_id(found: Evaluation) -> str:
    """Return the hub's name of what was measured on; "" where it is no data set of the hub."""
    name = str(found.manifest["data"]["name"])
    if name == "imdb":
        return hub.REPOSITORY
    return hub_datasets.parsed(name)[0] if hub_datasets.is_name(name) else ""


def _line(text: object) -> str:
    return terminal.one_line(str(text))
