"""Training against the worst substitutions: harm by enumeration, gradient by differences, scikit-learn."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.special import expit

from sentiment_core.classifiers.linear import bow, robust, tfidf, worst_case
from sentiment_core.classifiers.linear.ngrams import learn
from sentiment_core.classifiers.linear.worst_case import Candidates, Places

WORDS = ("good", "bad", "fine", "poor", "film", "plot", "very", "not")
NEAR = {
    "good": ("fine", "unheard", "well-made"),
    "fine": ("good",),
    "bad": ("poor", "BAD"),
    "film": ("plot",),
}


def texts_of(seed: int, n: int, length: int) -> list[str]:
    chance = np.random.default_rng(seed)
    return [" ".join(chance.choice(WORDS, size=length)) for _ in range(n)]


def places_of(texts: list[str], weigh: object = bow.weigh, max_n: int = 2) -> Places:
    vocabulary, counts = learn([*texts, " ".join(WORDS)], max_n, 1)
    counts = counts[: len(texts)]
    weighting = weigh(counts, np.zeros(len(texts), dtype=np.int64))  # type: ignore[operator]
    return Places(
        texts, vocabulary, weighting, counts, Candidates.of(vocabulary, lambda word: NEAR.get(word, ()))
    )


def log_odds(places: Places, texts: list[str], weights: np.ndarray) -> np.ndarray:
    return np.asarray(places.weighting.features(places.vocabulary.counts(texts)) @ weights)


def enumerated(text: str, k: int) -> list[str]:
    """Return every text with at most k words substituted, two neighbors never both."""
    words = text.split()
    found = []
    for places in itertools.combinations(range(len(words)), k):
        ways = [
            [words[at], *(new for new in NEAR.get(words[at], ()) if "-" not in new)]
            if at in places
            else [words[at]]
            for at in range(len(words))
        ]
        found += [" ".join(choice) for choice in itertools.product(*ways)]
    return found


@pytest.fixture(autouse=True)
def _compare_every_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worst_case, "PLACES_COMPARED", 100)


@pytest.mark.parametrize(("max_n", "k"), [(1, 1), (1, 2), (1, 3), (2, 1), (3, 1)])
def test_the_worst_harm_to_plain_counts_is_that_of_every_text_enumerated(max_n: int, k: int) -> None:
    """Counts of single words add up, whatever k is; n-grams do for one substitution."""
    texts = texts_of(max_n + k, 25, 7)
    places = places_of(texts, max_n=max_n)
    chance = np.random.default_rng(k)
    for _ in range(4):
        weights = chance.normal(size=places.vocabulary.size)
        signs = chance.choice([-1.0, 1.0], size=len(texts))
        harm = places.harm(weights, signs, k)
        for place, text in enumerate(texts):
            before = log_odds(places, [text], weights)
            worst = (signs[place] * log_odds(places, enumerated(text, k), weights)).min()
            assert harm[place] == pytest.approx(signs[place] * before[0] - worst, abs=1e-9)


def test_what_is_taken_from_a_review_of_unit_length_is_what_the_new_text_lacks_to_first_order() -> None:
    """The norm stays as it was: the values that are taken are those of the text before, scaled alike."""
    texts = texts_of(5, 10, 9)
    places = places_of(texts, tfidf.weigh, max_n=1)
    weights = np.random.default_rng(0).normal(size=places.vocabulary.size)
    signs = np.ones(len(texts))
    whole = worst_case.Weighting(places.weighting.local, places.weighting.factors, normalised=False)
    for place, text in enumerate(texts):
        counts = places.vocabulary.counts([text, *enumerated(text, 1)])
        values = np.asarray((whole.features(counts) @ weights) * places.scale[place]).ravel()
        assert places.harm(weights, signs, 1)[place] == pytest.approx(values[0] - values.min(), abs=1e-9)


def test_ties_are_the_mean_squared_differences_of_words_and_their_candidates() -> None:
    places = places_of(texts_of(0, 20, 9), tfidf.weigh)
    vocabulary, factors = places.vocabulary, places.weighting.factors
    columns = {word: at for at, word in enumerate(vocabulary.words)}  # every word is a feature
    weights = np.random.default_rng(6).normal(size=vocabulary.size)
    total = 0.0
    for word, options in NEAR.items():
        known = [columns.get(new) for new in options if "-" not in new and new.lower() != word]
        own = factors[columns[word]] * weights[columns[word]]
        others = [0.0 if at is None else factors[at] * weights[at] for at in known]
        total += float(np.mean([(own - other) ** 2 for other in others])) if others else 0.0
    total /= np.mean(factors[: len(vocabulary.words)] ** 2)
    penalty = worst_case.ties(vocabulary, places.weighting, places.candidates)
    assert weights @ (penalty @ weights) == pytest.approx(total)
    assert np.linalg.eigvalsh(penalty.toarray()).min() > -1e-9


def test_the_gradient_is_the_difference_of_the_loss() -> None:
    texts = texts_of(1, 12, 8)
    places = places_of(texts, tfidf.weigh)
    features = places.weighting.features(places.vocabulary.counts(texts))
    signs = np.where(np.arange(12) % 2, 1.0, -1.0)
    chance = np.random.default_rng(2)
    taken = [places.worst(chance.normal(size=places.vocabulary.size), signs, 2) for _ in range(3)]
    ties = 5.0 * worst_case.ties(places.vocabulary, places.weighting, places.candidates)
    loss = robust._Loss(features, taken, signs, 3.0, 0.7, ties)
    point = chance.normal(size=places.vocabulary.size + 1)
    value, gradient = loss(point)
    for place in chance.choice(len(point), size=12, replace=False):
        step = np.zeros(len(point))
        step[place] = 1e-6
        assert (loss(point + step)[0] - loss(point - step)[0]) / 2e-6 == pytest.approx(
            gradient[place], abs=1e-4
        )
    for _ in range(20):  # and the loss is convex
        one, other = chance.normal(size=(2, len(point)))
        assert loss((one + other) / 2)[0] <= (loss(one)[0] + loss(other)[0]) / 2 + 1e-9
    assert value > 0


def test_without_a_share_of_the_worst_it_is_logistic_regression() -> None:
    from sklearn.linear_model import LogisticRegression

    chance = np.random.default_rng(3)
    features = csr_matrix(chance.normal(size=(80, 6)))
    labels = (chance.random(80) < expit(features @ chance.normal(size=6))).astype(int)
    start = robust.Fitted(np.zeros(6), 0.0)
    found = robust.fitted(
        features, 2.0 * labels - 1, lambda weights: 0 * features, c=0.5, share=0.0, start=start, rounds=2
    )
    known = LogisticRegression(C=0.5, tol=1e-9, max_iter=1000).fit(features, labels)
    assert found.weights == pytest.approx(known.coef_[0], abs=1e-3)
    assert found.bias == pytest.approx(known.intercept_[0], abs=1e-3)


def test_robust_weights_lose_less_to_the_worst_substitutions() -> None:
    chance = np.random.default_rng(4)
    labels = chance.integers(0, 2, size=200)
    likely = {1: ("good", "fine", "fine", "film", "very"), 0: ("bad", "poor", "poor", "plot", "not")}
    texts = [" ".join(chance.choice([*likely[label], "film", "plot"], size=8)) for label in labels]
    places = places_of(texts)
    features = places.weighting.features(places.vocabulary.counts(texts))
    signs = 2.0 * labels - 1
    zero = robust.Fitted(np.zeros(places.vocabulary.size), 0.0)

    def worst(weights: np.ndarray) -> object:
        return places.worst(weights, signs, 2)

    def loss_under_attack(model: robust.Fitted) -> float:
        margin = signs * (features @ model.weights + model.bias) - places.harm(model.weights, signs, 2)
        return float(np.logaddexp(0, -margin).sum() + 0.5 * model.weights @ model.weights)

    plain = robust.fitted(features, signs, worst, c=1.0, share=0.0, start=zero)
    hard = robust.fitted(features, signs, worst, c=1.0, share=1.0, start=zero)
    assert loss_under_attack(hard) < 0.9 * loss_under_attack(plain)


@pytest.mark.parametrize("text", ["", "film", "!!!", "unheard words only", "😀 فيلم", "good " * 5_000])
def test_edge_texts_have_their_places_or_none(text: str) -> None:
    texts = [text, "good film"]
    places = places_of(texts)
    harm = places.harm(np.ones(places.vocabulary.size), np.array([1.0, -1.0]), 5)
    assert harm.shape == (2,) and np.isfinite(harm).all() and (harm >= 0).all()
