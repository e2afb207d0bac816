"""A scale and a shift of a model's log-odds, and what they make of its probabilities."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sentiment_core.metrics.base import FloatArray
from sentiment_core.metrics.calibration import EPSILON
from sentiment_core.storage.kept import Shape

#: The part of a model's manifest that says how its log-odds are scaled.
KEY = "calibration"
SHAPE: Shape = {
    "method": str,
    "scale": float,
    "shift": float,
    "source": str,
    "data": {"name": str, "fingerprint": str, "split": str, "n": int},
    ...: object,
}


@dataclass(frozen=True)
class Scaling:
    """Calibrated log-odds are `scale * log-odds + shift`; the scale is above 0, so that the order stays.

    Without a shift this is temperature scaling (Guo et al. 2017), with one Platt's (Platt 1999).
    """

    scale: float = 1.0
    shift: float = 0.0

    @property
    def temperature(self) -> float:
        """Return what the log-odds are divided by: above 1 for a model that was too sure."""
        return 1.0 / self.scale

    def of(self, prob_positive: FloatArray) -> FloatArray:
        """Return the calibrated probabilities of raw ones, float64 of the same shape."""
        return _probability(self.scale * _log_odds(prob_positive) + self.shift)

    def undone(self, prob_positive: FloatArray) -> FloatArray:
        """Return the raw probabilities of calibrated ones."""
        return _probability((_log_odds(prob_positive) - self.shift) / self.scale)

    def of_log_odds(self, log_odds: FloatArray) -> FloatArray:
        """Return the calibrated log-odds of raw ones."""
        return self.scale * log_odds + self.shift


def of_manifest(manifest: Mapping[str, Any]) -> Scaling | None:
    """Return how a model's log-odds are scaled; None where no calibration is kept.

    Raises:
        ValueError: the scale is not above 0, or a number is not finite.
    """
    record = manifest.get(KEY)
    if record is None:
        return None
    scaling = Scaling(float(record["scale"]), float(record["shift"]))
    if not (0 < scaling.scale < math.inf and math.isfinite(scaling.shift)):
        raise ValueError(f"its calibration has scale {scaling.scale} and shift {scaling.shift}")
    return scaling


def in_words(manifest: Mapping[str, Any]) -> str:
    """Say how a model is calibrated and on what; nothing where no calibration is kept."""
    found = of_manifest(manifest)
    if found is None:
        return ""
    data = manifest[KEY]["data"]
    shift = f", shift {found.shift:+.2f}" if found.shift else ""
    reviews = f"{data['n']:,} reviews of {data['name']} {data['split']}"
    return f"temperature {found.temperature:.2f}{shift}, fitted to {reviews}"


def finite_log_odds(prob_positive: FloatArray) -> FloatArray:
    """Return log-odds of probabilities, all finite: 0 and 1 count as the numbers nearest to them."""
    return _log_odds(np.clip(prob_positive, EPSILON, 1.0 - EPSILON))


def _log_odds(prob_positive: FloatArray) -> FloatArray:
    prob = np.asarray(prob_positive, dtype=np.float64)
    with np.errstate(divide="ignore"):  # 0 and 1 become infinities, and come back as 0 and 1
        return np.asarray(np.log(prob) - np.log1p(-prob), dtype=np.float64)


def _probability(log_odds: FloatArray) -> FloatArray:
    from scipy.special import expit

    return np.asarray(expit(log_odds), dtype=np.float64)
