"""A transformer as a function of its embedded tokens: what gradient explainers differentiate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sentiment_core.classifiers.base import Classifier, ReadsTokens
from sentiment_core.classifiers.transformer import encoder
from sentiment_core.explanation.passages import Offsets, Passage


@dataclass(frozen=True)
class Network:
    """A network, the tokens that it gets for one passage, and the same tokens masked.

    Attributes:
        model: a torch module that takes input_ids or inputs_embeds.
        ids: int64 [1, tokens].
        masked: the same, each token but the special ones replaced by the mask.
        offsets: of each token in the cleaned text.
        special: which tokens belong to no word.
    """

    model: Any
    ids: Any
    masked: Any
    offsets: tuple[Offsets, ...]
    special: tuple[bool, ...]

    @property
    def embedding(self) -> Any:
        """Return the layer of word embeddings."""
        return self.model.get_input_embeddings()

    def log_odds(self, ids: Any) -> Any:
        """Return [n]: the log-odds of positive for rows of token ids."""
        return _log_odds(self.model(input_ids=ids).logits)

    def log_odds_of_embedded(self, embedded: Any) -> Any:
        """Return [n]: the log-odds of positive for [n, tokens, width] word embeddings."""
        return _log_odds(self._logits_of_embedded(embedded))

    @cached_property
    def _logits_of_embedded(self) -> Callable[[Any], Any]:
        if encoder.fits(self.model):
            return encoder.FastDistilBert(self.model).of_words
        return lambda embedded: self.model(inputs_embeds=embedded).logits


def network_of(classifier: Classifier, passage: Passage) -> Network:
    """Return the network of a classifier of tokens at one passage."""
    import torch

    assert isinstance(classifier, ReadsTokens)
    ids, offsets = classifier.reading(passage.text)
    special = [end == 0 for _, end in offsets]
    masked = [number if kept else classifier.mask_id for number, kept in zip(ids, special, strict=True)]
    device = classifier.model.device
    return Network(
        classifier.model,
        torch.tensor([ids], device=device),
        torch.tensor([masked], device=device),
        tuple(offsets),
        tuple(special),
    )


def lacking(classifier: Classifier) -> str:
    """Return why no gradients can be taken through a classifier."""
    return "" if isinstance(classifier, ReadsTokens) else "no gradients can be taken through it"


def architecture(name: str, title: str) -> Callable[[Classifier], str]:
    """Return a check that a classifier is a network of this architecture."""

    def lacking_it(classifier: Classifier) -> str:
        is_it = isinstance(classifier, ReadsTokens) and type(classifier.model).__name__ == name
        return "" if is_it else f"it is not of the {title} architecture"

    return lacking_it


def _log_odds(logits: Any) -> Any:
    return logits[:, 1] - logits[:, 0]
