"""Linear layers by oneDNN give torch's sums, and step aside where they cannot."""

from __future__ import annotations

import pytest
import torch

from sentiment_core.classifiers.transformer import fast_linear
from sentiment_core.classifiers.transformer.fast_linear import with_fast_linears


def by_hand(x, weight, bias):
    return torch.einsum("...i,oi->...o", x.double(), weight.double()) + (0 if bias is None else bias.double())


@pytest.mark.parametrize("shape", [(1, 8), (3, 5, 8), (2, 0, 8)])
@pytest.mark.parametrize("biased", [True, False])
def test_the_sums_are_those_of_the_definition(shape, biased):
    torch.manual_seed(0)
    layer, x = torch.nn.Linear(8, 6, bias=biased), torch.randn(shape)
    with torch.inference_mode():
        found = with_fast_linears(layer)(x)
        assert torch.allclose(found.double(), by_hand(x, layer.weight, layer.bias), atol=1e-5)


def test_tensors_with_strides_are_left_to_torch():
    """The operator takes a strided bias for one without strides, and says nothing."""
    torch.manual_seed(0)
    x, wide = torch.randn(8, 4).T, torch.randn(6, 8, 2)
    weight, bias = wide[:, :, 0], wide[:, 0, 1]
    with torch.inference_mode():
        found = with_fast_linears(torch.nn.functional.linear)(x, weight, bias)
        assert torch.allclose(found.double(), by_hand(x, weight, bias), atol=1e-5)


def test_gradients_pass():
    layer, x = torch.nn.Linear(3, 2), torch.ones(1, 3, requires_grad=True)
    with_fast_linears(layer)(x).sum().backward()
    assert torch.allclose(x.grad, layer.weight.sum(dim=0)[None])


def test_without_the_operator_everything_is_as_ever(monkeypatch):
    class Without:
        def __getattr__(self, name):
            raise AttributeError(name)

    monkeypatch.setattr(torch, "ops", Without())
    fast_linear._mode.cache_clear()
    try:
        assert fast_linear._mode() is None
        layer, x = torch.nn.Linear(3, 2), torch.ones(1, 3)
        assert torch.equal(with_fast_linears(layer)(x), layer(x))
    finally:
        fast_linear._mode.cache_clear()


def test_torch_2_13_has_the_operator():
    """Private to torch: where a newer one has it no more, predictions are slower and nothing is wrong."""
    assert fast_linear._mode() is not None
