"""Passes of a network with dropout left on: each is a slightly different network.

Gal & Ghahramani 2016 ("Dropout as a Bayesian approximation"): the spread of their answers is how little
training has decided about this text.
"""

from __future__ import annotations

import copy
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Classifier, ReadsTokens
from sentiment_core.errors import ReelcheckError
from sentiment_core.storage import answers
from sentiment_core.storage.kept import Shape
from sentiment_core.uncertainty.disagreement import Disagreement, between

PASSES = 30
#: Fewer say little; more say no more.
LEAST, MOST = 2, 1000
#: Tokens in one forward pass of the network: beyond this a batch gets no faster on a processor.
TOKENS_AT_ONCE = 4096
#: Raised where the same passes give other answers than before: what was kept is then not used.
VERSION = 1
_SHAPE: Shape = {"prob_positive": [float]}


class UncertaintyError(ReelcheckError):
    """A classifier has no passes with dropout, or their number is not allowed."""


def lacking(classifier: Classifier) -> str:
    """Return why a classifier has no passes with dropout; empty where it has."""
    return "" if isinstance(classifier, ReadsTokens) else "it is not a network with dropout"


def find_kept(model_id: str, text: str, n: int = PASSES, seed: int = 0) -> Disagreement | None:
    """Return what `uncertainty_of` found before; None where it was not asked."""
    record = answers.find("dropout", [VERSION, model_id, n, seed, text], _SHAPE)
    return between(record["prob_positive"]) if record and record["prob_positive"] else None


def uncertainty_of(classifier: Classifier, text: str, n: int = PASSES, *, seed: int = 0) -> Disagreement:
    """Return how far `passes` disagree about a cleaned text, and keep their answers in the workspace."""
    known = find_kept(classifier.model_id, text, n, seed)
    if known is not None:
        return known
    found = passes(classifier, text, n, seed=seed)
    asked = [VERSION, classifier.model_id, n, seed, text]
    answers.keep("dropout", asked, {"prob_positive": found.tolist()})
    return between(found)


def passes(classifier: Classifier, text: str, n: int = PASSES, *, seed: int = 0) -> NDArray[np.float64]:
    """Return float64 [n]: the probability of positive in each pass; the same for the same seed.

    The classifier itself stays as it is: the passes are those of a copy that shares its weights.

    Args:
        classifier: one that reads tokens.
        text: cleaned.
        n: passes.
        seed: of what is dropped.

    Raises:
        UncertaintyError: it is no such classifier, or n is not allowed.
    """
    if reason := lacking(classifier):
        raise UncertaintyError(f"{classifier.model_id} has no passes with dropout: {reason}")
    if not LEAST <= n <= MOST:
        raise UncertaintyError(f"{n} passes are asked for; give {LEAST} to {MOST:,}")
    assert isinstance(classifier, ReadsTokens)
    import torch

    network, ids = training_copy(classifier.model), classifier.reading(text).ids
    at_once = max(1, TOKENS_AT_ONCE // max(1, len(ids)))
    rows = torch.tensor([ids], device=classifier.model.device)
    found: list[Any] = []
    with torch.random.fork_rng(), torch.inference_mode():
        torch.manual_seed(seed)
        for start in range(0, n, at_once):
            some = rows.expand(min(at_once, n - start), -1)
            logits = network(input_ids=some, attention_mask=torch.ones_like(some)).logits
            found.append(logits.double().softmax(dim=1)[:, 1].cpu())
    return np.asarray(torch.cat(found).numpy(), dtype=np.float64)


def training_copy(network: Any) -> Any:
    """Return a network that drops, with the very weights of this one: others may be asking it right now."""
    shared = {id(weight): weight for weight in chain(network.parameters(), network.buffers())}
    return copy.deepcopy(network, shared).train()
