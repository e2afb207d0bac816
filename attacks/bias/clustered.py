"""Means of scores that come in clusters: bootstrap intervals and a sign-flip test over the clusters."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from sentiment_core.metrics.base import FloatArray, IntArray
from sentiment_core.schema import Estimate
from sentiment_core.statistics import row_weights

RESAMPLES = 1000
FLIPS = 20_000
#: Up to this many clusters all sign flips are tried, beyond it FLIPS random ones.
EXACT_UP_TO = 14
_SAME = 1e-12


class Clusters:
    """Which cluster each row is in, with the resamples and the sign flips that all columns share."""

    def __init__(self, cluster: IntArray, rng: np.random.Generator) -> None:
        """Take a cluster number for each row, int64 [rows] in 0..clusters-1, and the source of randomness."""
        self.cluster = cluster
        self.count = int(cluster.max()) + 1 if len(cluster) else 0
        self.rows = np.bincount(cluster, minlength=self.count).astype(np.float64)
        self._rng = rng

    @cached_property
    def _weights(self) -> FloatArray:
        """float64 [RESAMPLES, clusters], how often each cluster is drawn."""
        return np.concatenate(list(row_weights(self.count, RESAMPLES, self._rng)))

    @cached_property
    def _signs(self) -> FloatArray:
        """float32 [flips, clusters] of -1 and 1; the first row flips nothing."""
        if self.count <= EXACT_UP_TO:
            bits = (np.arange(2**self.count)[:, None] >> np.arange(self.count)) & 1
        else:
            bits = self._rng.integers(0, 2, size=(FLIPS + 1, self.count), dtype=np.int8)
            bits[0] = 0
        return (1 - 2 * bits).astype(np.float32)

    def sums(self, scores: FloatArray) -> FloatArray:
        """Return the sums of each cluster, float64 [clusters, columns], of scores [rows, columns]."""
        sums = np.zeros((self.count, scores.shape[1]))
        np.add.at(sums, self.cluster, scores)
        return sums

    def means(self, scores: FloatArray) -> FloatArray:
        """Return the mean of each cluster, float64 [clusters, columns]."""
        return self.sums(scores) / self.rows[:, None]

    def estimates(self, scores: FloatArray) -> list[Estimate]:
        """Return the mean of each column with its interval.

        The interval is value +- t se sqrt(C / (C - 1)) with se the standard deviation of 1,000 resampled
        means over C clusters, and t the 97.5 % quantile of Student's t with C - 1 degrees of freedom: the
        percentile interval is too narrow with a dozen clusters (Cameron, Gelbach & Miller 2008).
        """
        n = len(scores)
        if self.count < 2:
            return [Estimate(math.nan, math.nan, math.nan, n, "fewer than two clusters")] * scores.shape[1]
        from scipy import stats

        drawn = (self._weights @ self.sums(scores)) / (self._weights @ self.rows)[:, None]
        wider = stats.t.ppf(0.975, self.count - 1) * math.sqrt(self.count / (self.count - 1))
        half = wider * drawn.std(axis=0, ddof=1)
        values = scores.mean(axis=0)
        return [
            Estimate(float(value), float(value - margin), float(value + margin), n)
            for value, margin in zip(values, half, strict=True)
        ]

    def sign_flip_p(self, scores: FloatArray) -> FloatArray:
        """Return for each column the two-sided p that its mean is 0, float64 [columns].

        Under no difference a cluster's sum is as likely with the other sign: the share of sign flips with a
        sum at least as far from 0 as the one seen (all 2^C of them, or 20,000 drawn and the one seen).
        """
        sums = self.sums(scores)
        scale = np.abs(sums).max(axis=0)
        flipped = np.abs(self._signs @ (sums / np.where(scale > _SAME, scale, 1.0)).astype(np.float32))
        p: FloatArray = (flipped >= flipped[:1] - 1e-4).mean(axis=0)
        return np.where(scale > _SAME, p, 1.0)
