"""SHAP by partitions: shares of the score by leaving out and putting back neighboring groups of words."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Classifier
from sentiment_core.explanation.asking import Asker
from sentiment_core.explanation.base import Explainer, Settings, Shares
from sentiment_core.explanation.passages import Passage

#: Coalitions asked at once. The library asks 5, and finds the same to the last coalition only with the same
#: number, since the order in which groups are split depends on it.
AT_ONCE = 50
_ONE_AT_A_TIME = threading.Lock()


def share(classifier: Classifier, passage: Passage, settings: Settings) -> Shares:
    """Return Owen values over a balanced tree of the words in their order (the library's explainer)."""
    asker = Asker(classifier, passage)
    if len(passage.words) == 1:
        whole, nothing = asker.whole(), asker.nothing()
        return Shares(passage.words, np.array([whole - nothing]), whole, nothing)
    found = explained(asker.of, len(passage.words), settings["evaluations"])
    return Shares(passage.words, found, asker.whole(), asker.nothing())


def explained(answers: Any, n: int, evaluations: int) -> NDArray[np.float64]:
    """Return the library's values: `answers` gets [masks, n] of booleans and gives one number for each."""
    from shap import PartitionExplainer

    with _reproducible():
        explainer = PartitionExplainer(answers, Masks(n))
        row = explainer.explain_row(
            np.zeros(n), max_evals=evaluations, main_effects=False, error_bounds=False, outputs=None,
            silent=True, batch_size=AT_ONCE,
        )  # fmt: skip
    return np.asarray(row["values"], dtype=np.float64)


class Masks:
    """A masker that hands the masks themselves to the model, which knows what they leave out."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.clustering = balanced_tree(n)
        self.immutable_outputs = True
        self.fixed_background = False

    def __call__(self, mask: NDArray[np.bool_], x: Any) -> tuple[NDArray[np.bool_]]:
        """Return one mask as a sample of one row."""
        return (np.asarray(mask, dtype=bool).reshape(1, -1),)

    def shape(self, x: Any) -> tuple[int, int]:
        """Return (samples, words)."""
        return (1, self.n)

    def mask_shapes(self, x: Any) -> list[tuple[int]]:
        """Return the shape of the mask of the one input."""
        return [(self.n,)]


def balanced_tree(n: int) -> NDArray[np.float64]:
    """Return float64 [n - 1, 4], as scipy's linkage: neighbors are joined, halves of like size."""
    rows: list[list[float]] = []

    def join(first: int, last: int) -> tuple[int, int, int]:
        """Return (node, height, size) of the words first ... last - 1."""
        if last - first == 1:
            return first, 0, 1
        middle = (first + last) // 2
        left, height_left, size_left = join(first, middle)
        right, height_right, size_right = join(middle, last)
        height, size = 1 + max(height_left, height_right), size_left + size_right
        rows.append([left, right, height, size])
        return n + len(rows) - 1, height, size

    join(0, n)
    return np.array(rows, dtype=np.float64)


@contextmanager
def _reproducible() -> Iterator[None]:
    """Let the library break ties the same way each time: it draws from numpy's global generator."""
    with _ONE_AT_A_TIME:
        before = np.random.get_state()  # noqa: NPY002
        np.random.set_state(np.random.RandomState(0).get_state())  # noqa: NPY002
        try:
            yield
        finally:
            np.random.set_state(before)  # noqa: NPY002


EXPLAINER = Explainer(
    name="shap",
    title="SHAP",
    description="Shapley-like shares: neighboring groups of words are left out, put back and split further.",
    source="Lundberg & Lee 2017; the shap library's partition explainer (Owen values)",
    baseline="the answer to an empty text",
    share=share,
    passes=lambda words, settings: min(settings["evaluations"], words * words) * 0.6,
    settings=MappingProxyType({"evaluations": 500}),
    adds_up_within=1e-6,
)
