"""The registry of metrics; to add one, add a file with its `Metric` in `ALL` and a line here."""

from __future__ import annotations

from sentiment_core.metrics import calibration, classification
from sentiment_core.metrics.base import Confusion, Metric, Value

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        *classification.ALL,
        *calibration.ALL,
    )
}

__all__ = ["METRICS", "Confusion", "Metric", "Value"]
