"""The blend family: how a blend is fitted on what its members say of the validation reviews, and loaded."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core.classifiers.base import (
    Classifier,
    ClassifierFamily,
    FitResult,
    Params,
    Progress,
    Setting,
    no_progress,
)
from sentiment_core.classifiers.blend import fitting
from sentiment_core.classifiers.blend import members as parts
from sentiment_core.classifiers.blend.classifier import BlendClassifier, Floats, finite_logit
from sentiment_core.classifiers.blend.fitting import Labels
from sentiment_core.classifiers.blend.members import Families, Member
from sentiment_core.errors import ModelError

DEFAULTS = MappingProxyType({"members": "", "l2": 0.1, "seed": 0})
L2 = Setting(
    "Pull toward the plain mean, l2",
    "How strongly the shares of the members are pulled toward equal ones; larger is more.",
    0.0001,
    100,
    0.01,
)
#: Reviews that a member is asked about at once.
CHUNK = 64


def family_over(families: Families) -> ClassifierFamily:
    """Return the family of blends of models of these families; none of them may be a blend itself."""
    return ClassifierFamily(
        name="blend",
        title="Blend",
        description=(
            "A weighted sum of the log-odds of models on the shelf. Only its weights are fitted, on the "
            "validation reviews; models that err on different reviews correct each other."
        ),
        default_params=DEFAULTS,
        fit=functools.partial(fit, families),
        load=functools.partial(load, families),
        slow_to_load=True,
        settings={"l2": L2},
        made_of="members",
    )


def fit(
    families: Families,
    train: pd.DataFrame,
    validation: pd.DataFrame,
    params: Params,
    folder: Path,
    *,
    scratch: Path,
    progress: Progress = no_progress,
) -> FitResult:
    """Ask each member about the validation reviews, and fit the weights; nothing is learned from `train`.

    The figures returned are out of fold: of each review by weights that were fitted without it.
    """
    l2 = _checked(params)
    members = [parts.on_the_shelf(model_id, families) for model_id in params["members"].split(",")]
    texts = validation["text"].astype(str).tolist()
    labels = validation["label"].to_numpy(dtype=np.int64)
    if len(np.unique(labels)) < 2:
        raise ModelError("the validation reviews are all of one label; weights cannot be fitted on them")
    progress(0, len(members), "asking the members")
    opened = [member.opened(families) for member in members]
    columns = [
        _answers(one, texts, scratch, _part_of(progress, place, len(members)))
        for place, one in enumerate(opened)
    ]
    log_odds = np.column_stack([finite_logit(column) for column in columns])
    fitted = fitting.fit_weights(log_odds, labels, l2)
    rows = parts.write(folder, members, _figures_of(opened, fitted))
    blended = fitting.out_of_fold(log_odds, labels, l2, int(params["seed"]))
    return FitResult(
        params=dict(params),
        validation=fitting.figures(blended, labels),
        curves=[dict(row) for row in fitting.along_first(log_odds, labels, fitted)],
        details={
            "title": f"Blend of {' and '.join(member.family for member in members)}",
            "members": [_described(row, members, log_odds, labels) for row in enumerate(rows)],
        },
    )


def load(families: Families, folder: Path, model_id: str) -> BlendClassifier:
    """Read a blend's folder, and its members from the shelf.

    Raises:
        ModelError: its file is damaged, or a member is missing or changed.
    """
    found = parts.read(folder, families)
    return BlendClassifier(model_id, [member.opened(families) for member in found.members], found.weights)


def keep_answers(scratch: Path, model_id: str, texts: Sequence[str], prob_positive: Floats) -> None:
    """Keep what a member says of these texts, float64 [n], for a fitting with the same `scratch`."""
    np.save(_file(scratch, model_id, texts), np.asarray(prob_positive, dtype=np.float64))


def _answers(member: Classifier, texts: Sequence[str], scratch: Path, progress: Progress) -> Floats:
    """Return float64 [n]: the probabilities of a member; they are kept, so that a kill costs one member's."""
    try:
        known = np.asarray(
            np.load(_file(scratch, member.model_id, texts), allow_pickle=False), dtype=np.float64
        )
        if known.shape == (len(texts),) and ((known >= 0) & (known <= 1)).all():
            return known
    except (OSError, ValueError):
        pass  # not there, or cut short by a kill
    found = np.full(len(texts), np.nan)
    by_length = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
    for start in range(0, len(texts), CHUNK):
        progress(start, len(texts), f"asking {member.model_id} about {len(texts):,} reviews")
        some = by_length[start : start + CHUNK]
        found[some] = member.predict_proba([texts[place] for place in some])[:, 1]
    keep_answers(scratch, member.model_id, texts, found)
    return found


def _file(scratch: Path, model_id: str, texts: Sequence[str]) -> Path:
    digest = hashlib.sha256("\x00".join(texts).encode("utf-8", "surrogatepass")).hexdigest()
    return scratch / f"answers-{model_id}-{digest[:16]}.npy"


def _part_of(progress: Progress, place: int, members: int) -> Progress:
    return lambda done, total, what: progress(place + done / max(total, 1), members, what)


def _figures_of(opened: Sequence[Classifier], fitted: fitting.Weights) -> list[dict[str, float | int | None]]:
    rows = zip(opened, fitted.values, fitted.shares, fitted.temperatures, strict=True)
    return [
        {
            "weight": float(weight),
            "share": float(share),
            "temperature": float(heat),
            "max_tokens": one.max_tokens,
        }
        for one, weight, share, heat in rows
    ]


def _described(
    placed: tuple[int, Mapping[str, Any]], members: Sequence[Member], log_odds: Floats, labels: Labels
) -> dict[str, Any]:
    """Return what the manifest says of a member: what it is, its part, and how good it is by itself."""
    place, row = placed
    names = ("model_id", "family", "weight", "share", "temperature", "max_tokens")
    kept = {name: row[name] for name in names}
    alone = fitting.figures(log_odds[:, place], labels)
    return {**kept, "size_bytes": members[place].size_bytes, "accuracy": alone["accuracy"]}


def _checked(params: Params) -> float:
    """Return l2; ModelError where a setting is none that can be fitted with."""
    if not params["l2"] >= L2.low:
        raise ModelError(f"l2 = {params['l2']} is not possible; give {L2.low:g} or more")
    named = [name for name in str(params["members"]).split(",") if name]
    if len(set(named)) < 2 or len(set(named)) < len(named):
        raise ModelError("a blend needs two models or more, each once; name them: --set members=A,B")
    return float(params["l2"])
