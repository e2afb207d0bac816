"""Words as vectors: each passed alone through the embedded encoder, as model2vec does it with its tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Progress
from sentiment_core.classifiers.transformer import foreign
from sentiment_core.classifiers.transformer.pretrained import EMBEDDED_BASE, embedded_folder, load_base

Floats = NDArray[np.float64]

_BATCH = 512


def word_vectors(words: Sequence[str], progress: Progress) -> Floats:
    """Return float64 [words, 384]: the mean of each word's last hidden states, special tokens included."""
    import torch

    base = load_base(EMBEDDED_BASE)
    encoder = base.model.base_model.eval()
    order = sorted(range(len(words)), key=lambda place: len(words[place]))
    vectors = np.zeros((len(words), encoder.config.dim))
    for start in range(0, len(order), _BATCH):
        progress(start, len(words), "reading word vectors")
        places = order[start : start + _BATCH]
        batch = base.tokenizer(
            [words[place] for place in places],
            padding=True,
            truncation=True,
            max_length=32,
            return_tensors="pt",
        )
        with torch.inference_mode():
            vectors[places] = _mean(encoder(**batch).last_hidden_state, batch["attention_mask"])
    return vectors


def principal(vectors: Floats, dimensions: int) -> Floats:
    """Return the vectors on their first principal components, centered, float64 [n, at most dimensions]."""
    centered = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centered.T @ centered)
    reduced: Floats = centered @ directions[:, ::-1][:, :dimensions]
    return reduced


def whole_words() -> list[str]:
    """Return the words of letters that are tokens of the embedded encoder by themselves, sorted."""
    tokenizer = foreign.open_tokenizer(embedded_folder())
    return sorted(token for token in tokenizer.get_vocab() if token.isalpha())


def _mean(states: Any, mask: Any) -> Any:
    weights = mask[..., None].to(states.dtype)
    return ((states * weights).sum(dim=1) / weights.sum(dim=1)).double().numpy()
