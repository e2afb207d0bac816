"""What several tests of the core start from: a tiny transformer, and a file of reviews."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DistilBERT of the real architecture with tiny random weights, as a local folder."""
    import torch
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    from sentiment_core.classifiers.transformer.pretrained import load_base

    folder = tmp_path_factory.mktemp("tiny-distilbert")
    torch.manual_seed(7)
    shape = DistilBertConfig(vocab_size=30522, dim=32, hidden_dim=64, n_layers=2, n_heads=2)
    DistilBertForSequenceClassification(shape).save_pretrained(folder)
    load_base("distilbert-minilm").tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    """Sixty short reviews whose first words tell their label, as a file."""
    rows = [("wonderful and warm", 1), ("dreadful and cold", 0)] * 30
    lines = [f"{words} film number {n},{label}" for n, (words, label) in enumerate(rows)]
    file = tmp_path / "reviews.csv"
    file.write_text("\n".join(["text,label", *lines]) + "\n", encoding="utf-8")
    return file
