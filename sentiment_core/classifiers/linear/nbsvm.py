"""NBSVM: n-grams weighted by their naive Bayes log-count ratio, under a linear classifier.

Wang & Manning 2012, "Baselines and Bigrams". As in Mesnil et al. 2015 the linear classifier is a logistic
regression (so that there are probabilities) and triples of words are used; reviews are scaled to length 1,
which converges sooner and was better on validation.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

from sentiment_core.classifiers.base import ClassifierFamily, Params, Setting
from sentiment_core.classifiers.linear.classifier import Floats, Weighting, load
from sentiment_core.classifiers.linear.fitting import (
    SETTINGS,
    Labels,
    Weigh,
    distil_of,
    fit_against_of,
    fit_of,
)
from sentiment_core.errors import ModelError

DEFAULTS = MappingProxyType({"max_n": 3, "min_df": 2, "alpha": 1.0, "C": 0.0, "spelling": False, "seed": 0})
ALPHA = Setting(
    "Smoothing, alpha", "Added to each n-gram's counts, so that rare ones weigh less.", 0.01, 10, 0.1
)
GRID = (5.0, 10.0, 20.0, 40.0)


def log_count_ratio(counts: Any, labels: Labels, alpha: float) -> Floats:
    """Return r = ln((p / |p|_1) / (q / |q|_1)), float64 [features] (Wang & Manning 2012, section 2.1).

    p and q are alpha plus the number of positive and of negative reviews that use the n-gram at all
    (binarized counts: the paper's better choice for sentiment).
    """
    features = counts.shape[1]
    p, q = (alpha + np.bincount(counts[labels == label].indices, minlength=features) for label in (1, 0))
    ratio: Floats = np.log((p / p.sum()) / (q / q.sum()))
    return ratio


def weigh_with(params: Params) -> Weigh:
    """Return the weighting by log-count ratios that these settings ask for."""
    if params["alpha"] <= 0:
        raise ModelError(f"alpha = {params['alpha']} is not possible; give a number above 0")

    def weigh(counts: Any, labels: Labels) -> Weighting:
        return Weighting("binary", log_count_ratio(counts, labels, params["alpha"]), normalised=True)

    return weigh


FAMILY = ClassifierFamily(
    name="nbsvm",
    title="NBSVM (naive Bayes n-grams)",
    description=(
        "Words, pairs and triples of words, each weighted by how much more often positive than negative "
        "reviews use it (Wang & Manning 2012), under a logistic regression. The strongest linear model here."
    ),
    default_params=DEFAULTS,
    fit=fit_of(weigh_with, GRID),
    fit_against=fit_against_of(weigh_with, GRID),
    distil=distil_of(weigh_with, GRID),
    load=load,
    settings={**SETTINGS, "alpha": ALPHA},
)
