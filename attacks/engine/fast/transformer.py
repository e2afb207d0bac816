"""A transformer's probabilities for the texts of one example: each input computed once, nothing padded.

Equal token ids (an edit beyond what the model reads, or one of case only) get exactly equal answers through
the whole example. Otherwise the last bit of a float, which depends on the batch, would decide searches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from attacks.engine.fast import encoder
from sentiment_core.classifiers.transformer.classifier import TransformerClassifier

#: Tokens per forward pass. More are no faster on a CPU, and at eight times as many a batch's memory is asked
#: of the system anew each time (measured: 15 % slower).
TOKEN_BUDGET = {"cpu": 2048, "cuda": 65536}

Ids = tuple[int, ...]


class FastTransformer:
    """Call it with texts, and get their probabilities, float32 [n, classes], as a torch tensor."""

    def __init__(self, classifier: TransformerClassifier, stop: Callable[[], None]) -> None:
        self.classifier, self.stop, self.computed = classifier, stop, 0
        model = classifier.model
        self._forward = encoder.FastDistilBert(model) if encoder.fits(model) else _whole(model)
        self._logits: dict[Ids, Any] = {}

    def clear(self) -> None:
        """Forget the answers to an earlier example."""
        self._logits.clear()

    def __call__(self, texts: Sequence[str]) -> Any:
        """Return softmax of the logits, as TextAttack would take it."""
        import torch

        rows = [tuple(ids) for ids in self.classifier.reader.ids([str(text) for text in texts])]
        for batch in _batches(self._unknown(rows), TOKEN_BUDGET[self.classifier.model.device.type]):
            self.stop()
            self._compute(batch)
        return torch.softmax(torch.stack([self._logits[row] for row in rows]), dim=1)

    def _unknown(self, rows: Sequence[Ids]) -> list[Ids]:
        return [row for row in dict.fromkeys(rows) if row not in self._logits]

    def _compute(self, batch: Sequence[Ids]) -> None:
        import torch

        with torch.inference_mode():
            logits = self._forward(torch.tensor(batch, device=self.classifier.model.device)).float().cpu()
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


def _whole(model: Any) -> Callable[[Any], Any]:
    """Return the model's own forward pass; texts of one length need no mask."""

    def forward(ids: Any) -> Any:
        import torch

        return model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits

    return forward
