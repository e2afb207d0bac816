"""The family of models that answer from elsewhere: fitting one only asks it about validation reviews."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core.classifiers.base import ClassifierFamily, FitResult, Params, Progress, no_progress
from sentiment_core.classifiers.blend import fitting
from sentiment_core.classifiers.blend.classifier import finite_logit
from sentiment_core.classifiers.remote import consent, labels
from sentiment_core.classifiers.remote.classifier import RemoteClassifier, load, opened, write
from sentiment_core.classifiers.remote.endpoint import Endpoint
from sentiment_core.classifiers.remote.usage import Counter
from sentiment_core.errors import ModelError

#: An endpoint's settings, and how many validation reviews it is asked about.
DEFAULTS = MappingProxyType({**Endpoint().params, "reviews": 200, "seed": 0})


def fit(
    train: pd.DataFrame,
    validation: pd.DataFrame,
    params: Params,
    folder: Path,
    *,
    scratch: Path,
    progress: Progress = no_progress,
) -> FitResult:
    """Ask an endpoint about validation reviews, and write down where it is; nothing is learned."""
    if params["reviews"] < 1:
        raise ModelError(f"reviews = {params['reviews']} is not possible; give 1 or more")
    endpoint = Endpoint.of(params)
    near = consent.check(endpoint, endpoint.url)
    asker = opened(endpoint, folder.name, near=near, counter=Counter()).asker
    progress(0, 1, f"asking {endpoint.host} about its labels")
    endpoint, said = labels.settled(asker)
    asker.endpoint = endpoint
    some = validation.sample(n=min(len(validation), params["reviews"]), random_state=params["seed"])
    labeled = some["label"].to_numpy(dtype=np.int64)
    classifier = RemoteClassifier(folder.name, asker)
    found = _answers(classifier, some["text"].astype(str).tolist(), progress)
    curves = [
        {"reviews": float(n), **fitting.figures(found[:n], labeled[:n])}
        for n in _steps(len(found), endpoint.batch_size)
    ]
    write(folder, endpoint)
    return FitResult(
        params={**params, **endpoint.params},
        validation=fitting.figures(found, labeled),
        curves=curves,
        details={
            "title": title_of(endpoint),
            "outputs": said,
            "asked": dataclasses.asdict(asker.counter.so_far()),
        },
    )


def title_of(endpoint: Endpoint) -> str:
    """Return what a model behind an endpoint is called where it has no other name."""
    return f"Remote model at {endpoint.host}"


def _answers(classifier: RemoteClassifier, texts: Sequence[str], progress: Progress) -> NDArray[np.float64]:
    """Return float64 [n]: log-odds of the positive class."""
    size, parts = classifier.endpoint.batch_size, []
    for start in range(0, len(texts), size):
        progress(start, len(texts), f"asking {classifier.endpoint.host} about {len(texts):,} reviews")
        parts.append(classifier.predict_proba(texts[start : start + size])[:, 1])
    return finite_logit(np.concatenate(parts))


def _steps(n: int, size: int) -> list[int]:
    return [*range(size, n, size), n]


FAMILY = ClassifierFamily(
    name="remote",
    title="Remote model",
    description=(
        "A model that answers over HTTP: the hub's inference, or any endpoint of its form or of "
        "text-embeddings-inference. It is put on the shelf by its address, and is not trained here."
    ),
    default_params=DEFAULTS,
    fit=fit,
    load=load,
    elsewhere=True,
)
