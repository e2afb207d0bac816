"""TF-IDF over words and pairs of words, with logistic regression: the plain baseline that is hard to beat."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

from sentiment_core.classifiers.base import ClassifierFamily
from sentiment_core.classifiers.linear.classifier import Weighting, load
from sentiment_core.classifiers.linear.fitting import SETTINGS, Labels, distil_of, fit_against_of, fit_of

DEFAULTS = MappingProxyType({"max_n": 2, "min_df": 2, "C": 0.0, "spelling": False, "seed": 0})
GRID = (4.0, 8.0, 16.0, 32.0)


def weigh(counts: Any, labels: Labels) -> Weighting:
    """Return sublinear term frequency times smoothed idf, each review scaled to length 1.

    idf = ln((1 + n) / (1 + df)) + 1, as scikit-learn's TfidfTransformer has it.
    """
    n, features = counts.shape
    document_frequency = np.bincount(counts.indices, minlength=features)
    idf = np.log((1 + n) / (1 + document_frequency)) + 1.0
    return Weighting("sublinear", idf, normalised=True)


FAMILY = ClassifierFamily(
    name="tfidf",
    title="TF-IDF + logistic regression",
    description=(
        "Words and pairs of words, weighted by how rare they are (TF-IDF, sublinear, punctuation kept), "
        "and a logistic regression over them. Trains in seconds; every word's share is known exactly."
    ),
    default_params=DEFAULTS,
    fit=fit_of(lambda params: weigh, GRID),
    fit_against=fit_against_of(lambda params: weigh, GRID),
    distil=distil_of(lambda params: weigh, GRID),
    load=load,
    settings=SETTINGS,
)
