"""DistilBERT classifiers whose last layer computes the first token only, all that their head reads."""

from __future__ import annotations

import copy
from typing import Any


def only_first_token(model: Any) -> Any:
    """Return a copy of a DistilBERT classifier with the same logits from less work; others as they are."""
    if type(model).__name__ != "DistilBertForSequenceClassification":
        return model
    changed = copy.deepcopy(model)
    layers = changed.distilbert.transformer.layer
    layers[-1] = _of_first_token(layers[-1])
    return changed


def _of_first_token(block: Any) -> Any:
    """Return a layer that gives its output for the first token alone, [texts, 1, dim]."""
    import torch

    class OfFirstToken(torch.nn.Module):
        """Follows TransformerBlock.forward (transformers 4.57, modeling_distilbert.py)."""

        def __init__(self) -> None:
            super().__init__()
            self.block = block

        def forward(self, x: Any, attn_mask: Any = None, *args: Any, **kwargs: Any) -> tuple[Any]:
            first = x[:, :1]
            if attn_mask is not None and attn_mask.dim() == 4:  # [texts, 1, queries, keys], for sdpa
                attn_mask = attn_mask[:, :, :1]
            (attended, *_) = self.block.attention(query=first, key=x, value=x, mask=attn_mask)
            first = self.block.sa_layer_norm(attended + first)
            return (self.block.output_layer_norm(self.block.ffn(first) + first),)

    return OfFirstToken()
