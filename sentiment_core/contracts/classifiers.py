"""What every classifier promises, whatever it was made by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sentiment_core.classifiers.base import Classifier, KnowsItsWords, LinearInWords, ShowsTruncation
from sentiment_core.contracts.base import EDGE_TEXTS, require

#: How far an answer may depend on the texts beside it: padding changes the order of float32 sums.
TOLERANCE = 1e-5


def check_classifier(classifier: Classifier, texts: Sequence[str] = EDGE_TEXTS) -> None:
    """Ask a classifier these texts in several ways, and check its answers.

    Raises:
        ContractError: an answer is not what `sentiment_core.classifiers.base.Classifier` promises.
    """
    who = f"classifier {getattr(classifier, 'model_id', '')!r}"
    require(isinstance(classifier, Classifier), who, "it lacks a method or attribute of Classifier")
    _check_probabilities(who, classifier, texts)
    _check_company(who, classifier, texts)
    _check_tokens(who, classifier, texts)
    _check_spans(who, classifier, texts)
    _check_weights(who, classifier, texts)
    _check_known(who, classifier, texts)


def _check_probabilities(who: str, classifier: Classifier, texts: Sequence[str]) -> None:
    prob = classifier.predict_proba(list(texts))
    require(prob.dtype == np.float64, who, f"predict_proba gives {prob.dtype}, not float64")
    require(prob.shape == (len(texts), 2), who, f"{len(texts)} texts get an array of shape {prob.shape}")
    require(np.isfinite(prob).all(), who, "a probability is not a finite number")
    require((prob >= 0).all() and (prob <= 1).all(), who, "a probability is outside [0, 1]")
    require(np.abs(prob.sum(axis=1) - 1).max(initial=0) <= 1e-9, who, "the two columns do not sum to 1")
    none = classifier.predict_proba([])
    require(none.shape == (0, 2), who, f"no texts get an array of shape {none.shape}, not (0, 2)")


def _check_company(who: str, classifier: Classifier, texts: Sequence[str]) -> None:
    """A text gets the same answer alone, among others, and in another order."""
    together = classifier.predict_proba(list(texts))
    backward = classifier.predict_proba(list(texts)[::-1])[::-1]
    alone = np.concatenate([classifier.predict_proba([text]) for text in texts])
    for found, how in ((backward, "in another order"), (alone, "alone")):
        most = float(np.abs(found - together).max(initial=0))
        require(most <= TOLERANCE, who, f"a text gets an answer {most:.2g} away when it is asked {how}")


def _check_tokens(who: str, classifier: Classifier, texts: Sequence[str]) -> None:
    counts = classifier.token_counts(list(texts))
    require(counts.dtype == np.int64, who, f"token_counts gives {counts.dtype}, not int64")
    require(counts.shape == (len(texts),), who, f"token_counts has shape {counts.shape}")
    require((counts >= 0).all(), who, "a text has fewer than no tokens")
    require(classifier.token_counts([]).shape == (0,), who, "token_counts of no texts has rows")
    words = "The plot wanders, then it does not. "
    few, many = classifier.token_counts([words, words * 300])
    require(many >= 250 * few > 0, who, f"{few} tokens, repeated 300 times, are {many}: counted after a cut")
    limit = classifier.max_tokens
    require(limit is None or limit > 0, who, f"max_tokens is {limit}; it is None or above 0")
    require(
        limit is None or isinstance(classifier, ShowsTruncation), who, "it cuts texts and cannot show where"
    )


def _check_spans(who: str, classifier: Classifier, texts: Sequence[str]) -> None:
    if not isinstance(classifier, ShowsTruncation):
        return
    for text in texts:
        covered = "".join(text[start:end] for start, end, _ in classifier.spans(text))
        require(covered == text, who, f"the spans of {text[:40]!r} do not cover it")


def _check_weights(who: str, classifier: Classifier, texts: Sequence[str]) -> None:
    """The weights of a text's words and one constant sum to its log-odds."""
    if not isinstance(classifier, LinearInWords):
        return
    rest = []
    for text in texts:
        negative, positive = classifier.predict_proba([text])[0]
        rest.append(np.log(positive / negative) - sum(weight for *_, weight in classifier.word_weights(text)))
    spread = max(rest) - min(rest)
    require(spread <= 1e-6, who, f"weights and log-odds differ by what varies by {spread:.2g} over the texts")


def _check_known(who: str, classifier: Classifier, texts: Sequence[str]) -> None:
    """Of a text without anything in it a classifier knows nothing; nor of no texts."""
    if not isinstance(classifier, KnowsItsWords):
        return
    lost = classifier.knows_nothing(["", *texts])
    require(lost.dtype == np.bool_ and lost.shape == (len(texts) + 1,), who, "knows_nothing is not bool [n]")
    require(bool(lost[0]), who, "it knows something of an empty text")
    require(classifier.knows_nothing([]).shape == (0,), who, "knows_nothing of no texts has rows")
