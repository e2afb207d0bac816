"""What every explainer promises: its words, offsets into the text as given, scores that add up as it says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Classifier
from sentiment_core.classifiers.linear.ngrams import TOKEN
from sentiment_core.contracts.base import EDGE_TEXTS, require, require_words
from sentiment_core.explanation.base import Attribution, Explainer
from sentiment_core.explanation.explaining import explain

#: The longest edge text has thousands of words, for which one that asks would need thousands of answers.
TEXTS = (
    *EDGE_TEXTS[:-1],
    "The plot wanders, then it does not. " * 5,
    "  Tom &amp; Jerry<br />is\u00a0a good   film",
)


class Praise:
    """A classifier for checks: its log-odds are a sum over words, of which one counts."""

    model_id = "praise"
    max_tokens = None

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n, 2]."""
        positive = 1 / (1 + np.exp(-self.log_odds(texts)))
        return np.stack([1 - positive, positive], axis=1)

    def log_odds(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return float64 [n]."""
        sums = [sum(weight for *_, weight in self.word_weights(text)) for text in texts]
        return np.array(sums, dtype=np.float64) - 0.5

    def token_counts(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return int64 [n]."""
        return np.array([len(text.split()) for text in texts], dtype=np.int64)

    def word_weights(self, text: str) -> list[tuple[int, int, float]]:
        """Return (start, end, weight) of each word."""
        return [(*match.span(), float(match.group().lower() == "good")) for match in TOKEN.finditer(text)]


def check_explainer(
    explainer: Explainer, classifiers: Sequence[Classifier] = (Praise(),), texts: Sequence[str] = TEXTS
) -> None:
    """Explain these texts by every classifier that the explainer can explain, and check what it finds.

    Args:
        explainer: in EXPLAINERS or not.
        classifiers: one of them at least must be of the explainer's kind.
        texts: explained with the explainer's own settings; nothing is kept.

    Raises:
        ContractError: a promise of `sentiment_core.explanation.base.Explainer` is not kept.
    """
    who = f"explainer {explainer.name!r}"
    require_words(who, explainer.name, explainer.title, explainer.description)
    require(explainer.source, who, "it has no source")
    require(explainer.baseline, who, "it does not say what its base value is the answer to")
    require(explainer.passes(10, explainer.settings) > 0, who, "explaining ten words costs nothing")
    able = [classifier for classifier in classifiers if not explainer.lacking(classifier)]
    require(able, who, "it can explain none of these classifiers")
    for classifier in able:
        found = explain(classifier, texts, explainer, keep=False)
        again = explain(classifier, texts, explainer, keep=False)
        for text, attribution, second in zip(texts, found, again, strict=True):
            _check_words(who, text, attribution)
            _check_sum(who, explainer, attribution)
            same = np.allclose(attribution.scores, second.scores, rtol=0, atol=1e-5)
            require(same, who, f"{text[:40]!r} gets other scores the second time")


def _check_words(who: str, text: str, attribution: Attribution) -> None:
    require(attribution.scores.dtype == np.float64, who, f"scores are {attribution.scores.dtype}")
    lengths = {len(attribution.tokens), len(attribution.offsets), len(attribution.scores)}
    require(len(lengths) == 1, who, "tokens, offsets and scores are of different lengths")
    at = 0
    for token, (start, end) in zip(attribution.tokens, attribution.offsets, strict=True):
        require(at <= start < end <= len(text), who, f"offsets ({start}, {end}) do not follow {at}")
        require(text[start:end] == token, who, f"{token!r} does not stand at {start} of the text as given")
        at = end


def _check_sum(who: str, explainer: Explainer, attribution: Attribution) -> None:
    require(np.isfinite(attribution.delta), who, "its scores do not have a finite sum")
    require(
        abs(attribution.delta) <= explainer.adds_up_within,
        who,
        f"scores are {attribution.delta:.2g} from adding up; {explainer.adds_up_within:g} is promised",
    )
