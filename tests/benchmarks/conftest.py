"""What the tests of the benchmarks start from."""

from __future__ import annotations

import pytest

from sentiment_core.classifiers.transformer.pretrained import load_base


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A DistilBERT of the real architecture with tiny weights, large enough that reviews differ in them."""
    import torch
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(7)
    shape = DistilBertConfig(
        vocab_size=30522, dim=32, hidden_dim=64, n_layers=2, n_heads=2, initializer_range=0.3
    )
    DistilBertForSequenceClassification(shape).save_pretrained(folder)
    load_base("distilbert-minilm").tokenizer.save_pretrained(folder)
    return str(folder)
