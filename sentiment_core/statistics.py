"""Intervals and tests: Wilson, seeded bootstrap, McNemar, Benjamini-Hochberg, power."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from sentiment_core.metrics.base import FloatArray, Weighted
from sentiment_core.schema import Estimate

#: 97.5 % quantile of the normal distribution: what a two-sided 95 % interval leaves on each side.
Z95 = 1.959963984540054

#: Below this many discordant pairs McNemar's test is exact (the chi-squared form is loose there).
EXACT_BELOW = 50

#: Weights held in memory at once, in numbers: small enough to stay in a processor's cache.
CHUNK = 1 << 18


def wilson(successes: float, n: float) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share (Wilson 1927, eq. 4); NaN where n is 0."""
    low, high = wilson_intervals(np.array([successes], dtype=float), np.array([n], dtype=float))
    return float(low[0]), float(high[0])


def share(part: float, n: float, reason: str) -> Estimate:
    """Return part / n with Wilson's 95 % interval; undefined for that reason where n is 0."""
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, reason)
    return Estimate(part / n, *wilson(part, n), round(n))


def wilson_intervals(successes: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return Wilson's 95 % intervals of many shares, lower and upper ends; NaN where n is 0."""
    trials = np.where(n > 0, n, np.nan)
    share = successes / trials
    scale = 1 + Z95**2 / trials
    centre = (share + Z95**2 / (2 * trials)) / scale
    half = Z95 / scale * np.sqrt(share * (1 - share) / trials + Z95**2 / (4 * trials**2))
    low = np.where(share == 0, 0.0, np.maximum(centre - half, 0.0))  # rounding leaves 1e-18 there
    high = np.where(share == 1, 1.0, np.minimum(centre + half, 1.0))
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def difference_of_shares(
    successes_a: float, n_a: float, successes_b: float, n_b: float
) -> tuple[float, float, float]:
    """Return a - b of two shares of different reviews with its 95 % interval (Newcombe 1998, method 10)."""
    share_a, share_b = successes_a / n_a, successes_b / n_b
    (low_a, high_a), (low_b, high_b) = wilson(successes_a, n_a), wilson(successes_b, n_b)
    difference = share_a - share_b
    below = math.hypot(share_a - low_a, high_b - share_b)
    above = math.hypot(high_a - share_a, share_b - low_b)
    return difference, difference - below, difference + above


def row_weights(n: int, resamples: int, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Yield the bootstrap in chunks: float64 [some, n], how often each review is drawn; rows sum to n."""
    if n == 0:
        return
    at_once = max(1, CHUNK // n)
    for start in range(0, resamples, at_once):
        some = min(at_once, resamples - start)
        drawn = rng.integers(0, n, size=(some, n)) + n * np.arange(some)[:, None]
        yield np.bincount(drawn.ravel(), minlength=some * n).reshape(some, n).astype(np.float64)


def bootstrap_rows(
    metrics: Sequence[Weighted], n: int, resamples: int, rng: np.random.Generator
) -> FloatArray:
    """Return float64 [metrics, resamples]: each metric on the same resamples of n reviews."""
    chunks = [
        np.stack([weighted(weights) for weighted in metrics]) for weights in row_weights(n, resamples, rng)
    ]
    return np.concatenate(chunks, axis=1) if chunks else np.empty((len(metrics), 0))


def bootstrap_cells(
    counts: FloatArray, resamples: int, rng: np.random.Generator, *, pseudo_count: float = 0.0
) -> FloatArray:
    """Return float64 [resamples, cells]: resampled counts of reviews that differ by their cell only.

    The same distribution as drawing the reviews one by one, thousands of times faster.

    Args:
        counts: float64 [cells], reviews in each cell.
        resamples: how many.
        rng: where the randomness comes from.
        pseudo_count: added to each cell before drawing, so that no error among 20 reviews does not give an
            interval without width (the idea of Agresti & Coull 1998).
    """
    smoothed = counts + pseudo_count
    return rng.multinomial(round(counts.sum()), smoothed / smoothed.sum(), size=resamples).astype(np.float64)


def percentile_interval(replicates: FloatArray) -> tuple[float, float]:
    """Return the middle 95 % of the resampled values; undefined ones are left out; NaN if none is left."""
    defined = replicates[~np.isnan(replicates)]
    if len(defined) == 0:
        return math.nan, math.nan
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)


def mean(values: FloatArray, reason: str, resamples: int = 2000, seed: int = 0) -> Estimate:
    """Return the mean over reviews with a bootstrap interval; NaN values count as no review.

    Undefined, for that reason, where no value is defined; the interval of one review has no width.
    """
    defined = np.asarray(values, dtype=np.float64)
    defined = defined[~np.isnan(defined)]
    n = len(defined)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0, reason)
    weights = row_weights(n, resamples, np.random.default_rng(seed))
    replicates = np.concatenate([some @ defined / n for some in weights])
    return Estimate(float(defined.mean()), *percentile_interval(replicates), n)


def bias_corrected_interval(value: float, replicates: FloatArray, floor: float) -> tuple[float, float]:
    """Return an interval for a figure that chance only ever enlarges, such as ECE; it contains `value`.

    A resample adds chance gaps on top of the sample's own, so all resamples may lie above the value and the
    percentile interval then covers the truth almost never. The bias seen between sample and resample is
    taken off, and at the lower end, mirrored about the value, once more: near perfect calibration it is
    smaller than the bias between truth and sample. Simulated coverage 0.80-0.99 for a true ECE of 0-0.07.
    """
    low, high = percentile_interval(replicates)
    bias = max(float(np.median(replicates)) - value, 0.0)
    return max(floor, min(2 * value - high - bias, value)), max(high - bias, value)


def mcnemar(b: int, c: int) -> float:
    """Return the two-sided p-value that two classifiers err equally often (McNemar 1947).

    Exact binomial below EXACT_BELOW discordant pairs, else chi-squared with continuity correction
    (Edwards 1948). 1.0 where no pair is discordant.

    Args:
        b: reviews that only the first classifier gets right.
        c: reviews that only the second gets right.
    """
    discordant = b + c
    if discordant == 0:
        return 1.0
    if discordant < EXACT_BELOW:
        at_most = sum(math.comb(discordant, count) for count in range(min(b, c) + 1))
        return min(1.0, math.ldexp(at_most, 1 - discordant))
    statistic = max(abs(b - c) - 1, 0) ** 2 / discordant
    return math.erfc(math.sqrt(statistic / 2))  # the tail of chi-squared with one degree of freedom


def mcnemar_mid_p(b: int, c: int) -> float:
    """Return McNemar's two-sided mid-p value: the exact one less the probability of what was seen.

    Fagerland, Lydersen & Laake 2013, "The McNemar test for binary matched-pairs data": its error rate is
    nearer to the stated one than that of the exact test, which is too cautious. 1.0 where no pair is
    discordant.

    Args:
        b: reviews that only the first classifier gets right.
        c: reviews that only the second gets right.
    """
    from scipy import special

    if b + c == 0:
        return 1.0
    fewer = min(b, c)
    at_most = special.bdtr(fewer, b + c, 0.5)
    below = special.bdtr(fewer - 1, b + c, 0.5) if fewer else 0.0
    return min(1.0, float(at_most + below))  # 2 P(X <= fewer) - P(X = fewer)


def benjamini_hochberg(p_values: Sequence[float]) -> FloatArray:
    """Return adjusted p-values in the order given (Benjamini & Hochberg 1995).

    Rejecting those at or below q keeps the expected share of false discoveries at or below q. NaN stays NaN
    and counts as no test.
    """
    p = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full_like(p, np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def detectable_difference(n: int, disagreement: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the smallest difference of accuracy that a paired test on n reviews finds with this power.

    Solves Connor 1987, eq. 6, for the difference d: n d^2 = (z_alpha sqrt(D) + z_power sqrt(D - d^2))^2.
    NaN where even a difference as large as the disagreement would be missed.

    Args:
        n: reviews that both classifiers judge.
        disagreement: D, the share of reviews that exactly one of the two gets right, in (0, 1].
        alpha: chance of calling two equal classifiers different.
        power: chance of finding the difference.
    """
    from scipy import special

    if n <= 0 or disagreement <= 0:
        return math.nan
    z_alpha, z_power = -special.ndtri(alpha / 2), -special.ndtri(1 - power)
    difference = np.linspace(0, disagreement, 100_001)
    missing = z_alpha * math.sqrt(disagreement) + z_power * np.sqrt(disagreement - difference**2)
    enough = n * difference**2 >= missing**2
    return float(difference[np.argmax(enough)]) if enough.any() else math.nan
