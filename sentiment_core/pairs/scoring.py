"""Contrast sets: reviews and their minimal edits that turn the label; is a model right on both sides?

Gardner et al. 2020 (contrast sets) and Kaushik et al. 2020 (counterfactually augmented data): a model that
gets the originals right and their edits wrong knows the data set rather than the task. Consistency, the share
of pairs with both sides right, is Gardner et al.'s measure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import DataError
from sentiment_core.evaluation.comparison import ALPHA, chance_in_words, p_in_words
from sentiment_core.evaluation.prediction import predict_frame
from sentiment_core.metrics.base import BoolArray
from sentiment_core.pairs import kinds
from sentiment_core.schema import Estimate
from sentiment_core.statistics import mcnemar, percentile_interval, share

NO_PAIR = "there is no pair"
NONE_TURNS = "no original that the model gets right has an edit of the other label"

#: What each figure is, for a table.
TITLES: Mapping[str, str] = {
    "accuracy_original": "Accuracy, originals",
    "accuracy_edited": "Accuracy, edits",
    "consistency": "Both right",
    "flips_followed": "Flips followed",
    "difference": "Edits - originals",
}
#: The figures of one kind of edit, and those that two models are compared by.
OF_A_KIND = ("accuracy_original", "accuracy_edited", "consistency")


@dataclass(frozen=True)
class PairedResult:
    """A model on both sides of a contrast set.

    Attributes:
        figures: accuracy_original, accuracy_edited, consistency (both right) and flips_followed (of the pairs
            whose label turns and whose original the model gets right, those whose edit it gets right too),
            each with Wilson's interval, and difference (edited - original accuracy) with a paired bootstrap
            interval.
        mcnemar_p: chance of so unequal a number of errors on the two sides, were they equally hard.
        frame: PAIR_COLUMNS, prob_original, prob_edited, right_original, right_edited.
    """

    figures: dict[str, Estimate]
    mcnemar_p: float
    frame: pd.DataFrame


@dataclass(frozen=True)
class PairedDifference:
    """Model B less model A in one figure, over the same pairs; `p` is McNemar's."""

    estimate: Estimate
    p: float


def evaluate_pairs(
    model: str, pairs: pd.DataFrame, *, workers: int | None = None, progress: Progress = no_progress
) -> PairedResult:
    """Return how often a model is right on the originals, on the edits, and on both of a pair."""
    texts = pd.concat([pairs["original"], pairs["edited"]], ignore_index=True)
    asked = pd.DataFrame({"example_id": range(len(texts)), "text": texts})
    said = predict_frame(model, asked, workers=workers, progress=progress)["prob_positive"].to_numpy(
        dtype=float
    )
    return score_pairs(pairs, said[: len(pairs)], said[len(pairs) :])


def score_pairs(
    pairs: pd.DataFrame, prob_original: Any, prob_edited: Any, *, resamples: int = 1000, seed: int = 0
) -> PairedResult:
    """Return the figures from the probabilities of both sides, float64 [pairs] each."""
    frame = pairs.assign(
        prob_original=np.asarray(prob_original, dtype=np.float64),
        prob_edited=np.asarray(prob_edited, dtype=np.float64),
    )
    frame["right_original"] = (frame["prob_original"] >= 0.5) == frame["label_original"].astype(bool)
    frame["right_edited"] = (frame["prob_edited"] >= 0.5) == frame["label_edited"].astype(bool)
    original, edited = (_right(frame, side) for side in ("original", "edited"))
    figures = {
        **shares(frame),
        "flips_followed": _followed(frame),
        "difference": _difference(original, edited, resamples, seed),
    }
    return PairedResult(figures, _mcnemar(original, edited), frame)


def shares(frame: pd.DataFrame) -> dict[str, Estimate]:
    """Return OF_A_KIND of some rows of `PairedResult.frame`."""
    right = {name: _right_by(frame, name) for name in OF_A_KIND}
    return {name: share(int(found.sum()), len(found), NO_PAIR) for name, found in right.items()}


def by_kind(frame: pd.DataFrame) -> dict[str, dict[str, Estimate]]:
    """Return OF_A_KIND for each kind of edit that there is, and `without`: both right in the other pairs.

    A pair of several kinds counts in each; so what a kind does shows in the two shares beside each other.

    Args:
        frame: `PairedResult.frame` with a column `kinds` (see `kinds.joined`).
    """
    said = [kinds.split(value) for value in frame["kinds"]]
    has = {kind: np.array([kind in some for some in said], dtype=bool) for kind in kinds.KINDS}
    return {
        kind: {**shares(frame[rows]), "without": shares(frame[~rows])["consistency"]}
        for kind, rows in has.items()
        if rows.any()
    }


def compare(
    frame_a: pd.DataFrame, frame_b: pd.DataFrame, *, resamples: int = 1000, seed: int = 0
) -> dict[str, PairedDifference]:
    """Return OF_A_KIND of model B less model A, over the same pairs in the same order.

    Raises:
        DataError: the two are about other pairs.
    """
    if list(frame_a["original"]) != list(frame_b["original"]) or list(frame_a["edited"]) != list(
        frame_b["edited"]
    ):
        raise DataError("the two models answered other pairs; measure both on the same file")
    found = {}
    for name in OF_A_KIND:
        a, b = _right_by(frame_a, name), _right_by(frame_b, name)
        found[name] = PairedDifference(_difference(a, b, resamples, seed), _mcnemar(a, b))
    return found


def sentences(found: Mapping[str, PairedDifference], name_a: str, name_b: str) -> list[str]:
    """Return each in words: "Both right: nbsvm is ahead of tfidf by 12.2 points [8.0, 16.3], ..."."""
    return [f"{TITLES[name]}: {_sentence(one, name_a, name_b)}" for name, one in found.items()]


def _sentence(one: PairedDifference, name_a: str, name_b: str) -> str:
    value = one.estimate
    if not value.defined:
        return f"undefined, {value.reason}."
    test = f"{chance_in_words(one.p)} (McNemar {p_in_words(one.p)})"
    if value.value == 0:
        return f"{name_a} and {name_b} are equal, n = {value.n:,} pairs ({test})."
    sign = 1 if value.value > 0 else -1
    ahead, behind = (name_b, name_a) if sign > 0 else (name_a, name_b)
    low, high = sorted((100 * sign * value.ci_low, 100 * sign * value.ci_high))
    size = f"{100 * abs(value.value):.1f} points [{low:.1f}, {high:.1f}], n = {value.n:,} pairs"
    return f"{ahead} is ahead of {behind} by {size}; that {'is ' if one.p < ALPHA else ''}{test}."


def _right(frame: pd.DataFrame, side: str) -> BoolArray:
    return np.asarray(frame[f"right_{side}"], dtype=np.bool_)


def _right_by(frame: pd.DataFrame, name: str) -> BoolArray:
    """Return of which pairs one of OF_A_KIND holds: bool [pairs]."""
    original, edited = _right(frame, "original"), _right(frame, "edited")
    sides = {"accuracy_original": original, "accuracy_edited": edited}
    return sides[name] if name in sides else np.logical_and(original, edited)


def _followed(frame: pd.DataFrame) -> Estimate:
    turns = (frame["label_original"] != frame["label_edited"]).to_numpy(dtype=bool)
    asked = turns & _right(frame, "original")
    reason = NONE_TURNS if len(frame) else NO_PAIR
    return share(int((asked & _right(frame, "edited")).sum()), int(asked.sum()), reason)


def _mcnemar(one: BoolArray, other: BoolArray) -> float:
    if not len(one):
        return float("nan")
    return mcnemar(int(np.sum(one & ~other)), int(np.sum(~one & other)))


def _difference(one: BoolArray, other: BoolArray, resamples: int, seed: int) -> Estimate:
    """Return other - one; pairs are drawn whole."""
    change = other.astype(float) - one.astype(float)
    if len(change) == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, NO_PAIR)
    drawn = np.random.default_rng(seed).integers(0, len(change), size=(resamples, len(change)))
    low, high = percentile_interval(change[drawn].mean(axis=1))
    return Estimate(float(change.mean()), low, high, len(change))
