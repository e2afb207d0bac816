"""A transformer's probabilities for the texts of one example: each input computed once, nothing padded.

Equal token ids (an edit beyond what the model reads, or one of case only) get exactly equal answers through
the whole example. Otherwise the last bit of a float, which depends on the batch, would decide searches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from attacks.engine.fast import encoder
from sentiment_core.classifiers.onnx.classifier import OnnxClassifier
from sentiment_core.classifiers.transformer.classifier import TransformerClassifier

#: Tokens per forward pass. More are no faster on a CPU, and at eight times as many a batch's memory is asked
#: of the system anew each time (measured: 15 % slower).
TOKEN_BUDGET = {"cpu": 2048, "cuda": 65536}

Ids = tuple[int, ...]


class FastTransformer:
    """Call it with texts, and get their probabilities, float32 [n, classes], as a torch tensor."""

    def __init__(self, classifier: TransformerClassifier | OnnxClassifier, stop: Callable[[], None]) -> None:
        self.reader, self.stop, self.computed = classifier.reader, stop, 0
        self._forward, self._budget = _forward_and_budget(classifier)
        self._logits: dict[Ids, Any] = {}

    def clear(self) -> None:
        """Forget the answers to an earlier example."""
        self._logits.clear()

    def __call__(self, texts: Sequence[str]) -> Any:
        """Return softmax of the logits, as TextAttack would take it."""
        import torch

        rows = [tuple(ids) for ids in self.reader.ids([str(text) for text in texts])]
        for batch in _batches(self._unknown(rows), self._budget):
            self.stop()
            self._compute(batch)
        return torch.softmax(torch.stack([self._logits[row] for row in rows]), dim=1)

    def _unknown(self, rows: Sequence[Ids]) -> list[Ids]:
        return [row for row in dict.fromkeys(rows) if row not in self._logits]

    def _compute(self, batch: Sequence[Ids]) -> None:
        import torch

        with torch.inference_mode():
            logits = self._forward(batch)
        self._logits.update(zip(batch, logits, strict=True))
        self.computed += len(batch)


def _batches(rows: Sequence[Ids], token_budget: int) -> Iterator[list[Ids]]:
    """Yield batches of one length, so that no token of padding is computed and no mask is needed."""
    of_length: defaultdict[int, list[Ids]] = defaultdict(list)
    for row in rows:
        of_length[len(row)].append(row)
    for length, alike in of_length.items():
        size = max(1, token_budget // length)
        for start in range(0, len(alike), size):
            yield alike[start : start + size]


def _forward_and_budget(
    classifier: TransformerClassifier | OnnxClassifier,
) -> tuple[Callable[[Sequence[Ids]], Any], int]:
    """Return what gives the logits of texts of one length, float32 on the CPU, and its tokens at once."""
    import torch

    if isinstance(classifier, OnnxClassifier):
        # float32 as a transformer's; with int8 it computes each text by itself, and no other way is the same
        return lambda batch: torch.from_numpy(classifier.logits_of(batch).astype(np.float32)), TOKEN_BUDGET[
            "cpu"
        ]
    model = classifier.model
    forward = encoder.FastDistilBert(model) if encoder.fits(model) else _whole(model)
    device = model.device
    return lambda batch: forward(torch.tensor(batch, device=device)).float().cpu(), TOKEN_BUDGET[device.type]


def _whole(model: Any) -> Callable[[Any], Any]:
    """Return the model's own forward pass; texts of one length need no mask."""

    def forward(ids: Any) -> Any:
        import torch

        return model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits

    return forward
