"""How much worse the new model is, with one-sided bounds: shares, clustered means, resamples, exact facts.

A loss is positive where the new model is worse, whatever the direction of the figure.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sentiment_core import statistics
from sentiment_core.metrics.base import BoolArray, FloatArray, Metric

Bounds = Callable[[float], tuple[float, float]]
#: Fewer clusters than this say nothing about how clusters vary.
ENOUGH_CLUSTERS = 6


@dataclass(frozen=True)
class Measured:
    """One figure of both models on the same units.

    Attributes:
        old, new: the figure of each model.
        loss: how much worse the new one is, in the figure's unit.
        n: units that both answered: reviews, cases, sets; 1 for a fact such as a file's size.
        bounds: (level) -> lower and upper end of the loss, each one-sided at that level.
        variance: of the loss of one independent unit; 0 for a fact.
        units: independent units: clusters where there are some, else n.
        share: whether a unit's loss is -1, 0 or 1.
        sources: the ids of the runs that the figure was read from.
        tests: over how many figures the bounds are corrected, such as the slices looked at.
        least_units: fewer independent units decide nothing.
        note: both figures in their own unit, where the loss is a share of something.
    """

    old: float
    new: float
    loss: float
    n: int
    bounds: Bounds
    variance: float
    units: int
    share: bool = False
    sources: tuple[str, ...] = ()
    tests: int = 1
    least_units: int = 1
    note: str = ""


def of_shares(old: BoolArray, new: BoolArray, sources: tuple[str, ...] = ()) -> Measured:
    """Return the loss of a share of right answers, bounded by Tango's score interval (Tango 1998)."""
    n, lost, won = len(old), int(np.sum(old & ~new)), int(np.sum(~old & new))
    loss = (lost - won) / n
    return Measured(
        float(np.mean(old)),
        float(np.mean(new)),
        loss,
        n,
        lambda level: tango_bounds(lost, won, n, level),
        (lost + won) / n - loss**2,
        n,
        True,
        sources,
    )


def tango_bounds(lost: int, won: int, n: int, level: float) -> tuple[float, float]:
    """Return one-sided bounds of (lost - won) / n: where the score statistic reaches the quantile of `level`.

    Tango 1998, "Equivalence test and confidence interval for the difference in proportions for the
    paired-sample design", Statistics in Medicine 17; usable with no discordant pair, where Wald's has no
    width.
    """
    from scipy import special

    z, value = float(-special.ndtri(level)), (lost - won) / n
    upper = _root(lambda delta: _tango(lost, won, n, delta) + z, value, 1.0)
    lower = _root(lambda delta: _tango(lost, won, n, delta) - z, -1.0, value)
    return lower, upper


def _tango(b: int, c: int, n: int, delta: float) -> float:
    """Return the score statistic that the difference b/n - c/n is delta, in (-1, 1)."""
    linear = -b - c + (2 * n - b + c) * delta
    q = (math.sqrt(max(linear**2 + 8 * n * c * delta * (1 - delta), 0.0)) - linear) / (4 * n)
    variance = n * (2 * q + delta * (1 - delta))
    distance = b - c - n * delta
    if variance <= 1e-12:
        return 0.0 if abs(distance) < 1e-9 else math.copysign(math.inf, distance)
    return distance / math.sqrt(variance)


def _root(of: Callable[[float], float], low: float, high: float) -> float:
    """Return where a falling function is 0 between two ends, by halving; an end where it is nowhere 0."""
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if of(middle) > 0 else (low, middle)
    return (low + high) / 2


def of_clusters(
    old: FloatArray, new: FloatArray, clusters: Any, sources: tuple[str, ...] = (), share: bool = False
) -> Measured:
    """Return the mean of new - old (higher is worse), with cluster-robust bounds (Liang & Zeger 1986).

    Student's t with clusters - 1 degrees of freedom. Of shares the variance is at least that which a true
    loss of one case per cluster leaves: models that agree on few templates are not shown to be equal.

    Args:
        old: float64 [n], the old model's figure of each unit.
        new: the new model's.
        clusters: [n], which units belong together (one template, one review).
        sources: run ids.
        share: whether the values are 0 and 1.
    """
    from scipy import special

    loss = new - old
    _, member = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
    units, mean = int(member.max()) + 1, float(loss.mean())
    sums = np.bincount(member, weights=loss - mean)
    squared = float(np.sum(sums**2)) * units / max(units - 1, 1) / len(loss) ** 2
    least = (1 / units) * (1 - 1 / units) / units if share else 0.0
    error = math.sqrt(max(squared, least))

    def bounds(level: float) -> tuple[float, float]:
        if units < ENOUGH_CLUSTERS:
            return -math.inf, math.inf
        half = float(special.stdtrit(units - 1, 1 - level)) * error
        return mean - half, mean + half

    return Measured(
        float(old.mean()),
        float(new.mean()),
        mean,
        len(loss),
        bounds,
        error**2 * units,
        units,
        share,
        sources,
        least_units=ENOUGH_CLUSTERS,
    )


def of_metric(
    metric: Metric,
    truth: Any,
    old: FloatArray,
    new: FloatArray,
    sources: tuple[str, ...] = (),
    *,
    resamples: int = 4000,
    seed: int = 0,
) -> Measured:
    """Return the loss of a metric that only the whole sample has, such as ECE, by the paired bootstrap.

    The interval is the basic one, mirrored about the value (Davison & Hinkley 1997, "Bootstrap methods and
    their application"), which takes the bias of resampling off, as `compare` does.
    """
    ready = [metric.prepare(truth, probability, 0.5) for probability in (old, new)]
    sign = -1 if metric.higher_is_better else 1
    values = [float(metric.compute(truth, probability, 0.5).value) for probability in (old, new)]
    loss = sign * (values[1] - values[0])
    drawn = statistics.bootstrap_rows(ready, len(truth), resamples, np.random.default_rng(seed))
    replicates = sign * (drawn[1] - drawn[0])

    def bounds(level: float) -> tuple[float, float]:
        low, high = np.nanquantile(replicates, [level, 1 - level])
        return min(2 * loss - float(high), loss), max(2 * loss - float(low), loss)

    n = len(truth)
    return Measured(
        values[0], values[1], loss, n, bounds, n * float(np.nanvar(replicates)), n, False, sources
    )


def exact(old: float, new: float, budget: float, unit: str, sources: tuple[str, ...] = ()) -> Measured:
    """Return how far something that is known without chance, such as a size, is beyond what it may cost.

    Args:
        old: the old model's.
        new: the new model's.
        budget: up to which it costs nothing; see `beyond`.
        unit: of all three.
        sources: run ids.
    """
    loss = float(beyond(np.array([old]), np.array([new]), budget)[0])
    note = _costs(old, new, budget, unit)
    return Measured(old, new, loss, 1, lambda level: (loss, loss), 0.0, 1, False, sources, note=note)


def of_rounds(
    old: FloatArray,
    new: FloatArray,
    budget: float,
    unit: str,
    sources: tuple[str, ...] = (),
    *,
    resamples: int = 4000,
    seed: int = 0,
) -> Measured:
    """Return how far a time is beyond its budget, measured in rounds in which both models took their turn.

    Geometric means over rounds, so that a round in which the machine did something else weighs little; the
    bounds are quantiles of means of resampled rounds, the same rounds for both (paired bootstrap: Efron &
    Tibshirani 1993, "An introduction to the bootstrap").

    Args:
        old: float64 [rounds], above 0.
        new: the same rounds of the new model.
        budget: up to which it costs nothing; see `beyond`.
        unit: of all three.
        sources: run ids.
        resamples: of the bootstrap.
        seed: of the bootstrap.
    """
    logs, n = np.log(np.stack([old, new])), len(old)
    means = np.exp(logs.mean(axis=1))
    loss = float(beyond(means[:1], means[1:], budget)[0])
    drawn = np.random.default_rng(seed).integers(0, n, (resamples, n))
    resampled = np.exp(logs[:, drawn].mean(axis=2))
    replicates = beyond(resampled[0], resampled[1], budget)

    def bounds(level: float) -> tuple[float, float]:
        low, high = np.quantile(replicates, [level, 1 - level])
        return min(float(low), loss), max(float(high), loss)

    note = _costs(float(means[0]), float(means[1]), budget, unit)
    variance = n * float(np.var(replicates))
    return Measured(float(means[0]), float(means[1]), loss, n, bounds, variance, n, False, sources, note=note)


def beyond(old: FloatArray, new: FloatArray, budget: float) -> FloatArray:
    """Return how much more new costs than old or than the budget, as a share of the larger of these two.

    0 where the new one is within the budget and no cheaper; below 0 where it is cheaper than the old one.
    """
    cheaper = np.minimum(new / old - 1, 0.0)
    more: FloatArray = np.where(new <= budget, cheaper, new / np.maximum(old, budget) - 1)
    return more


def _costs(old: float, new: float, budget: float, unit: str) -> str:
    free = f"; up to {budget:g} {unit} counts as no loss" if budget else ""
    return f"{_digits(new)} {unit} instead of {_digits(old)} {unit}{free}"


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
