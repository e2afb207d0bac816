"""Bag of words: plain counts of words and pairs of words, with logistic regression."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

from sentiment_core.classifiers.base import ClassifierFamily
from sentiment_core.classifiers.linear.classifier import Weighting, load
from sentiment_core.classifiers.linear.fitting import SETTINGS, Labels, distil_of, fit_against_of, fit_of

DEFAULTS = MappingProxyType({"max_n": 2, "min_df": 2, "C": 0.0, "spelling": False, "seed": 0})
GRID = (0.003, 0.01, 0.03, 0.1)


def weigh(counts: Any, labels: Labels) -> Weighting:
    """Return the counts as they are."""
    return Weighting("count", np.ones(counts.shape[1]), normalised=False)


FAMILY = ClassifierFamily(
    name="bow",
    title="Bag of words + logistic regression",
    description=(
        "Counts of words and pairs of words, and a logistic regression over them. "
        "The simplest model here: what weighting buys is measured against it."
    ),
    default_params=DEFAULTS,
    fit=fit_of(lambda params: weigh, GRID),
    fit_against=fit_against_of(lambda params: weigh, GRID),
    distil=distil_of(lambda params: weigh, GRID),
    load=load,
    settings=SETTINGS,
)
