"""How alike two texts are in meaning, by the packaged all-MiniLM-L6-v2 sentence encoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sentiment_core.embeddings.encoder import TOKENS_A_BATCH, WIDTH, encoder, token_sums

#: all-MiniLM-L6-v2 was trained to read 256 word pieces (its sentence_bert_config.json); two are [CLS], [SEP].
WINDOW = 254


def similarities(pairs: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
    """Return float64 [n]: the cosine of each pair's embeddings, in [-1, 1]; equal texts give exactly 1."""
    vectors = dict(zip(texts := _unique(pairs), embed(texts), strict=True))
    cosines = [1.0 if a == b else float(vectors[a] @ vectors[b]) for a, b in pairs]
    return np.clip(np.array(cosines, dtype=np.float64), -1.0, 1.0)


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return float32 [n, 384], rows of length 1: the mean over a text's tokens, in windows of 256 where long.

    Equal texts are computed once and give equal rows. An empty text has an embedding too (of its two
    special tokens).
    """
    unique = list(dict.fromkeys(texts))
    windows = [(row, ids) for row, ids in enumerate(_token_ids(unique)) for ids in _windows(ids)]
    sums = np.zeros((len(unique), WIDTH), dtype=np.float64)
    for batch in _batches(windows):
        for (row, _), total in zip(batch, token_sums([ids for _, ids in batch]), strict=True):
            sums[row] += total
    rows = (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)).astype(np.float32)
    place = {text: row for row, text in enumerate(unique)}
    chosen: NDArray[np.float32] = rows[[place[text] for text in texts]]
    return chosen


def _unique(pairs: Sequence[tuple[str, str]]) -> list[str]:
    return list(dict.fromkeys(text for pair in pairs for text in pair))


def _token_ids(texts: list[str]) -> list[list[int]]:
    if not texts:
        return []
    ids = encoder().tokenizer(texts, add_special_tokens=False, truncation=False, verbose=False)["input_ids"]
    return list(ids)


def _windows(ids: list[int]) -> list[list[int]]:
    tokenizer = encoder().tokenizer
    cuts = [ids[start : start + WINDOW] for start in range(0, len(ids), WINDOW)] or [[]]
    return [[tokenizer.cls_token_id, *cut, tokenizer.sep_token_id] for cut in cuts]


def _batches(windows: list[tuple[int, list[int]]]) -> list[list[tuple[int, list[int]]]]:
    """Group windows of like length, so that padding costs little."""
    batches: list[list[tuple[int, list[int]]]] = []
    for window in sorted(windows, key=lambda item: len(item[1])):
        if not batches or (len(batches[-1]) + 1) * len(window[1]) > TOKENS_A_BATCH:
            batches.append([])
        batches[-1].append(window)
    return batches
