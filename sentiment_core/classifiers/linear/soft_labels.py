"""A linear model as a student: weighted rows on which logistic regression has exactly the student's loss.

The cross-entropy against a probability p is p times that against 1 and 1 - p times that against 0, so a text
with a soft label is two rows with weights. At temperature T the student's logit is divided by T, which a row
divided by T does, its bias included; T^2 weighs it (Hinton, Vinyals & Dean 2015, section 2).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Teaching

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


class Weighted(NamedTuple):
    """Rows to fit without an intercept: the last column is the bias's.

    features: scipy CSR [rows, n + 1]; labels: int64 [rows]; weights: float64 [rows], above 0.
    """

    features: Any
    labels: Labels
    weights: Floats


def weighted_rows(features: Any, labels: Labels, teaching: Teaching) -> Weighted:
    """Return the rows whose weighted loss is that of a student; see the module.

    Args:
        features: scipy CSR [n, features].
        labels: int64 [n]; of no weight where `hard_share` is 0.
        teaching: with the teacher's log-odds, which may be infinite.
    """
    from scipy.sparse import csr_matrix, hstack, vstack
    from scipy.special import expit

    assert teaching.log_odds is not None
    with_bias = hstack([features, csr_matrix(np.ones((features.shape[0], 1)))], format="csr")
    temperature, hard = teaching.temperature, teaching.hard_share
    soft, positive = (1 - hard) * temperature**2, expit(teaching.log_odds / temperature)
    blocks = [
        (with_bias / temperature, label, soft * share) for label, share in ((1, positive), (0, 1 - positive))
    ]
    if temperature == 1:  # rows of one label are the same rows: half of them less
        blocks = [(rows, label, weights + hard * (labels == label)) for rows, label, weights in blocks]
    else:
        blocks += [(with_bias, label, hard * (labels == label)) for label in (1, 0)]
    kept = [(rows[weights > 0], label, weights[weights > 0]) for rows, label, weights in blocks]
    return Weighted(
        vstack([rows for rows, _, _ in kept], format="csr"),
        np.concatenate([np.full(len(weights), label, dtype=np.int64) for _, label, weights in kept]),
        np.concatenate([weights for _, _, weights in kept]),
    )
