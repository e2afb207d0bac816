"""Transformers: any AutoModelForSequenceClassification, fine-tuned and read back from its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Params, Reading, Span
from sentiment_core.classifiers.transformer import adapters, foreign, heads
from sentiment_core.classifiers.transformer.alike import Alike
from sentiment_core.classifiers.transformer.fast_linear import with_fast_linears
from sentiment_core.classifiers.transformer.pretrained import load_base
from sentiment_core.classifiers.transformer.reading import (
    Reader,
    answers_to,
    check_length,
    padded,
    softmax,
)
from sentiment_core.storage import workspace

#: Padded tokens per forward pass: beyond this a batch gets no faster on two cores; a GPU wants more.
TOKEN_BUDGET = {"cpu": 4096, "cuda": 65536}

DEFAULTS = MappingProxyType(
    {
        "base": "distilbert-base-uncased",
        "revision": "",
        "learning_rate": 2e-5,
        "epochs": 3.0,
        "batch_size": 16,
        "eval_batch_size": 32,
        "weight_decay": 0.01,
        "warmup_ratio": 0.1,
        "label_smoothing": 0.0,
        "max_length": 512,
        "truncation": "head",
        "attention_dropout": 0.1,
        "freeze_embeddings": False,
        "adapter_rank": 0,
        "group_by_length": True,
        "precision": "auto",
        "logging_steps": 100,
        "evaluate_every": 0,
        "start_competes": False,
        "threads": 0,
        "seed": 42,
    }
)


class TransformerClassifier:
    """A fine-tuned transformer; equal token ids get exactly equal answers within a call."""

    def __init__(self, model_id: str, model: Any, reader: Reader) -> None:
        self.model_id = model_id
        self.model = model.eval()
        self.reader = reader

    @property
    def max_tokens(self) -> int:
        """Return how many tokens of a review are read, special tokens included."""
        return self.reader.max_length

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n, 2], column 1 = positive, rows sum to 1."""
        return softmax(self.predict_logits(texts))

    def predict_logits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n, 2]: the scores before softmax."""
        return answers_to(self.reader.ids(texts), self._forward, TOKEN_BUDGET[self.model.device.type])

    def log_odds(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n]: the difference of the two logits."""
        logits = self.predict_logits(texts)
        return logits[:, 1] - logits[:, 0]

    def alike(self) -> Callable[[Sequence[str]], NDArray[np.float64]]:
        """Return what gives the log-odds of texts that are alike: the parts of one, or edits of one."""
        logits = Alike.of(self.model, self.reader)

        def log_odds(texts: Sequence[str]) -> NDArray[np.float64]:
            if not len(texts):
                return np.zeros(0)
            scores: NDArray[np.float64] = logits(texts).double().numpy()
            foreign.check_finite_logits(self.model_id, scores)
            return scores[:, 1] - scores[:, 0]

        return log_odds

    def rescale(self, scale: float, shift: float) -> None:
        """Scale the head's last layer: the log-odds become `scale * log-odds + shift`."""
        heads.rescale(self.model, scale, shift)

    def reading(self, text: str) -> Reading:
        """Return the token ids that the network gets, and where each stands in the text."""
        return self.reader.reading(text)

    @property
    def mask_id(self) -> int:
        """Return the id of the mask token or, where the tokenizer has none, of the padding."""
        tokenizer = self.reader.tokenizer
        return int(tokenizer.pad_token_id if tokenizer.mask_token_id is None else tokenizer.mask_token_id)

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return int64 [n]: tokens of each whole text, special tokens included."""
        return np.array(self.reader.counts(texts), dtype=np.int64)

    def knows_nothing(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Return bool [n]: whether the tokenizer has no piece for anything in a text."""
        return np.array([not self.reader.knows_any(text) for text in texts], dtype=np.bool_)

    def spans(self, text: str) -> list[Span]:
        """Return spans that cover the text, each with whether the model reads it."""
        return self.reader.spans(text)

    @with_fast_linears
    def _forward(self, rows: list[tuple[int, ...]]) -> NDArray[np.float64]:
        import torch

        ids, mask = map(torch.from_numpy, padded(rows, self.reader.tokenizer.pad_token_id))
        device = self.model.device
        with torch.inference_mode():
            logits = self.model(input_ids=ids.to(device), attention_mask=mask.to(device)).logits
        scores: NDArray[np.float64] = logits.double().cpu().numpy()
        foreign.check_finite_logits(self.model_id, scores)
        return scores


def load(folder: Path, model_id: str) -> TransformerClassifier:
    """Read a model folder; nothing in it is executed (safetensors, JSON).

    Raises:
        ModelError: what is in the folder is not a sound model.
    """
    import torch

    params, opened = _params(folder), open_tuned(folder)
    check_length(opened.model, params["max_length"])
    opened.model.to("cuda" if torch.cuda.is_available() else "cpu")
    reader = Reader(opened.tokenizer, params["max_length"], params["truncation"])
    return TransformerClassifier(model_id, opened.model, reader)


def open_tuned(folder: Path, **where_known: Any) -> foreign.Opened:
    """Return the network in a model's folder, an adapter merged into its base, with its tokenizer.

    Args:
        folder: as training wrote it.
        where_known: fields of the configuration to change where the architecture has them.
    """
    if is_adapter(folder):
        return _merged(folder, _params(folder), where_known)
    return foreign.open_folder(folder, where_known=where_known)


def _params(folder: Path) -> dict[str, Any]:
    """Return the settings that the model was trained with, as far as reading a text needs them."""
    with foreign.reading(folder.name):
        params = dict(workspace.read_json(folder / "manifest.json")["params"])
    kinds = {"base": str, "revision": str, "max_length": int, "truncation": str}
    wrong = [name for name, kind in kinds.items() if not isinstance(params.get(name), kind)]
    if wrong:
        raise foreign.refusal(folder.name, f"its manifest has no usable {', '.join(wrong)}")
    return params


def is_adapter(folder: Path) -> bool:
    """Return whether a model folder holds a difference from its base instead of whole weights."""
    return (folder / adapters.ADAPTER_CONFIG).is_file()


def _merged(folder: Path, params: Params, config: Mapping[str, Any]) -> foreign.Opened:
    base = load_base(params["base"], params["revision"] or None, **config)
    with foreign.reading(folder.name):
        merged = adapters.merge(base.model, folder)
    foreign.check_answers(folder.name, merged, base.tokenizer)
    return foreign.Opened(merged, base.tokenizer)
