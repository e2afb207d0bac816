"""What the server counts, in the text format of Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Counts:
    """Counters of one server; labels are routes, statuses and names of models, never what a client wrote."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "reelcheck_requests", "Requests answered", ["route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "reelcheck_request_seconds",
            "From head to answer",
            ["route"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self._batches = Histogram(
            "reelcheck_batch_texts", "Texts asked together", ["model"], buckets=TEXTS, registry=self.registry
        )
        self._starts = Counter(
            "reelcheck_worker_starts", "Times a worker was started", ["model"], registry=self.registry
        )
        self._waiting = Gauge(
            "reelcheck_waiting_texts", "Texts that nobody has taken", ["model"], registry=self.registry
        )
        self.in_flight = Gauge(
            "reelcheck_requests_in_flight", "Requests read or answered now", registry=self.registry
        )

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def batch(self, model: str, texts: int) -> None:
        """Count texts that a model was asked together."""
        self._batches.labels(model).observe(texts)

    def started(self, model: str) -> None:
        """Count a worker's start."""
        self._starts.labels(model).inc()

    def exposition(self, waiting: dict[str, int]) -> bytes:
        """Return everything in Prometheus' text format; `waiting`: texts that wait, by model."""
        for model, texts in waiting.items():
            self._waiting.labels(model).set(texts)
        return generate_latest(self.registry)
