"""Does an explanation stay when it should, and change when it should?

It should stay when a neutral word becomes its synonym, and change when the network's weights become random
(Adebayo et al. 2018, "Sanity checks for saliency maps": one that does not explains the text, not the model).
"""

from __future__ import annotations

import copy
import re
from typing import Any

import numpy as np

from sentiment_core.classifiers.base import Classifier, ReadsTokens
from sentiment_core.explanation.base import Attribution, Floats

#: Pairs that say the same in a review and neither praise nor blame; our own list.
_PAIRS = (
    ("movie", "film"),
    ("movies", "films"),
    ("picture", "film"),
    ("actors", "performers"),
    ("actor", "performer"),
    ("director", "filmmaker"),
    ("viewers", "spectators"),
    ("begins", "starts"),
    ("began", "started"),
    ("child", "kid"),
    ("children", "kids"),
    ("house", "home"),
    ("maybe", "perhaps"),
    ("whole", "entire"),
    ("almost", "nearly"),
    ("especially", "particularly"),
    ("though", "although"),
    ("speak", "talk"),
    ("large", "big"),
    ("end", "ending"),
)
SYNONYMS = dict(_PAIRS) | {second: first for first, second in reversed(_PAIRS)}
_WORD = re.compile(r"[A-Za-z]+")


def with_synonym(text: str) -> str | None:
    """Return the text with its first word that has one changed to a synonym; None where no word has."""
    for match in _WORD.finditer(text):
        word = match.group()
        other = SYNONYMS.get(word.lower())
        if other:
            put = other.capitalize() if word[0].isupper() else other
            return text[: match.start()] + put + text[match.end() :]
    return None


def correlation(first: Floats, second: Floats) -> float:
    """Return Spearman's rank correlation of two rows of scores; NaN where one is constant or too short."""
    if len(first) != len(second) or len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    from scipy.stats import spearmanr

    return float(spearmanr(first, second).statistic)


def unchanged_words_agree(before: Attribution, after: Attribution) -> float:
    """Return the rank correlation of the scores of the words that both texts have at the same place."""
    if len(before.tokens) != len(after.tokens):
        return float("nan")  # the synonym moved another word out of what is read
    same = np.array([a == b for a, b in zip(before.tokens, after.tokens, strict=True)], dtype=bool)
    return correlation(before.scores[same], after.scores[same])


def randomised(classifier: Classifier, seed: int = 0) -> Classifier | None:
    """Return the classifier with random weights in every layer and the head; None where it has no layers.

    Word and position embeddings stay; each other weight is drawn anew with the deviation that it had.
    """
    if not isinstance(classifier, ReadsTokens):
        return None
    import torch

    changed: Any = copy.copy(classifier)
    changed.model = copy.deepcopy(classifier.model)
    changed.model_id = f"{classifier.model_id}-randomised"
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in changed.model.named_parameters():
            if weight.ndim > 1 and "embeddings" not in name:
                drawn = torch.randn(weight.shape, generator=generator)
                weight.copy_(drawn * weight.std().cpu())
    return changed  # type: ignore[no-any-return]
