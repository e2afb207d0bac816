"""Whether new reviews differ from earlier ones: in length, words, labels, a model's confidence, or at all."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sentiment_core.classifiers.base import Progress, no_progress
from sentiment_core.errors import DataError
from sentiment_core.evaluation.prediction import predict_frame
from sentiment_core.schema import Estimate
from sentiment_core.statistics import Z95, difference_of_shares, mean

Floats = NDArray[np.float64]
#: Reviews (example_id, text) to their vectors, float32 [n, d].
OfReviews = Callable[[pd.DataFrame], NDArray[np.float32]]

#: Reviews of each side that are looked at; more make the intervals narrower than a reader needs.
MOST_REVIEWS = 2_000
#: Fewer on a side say nothing about words.
LEAST_REVIEWS = 20
#: An AUC whose whole interval is beyond this is called drift; it is 0.5 where nothing tells the sides apart.
AUC_BEYOND = 0.6
_WORD = re.compile(r"\w+")
_SAMPLE = "of the reviews that were looked at"


@dataclass(frozen=True)
class Figure:
    """One difference between new and earlier reviews.

    Attributes:
        name: the figure's name in JSON.
        title: what is compared, in words.
        new: its value on the new reviews; NaN where it is about both sides at once.
        before: its value on the earlier ones.
        difference: new - before with its 95 % interval, or the figure itself where it is about both.
        unit: what the values count: "words", "share", "probability", "AUC".
    """

    name: str
    title: str
    new: float
    before: float
    difference: Estimate
    unit: str

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "name": self.name,
            "title": self.title,
            "new": self.new,
            "before": self.before,
            "difference": self.difference.to_json(),
            "unit": self.unit,
        }


@dataclass(frozen=True)
class Drift:
    """All figures, how many reviews of each side they are of, and whether the sides can be told apart."""

    figures: list[Figure]
    n_new: int
    n_before: int

    @property
    def auc(self) -> Estimate:
        """The domain classifier's AUC."""
        return next(figure.difference for figure in self.figures if figure.name == "domain_auc")

    @property
    def sentence(self) -> str:
        """Say whether a classifier can tell the sides apart."""
        auc = self.auc
        if not auc.defined:
            return f"undecided: {auc.reason}"
        figure = f"AUC {auc.value:.2f} [{auc.ci_low:.2f}, {auc.ci_high:.2f}], n = {auc.n:,}"
        if auc.ci_low > AUC_BEYOND:
            return f"the new reviews differ: a classifier tells them from the earlier ones ({figure})"
        if auc.ci_high <= AUC_BEYOND:
            return f"no drift is seen: a classifier hardly tells new reviews from earlier ones ({figure})"
        return f"undecided: a classifier may tell the new reviews from the earlier ones ({figure})"


def drift(
    new: pd.DataFrame,
    before: pd.DataFrame,
    model: str | None = None,
    *,
    vectors: tuple[OfReviews, OfReviews] | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Drift:
    """Compare new reviews with earlier ones.

    Args:
        new: labeled reviews (example_id, text, label).
        before: the reviews to compare them with, for example a model's training reviews.
        model: id or alias; with one, its confidence on both sides is compared.
        vectors: with them, how well the sides can be told apart by what the encoder reads: for the new and
            for the earlier reviews, what returns the vectors of some of them, float32 [n, d].
        seed: of the samples and of the domain classifier's split.
        progress: called at every step.

    Raises:
        DataError: a side has fewer than LEAST_REVIEWS reviews.
    """
    new, before = sample(new, seed), sample(before, seed)
    for side, name in ((new, "new"), (before, "earlier")):
        if len(side) < LEAST_REVIEWS:
            raise DataError(
                f"{len(side)} {name} reviews are too few to compare; give {LEAST_REVIEWS} or more"
            )
    progress(0, 4, "counting words")
    figures = [_length(new, before), _unknown_words(new, before, seed), _balance(new, before)]
    progress(1, 4, "telling the sides apart")
    figures.append(_domain_auc(new["text"].tolist(), before["text"].tolist(), seed))
    if vectors is not None:
        progress(2, 4, "telling them apart by vectors")
        figures.append(_vectors_auc(vectors[0](new), vectors[1](before), seed))
    if model is not None:
        progress(3, 4, "asking the model")
        figures.append(_confidence(model, new, before))
    progress(4, 4, "compared")
    return Drift(figures, len(new), len(before))


def auc_with_interval(scores_new: Floats, scores_before: Floats) -> Estimate:
    """Return the AUC with its 95 % interval by DeLong et al. 1988, from the placements of Sun & Xu 2014.

    It is the chance that a new review scores above an earlier one; ties count half.
    """
    from scipy.stats import rankdata

    m, k = len(scores_new), len(scores_before)
    ranks = rankdata(np.concatenate([scores_new, scores_before]))
    above_before = (ranks[:m] - rankdata(scores_new)) / k
    above_new = 1 - (ranks[m:] - rankdata(scores_before)) / m
    value = float(above_before.mean())
    half = Z95 * math.sqrt(np.var(above_before, ddof=1) / m + np.var(above_new, ddof=1) / k)
    return Estimate(value, max(0.0, value - half), min(1.0, value + half), m + k)


def sample(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the reviews that `drift` looks at: each text once, at most MOST_REVIEWS, seeded."""
    rows = rows.drop_duplicates("text")
    return rows.sample(MOST_REVIEWS, random_state=seed) if len(rows) > MOST_REVIEWS else rows


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _length(new: pd.DataFrame, before: pd.DataFrame) -> Figure:
    counts = [np.array([len(_words(text)) for text in side["text"]], float) for side in (new, before)]
    return _of_means("length", "words per review", *counts, unit="words")


def _unknown_words(new: pd.DataFrame, before: pd.DataFrame, seed: int) -> Figure:
    """Compare new reviews with half of the earlier ones in how many of their words the other half lacks."""
    order = np.random.default_rng(seed).permutation(len(before))
    known_half, other_half = (before.iloc[part] for part in np.array_split(order, 2))
    known = {word for text in known_half["text"] for word in _words(text)}
    shares = [_shares_unknown(side["text"].tolist(), known) for side in (new, other_half)]
    title = "share of a review's words that half of the earlier reviews do not have"
    return _of_means("unknown_words", title, *shares, unit="share")


def _shares_unknown(texts: list[str], known: set[str]) -> Floats:
    found = [_words(text) for text in texts]
    return np.array([np.mean([word not in known for word in words]) if words else np.nan for words in found])


def _balance(new: pd.DataFrame, before: pd.DataFrame) -> Figure:
    (a, n_a), (b, n_b) = ((int(side["label"].sum()), len(side)) for side in (new, before))
    difference = Estimate(*difference_of_shares(a, n_a, b, n_b), n_a + n_b)
    return Figure("positive", "share of positive reviews", a / n_a, b / n_b, difference, "share")


def _confidence(model: str, new: pd.DataFrame, before: pd.DataFrame) -> Figure:
    sides = []
    for side in (new, before):
        positive = predict_frame(model, side)["prob_positive"].to_numpy(float)
        sides.append(np.maximum(positive, 1 - positive))
    return _of_means("confidence", "the model's probability of its answer", *sides, unit="probability")


def _of_means(name: str, title: str, new: Floats, before: Floats, *, unit: str) -> Figure:
    """Return a difference of means with Welch's 95 % interval for large samples."""
    sides = [side[~np.isnan(side)] for side in (new, before)]
    n = sum(map(len, sides))
    if min(map(len, sides)) < 2:
        undefined = mean(np.array([]), f"too few {_SAMPLE} have words")
        return Figure(name, title, math.nan, math.nan, undefined, unit)
    values = [float(side.mean()) for side in sides]
    half = Z95 * math.sqrt(sum(side.var(ddof=1) / len(side) for side in sides))
    difference = values[0] - values[1]
    new_mean, before_mean = values
    return Figure(
        name,
        title,
        new_mean,
        before_mean,
        Estimate(difference, difference - half, difference + half, n),
        unit,
    )


def _domain_auc(new: list[str], before: list[str], seed: int) -> Figure:
    """Return how well TF-IDF with logistic regression tells the sides apart."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    classifier = make_pipeline(
        TfidfVectorizer(sublinear_tf=True, min_df=2, token_pattern=r"\w+"), LogisticRegression(C=10.0)
    )
    title = "how well a classifier tells new from earlier reviews (0.5: not at all)"
    try:
        auc = _told_apart(classifier, [*new, *before], len(new), seed)
    except ValueError:  # scikit-learn's, where no word occurs twice
        n = len(new) + len(before)
        auc = Estimate(math.nan, math.nan, math.nan, n, "no word occurs in two reviews")
    return Figure("domain_auc", title, math.nan, math.nan, auc, "AUC")


def _vectors_auc(new: NDArray[np.float32], before: NDArray[np.float32], seed: int) -> Figure:
    """Return how well logistic regression on the encoder's vectors tells the sides apart.

    It sees what reviews are about in whatever words, of the first tokens of each.
    """
    from sklearn.linear_model import LogisticRegression

    # The entries of a vector of length 1 are about 0.05; C = 100 lets weights grow accordingly.
    classifier = LogisticRegression(C=100.0, max_iter=1000)
    auc = _told_apart(classifier, np.concatenate([new, before]), len(new), seed)
    title = "how well a classifier on vectors tells new from earlier reviews (0.5: not at all)"
    return Figure("vectors_auc", title, math.nan, math.nan, auc, "AUC")


def _told_apart(classifier: Any, features: Any, n_new: int, seed: int) -> Estimate:
    """Return the AUC of a classifier fitted on half of the reviews and asked about the other half.

    Pooled cross-validation was tried: where nothing tells the sides apart its AUC is below 0.5 on average.
    The features of the new reviews come first.
    """
    from sklearn.model_selection import train_test_split

    side = np.array([1] * n_new + [0] * (len(features) - n_new))
    fitted, asked, side_fitted, side_asked = train_test_split(
        features, side, test_size=0.5, random_state=seed, stratify=side
    )
    scores = classifier.fit(fitted, side_fitted).decision_function(asked)
    return auc_with_interval(scores[side_asked == 1], scores[side_asked == 0])
