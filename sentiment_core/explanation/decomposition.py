"""DecompX for the DistilBERT architecture: every hidden vector as a sum of one vector for each input token.

Modarressi, Fayyaz, Aghazadeh, Yaghoobzadeh & Pilehvar 2023, "DecompX: Explaining Transformers Decisions by
Propagating Token Decomposition" (ACL 2023), which describes it for BERT. Attention weights, the deviations of
layer norms and the slopes of activations are taken as the forward pass finds them; the rest is linear, so the
vectors propagate exactly. An activation is its output over its input (their zero-origin slope). A bias is
divided by the absolute value of its dot product with each token's vector (their "absdot"). DistilBERT has no
pooler; its classifier is a linear layer, a ReLU, and a linear layer.
"""

from __future__ import annotations

import math
from typing import Any

#: Numbers in one part of the feed-forward layer's inner vectors: bounds the memory.
AT_ONCE = 1 << 24
_TINY = 1e-12


def shares_of_logits(model: Any, ids: Any) -> Any:
    """Return float64 [tokens, classes]: what each token of `ids` [1, tokens] adds to the logits."""
    import torch

    encoder = model.distilbert
    with torch.no_grad():
        hidden = encoder.embeddings(ids)[0]
        # parts[i, j]: what token j contributes to the vector at place i; at first each is its own.
        parts = torch.diag_embed(hidden.T).permute(1, 2, 0).contiguous()
        for number, layer in enumerate(encoder.transformer.layer):
            last = number == len(encoder.transformer.layer) - 1
            hidden, parts = _layer(layer, hidden, parts, rows=1 if last else len(hidden))
        return _head(model, hidden[0], parts[0]).double()


def _layer(layer: Any, hidden: Any, parts: Any, rows: int) -> tuple[Any, Any]:
    """Return the hidden vectors and their parts behind a layer; of the last one only the first is needed."""
    attention = layer.attention
    weights = _attention_weights(attention, hidden)[:, :rows]
    context, context_parts = _mixed(attention, weights, hidden, parts)
    before = context + hidden[:rows]
    bias = attention.out_lin.weight @ attention.v_lin.bias + attention.out_lin.bias
    mixed = _with_bias(context_parts.add_(parts[:rows]), bias)
    hidden, parts = _normed(layer.sa_layer_norm, before, mixed)
    return _feed_forward(layer, hidden, parts)


def _attention_weights(attention: Any, hidden: Any) -> Any:
    """Return [heads, tokens, tokens]; rows sum to 1."""
    import torch

    query, key = (_by_head(attention, part(hidden)) for part in (attention.q_lin, attention.k_lin))
    return torch.softmax(query @ key.transpose(1, 2) / math.sqrt(query.shape[-1]), dim=-1)


def _by_head(attention: Any, vectors: Any) -> Any:
    """Return [heads, ..., width of a head] from [..., width]."""
    split = vectors.unflatten(-1, (attention.n_heads, -1))
    return split.movedim(-2, 0)


def _mixed(attention: Any, weights: Any, hidden: Any, parts: Any) -> tuple[Any, Any]:
    """Return what attention makes of the vectors, and of their parts without biases."""
    value = _by_head(attention, attention.v_lin(hidden))
    context = attention.out_lin((weights @ value).movedim(0, -2).flatten(-2))
    value_parts = _by_head(attention, parts @ attention.v_lin.weight.T).flatten(-2)
    mixed = (weights @ value_parts).unflatten(-1, (parts.shape[1], -1))
    return context, mixed.movedim(0, -2).flatten(-2) @ attention.out_lin.weight.T


def _feed_forward(layer: Any, hidden: Any, parts: Any) -> tuple[Any, Any]:
    import torch

    network = layer.ffn
    inner = network.lin1(hidden)
    outer = network.activation(inner)
    slope = _slope(inner, outer)
    at_once = max(1, AT_ONCE // (parts.shape[1] * inner.shape[-1]))
    pieces = [
        _inner(network, parts[start : start + at_once], slope[start : start + at_once])
        for start in range(0, len(parts), at_once)
    ]
    before = network.lin2(outer) + hidden
    return _normed(layer.output_layer_norm, before, torch.cat(pieces).add_(parts))


def _inner(network: Any, parts: Any, slope: Any) -> Any:
    """Return the parts behind both linear layers and the activation between them."""
    inside = _with_bias(parts @ network.lin1.weight.T, network.lin1.bias).mul_(slope[:, None])
    return _with_bias(inside @ network.lin2.weight.T, network.lin2.bias)


def _normed(norm: Any, vectors: Any, parts: Any) -> tuple[Any, Any]:
    """Return a layer norm of the vectors and of their parts, divided by the vectors' own deviation."""
    deviation = (vectors.var(-1, unbiased=False) + norm.eps).sqrt()
    scaled = (parts - parts.mean(-1, keepdim=True)).div_(deviation[:, None, None]).mul_(norm.weight)
    return norm(vectors), _with_bias(scaled, norm.bias)


def _head(model: Any, vector: Any, parts: Any) -> Any:
    """Return [tokens, classes] from the first token's vector and its parts [tokens, width]."""
    inner = model.pre_classifier(vector)
    inside = _with_bias(parts @ model.pre_classifier.weight.T, model.pre_classifier.bias)
    inside = inside * _slope(inner, inner.relu())
    return _with_bias(inside @ model.classifier.weight.T, model.classifier.bias)


def _slope(inner: Any, outer: Any) -> Any:
    """Return output over input of an activation; at 0, where gelu and ReLU are 0 too, nothing passes."""
    import torch

    return torch.where(inner.abs() > _TINY, outer / inner, torch.zeros_like(inner))


def _with_bias(parts: Any, bias: Any) -> Any:
    """Return the parts [..., tokens, width] with a bias divided between the tokens; changes `parts`."""
    weights = (parts @ bias).abs()
    total = weights.sum(-1, keepdim=True)
    even = weights.new_full((), 1 / weights.shape[-1])
    weights = (weights / total.clamp_min(_TINY)).where(total > _TINY, even)
    return parts.add_(weights[..., None] * bias)
