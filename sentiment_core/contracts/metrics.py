"""What every metric promises: its words, its range, and that weights count as repeated reviews."""

from __future__ import annotations

import math

import numpy as np

from sentiment_core.contracts.base import require, require_words
from sentiment_core.metrics.base import Confusion, FloatArray, IntArray, Metric

_CLOSE = 1e-9


def check_metric(metric: Metric) -> None:
    """Check a metric on made predictions: ties, few reviews, one class, perfect answers, none at all.

    Raises:
        ContractError: a promise of `sentiment_core.metrics.base.Metric` is not kept.
    """
    who = f"metric {metric.name!r}"
    _check_words(who, metric)
    _check_weights(who, metric)
    _check_order(who, metric)
    _check_range(who, metric)
    _check_counts(who, metric)
    _check_nothing(who, metric)


def _made(n: int = 200, seed: int = 0) -> tuple[IntArray, FloatArray]:
    """Return labels, and the probabilities of a fair model with ties."""
    rng = np.random.default_rng(seed)
    y_true = rng.integers(0, 2, n)
    prob_positive = 1 / (1 + np.exp(-(rng.normal(0, 1.5, n) + 2 * (y_true - 0.5))))
    return y_true, np.round(prob_positive, 1)


def _check_words(who: str, metric: Metric) -> None:
    require_words(who, metric.name, metric.title, metric.description)
    require(
        len(metric.description) > 40, who, "the description is short: say what it answers, when it misleads"
    )
    require(metric.source, who, "it has no source")
    require(metric.range[0] < metric.range[1], who, f"its range is {metric.range}")
    require(metric.share is None or metric.counts, who, "a share depends on counts only, so set counts")


def _check_weights(who: str, metric: Metric) -> None:
    """The bootstrap relies on this: a weight of k is the review drawn k times."""
    y_true, prob_positive = _made()
    weighted = metric.prepare(y_true, prob_positive, 0.4)(np.full((2, len(y_true)), 3.0))
    require(
        np.shape(weighted) == (2,), who, f"two rows of weights give an array of shape {np.shape(weighted)}"
    )
    repeated = metric.compute(np.repeat(y_true, 3), np.repeat(prob_positive, 3), 0.4).value
    require(
        np.allclose(weighted, repeated, rtol=0, atol=_CLOSE),
        who,
        f"weights of 3 give {weighted[0]:.6f}, and every review three times {repeated:.6f}",
    )


def _check_order(who: str, metric: Metric) -> None:
    y_true, prob_positive = _made(seed=1)
    shuffled = np.random.default_rng(3).permutation(len(y_true))
    first = metric.compute(y_true, prob_positive).value
    then = metric.compute(y_true[shuffled], prob_positive[shuffled]).value
    require(math.isclose(first, then, abs_tol=_CLOSE), who, f"the order of reviews moves it: {first}, {then}")


def _check_range(who: str, metric: Metric) -> None:
    y_true = np.array([0, 1, 1, 0, 1])
    best = metric.range[1] if metric.higher_is_better else metric.range[0]
    found = metric.compute(y_true, y_true.astype(np.float64)).value
    require(
        math.isclose(found, best, abs_tol=_CLOSE), who, f"perfect answers get {found}, and the best is {best}"
    )
    rng = np.random.default_rng(0)
    for n in (1, 2, 3, 17) * 5:
        value, reason = metric.compute(rng.integers(0, 2, n), rng.choice([0.0, 0.3, 0.5, 1.0], n))
        if math.isnan(value):
            require(reason, who, f"it is undefined for {n} reviews and does not say why: set `undefined`")
        else:
            require(
                metric.range[0] - _CLOSE <= value <= metric.range[1] + _CLOSE,
                who,
                f"{value} is outside its range {metric.range}",
            )


def _check_counts(who: str, metric: Metric) -> None:
    """What depends on the confusion table only has the same value from that table."""
    if not metric.counts:
        return
    y_true, prob_positive = _made(seed=2)
    table = np.histogram(2 * y_true + (prob_positive >= 0.5), bins=4, range=(0, 4))[0].astype(np.float64)
    value = metric.compute(y_true, prob_positive).value
    require(
        math.isclose(metric.of_counts(table[None])[0], value, abs_tol=_CLOSE),
        who,
        "of_counts of the confusion table is not compute of its reviews",
    )
    if metric.share is not None:
        successes, trials = metric.share(Confusion(*table))
        require(
            math.isclose(successes / trials, value, abs_tol=_CLOSE),
            who,
            f"its share is {successes / trials}, its value {value}",
        )


def _check_nothing(who: str, metric: Metric) -> None:
    value, reason = metric.compute(np.array([], dtype=np.int64), np.array([]))
    require(math.isnan(value) and reason, who, "of no reviews it must be NaN with a reason")
