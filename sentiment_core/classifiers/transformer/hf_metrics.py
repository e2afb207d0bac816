"""Hugging Face `evaluate` modules for our metrics that need no hub.

`evaluate.load("accuracy")` fetches a script from the hub even where everything else is there. These modules
are objects of our own: they work with `compute`, `add_batch`, `evaluate.combine` and `evaluate.evaluator`.
Fine-tuning measures its epochs by them; what is computed without `evaluate` calls our metrics directly.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from sentiment_core.errors import ReelcheckError
from sentiment_core.metrics import METRICS
from sentiment_core.storage.workspace import cache_folder


def hub_free(name: str) -> Any:
    """Return an `evaluate.Metric` whose `compute(predictions=, references=)` gives {name: value}.

    Predictions are probabilities of positive, or labels 0 and 1; `threshold=` (default 0.5) is understood by
    compute. An undefined value is NaN.
    """
    if name not in METRICS:
        raise ReelcheckError(f"metric {name!r} is not known; known: {', '.join(METRICS)}")
    # In memory: the files that evaluate would keep instead are locked and made for many machines.
    return _module_class(name)(config_name=name, keep_in_memory=True, cache_dir=str(cache_folder("evaluate")))


def combined(names: Sequence[str] | None = None) -> Any:
    """Return one `evaluate` object that computes several metrics (default all) in one call."""
    import evaluate

    return evaluate.combine([hub_free(name) for name in (METRICS if names is None else names)])


@functools.cache
def _module_class(name: str) -> type:
    """Return a class of its own for each metric: evaluate names a module after its class."""
    import datasets
    import evaluate

    metric = METRICS[name]

    class HubFree(evaluate.Metric):
        def _info(self) -> Any:
            columns = {"predictions": datasets.Value("float64"), "references": datasets.Value("int64")}
            return evaluate.MetricInfo(
                description=metric.description,
                citation=metric.source,
                inputs_description="predictions: probabilities of positive, or labels; references: labels",
                features=datasets.Features(columns),  # no format="numpy": it would round to float32
            )

        def _compute(
            self, predictions: Any, references: Any, threshold: float = 0.5, **others: Any
        ) -> dict[str, float]:
            truth = np.asarray(references, dtype=np.int64)
            probability = np.asarray(predictions, dtype=np.float64)
            return {metric.name: metric.compute(truth, probability, threshold).value}

    HubFree.__name__ = HubFree.__qualname__ = metric.title.title().replace(" ", "")
    return HubFree
