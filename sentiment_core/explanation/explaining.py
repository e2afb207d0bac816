"""Explain texts: each once, as they were explained before where that is kept, with progress."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from sentiment_core.classifiers.base import Classifier, Progress, no_progress
from sentiment_core.explanation import keeping
from sentiment_core.explanation.asking import log_odds
from sentiment_core.explanation.base import Attribution, Explainer, ExplanationError, Settings, of_passage
from sentiment_core.explanation.passages import Passage, passage_of


def explain(
    classifier: Classifier,
    texts: Sequence[str],
    explainer: Explainer,
    settings: Settings | None = None,
    *,
    progress: Progress = no_progress,
    keep: bool = True,
) -> list[Attribution]:
    """Return an attribution for each text, in order; equal texts are explained once.

    Args:
        classifier: a loaded model.
        texts: as given: they are cleaned here, and offsets are into what was given.
        explainer: one that can explain this classifier.
        settings: of the explainer, where they are not its own.
        progress: called after each distinct text; raise Cancelled in it to stop.
        keep: whether explanations are looked for in the workspace, and kept there.

    Raises:
        ExplanationError: the explainer cannot explain this classifier, or has no such setting.
    """
    if reason := explainer.lacking(classifier):
        raise ExplanationError(f"{explainer.name} cannot explain {classifier.model_id}: {reason}")
    settled = explainer.settled(settings)
    found: dict[str, Attribution] = {}
    distinct = list(dict.fromkeys(texts))
    for number, text in enumerate(distinct, start=1):
        found[text] = _one(classifier, text, explainer, settled, keep)
        progress(number, len(distinct), f"explaining by {explainer.name}")
    return [found[text] for text in texts]


def _one(
    classifier: Classifier, text: str, explainer: Explainer, settings: Settings, keep: bool
) -> Attribution:
    if keep and (known := keeping.find(classifier.model_id, explainer.name, settings, text)):
        return known
    attribution = fresh(classifier, passage_of(classifier, text), explainer, settings)
    if keep:
        keeping.keep(classifier.model_id, explainer.name, settings, text, attribution)
    return attribution


def fresh(classifier: Classifier, passage: Passage, explainer: Explainer, settings: Settings) -> Attribution:
    """Return the attribution of a passage, computed now."""
    if passage.words:
        return of_passage(explainer, passage, explainer.share(classifier, passage, settings))
    value = float(log_odds(classifier, [passage.text])[0])
    unread = tuple(passage.in_given(start, end) for start, end in passage.unread)
    return Attribution(explainer.name, (), (), np.zeros(0), value, value, explainer.baseline, unread)


def seconds_of_prediction(classifier: Classifier, text: str) -> float:
    """Return how long one prediction of a text takes now, for `expected_seconds`."""
    log_odds(classifier, [text])  # the first one may load what it needs
    began = time.perf_counter()
    log_odds(classifier, [text])
    return time.perf_counter() - began


def expected_seconds(explainer: Explainer, words: int, seconds_of_one: float) -> float:
    """Return about how long explaining a text of that many words takes."""
    return explainer.passes(words, explainer.settings) * seconds_of_one
