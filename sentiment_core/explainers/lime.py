"""LIME: a linear model of the answers to the text with random words left out."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Classifier
from sentiment_core.explanation.asking import Asker
from sentiment_core.explanation.base import Explainer, Settings, Shares
from sentiment_core.explanation.passages import Passage


def share(classifier: Classifier, passage: Passage, settings: Settings) -> Shares:
    """Return the weights of the library's local model over all words.

    The library gets the numbers of the words instead of the text, so that no text can confuse its own
    splitting; its samples, distances and regression are the same as with the text.
    """
    from lime.lime_text import LimeTextExplainer

    asker = Asker(classifier, passage)
    n = len(passage.words)

    def answers(numbered: Sequence[str]) -> NDArray[np.float64]:
        scores = asker.of(np.stack([_kept(text, n) for text in numbered]))
        return np.column_stack([-scores, scores])

    explainer = LimeTextExplainer(
        bow=False, mask_string="", split_expression=r"\W+", random_state=settings["seed"],
        feature_selection="none",
    )  # fmt: skip
    found: Any = explainer.explain_instance(
        " ".join(map(str, range(n))), answers, labels=(1,), num_features=n, num_samples=settings["samples"]
    )
    scores = np.zeros(n)
    for word, weight in found.local_exp[1]:
        scores[word] = weight
    return Shares(passage.words, scores, asker.whole(), float(found.intercept[1]))


def _kept(numbered: str, n: int) -> NDArray[np.bool_]:
    keep = np.zeros(n, dtype=bool)
    keep[[int(number) for number in numbered.split()]] = True
    return keep


EXPLAINER = Explainer(
    name="lime",
    title="LIME",
    description="A linear model of how the answer changes when many random words are left out at once.",
    source="Ribeiro, Singh & Guestrin 2016; the lime library with its kernel and ridge regression",
    baseline="the intercept of LIME's local model",
    share=share,
    passes=lambda words, settings: settings["samples"] * 0.6,
    settings=MappingProxyType({"samples": 1000, "seed": 0}),
)
