"""A DistilBERT classifier's logits with less work: only what reaches the head is computed, and nothing twice.

The head reads the first token alone, so the last layer is computed for that token only. Texts that an attack
or an explanation asks about together share most of their tokens at the same places, and what the first layer
computes of a token before attention depends on token and place alone. Without padding there is no mask. The
sums are the model's own, in another order: logits differ by about 1e-6, as they do between batches of another
size. Gradients with respect to the word vectors pass, which costs as little as the forward pass does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sentiment_core.classifiers.transformer.fast_linear import with_fast_linears

Tensor = Any


def fits(model: Any) -> bool:
    """Whether a model is computed here; others are asked as they are."""
    config = model.config
    return (
        type(model).__name__ == "DistilBertForSequenceClassification"
        and config.activation == "gelu"
        and model.device.type == "cpu"
        and str(model.dtype) in ("torch.float32", "torch.bfloat16")
        and config.n_layers > 1
        and not any(block.attention.pruned_heads for block in model.distilbert.transformer.layer)
    )


@dataclass(frozen=True)
class _Layer:
    """One block: its modules, and the projections to query, key and value as one."""

    block: Any
    heads: int
    qkv_weight: Tensor
    qkv_bias: Tensor

    @classmethod
    def of(cls, block: Any) -> _Layer:
        import torch

        attention = block.attention
        parts = (attention.q_lin, attention.k_lin, attention.v_lin)
        weight = torch.cat([part.weight.detach() for part in parts])
        return cls(block, attention.n_heads, weight, torch.cat([part.bias.detach() for part in parts]))

    def projected(self, x: Tensor) -> Tensor:
        """Return query, key and value side by side, [..., 3 dim]."""
        from torch.nn.functional import linear

        return linear(x, self.qkv_weight, self.qkv_bias)

    def __call__(self, x: Tensor, projected: Tensor) -> Tensor:
        """Return the block's output, [texts, tokens, dim], for its input and that input projected."""
        from torch.nn.functional import scaled_dot_product_attention

        texts, tokens, dim = x.shape
        shape = (texts, tokens, 3, self.heads, dim // self.heads)
        query, key, value = projected.view(shape).permute(2, 0, 3, 1, 4)
        attended = scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(x.shape)
        return self.after_attention(x, attended)

    def of_first_token(self, x: Tensor) -> Tensor:
        """Return the block's output for the first token, [texts, dim].

        With one query a head, q (W x) = (q W) x: keys and values of the other tokens are never made. A key's
        bias adds the same to all scores, which softmax ignores; a value's bias passes, as weights sum to 1.
        """
        import torch

        attention, first, dim = self.block.attention, x[:, 0], x.shape[2]
        size = dim // self.heads
        key, value = (part.weight.view(self.heads, size, dim) for part in (attention.k_lin, attention.v_lin))
        query = attention.q_lin(first).view(-1, self.heads, size) / math.sqrt(size)
        scores = torch.matmul(query.transpose(0, 1), key).transpose(0, 1) @ x.transpose(1, 2)
        mixed = torch.softmax(scores, dim=-1) @ x
        attended = torch.matmul(mixed.transpose(0, 1), value.transpose(1, 2)).transpose(0, 1)
        return self.after_attention(first, attended.reshape(first.shape) + attention.v_lin.bias)

    def after_attention(self, x: Tensor, attended: Tensor) -> Tensor:
        """Return what the block makes of the attended values: projection, norm, feed-forward, norm."""
        block = self.block
        x = block.sa_layer_norm(block.attention.out_lin(attended).add_(x))
        return block.output_layer_norm(block.ffn(x).add_(x))


class FastDistilBert:
    """The logits of texts of one length."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.embeddings = model.distilbert.embeddings
        self.layers = [_Layer.of(block) for block in model.distilbert.transformer.layer]

    @with_fast_linears
    def __call__(self, ids: Tensor) -> Tensor:
        """Return the logits, [texts, classes], for int64 [texts, tokens]."""
        token, place = self._embedded(ids)
        return self._logits(token[place], self.layers[0].projected(token)[place])

    def of_words(self, words: Tensor) -> Tensor:
        """Return the logits, [texts, classes], for word vectors [texts, tokens, dim]."""
        import torch

        places = self.embeddings.position_embeddings(torch.arange(words.shape[1]))
        x = self.embeddings.LayerNorm(words + places)
        return self._logits(x, self.layers[0].projected(x))

    def _logits(self, x: Tensor, projected: Tensor) -> Tensor:
        """Return the logits from the first layer's input and that input projected."""
        import torch

        first, *middle, last = self.layers
        x = first(x, projected)
        for layer in middle:
            x = layer(x, layer.projected(x))
        pooled = torch.relu(self.model.pre_classifier(last.of_first_token(x)))
        return self.model.classifier(pooled)

    def _embedded(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        """Return each pair of token and place once, [pairs, dim], and which pair is where."""
        import torch

        tokens = ids.shape[1]
        pairs, where = torch.unique(ids * tokens + torch.arange(tokens), return_inverse=True)
        words = self.embeddings.word_embeddings(pairs // tokens)
        places = self.embeddings.position_embeddings(pairs % tokens)
        return self.embeddings.LayerNorm(words + places), where
