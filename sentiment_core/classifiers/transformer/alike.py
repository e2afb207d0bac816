"""The logits of many texts that are alike: each input computed once, nothing padded.

Equal token ids (an edit beyond what the model reads, or one of case only) get exactly equal answers, however
the texts come. Otherwise the last bit of a float, which depends on the batch, would decide searches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sentiment_core.classifiers.transformer import encoder
from sentiment_core.classifiers.transformer.reading import Reader

#: Tokens per forward pass. More are no faster on a CPU, and at eight times as many a batch's memory is asked
#: of the system anew each time (measured: 15 % slower).
TOKEN_BUDGET = {"cpu": 2048, "cuda": 65536}

Ids = tuple[int, ...]


class Alike:
    """Call it with texts, and get their logits, float32 [n, classes], as a torch tensor on the CPU.

    Attributes:
        computed: inputs that went through the network so far.
    """

    def __init__(
        self,
        forward: Callable[[Sequence[Ids]], Any],
        reader: Reader,
        token_budget: int,
        before_each: Callable[[], None] = lambda: None,
    ) -> None:
        """Take what gives the logits, a float32 tensor, of inputs of one length, and how many tokens at once.

        `before_each` is called before every batch, and may raise.
        """
        self.reader, self.token_budget, self.before_each, self.computed = reader, token_budget, before_each, 0
        self._forward = forward
        self._logits: dict[Ids, Any] = {}

    @classmethod
    def of(cls, model: Any, reader: Reader, before_each: Callable[[], None] = lambda: None) -> Alike:
        """Return it for a torch network in evaluation mode."""
        import torch

        forward = encoder.FastDistilBert(model) if encoder.fits(model) else _whole(model)

        def logits(batch: Sequence[Ids]) -> Any:
            return forward(torch.tensor(batch, device=model.device)).float().cpu()

        return cls(logits, reader, TOKEN_BUDGET[model.device.type], before_each)

    def clear(self) -> None:
        """Forget the answers so far."""
        self._logits.clear()

    def __call__(self, texts: Sequence[str]) -> Any:
        """Return the logits, in the order of the texts."""
        import torch

        rows = [tuple(ids) for ids in self.reader.ids([str(text) for text in texts])]
        for batch in batches_of_one_length(self._unknown(rows), self.token_budget):
            self.before_each()
            self._compute(batch)
        return torch.stack([self._logits[row] for row in rows])

    def _unknown(self, rows: Sequence[Ids]) -> list[Ids]:
        return [row for row in dict.fromkeys(rows) if row not in self._logits]

    def _compute(self, batch: Sequence[Ids]) -> None:
        import torch

        with torch.inference_mode():
            logits = self._forward(batch)
        self._logits.update(zip(batch, logits, strict=True))
        self.computed += len(batch)


def batches_of_one_length(rows: Sequence[Ids], token_budget: int) -> Iterator[list[Ids]]:
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
