"""A transformer that ONNX Runtime computes: read from its folder, it answers as the one it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Params, Span
from sentiment_core.classifiers.onnx.network import FILE, Network
from sentiment_core.classifiers.transformer import foreign
from sentiment_core.classifiers.transformer.reading import Reader, answers_to, padded, softmax
from sentiment_core.storage import workspace

#: Padded tokens per call in float32: a batch saves short texts the start of each call, and long ones nothing.
TOKEN_BUDGET = 512
#: With int8 each text is computed by itself: the scale of what flows through the network is taken of a whole
#: batch (DynamicQuantizeLinear), so that an answer would depend on the texts beside it.
ALONE = 1
#: Beyond these no encoder reads; attention over more would take the machine's memory at the first text.
MOST_TOKENS, MOST_TRIED = 2**14, 2**10

Floats = NDArray[np.float64]


class Computes(Protocol):
    """What gives logits, float64 [texts, 2], for ids and mask, int64 [texts, tokens]."""

    def __call__(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Floats:
        """Return the logits."""
        ...


class OnnxClassifier:
    """A converted transformer; equal token ids get exactly equal answers within a call."""

    def __init__(self, model_id: str, network: Computes, reader: Reader, *, int8: bool) -> None:
        self.model_id, self.network, self.reader, self.int8 = model_id, network, reader, int8
        self._scale, self._shift = 1.0, np.zeros(2)

    @property
    def max_tokens(self) -> int:
        """Return how many tokens of a review are read, special tokens included."""
        return self.reader.max_length

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Return float64 [n, 2], column 1 = positive, rows sum to 1."""
        return softmax(self.predict_logits(texts))

    def predict_logits(self, texts: Sequence[str]) -> Floats:
        """Return float64 [n, 2]: the scores before softmax."""
        return self.logits_of(self.reader.ids(texts))

    def logits_of(self, rows: Sequence[Sequence[int]]) -> Floats:
        """Return float64 [n, 2] for token ids."""
        return answers_to(rows, self._forward, ALONE if self.int8 else TOKEN_BUDGET)

    def log_odds(self, texts: Sequence[str]) -> Floats:
        """Return float64 [n]: the difference of the two logits."""
        logits = self.predict_logits(texts)
        return logits[:, 1] - logits[:, 0]

    def rescale(self, scale: float, shift: float) -> None:
        """Scale what the network gives: the log-odds become `scale * log-odds + shift`."""
        self._scale, self._shift = scale * self._scale, scale * self._shift + [-shift / 2, shift / 2]

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return int64 [n]: tokens of each whole text, special tokens included."""
        return np.array(self.reader.counts(texts), dtype=np.int64)

    def knows_nothing(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Return bool [n]: whether the tokenizer has no piece for anything in a text."""
        return np.array([not self.reader.knows_any(text) for text in texts], dtype=np.bool_)

    def spans(self, text: str) -> list[Span]:
        """Return spans that cover the text, each with whether the model reads it."""
        return self.reader.spans(text)

    def _forward(self, rows: Sequence[Sequence[int]]) -> Floats:
        return self._scale * self.network(*padded(rows, self.reader.tokenizer.pad_token_id)) + self._shift


def load(folder: Path, model_id: str, params: Params | None = None) -> OnnxClassifier:
    """Read a model folder; nothing in it is executed but the operators of its graph.

    Args:
        folder: FILE, a tokenizer and, unless `params` says it, a manifest that says how texts are read.
        model_id: of the classifier.
        params: max_length, truncation and int8.

    Raises:
        ModelError: what is in the folder is not a sound model.
    """
    with foreign.reading(folder.name):
        asked = workspace.read_json(folder / "manifest.json")["params"] if params is None else params
        kinds = {"max_length": int, "truncation": str, "int8": bool}
        if wrong := [name for name, kind in kinds.items() if type(asked.get(name)) is not kind]:
            raise foreign.refusal(folder.name, f"its manifest has no usable {', '.join(wrong)}")
        if asked["max_length"] > MOST_TOKENS:
            raise foreign.refusal(folder.name, f"its manifest has max_length {asked['max_length']:,}")
        reader = Reader(foreign.open_tokenizer(folder), asked["max_length"], asked["truncation"])
        classifier = OnnxClassifier(model_id, Network(folder / FILE), reader, int8=asked["int8"])
        _try(folder.name, classifier)
    return classifier


def _try(name: str, classifier: OnnxClassifier) -> None:
    """Raise where the network has no row for a token or a place that a text may have."""
    tokenizer: Any = classifier.reader.tokenizer
    if not tokenizer.is_fast or not isinstance(tokenizer.pad_token_id, int):
        raise foreign.refusal(name, "its tokenizer is none of the fast ones, or has no padding token")
    largest = max(tokenizer.get_vocab().values(), default=0)
    classifier.logits_of([[largest] * min(classifier.max_tokens, MOST_TRIED)])
