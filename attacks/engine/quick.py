"""Quick mode: search on a transformer in half precision, confirm the result on the model itself.

bfloat16 keeps 8 bits of each weight and product: probabilities move a little, so that a search may take
another way than on the model itself. A record's facts about its last text always come from the full model.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from attacks.engine.victim import Victim
from sentiment_core.classifiers.base import Classifier
from sentiment_core.classifiers.blend.classifier import BlendClassifier
from sentiment_core.classifiers.transformer.classifier import TransformerClassifier
from sentiment_core.errors import RunError

#: Why a review whose search fooled only the half-precision model counts as failed; with more search it might
#: have succeeded, so it is censored as one that ran out of budget.
NOT_CONFIRMED = "not confirmed"

#: Recipes that succeed where the answer stays.
KEEP_THE_ANSWER = ("input-reduction",)


def pays_here() -> bool:
    """Whether this processor multiplies in bfloat16; without that the mode is slower than none."""
    import torch

    try:  # torch's own name for it, private; torch may also be built without oneDNN
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    except (AttributeError, RuntimeError):
        return False


def refusal(families: Sequence[str], recipe: str) -> str:
    """Return why the mode is not offered for a model of these families and recipe here; empty where it is."""
    if "transformer" not in families:
        return f"quick is for transformers; a {' and '.join(families)} model is quick as it is"
    if recipe in KEEP_THE_ANSWER:
        return f"quick is for recipes that change the answer; {recipe!r} keeps it"
    return "" if pays_here() else "quick needs a processor with bfloat16 instructions; this one has none"


def halved(classifier: Classifier) -> Classifier:
    """Return a copy of a transformer with weights in bfloat16; of a blend, one of such members."""
    import torch

    if isinstance(classifier, BlendClassifier):
        return classifier.with_members(_halved_if_transformer)
    if not isinstance(classifier, TransformerClassifier):
        raise RunError("quick is for transformers; leave quick out")
    model = copy.deepcopy(classifier.model).to(torch.bfloat16)
    return TransformerClassifier(classifier.model_id, model, classifier.reader)


def _halved_if_transformer(member: Classifier) -> Classifier:
    return halved(member) if isinstance(member, TransformerClassifier) else member


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
