"""The forms of requests and answers: the hub's, and that of text-embeddings-inference."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from sentiment_core.schema import LABEL_NAMES
from sentiment_core.serving.limits import Limits
from sentiment_core.serving.questions import Direction, Question, Scores, Why
from sentiment_core.serving.refusals import empty, invalid, too_large

#: JSON can write it, and no tokenizer reads it.
SURROGATE = re.compile("[\ud800-\udfff]")
GOOD = "Two hours that feel like four."


class _Form(BaseModel):
    """A request's body: types are as written, and a misspelled name is an error."""

    model_config = ConfigDict(extra="forbid", strict=True)


class HubParameters(_Form):
    """What the hub's clients may add to a text."""

    top_k: Annotated[int | None, Field(ge=1, description="the most probable classes; both by default")] = None
    function_to_apply: Annotated[
        Literal["softmax", "sigmoid", "none"] | None,
        Field(
            description="softmax: probabilities (default); none: scores before it; sigmoid: of each of those"
        ),
    ] = None


class HubRequest(_Form):
    """The hub's form: one text or several."""

    inputs: Annotated[str | list[str], Field(description="a text, or a list of texts", examples=[GOOD])]
    parameters: Annotated[
        HubParameters | None,
        Field(description="top_k: so many classes; function_to_apply: softmax (default), sigmoid or none"),
    ] = None
    options: Annotated[dict[str, Any] | None, Field(description="of the hub's own service; not used")] = None


class PredictRequest(_Form):
    """The form of text-embeddings-inference: a text, or a batch of lists of one text each."""

    inputs: Annotated[
        str | list[str] | list[list[str]],
        Field(description='a text, or a batch [["a"], ["b"]]; a flat list of two is a pair', examples=[GOOD]),
    ]
    raw_scores: Annotated[bool, Field(description="scores before softmax")] = False
    truncate: Annotated[
        bool | None,
        Field(description="false: refuse a text longer than the model reads; else it is read as far as that"),
    ] = None
    truncation_direction: Annotated[
        Literal["Left", "Right", "left", "right"] | None,
        Field(description="which end is cut off; by default as the model was trained"),
    ] = None


class ExplainRequest(_Form):
    """Which words carry a score."""

    inputs: Annotated[str, Field(description="a text", examples=[GOOD])]
    method: Annotated[
        str | None, Field(max_length=60, description="an explainer; the best for the model by default")
    ] = None


class Label(BaseModel):
    """A class and its score."""

    label: Annotated[str, Field(examples=["positive"])]
    score: Annotated[float, Field(examples=[0.98])]


class Problem(BaseModel):
    """Why there is no answer."""

    error: str
    error_type: Annotated[str, Field(examples=["Validation"])]


# --- from requests to questions --------------------------------------------------------------------


def hub_questions(body: HubRequest, limits: Limits) -> list[Question]:
    """Return a question for each text; Refusal where one is empty or too long, or there are too many."""
    texts = [body.inputs] if isinstance(body.inputs, str) else body.inputs
    check_texts(texts, limits)
    function = body.parameters.function_to_apply if body.parameters else None
    return [Question(text, raw=function in ("sigmoid", "none")) for text in texts]


def predict_questions(body: PredictRequest, limits: Limits) -> list[Question]:
    """Return a question for each text; Refusal as `hub_questions`, and for a pair."""
    texts = _texts_of(body.inputs)
    check_texts(texts, limits)
    direction: Direction | None = None
    if body.truncation_direction is not None:
        direction = "Left" if body.truncation_direction.lower() == "left" else "Right"
    return [Question(text, body.raw_scores, body.truncate, direction) for text in texts]


def why_of(body: ExplainRequest, limits: Limits) -> Why:
    """Return what is to be explained; Refusal where the text is empty or too long."""
    check_texts([body.inputs], limits)
    return Why(body.inputs, body.method)


def check_texts(texts: Sequence[str], limits: Limits) -> None:
    """Raise Refusal for texts that are not within the limits."""
    if not texts:
        raise empty("inputs")
    if len(texts) > limits.texts:
        raise too_large(f"inputs has {len(texts):,} texts; {limits.texts:,} are allowed in one request")
    for number, text in enumerate(texts, start=1):
        which = "inputs" if len(texts) == 1 else f"text {number} of inputs"
        if not text.strip():
            raise empty(which)
        if SURROGATE.search(text):
            raise invalid(f"{which} holds half a character (an unpaired surrogate); send whole ones")
        if len(text) > limits.characters:
            raise too_large(f"{which} has {len(text):,} characters; {limits.characters:,} are allowed")


def _texts_of(inputs: str | list[str] | list[list[str]]) -> list[str]:
    if isinstance(inputs, str):
        return [inputs]
    batch = [[one] for one in inputs] if len(inputs) == 1 and isinstance(inputs[0], str) else inputs
    if any(isinstance(one, str) for one in batch):
        raise invalid(_not_a_batch(len(batch)))
    for row in batch:
        if len(row) != 1:
            raise invalid(_not_a_batch(len(row)))
    return [row[0] for row in batch]


def _not_a_batch(n: int) -> str:
    if n == 2:
        return 'a list of two texts is a pair, and this model reads one text; write a batch as [["a"], ["b"]]'
    return f'a list of {n:,} texts is neither a text nor a pair; write a batch as [["a"], ["b"]]'


# --- from answers to replies -----------------------------------------------------------------------


def hub_reply(body: HubRequest, answers: Sequence[Scores]) -> list[list[dict[str, Any]]]:
    """Return a list a text, also for a single one: the hub's client takes the first of them."""
    asked = body.parameters or HubParameters()
    return [labels(_applied(scores, asked.function_to_apply))[: asked.top_k] for scores in answers]


def predict_reply(
    body: PredictRequest, answers: Sequence[Scores]
) -> list[dict[str, Any]] | list[list[dict[str, Any]]]:
    """Return a flat list for one text, a list of lists for a batch."""
    found = [labels(scores) for scores in answers]
    flat = isinstance(body.inputs, str) or isinstance(body.inputs[0], str)
    return found[0] if flat else found


def labels(scores: Scores) -> list[dict[str, Any]]:
    """Return both classes with their scores, the larger first."""
    named = [{"label": LABEL_NAMES[place], "score": score} for place, score in enumerate(scores)]
    return sorted(named, key=lambda one: -float(str(one["score"])))


def _applied(scores: Scores, function: str | None) -> Scores:
    """Return raw scores through a sigmoid each, where that is asked for; others as they are."""
    if function != "sigmoid":
        return scores
    negative, positive = (float(1 / (1 + np.exp(-np.clip(score, -500, 500)))) for score in scores)
    return negative, positive
