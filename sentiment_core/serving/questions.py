"""What a model is asked, and its answers: this runs where the model is, beside the server or in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.base import AnswersAlike, Classifier, GivesLogOdds, ShowsTruncation
from sentiment_core.errors import ReelcheckError
from sentiment_core.execution.base import Stop, Work
from sentiment_core.explainers import explainer_named, explainers_for
from sentiment_core.explanation.explaining import fresh
from sentiment_core.explanation.passages import passage_of
from sentiment_core.serving.refusals import Refusal, failed, invalid, too_large

Direction = Literal["Left", "Right"]
#: Of negative and positive: probabilities, or raw scores.
Scores = tuple[float, float]
#: What every model is asked first.
FIRST = "A film."
#: Batches after which a model forgets what it was asked.
BATCHES_REMEMBERED = 64
#: Questions to the model that one explanation may cost.
MOST_ASKED = 1_000
#: Where a probability is nearer to 0 or 1, its logit is taken of this.
NEAREST = 1e-12


@runtime_checkable
class GivesLogits(Protocol):
    """A classifier with a score for each class before softmax."""

    def predict_logits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n, 2]."""
        ...


@dataclass(frozen=True)
class Question:
    """What a model says of a text.

    Attributes:
        raw: scores before softmax instead of probabilities.
        truncate: False: a text that is longer than the model reads is refused; else it is cut.
        direction: which end is cut off; None: as the model reads long texts.
    """

    text: str
    raw: bool = False
    truncate: bool | None = None
    direction: Direction | None = None


@dataclass(frozen=True)
class Why:
    """Which words of a text carry its score; `method`: None for the first that can explain the model."""

    text: str
    method: str | None = None


Asked = Question | Why
#: Scores for a question, a record for a why, and for either a refusal.
Answer = Scores | dict[str, Any] | Refusal


def prepare(load: Callable[[], Classifier]) -> Work:
    """Load the model once, and return what answers a list of questions to it.

    Without a list it answers how many tokens the model reads (None: all), after a first prediction: that one
    loads what a model needs and shows whether it answers at all.
    """
    classifier = load()
    probabilities = Probabilities(classifier)

    def work(asked: Sequence[Asked] | None, stop: Stop) -> list[Answer] | int | None:
        if asked is not None:
            return answers(classifier, asked, probabilities)
        probabilities([FIRST])
        return classifier.max_tokens

    return work


def answers(
    classifier: Classifier, asked: Sequence[Asked], probabilities: Probabilities | None = None
) -> list[Answer]:
    """Return an answer to each question, in order; one that cannot be answered takes no other with it."""
    found: dict[int, Answer] = {}
    texts: dict[bool, dict[int, str]] = {False: {}, True: {}}
    for place, one in enumerate(asked):
        if isinstance(one, Why):
            found[place] = _guarded(partial(_explained, classifier, one))
            continue
        text = _guarded(partial(_read, classifier, one))
        if isinstance(text, str):
            texts[one.raw][place] = text
        else:
            found[place] = text
    for raw, chosen in texts.items():
        score = partial(raw_scores, classifier) if raw else probabilities or Probabilities(classifier)
        found |= zip(chosen, _scored(score, list(chosen.values())), strict=True)
    return [found[place] for place in range(len(asked))]


def raw_scores(classifier: Classifier, texts: Sequence[str]) -> NDArray[np.float64]:
    """Return float64 [n, 2]: scores whose softmax are the probabilities.

    The logits of a model that has them. One with log-odds alone has no two scores: half of them for the
    positive class, and the opposite for the negative.
    """
    if isinstance(classifier, GivesLogits):
        return np.asarray(classifier.predict_logits(texts), dtype=np.float64)
    if isinstance(classifier, GivesLogOdds):
        log_odds = np.asarray(classifier.log_odds(texts), dtype=np.float64)
    else:
        positive = np.clip(Probabilities(classifier)(texts)[:, 1], NEAREST, 1 - NEAREST)
        log_odds = np.log(positive) - np.log1p(-positive)
    return np.column_stack([-log_odds / 2, log_odds / 2])


class Probabilities:
    """float64 [n, 2] of texts, as `predict_proba` gives them within 1e-6.

    A network's way with texts that are alike is faster with any: no padding, and at last one token alone
    (`classifiers/transformer/encoder.py`). It remembers its answers, so it is renewed after some batches.
    """

    def __init__(self, classifier: Classifier) -> None:
        self.classifier = classifier
        self._left = 0

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probabilities."""
        if not isinstance(self.classifier, AnswersAlike):
            return np.asarray(self.classifier.predict_proba(texts), dtype=np.float64)
        from scipy.special import expit

        if not self._left:
            self._log_odds, self._left = self.classifier.alike(), BATCHES_REMEMBERED
        self._left -= 1
        positive = expit(np.asarray(self._log_odds(texts), dtype=np.float64))
        return np.column_stack([1.0 - positive, positive])


def _scored(score: Callable[[Sequence[str]], NDArray[np.float64]], texts: Sequence[str]) -> list[Answer]:
    """Return the scores of texts together or, where that fails, of each by itself."""
    if not texts:
        return []
    found = _guarded(partial(score, texts))
    if not isinstance(found, Refusal):
        return [(float(negative), float(positive)) for negative, positive in found]
    if len(texts) == 1:
        return [found]
    return [answer for text in texts for answer in _scored(score, [text])]


def _guarded(compute: Callable[[], Any]) -> Any:
    """Return what is computed, or why it cannot be; another library's words could quote the text."""
    try:
        return compute()
    except Refusal as refusal:
        return refusal
    except ReelcheckError as error:
        return failed(f"the model has no answer: {' '.join(str(error).split())}")
    except Exception as error:
        return failed(f"the model failed on this text ({type(error).__name__})")


# --- long texts ------------------------------------------------------------------------------------


def _read(classifier: Classifier, question: Question) -> str:
    """Return the text that is asked about: all of it, or what a direction leaves of it."""
    text, most = question.text, classifier.max_tokens
    if most is None or (question.truncate is None and question.direction is None):
        return text
    n_tokens = int(classifier.token_counts([text])[0])
    if n_tokens <= most:
        return text
    if question.truncate is False:
        raise too_large(
            f"inputs has {n_tokens:,} tokens, and this model reads {most:,}; send truncate: true or less text"
        )
    if question.direction is None or (question.direction == "Right" and _reads_the_start(classifier, text)):
        return text
    return cut(classifier, text, question.direction, most)


def _reads_the_start(classifier: Classifier, text: str) -> bool:
    """Return whether what a model leaves out of a text is its end."""
    if not isinstance(classifier, ShowsTruncation):
        return False
    return not classifier.spans(text)[-1].read


def cut(classifier: Classifier, text: str, direction: Direction, most: int) -> str:
    """Return the longest beginning (end cut off on the "Right") or end of a text that is read whole.

    Cut between words, or inside the only one that is left.
    """
    left = direction == "Left"
    places = [found.start() if left else found.end() for found in re.finditer(r"\S+", text)]
    kept = _longest(classifier, text, left, places, most)
    return kept or _longest(classifier, text, left, range(len(text) + 1), most)


def _longest(classifier: Classifier, text: str, left: bool, places: Sequence[int], most: int) -> str:
    """Return the longest part that fits, by halves: of fewer words there are fewer tokens."""
    ordered = list(reversed(places)) if left else list(places)
    fits, low, high = "", 0, len(ordered) - 1
    while low <= high:
        middle = (low + high) // 2
        part = text[ordered[middle] :] if left else text[: ordered[middle]]
        if int(classifier.token_counts([part])[0]) <= most:
            fits, low = part, middle + 1
        else:
            high = middle - 1
    return fits


# --- why -------------------------------------------------------------------------------------------


def _explained(classifier: Classifier, why: Why) -> dict[str, Any]:
    """Return an attribution as JSON; nothing is kept in the workspace."""
    try:
        able = explainers_for(classifier)
        explainer = explainer_named(why.method) if why.method else next(iter(able.values()))
    except ReelcheckError as error:
        raise invalid(str(error)) from None
    if explainer.name not in able:
        reason = explainer.lacking(classifier)
        raise invalid(f"{explainer.name} cannot explain this model: {reason}; can: {', '.join(able)}")
    passage = passage_of(classifier, why.text)
    cost = explainer.passes(len(passage.words), explainer.settings)
    if cost > MOST_ASKED:
        raise too_large(
            f"{explainer.name} would ask the model {cost:,.0f} times about this text, and {MOST_ASKED:,} are "
            "allowed; send a shorter text, or another method"
        )
    return fresh(classifier, passage, explainer, explainer.settled()).to_json()
