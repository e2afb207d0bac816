"""The registry of explainers; to add one, add a file with its `EXPLAINER` and a line here."""

from __future__ import annotations

from sentiment_core.classifiers.base import Classifier
from sentiment_core.explainers import (
    by_member,
    chance,
    decompx,
    exact,
    gradient,
    integrated_gradients,
    lime,
    occlusion,
    partition_shap,
)
from sentiment_core.explanation.base import Explainer, ExplanationError

_ALL = (
    exact.EXPLAINER,
    decompx.EXPLAINER,
    integrated_gradients.EXPLAINER,
    gradient.EXPLAINER,
    by_member.EXPLAINER,
    occlusion.EXPLAINER,
    partition_shap.EXPLAINER,
    lime.EXPLAINER,
    chance.EXPLAINER,
)

EXPLAINERS: dict[str, Explainer] = {explainer.name: explainer for explainer in _ALL}


def explainer_named(name: str) -> Explainer:
    """Return an explainer; ExplanationError names those that there are."""
    if name not in EXPLAINERS:
        raise ExplanationError(f"method '{name}' is not known; known: {', '.join(EXPLAINERS)}")
    return EXPLAINERS[name]


def explainers_for(classifier: Classifier) -> dict[str, Explainer]:
    """Return the explainers that can explain a classifier, the random one last."""
    return {name: explainer for name, explainer in EXPLAINERS.items() if not explainer.lacking(classifier)}
