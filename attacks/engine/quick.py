"""Quick mode: search on a lighter copy of a transformer, confirm the result on the model itself.

On a processor the copy has int8 weights and is computed by ONNX Runtime; on a GPU, and for architectures that
cannot be converted, it is in bfloat16. Both keep 8 bits of each weight: probabilities move a little, so that
a search may take another way than on the model itself. A text that fools the copy is put to the model itself
at once: where that is not fooled, its answer counts, and the search goes on. A record's facts about its last
text always come from the full model.
"""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacks.engine.victim import Victim
from sentiment_core.classifiers.base import Classifier
from sentiment_core.classifiers.blend.classifier import BlendClassifier
from sentiment_core.classifiers.onnx.classifier import OnnxClassifier
from sentiment_core.classifiers.onnx.converting import convert
from sentiment_core.classifiers.onnx.network import FILE, Network
from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
from sentiment_core.errors import ModelError, RunError

#: Why a review whose search fooled only the lighter copy counts as failed; with more search it might have
#: succeeded, so it is censored as one that ran out of budget.
NOT_CONFIRMED = "not confirmed"

#: Recipes that succeed where the answer stays.
KEEP_THE_ANSWER = ("input-reduction",)


def refusal(families: Sequence[str], recipe: str) -> str:
    """Return why the mode is not offered for a model of these families and recipe; empty where it is."""
    if "transformer" not in families:
        return f"quick is for transformers; a {' and '.join(families)} model is quick as it is"
    if recipe in KEEP_THE_ANSWER:
        return f"quick is for recipes that change the answer; {recipe!r} keeps it"
    return ""


def lighter(classifier: Classifier) -> Classifier:
    """Return a copy of a transformer that is computed faster and answers nearly the same.

    Of a blend, one of such members.
    """
    if isinstance(classifier, BlendClassifier):
        return classifier.with_members(_lighter_if_transformer)
    if not isinstance(classifier, TransformerClassifier):
        raise RunError("quick is for transformers; leave quick out")
    if classifier.model.device.type == "cpu":
        try:
            return _in_int8(classifier)
        except ModelError:  # an architecture that cannot be converted
            pass
    return _halved(classifier)


def _in_int8(classifier: TransformerClassifier) -> OnnxClassifier:
    with tempfile.TemporaryDirectory() as name:
        convert(classifier, Path(name), int8=True)
        network = Network(Path(name) / FILE)  # in memory from here on
    return OnnxClassifier(classifier.model_id, network, classifier.reader, int8=True)


def _halved(classifier: TransformerClassifier) -> TransformerClassifier:
    import torch

    model = copy.deepcopy(classifier.model).to(torch.bfloat16)
    return TransformerClassifier(classifier.model_id, model, classifier.reader)


def _lighter_if_transformer(member: Classifier) -> Classifier:
    return lighter(member) if isinstance(member, TransformerClassifier) else member


class Screened:
    """A victim whose copy answers, but for texts that fool the copy: of those the model itself does.

    Attributes:
        label: the review's, 0 or 1; to be set before its search.
        model: the classifier that is copied.
    """

    def __init__(self, light: Victim, full: Victim) -> None:
        self.light, self.full, self.label = light, full, 0
        self.model = full.model

    @property
    def model_calls(self) -> int:
        """Return how many texts the copy has computed since the example began."""
        return self.light.model_calls

    @property
    def answers_in_float64(self) -> bool:
        """Return whether both answer in float64."""
        return self.light.answers_in_float64 and self.full.answers_in_float64

    def __call__(self, texts: Sequence[str]) -> Any:
        """Return a row of probabilities per text, column 1 = positive."""
        answers = _array(self.light(texts))
        fooled = np.flatnonzero((answers[:, 1] >= 0.5) != self.label).tolist()
        if fooled:
            answers[fooled] = _array(self.full([texts[at] for at in fooled]))
        return answers

    def forget(self) -> None:
        """Forget what the copy computed for an example."""
        self.light.forget()

    def new_example(self, text: str) -> None:
        """Start another example from empty caches of the copy."""
        self.light.new_example(text)


def confirmed(full: Victim, text: str, label: int, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a search with outcome and probabilities of the full model.

    Args:
        full: the model itself.
        text: the review.
        label: what it truly is.
        facts: outcome, stopped_by and perturbed, of the search.
    """
    before, after = (float(row[1]) for row in full([text, facts["perturbed"]]))
    facts_of_model = {"prob_before": before, "prob_after": after, "stopped_by": ""}
    if _called(before) != label:
        return {
            **facts,
            **facts_of_model,
            "outcome": "skipped",
            "perturbed": text,
            "prob_after": before,
            "words_changed": 0,
        }
    if _called(after) != label:
        return {**facts, **facts_of_model, "outcome": "succeeded"}
    why = facts["stopped_by"] or (NOT_CONFIRMED if facts["outcome"] != "failed" else "")
    return {**facts, **facts_of_model, "outcome": "failed", "stopped_by": why}


def _array(answers: Any) -> NDArray[Any]:
    """Return answers, NumPy array or torch tensor, as an array of its own."""
    return np.array(answers.numpy() if hasattr(answers, "numpy") else answers)


def _called(prob_positive: float) -> int:
    return int(prob_positive >= 0.5)
