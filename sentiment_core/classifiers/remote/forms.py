"""The two forms in which an endpoint is asked about texts, and how its answer is read.

The hub's inference (huggingface_hub 0.36, InferenceClient.text_classification): POST to the address itself,
answered by a list of labels for each text. text-embeddings-inference (1.9, router/src/http/types.rs): POST to
/predict, where a batch is a list of lists, since a flat list of two is a pair.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeGuard

from sentiment_core.errors import RemoteError
from sentiment_core.naming.outputs import quoted

#: More than the two that are used, so that a model of more labels is noticed.
LABELS_ASKED_FOR = 10
#: How far the two scores of a text may be from 1 together: float32, or rounded to three digits.
TOLERANCE = 2e-3
_HALF_CHARACTERS = re.compile("[\ud800-\udfff]")

Scores = Mapping[str, float]


@dataclass(frozen=True)
class Form:
    """How an endpoint is asked: behind its address comes `path`, and `body(texts)` is sent as JSON."""

    path: str
    body: Callable[[Sequence[str]], dict[str, Any]]


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "hub": Form("", lambda texts: {"inputs": [*texts], "parameters": {"top_k": LABELS_ASKED_FOR}}),
        "tei": Form("/predict", lambda texts: {"inputs": [[text] for text in texts], "truncate": True}),
    }
)


def content_of(form: str, texts: Sequence[str]) -> bytes:
    """Return the body of a request; half characters, which JSON has no text for, are sent as U+FFFD."""
    whole = [_HALF_CHARACTERS.sub("\ufffd", text) for text in texts]
    return json.dumps(FORMS[form].body(whole)).encode("ascii")


def scores_in(content: bytes, n: int, host: str) -> list[Scores]:
    """Return the score of each label for each of n texts, in their order.

    Raises:
        RemoteError: the answer is not JSON, or not a list of labels with scores for each text.
    """
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        raise RemoteError(
            f"{host} answers with what is not JSON; is this its address, and its form?"
        ) from None
    if n == 1 and isinstance(answer, list) and answer and isinstance(answer[0], dict):
        answer = [answer]  # one text may be answered without a list around it
    if not isinstance(answer, list) or len(answer) != n or not all(isinstance(row, list) for row in answer):
        raise RemoteError(f"{host} does not answer with a list of labels for each of {n:,} texts")
    return [_scores(row, host) for row in answer]


def positive_share(scores: Scores, negative: str, positive: str, host: str) -> float:
    """Return the probability of positive, from the scores of a text.

    Raises:
        RemoteError: they are of other labels, or are not the probabilities of two classes.
    """
    if scores.keys() != {negative, positive}:
        found = ", ".join(map(quoted, sorted(scores)[:6])) or "none"
        wanted = f"{quoted(negative)} and {quoted(positive)}"
        raise RemoteError(f"{host} answers with the labels {found}; {wanted} are expected")
    total = scores[negative] + scores[positive]
    if abs(total - 1) > TOLERANCE:
        raise RemoteError(
            f"{host} answers with scores that sum to {total:.3g}; those of two classes sum to 1"
        )
    return scores[positive] / total


def _scores(row: Sequence[Any], host: str) -> Scores:
    found: dict[str, float] = {}
    for entry in row:
        said: Mapping[str, Any] = entry if isinstance(entry, dict) else {}
        label, score = said.get("label"), said.get("score")
        if not isinstance(label, str) or not _is_probability(score):
            raise RemoteError(f"{host} answers with what is no label and score from 0 to 1")
        found[label] = float(score)
    if len(found) != len(row):
        raise RemoteError(f"{host} answers with a label twice")
    return found


def _is_probability(score: Any) -> TypeGuard[float]:
    number = isinstance(score, int | float) and not isinstance(score, bool)
    return number and 0 <= score <= 1  # NaN is neither
