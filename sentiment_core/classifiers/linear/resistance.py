"""Choosing how much accuracy to give up for resistance to substitutions, on the validation reviews."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sentiment_core.classifiers.base import Substitutions
from sentiment_core.classifiers.linear import robust
from sentiment_core.classifiers.linear.classifier import Floats, Weighting
from sentiment_core.classifiers.linear.ngrams import Vocabulary
from sentiment_core.classifiers.linear.robust import Fitted
from sentiment_core.classifiers.linear.worst_case import Candidates, Places, ties


class Strength(NamedTuple):
    """How strongly words are tied to their candidates, and how much of the loss is that of the worst text."""

    ties: float
    share: float


#: The mild first; each begins with the weights of the one before.
STRENGTHS = (Strength(50.0, 0.0), Strength(50.0, 0.3), Strength(50.0, 0.6))
#: Of the C that is best for the reviews alone: a smaller one spreads the weights over more words.
PART_OF_C = 0.25
#: Rounds of worst texts for each.
ROUNDS = 2


@dataclass(frozen=True)
class Tried:
    """One strength: the weights, and on the validation reviews the accuracy before and after k substitutions.

    `strength` is None for the model that was fitted to the reviews alone. `resisting` is an estimate to first
    order, which chooses among strengths; it certifies nothing.
    """

    strength: Strength | None
    model: Fitted
    accuracy: float
    resisting: float


class Resistance:
    """Fits one linear model after the other, each more resistant."""

    def __init__(
        self,
        train: pd.DataFrame,
        validation: pd.DataFrame,
        vocabulary: Vocabulary,
        weighting: Weighting,
        counts: Any,
        against: Substitutions,
    ) -> None:
        """Look up every candidate; `counts` are those of the training reviews."""
        candidates = Candidates.of(vocabulary, against.candidates)
        asked = vocabulary.counts(validation["text"].tolist())
        given = (vocabulary, weighting)
        self.ties = ties(vocabulary, weighting, candidates)
        self.train = Places(train["text"].tolist(), *given, counts, candidates)
        self.validation = Places(validation["text"].tolist(), *given, asked, candidates)
        self.features, self.asked = weighting.features(counts), weighting.features(asked)
        self.signs, self.truth = _signs(train), _signs(validation)
        self.against = against

    def tried(self, plain: Fitted, start: Fitted, c: float, tick: Callable[[int], None]) -> list[Tried]:
        """Return the plain model and every one of STRENGTHS.

        Args:
            plain: weights of the best fit to the reviews alone.
            start: weights of such a fit with this C.
            c: as scikit-learn's C.
            tick: called with the place of each strength, several times.
        """
        found, now = [self._measured(None, plain)], start
        for place, strength in enumerate(STRENGTHS):
            now = robust.fitted(
                self.features,
                self.signs,
                lambda weights: self.train.worst(weights, self.signs, self.against.k),
                c=c,
                share=strength.share,
                start=now,
                ties=strength.ties * self.ties,
                rounds=ROUNDS,
                tick=lambda round_, place=place: tick(place),  # type: ignore[misc]
            )
            found.append(self._measured(strength, now))
        return found

    def chosen(self, tried: Sequence[Tried]) -> Tried:
        """Return the one that resists most among those that give up no more accuracy than allowed."""
        least = tried[0].accuracy - self.against.most_lost
        allowed = [one for one in tried if one.accuracy >= least - 1e-9]
        return max(allowed, key=lambda one: one.resisting)

    def _measured(self, strength: Strength | None, model: Fitted) -> Tried:
        model = Fitted(
            model.weights.astype(np.float32).astype(np.float64), model.bias
        )  # as the file has them
        margin = self.truth * (self.asked @ model.weights + model.bias)
        harm = self.validation.harm(model.weights, self.truth, self.against.k)
        return Tried(strength, model, float((margin > 0).mean()), float((margin - harm > 0).mean()))


def _signs(rows: pd.DataFrame) -> Floats:
    signs: Floats = np.where(rows["label"].to_numpy(dtype=np.int64) == 1, 1.0, -1.0)
    return signs
