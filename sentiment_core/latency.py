"""Time per review of several models, measured in turn in one process: all meet the same machine."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from sentiment_core import models
from sentiment_core.classifiers.base import Classifier, Progress, no_progress
from sentiment_core.errors import ReelcheckError
from sentiment_core.evaluation.records import split_or_error
from sentiment_core.metrics.base import FloatArray
from sentiment_core.models import ModelCard
from sentiment_core.schema import Dataset, Estimate
from sentiment_core.storage import provenance, runs
from sentiment_core.storage.kept import Damaged

KIND = "latency"
FORM = runs.Form(
    spec={"models": [str], "fingerprint": str, "split": str, "rounds": int, "reviews": int},
    manifest={"seconds": {...: [float]}, "threads": int, "n": int},
)
#: Rounds, and reviews that each model answers in one.
ROUNDS, REVIEWS = 60, 4


def measure(
    cards: Sequence[ModelCard],
    dataset: Dataset,
    split: str,
    *,
    rounds: int = ROUNDS,
    seed: int = 0,
    progress: Progress = no_progress,
) -> str:
    """Time the models, keep seconds per review of each round, and return the run's id.

    In a round all answer the same reviews, in an order that changes from round to round; the next round has
    others. Loading is not part of it, nor is a first answer, in which caches fill.

    Raises:
        ReelcheckError: fewer than one round, or no model.
    """
    if rounds < 1 or not cards:
        raise ReelcheckError(
            f"{rounds} rounds of {len(cards)} models cannot be timed; give 1 of each or more"
        )
    ids = [card.model_id for card in cards]
    spec: dict[str, Any] = {
        "models": ids,
        "fingerprint": dataset.fingerprint,
        "split": split,
        "rounds": rounds,
        "reviews": REVIEWS,
        "seed": seed,
    }
    texts = _drawn(dataset, split, rounds * REVIEWS, seed)
    loaded = {model_id: models.load_model(model_id) for model_id in ids}
    for model in loaded.values():
        model.predict_proba(texts[:REVIEWS])
    seconds: dict[str, list[float]] = {model_id: [] for model_id in ids}
    for number in range(rounds):
        progress(number, rounds, "timing the models in turn")
        asked = texts[number * REVIEWS : (number + 1) * REVIEWS]
        for model_id in ids if number % 2 else reversed(ids):
            seconds[model_id].append(_seconds(loaded[model_id], asked) / REVIEWS)
    folder = runs.create(KIND, runs.new_run_id(KIND, cards[-1].short_name, spec), spec)
    runs.finish(folder, {"seconds": seconds, **_machine(), "n": rounds, **provenance.of_files()})
    return folder.name


def latest(model_ids: Collection[str], fingerprint: str, split: str) -> runs.Run | None:
    """Return the newest timing that holds all of these models on a split of a data set, or None."""
    return next(
        (
            run
            for run in runs.list_runs(KIND, FORM)
            if run.finished
            and (run.spec["fingerprint"], run.spec["split"]) == (fingerprint, split)
            and set(model_ids) <= set(run.spec["models"])
        ),
        None,
    )


def damaged_timings() -> list[Damaged]:
    """Return what is wrong with the timings that are damaged."""
    return runs.damaged_runs(KIND, FORM)


def milliseconds(run: runs.Run, model_id: str) -> FloatArray:
    """Return a model's milliseconds per review: float64 [rounds], above 0."""
    seconds = (run.manifest or {})["seconds"][model_id]
    return np.maximum(1e3 * np.asarray(seconds, dtype=float), 1e-6)


def per_review(run: runs.Run, model_id: str) -> Estimate:
    """Return a model's median milliseconds per review over the rounds, with a 95 % interval.

    The interval is that of two order statistics, which assumes nothing of how times are distributed:
    P(X_(l) <= median <= X_(u)) from Binomial(n, 1/2) (Hahn & Meeker 1991, section 5.2). Under six rounds no
    two of them reach 95 %, and it is all of them.
    """
    from scipy.stats import binom

    times = np.sort(milliseconds(run, model_id))
    n = len(times)
    low = max(0, int(binom.ppf(0.025, n, 0.5)) - 1)
    return Estimate(float(np.median(times)), float(times[low]), float(times[n - 1 - low]), n)


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
