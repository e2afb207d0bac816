"""Static word vectors beside TF-IDF n-grams: similar words share their weight, unseen words have one."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np

from sentiment_core.classifiers.base import ClassifierFamily, Params, Setting
from sentiment_core.classifiers.linear import tfidf
from sentiment_core.classifiers.linear.classifier import Weighting, load
from sentiment_core.classifiers.linear.fitting import SETTINGS, Labels, distil_of, fit_of
from sentiment_core.classifiers.linear.folding import Embedding
from sentiment_core.errors import ModelError

DEFAULTS = MappingProxyType(
    {"max_n": 2, "min_df": 2, "C": 0.0, "dimensions": 256, "further_words": True, "seed": 0}
)
DIMENSIONS = Setting("Dimensions", "Of the word vectors, by principal components.", 1, 384)
FURTHER_WORDS = Setting(
    "Words of the encoder", "Words that no training review has, but the encoder knows, have a weight too."
)


def weigh(counts: Any, labels: Labels) -> Weighting:
    """Return TF-IDF's weighting; a word that no training review has counts as one that a single one has.

    Its own idf would be the largest of all: one such word would outweigh a sentence.
    """
    weighting = tfidf.weigh(counts, labels)
    unseen = np.bincount(counts.indices, minlength=counts.shape[1]) == 0
    factors = np.where(unseen, weighting.factors[~unseen].max(initial=0.0), weighting.factors)
    return Weighting(weighting.local, factors, weighting.normalised)


def embedding(params: Params) -> Embedding:
    """Return the embedded encoder's vectors, on as many principal components as the settings ask for."""
    if params["dimensions"] < 1:
        raise ModelError(f"dimensions = {params['dimensions']} is not possible; give 1 or more")
    from sentiment_core.classifiers.transformer import word_vectors

    def vectors(words: Any, progress: Any) -> Any:
        return word_vectors.principal(word_vectors.word_vectors(words, progress), params["dimensions"])

    return Embedding(vectors, word_vectors.whole_words if params["further_words"] else list)


FAMILY = ClassifierFamily(
    name="static",
    title="TF-IDF with static word vectors",
    description=(
        "TF-IDF over words and pairs of words, and the vectors that the embedded encoder gives to single "
        "words (as model2vec does). Similar words share what is learned of one; the vectors are folded into "
        "the words' weights, so that the model is as small and fast as TF-IDF."
    ),
    default_params=DEFAULTS,
    fit=fit_of(lambda params: weigh, tfidf.GRID, embedding),
    load=load,
    settings={
        **{name: setting for name, setting in SETTINGS.items() if name != "spelling"},
        "dimensions": DIMENSIONS,
        "further_words": FURTHER_WORDS,
    },
    distil=distil_of(lambda params: weigh, tfidf.GRID, embedding),
)
