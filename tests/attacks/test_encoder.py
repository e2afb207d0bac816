from __future__ import annotations

import numpy as np
import pytest
from made_reviews import EDGE_TEXTS

from attacks.language import encoder
from sentiment_core.classifiers.transformer.pretrained import embedded_folder


@pytest.fixture(scope="module")
def oracle():
    """Mean pooling over all tokens that are not padding, as the model's card writes it."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    model = AutoModel.from_pretrained(embedded_folder(), local_files_only=True).eval()
    tokenizer = AutoTokenizer.from_pretrained(embedded_folder(), local_files_only=True)

    def embed(text):
        batch = tokenizer([text], return_tensors="pt", truncation=True, max_length=256)
        with torch.no_grad():
            hidden = model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1).float()
        mean = (hidden * mask).sum(1) / mask.sum(1)
        return torch.nn.functional.normalize(mean)[0].numpy(), mean[0].numpy() * float(mask.sum())

    return embed


def test_embeddings_are_the_normalised_mean_over_tokens(oracle):
    texts = ["A fine film.", "It bored me to tears, and I left after an hour!", "x"]
    expected = np.stack([oracle(text)[0] for text in texts])
    np.testing.assert_allclose(encoder.embed(texts), expected, atol=2e-6)


def test_a_long_text_is_the_mean_over_the_tokens_of_its_windows(oracle):
    first, second = "good " * 254, "bad " * 100  # one token a word; 254 fill a window
    both = oracle(first)[1] + oracle(second)[1]
    expected = both / np.linalg.norm(both)
    np.testing.assert_allclose(encoder.embed([first + second])[0], expected, atol=2e-6)


def test_similarity_is_the_cosine_of_the_embeddings(oracle):
    a, b = "The film is good.", "The film is bad."
    assert encoder.similarities([(a, b)])[0] == pytest.approx(float(oracle(a)[0] @ oracle(b)[0]), abs=1e-5)


def test_equal_texts_are_exactly_alike_and_order_does_not_matter():
    a, b, c = "A slow start.", "A quick end.", "Nobody came."
    assert encoder.similarities([(a, a), ("", "")]).tolist() == [1.0, 1.0]
    assert encoder.similarities([(a, b)])[0] == pytest.approx(encoder.similarities([(b, a)])[0], abs=1e-6)
    rows = encoder.embed([a, b, a, c])
    assert (rows[0] == rows[2]).all()
    np.testing.assert_allclose(encoder.embed([c, a])[::-1], rows[[0, 3]], atol=2e-6)


def test_every_text_has_an_embedding_of_length_one():
    rows = encoder.embed(EDGE_TEXTS)
    assert rows.shape == (len(EDGE_TEXTS), 384)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_nothing_in_gives_nothing_out():
    assert encoder.embed([]).shape == (0, 384)
    assert encoder.similarities([]).shape == (0,)
