"""Quick mode: search on a lighter copy of a transformer, confirm the result on the model itself.

On a processor the copy has int8 weights and is computed by ONNX Runtime; on a GPU, and for architectures that
cannot be converted, it is in bfloat16. Both keep 8 bits of each weight: probabilities move a little, so that
a search may take another way than on the model itself. A record's facts about its last text always come from
the full model.
"""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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


def _called(prob_positive: float) -> int:
    return int(prob_positive >= 0.5)
