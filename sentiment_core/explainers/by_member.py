"""A blend's explanation: those of its members, weighted as the blend weighs their log-odds."""

from __future__ import annotations

import numpy as np

from sentiment_core.classifiers.base import Classifier, SumsLogOdds
from sentiment_core.explainers import decompx, exact, partition_shap
from sentiment_core.explanation.asking import log_odds
from sentiment_core.explanation.base import Explainer, Settings, Shares
from sentiment_core.explanation.passages import Passage, passage_of

#: What explains a member: the first of these that can. The scores of each add up to the member's log-odds.
FOR_MEMBERS = (exact.EXPLAINER, decompx.EXPLAINER, partition_shap.EXPLAINER)


def share(classifier: Classifier, passage: Passage, settings: Settings) -> Shares:
    """Return the weighted shares of all members.

    A sum is explained exactly by the sum of explanations, so nothing is estimated here beyond what the
    members' explainers do. Each member is explained on what it reads.
    """
    assert isinstance(classifier, SumsLogOdds)
    found = [_of_member(member, passage) for member in classifier.members]
    value = float(log_odds(classifier, [passage.text])[0])
    weighted = list(zip(classifier.weights, found, strict=True))
    added = value - sum(weight * one.value for weight, one in weighted)  # a constant of the blend's own
    base = added + sum(weight * one.base_value for weight, one in weighted)
    scores = [weight * np.asarray(one.scores) for weight, one in weighted]
    return Shares([pair for one in found for pair in one.offsets], np.concatenate(scores), value, base)


def _of_member(member: Classifier, passage: Passage) -> Shares:
    own = passage_of(member, passage.given)
    if not own.words:  # it reads none of the words that others read
        value = float(log_odds(member, [passage.text])[0])
        return Shares((), np.zeros(0), value, value)
    explainer = next(one for one in FOR_MEMBERS if not one.lacking(member))
    return explainer.share(member, own, explainer.settings)


def lacking(classifier: Classifier) -> str:
    """Return why a classifier has no members to be explained by."""
    return "" if isinstance(classifier, SumsLogOdds) else "it is not made of other models"


EXPLAINER = Explainer(
    name="by-member",
    title="By member",
    description="For a blend: the explanations of its members, weighted as it weighs their answers.",
    source="the blend's own arithmetic, and for each member the first of: "
    + ", ".join(one.title for one in FOR_MEMBERS),
    baseline="the members' own base values, weighted",
    share=share,
    lacking=lacking,
    passes=lambda words, settings: 1.0 * words,
    adds_up_within=1e-2,
)
