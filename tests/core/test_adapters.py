"""An adapter is the difference from its base: exact at full rank, close at a low one, the same merged."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from transformers import DistilBertConfig, DistilBertForSequenceClassification

from sentiment_core.classifiers.transformer import adapters

SHAPE = DistilBertConfig(
    vocab_size=200, dim=32, hidden_dim=64, n_layers=2, n_heads=2, max_position_embeddings=64
)


@pytest.fixture
def base():
    torch.manual_seed(1)
    return DistilBertForSequenceClassification(SHAPE).eval()


@pytest.fixture
def tuned(base):
    """The base after a pretended training: every weight outside the embeddings has moved a little."""
    torch.manual_seed(2)
    moved = copy.deepcopy(base)
    with torch.no_grad():
        for name, tensor in moved.named_parameters():
            if "embeddings" not in name:
                tensor += 0.03 * torch.randn_like(tensor)
    return moved


def _logits(model):
    with torch.inference_mode():
        return model(input_ids=torch.arange(40).reshape(2, 20)).logits.numpy()


def test_at_full_rank_the_adapter_gives_the_tuned_model_back(base, tuned, tmp_path):
    adapters.extract(tuned, copy.deepcopy(base), 32, tmp_path)
    np.testing.assert_allclose(_logits(adapters.merge(base, tmp_path)), _logits(tuned), atol=2e-3)


def test_merged_and_beside_the_weights_it_answers_the_same(base, tuned, tmp_path):
    adapters.extract(tuned, copy.deepcopy(base), 8, tmp_path)
    beside = _logits(adapters.attach(copy.deepcopy(base), tmp_path))
    np.testing.assert_allclose(_logits(adapters.merge(copy.deepcopy(base), tmp_path)), beside, atol=1e-4)
    assert np.abs(beside - _logits(base)).max() > 1e-3


def test_a_higher_rank_comes_closer(base, tuned, tmp_path):
    distance = {}
    for rank in (2, 8, 24):
        adapters.extract(tuned, copy.deepcopy(base), rank, tmp_path / str(rank))
        merged = adapters.merge(copy.deepcopy(base), tmp_path / str(rank))
        difference = merged.distilbert.transformer.layer[0].ffn.lin1.weight - (
            tuned.distilbert.transformer.layer[0].ffn.lin1.weight
        )
        distance[rank] = float(difference.norm().detach())
    assert distance[2] > distance[8] > distance[24]


def test_the_factors_leave_exactly_the_singular_values_that_were_cut():
    torch.manual_seed(3)
    matrix = torch.randn(12, 20)
    left, right = adapters.factors(matrix, 5)
    cut = torch.linalg.svdvals(matrix)[5:]
    assert float((matrix - left @ right).norm()) == pytest.approx(float(cut.norm()), rel=1e-5)


@pytest.mark.parametrize("shape", [(12, 20), (20, 12)])
def test_a_rank_beyond_a_matrixs_own_gives_it_back_whole(shape):
    matrix = torch.randn(*shape, generator=torch.Generator().manual_seed(3))
    left, right = adapters.factors(matrix, 64)
    assert (left.shape, right.shape) == ((shape[0], 64), (64, shape[1]))
    torch.testing.assert_close(left @ right, matrix, atol=1e-5, rtol=1e-5)


def test_trained_embeddings_are_refused(base, tuned, tmp_path):
    with torch.no_grad():
        tuned.distilbert.embeddings.word_embeddings.weight[3] += 1
    with pytest.raises(ValueError, match="freeze_embeddings"):
        adapters.extract(tuned, base, 4, tmp_path)
