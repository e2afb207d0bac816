"""Time per review of two models, measured in one process and by turns, so that both meet the same machine."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import numpy as np

from sentiment_core import models
from sentiment_core.classifiers.base import Classifier, Progress, no_progress
from sentiment_core.evaluation.records import split_or_error
from sentiment_core.metrics.base import FloatArray
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset
from sentiment_core.storage import provenance, runs
from sentiment_core.storage.kept import Damaged

KIND = "latency"
FORM = runs.Form(
    spec={"old": str, "new": str, "fingerprint": str, "split": str, "rounds": int, "reviews": int},
    manifest={"old": [float], "new": [float], "threads": int, "n": int},
)
#: Rounds, and reviews that each model answers in one.
ROUNDS, REVIEWS = 60, 4


def measure(
    old: ModelCard,
    new: ModelCard,
    dataset: Dataset,
    split: str,
    *,
    rounds: int = ROUNDS,
    seed: int = 0,
    progress: Progress = no_progress,
) -> str:
    """Time both models, keep seconds per review of each round, and return the run's id.

    In a round both answer the same reviews, in an order that changes from round to round; the next round has
    others. Loading is not part of it, nor is a first answer, in which caches fill.
    """
    spec: dict[str, Any] = {
        "old": old.model_id,
        "new": new.model_id,
        "fingerprint": dataset.fingerprint,
        "split": split,
        "rounds": rounds,
        "reviews": REVIEWS,
        "seed": seed,
    }
    texts = _drawn(dataset, split, rounds * REVIEWS, seed)
    loaded = {name: models.load_model(spec[name]) for name in ("old", "new")}
    for model in loaded.values():
        model.predict_proba(texts[:REVIEWS])
    seconds: dict[str, list[float]] = {"old": [], "new": []}
    for number in range(rounds):
        progress(number, rounds, "timing both models by turns")
        asked = texts[number * REVIEWS : (number + 1) * REVIEWS]
        for name in ("old", "new") if number % 2 else ("new", "old"):
            seconds[name].append(_seconds(loaded[name], asked) / REVIEWS)
    folder = runs.create(KIND, runs.new_run_id(KIND, new.short_name, spec), spec)
    runs.finish(folder, {**seconds, **_machine(), "n": rounds, **provenance.of_files()})
    return folder.name


def latest(old: str, new: str, fingerprint: str, split: str) -> runs.Run | None:
    """Return the newest timing of two models on a split of a data set, or None."""
    wanted = {"old": old, "new": new, "fingerprint": fingerprint, "split": split}
    return next(
        (
            run
            for run in runs.list_runs(KIND, FORM)
            if run.finished and {name: run.spec[name] for name in wanted} == wanted
        ),
        None,
    )


def damaged_timings() -> list[Damaged]:
    """Return what is wrong with the timings that are damaged."""
    return runs.damaged_runs(KIND, FORM)


def milliseconds(run: runs.Run) -> tuple[FloatArray, FloatArray]:
    """Return milliseconds per review of the old and of the new model: float64 [rounds] each, above 0."""
    manifest = run.manifest or {}
    old, new = (np.maximum(1e3 * np.asarray(manifest[name], dtype=float), 1e-6) for name in ("old", "new"))
    return old, new


def _drawn(dataset: Dataset, split: str, n: int, seed: int) -> list[str]:
    """Return n reviews of a split in a drawn order; a small split is gone through again and again."""
    texts = split_or_error(dataset, split)["text"].astype(str).to_numpy()
    order = np.random.default_rng(seed).permutation(len(texts))
    return [str(texts[place]) for place in np.resize(order, n)]


def _seconds(model: Classifier, texts: list[str]) -> float:
    started = time.perf_counter()
    model.predict_proba(texts)
    return time.perf_counter() - started


def _machine() -> dict[str, Any]:
    """Return how many threads a network computes with, and the machine's cores."""
    torch = sys.modules.get("torch")
    return {"threads": 1 if torch is None else int(torch.get_num_threads()), "cores": os.cpu_count() or 1}
