"""How a transformer reads a review: its tokens, and which of them are kept when there are too many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Reading, Span
from sentiment_core.errors import ModelError

T = TypeVar("T")

TRUNCATIONS = ("head", "head+tail")

#: Sun et al. 2019 ("How to fine-tune BERT for text classification?", section 5.3.1) keep the first 128 and
#: the last 382 of 510 tokens: a quarter from the start, where the film is named; the rest from the verdict.
HEAD_SHARE = 0.25
#: Of a text, looked at first for a token that is known: most texts have one there.
FIRST_CHARACTERS = 200


@dataclass(frozen=True)
class Reader:
    """Turns texts into token ids of at most `max_length`, special tokens included."""

    tokenizer: Any
    max_length: int
    truncation: str

    def __post_init__(self) -> None:
        if self.truncation not in TRUNCATIONS:
            raise ModelError(f"truncation '{self.truncation}' is not known; known: {', '.join(TRUNCATIONS)}")
        if self.max_length < 8:
            raise ModelError(f"max_length is {self.max_length}; at least 8 tokens are needed")

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids that the model sees, one list per text, unpadded."""
        prefix, suffix = self._specials()
        room = self.max_length - len(prefix) - len(suffix)
        rows = [prefix + self._cut(tokens, room) + suffix for tokens in self._tokens(texts)]
        # a tokenizer without marks of its own has no token for an empty text, and a model none to read
        return [row or [self.tokenizer.pad_token_id] for row in rows]

    def counts(self, texts: Sequence[str]) -> list[int]:
        """Return how many ids each whole text has, special tokens included, before any truncation."""
        prefix, suffix = self._specials()
        return [len(tokens) + len(prefix) + len(suffix) for tokens in self._tokens(texts)]

    def reading(self, text: str) -> Reading:
        """Return `ids` of one text with the offsets of each; special tokens have (0, 0)."""
        encoded = self.tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, truncation=False, verbose=False
        )
        prefix, suffix = self._specials()
        room = self.max_length - len(prefix) - len(suffix)
        offsets = self._cut([tuple(pair) for pair in encoded["offset_mapping"]], room)
        none = (0, 0)
        return Reading(
            prefix + self._cut(encoded["input_ids"], room) + suffix,
            [none] * len(prefix) + offsets + [none] * len(suffix),
        )

    def knows_any(self, text: str) -> bool:
        """Return whether any token that is read of a text is not the one for what is unknown."""
        unknown = self.tokenizer.unk_token_id
        start = text[:FIRST_CHARACTERS].rsplit(maxsplit=1)[:1]
        if any(token != unknown for tokens in self._tokens(start) for token in tokens):
            return True
        prefix, suffix = self._specials()
        read = self._cut(self._tokens([text])[0], self.max_length - len(prefix) - len(suffix))
        return any(token != unknown for token in read)

    def spans(self, text: str) -> list[Span]:
        """Return consecutive spans that cover `text`, each with whether the model reads it."""
        encoded = self.tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, truncation=False, verbose=False
        )
        offsets = encoded["offset_mapping"]
        prefix, suffix = self._specials()
        room = self.max_length - len(prefix) - len(suffix)
        if len(offsets) <= room:
            return [Span(0, len(text), True)]
        head, tail = self._head_and_tail(room)
        unread_from = offsets[head - 1][1] if head else 0
        unread_to = offsets[len(offsets) - tail][0] if tail else len(text)
        spans = [
            Span(0, unread_from, True),
            Span(unread_from, unread_to, False),
            Span(unread_to, len(text), True),
        ]
        return [span for span in spans if span.start < span.end]

    def _cut(self, tokens: list[T], room: int) -> list[T]:
        if len(tokens) <= room:
            return tokens
        head, tail = self._head_and_tail(room)
        return tokens[:head] + (tokens[-tail:] if tail else [])

    def _head_and_tail(self, room: int) -> tuple[int, int]:
        if self.truncation == "head":
            return room, 0
        head = int(room * HEAD_SHARE)
        return head, room - head

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        encoded = self.tokenizer(
            list(texts),
            add_special_tokens=False,
            truncation=False,
            verbose=False,
            return_attention_mask=False,
        )
        tokens: list[list[int]] = encoded["input_ids"]
        return tokens

    def _specials(self) -> tuple[list[int], list[int]]:
        """Ask the tokenizer itself, so that <s> ... </s> works as [CLS] ... [SEP] does."""
        encoded = self.tokenizer("a", return_special_tokens_mask=True, verbose=False)
        ids, special = encoded["input_ids"], encoded["special_tokens_mask"]
        first = special.index(0)
        last = len(special) - 1 - special[::-1].index(0)
        return ids[:first], ids[last + 1 :]


def most_tokens(model: Any) -> int | None:
    """Return how many tokens a text may have for this model, special tokens included; None: no limit."""
    positions: int | None = getattr(model.config, "max_position_embeddings", None)
    return positions - _without_token(model) if positions else None


def _without_token(model: Any) -> int:
    """Return how many positions carry no token.

    RoBERTa, XLM-R, MPNet and Longformer number the positions of tokens from their padding's on (for example
    create_position_ids_from_input_ids in modeling_roberta.py); their table of positions says so.
    """
    tables = [table for name, table in model.named_modules() if name.endswith(".position_embeddings")]
    padding = getattr(tables[0], "padding_idx", None) if tables else None
    return 0 if padding is None else int(padding) + 1


def check_length(model: Any, max_length: int) -> None:
    """Raise ModelError where texts of `max_length` tokens are more than the model has positions for."""
    positions = most_tokens(model)
    if positions and max_length > positions:
        raise ModelError(f"max_length {max_length} is more than this model has positions for ({positions})")


def batches_of_similar_length(lengths: Sequence[int], token_budget: int) -> Iterator[list[int]]:
    """Yield positions, longest first, so that a batch padded to its longest stays within `token_budget`."""
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        longest = lengths[batch[0]] if batch else lengths[position]
        if batch and longest * (len(batch) + 1) > token_budget:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def answers_to(
    rows: Sequence[Sequence[int]],
    forward: Callable[[list[tuple[int, ...]]], NDArray[np.float64]],
    token_budget: int,
) -> NDArray[np.float64]:
    """Return float64 [n, 2]: what `forward` answers to each row of ids; equal rows are computed once.

    Args:
        rows: token ids of each text, unpadded.
        forward: logits, float64 [batch, 2], of a batch of rows.
        token_budget: most tokens of a batch, counted as if padded to its longest row.
    """
    ids = [tuple(row) for row in rows]
    distinct = list(dict.fromkeys(ids))
    scores = np.empty((len(distinct), 2))
    for batch in batches_of_similar_length([len(row) for row in distinct], token_budget):
        scores[batch] = forward([distinct[position] for position in batch])
    place = {row: position for position, row in enumerate(distinct)}
    return scores[[place[row] for row in ids]]


def padded(rows: Sequence[Sequence[int]], pad: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (ids, mask), int64 [n, longest]: rows filled up with `pad`, and 1 where a token is."""
    longest = max(len(row) for row in rows)
    ids = np.full((len(rows), longest), pad, dtype=np.int64)
    mask = np.zeros((len(rows), longest), dtype=np.int64)
    for position, row in enumerate(rows):
        ids[position, : len(row)] = row
        mask[position, : len(row)] = 1
    return ids, mask


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return float64 [n, classes]: rows that sum to 1."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: NDArray[np.float64] = exponentials / exponentials.sum(axis=1, keepdims=True)
    return probabilities
