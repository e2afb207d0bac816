"""Randomized smoothing: exact bounds by hand and scipy, and every neighbor of small texts enumerated."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from attacks.certificates import smoothing
from attacks.certificates.schema import CertificateSpec
from attacks.certificates.smoothing import LeftOut, Noise, Replaced, SmoothedCertifier
from attacks.schema import Example

VOCABULARY = ("good", "bad", "so", "film")
NEAR = {
    "good": ("fine", "great"),
    "fine": ("good",),
    "great": ("good", "fine"),
    "bad": ("poor",),
    "poor": ("bad",),
}
SCORES = {"good": 1.0, "great": 1.5, "fine": -0.25, "bad": -1.0, "poor": 0.5, "so": -0.1, "film": 0.2}


def is_positive(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Call a text positive by a sum over its words, with a pair that turns it: no linear model."""
    scores = [sum(SCORES.get(word, 0.0) for word in text.split()) for text in texts]
    turned = ["so bad" in text or "film so" in text for text in texts]
    return np.array([(score > 0) != turn for score, turn in zip(scores, turned, strict=True)])


def share_positive(words: Sequence[str], noise: Noise) -> float:
    """Return the exact share of noisy copies that are positive: every copy is made."""
    if isinstance(noise, LeftOut):
        kept = itertools.combinations(words, noise.number_kept(len(words)))
        return float(is_positive([" ".join(copy) for copy in kept]).mean())
    options = [dict.fromkeys([word, *NEAR.get(word, ())]) for word in words]
    return float(is_positive([" ".join(copy) for copy in itertools.product(*options)]).mean())


def neighbors(words: Sequence[str], k: int, noise: Noise) -> Iterator[list[str]]:
    """Yield every text with at most k words substituted."""
    for places in itertools.combinations(range(len(words)), k):
        options = [
            (VOCABULARY if isinstance(noise, LeftOut) else (words[place], *NEAR.get(words[place], ())))
            if place in places
            else (words[place],)
            for place in range(len(words))
        ]
        yield from map(list, itertools.product(*options))


NOISES = [LeftOut(0.34), LeftOut(0.5), Replaced(lambda word: NEAR.get(word, ()))]


@pytest.mark.parametrize("noise", NOISES, ids=["a third kept", "half kept", "replaced"])
def test_no_neighbor_of_a_small_text_differs_by_more_than_the_distance(noise: Noise) -> None:
    chance = np.random.default_rng(0)
    nearest = []
    for _ in range(6):
        words = list(chance.choice([*NEAR, "so", "film"], size=5))
        share = share_positive(words, noise)
        for k in (0, 1, 2):
            allowed = noise.distance(words, k)
            found = max(abs(share_positive(other, noise) - share) for other in neighbors(words, k, noise))
            assert found <= allowed + 1e-12
            nearest.append(found / allowed if allowed else 0.0)
    assert max(nearest) > 0.3  # the bound is not far from what can happen


@pytest.mark.parametrize("noise", NOISES[1:], ids=["half kept", "replaced"])
def test_a_certificate_is_broken_by_no_neighbor_beyond_its_confidence(noise: Noise) -> None:
    """400 certificates at an error of 5 %: more than 35 wrong bounds have a probability below 0.1 %."""
    texts = [["good", "film", "great", "good", "great"], ["bad", "bad", "film", "bad", "bad"]]
    wrong, certified = 0, 0
    for words in texts:
        share = share_positive(words, noise)
        label = int(share > 0.5)
        worst = min(
            share_positive(other, noise) if label else 1 - share_positive(other, noise)
            for other in neighbors(words, 1, noise)
        )
        for seed in range(200):
            found = smoothing.smoothed(
                is_positive, Example("x", " ".join(words), label), noise, (0, 1), samples=60, guesses=10,
                error=0.05, seed=seed,
            )  # fmt: skip
            wrong += found.at_least > (share if found.positive else 1 - share)
            certified += found.certified[1]
            assert not found.certified[1] or worst > 0.5 or found.at_least > max(share, 1 - share)
    assert wrong <= stats.binom.ppf(0.999, 400, 0.05)
    assert certified or not isinstance(noise, Replaced)


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (1, 10), (7, 10), (10, 10), (970, 1000), (1000, 1000)])
def test_the_lower_bound_is_clopper_and_pearson_s(successes: int, n: int) -> None:
    two_sided = stats.binomtest(successes, n).proportion_ci(confidence_level=0.98, method="exact")
    assert smoothing.lower_bound(successes, n, 0.01) == pytest.approx(two_sided.low)


def test_the_distance_of_left_out_words_is_the_probability_that_a_changed_one_is_kept() -> None:
    words = [str(number) for number in range(10)]
    kept = list(itertools.combinations(range(10), 3))
    for k in range(11):
        hit = sum(1 for places in kept if set(places) & set(range(k))) / len(kept)
        assert LeftOut(0.3).distance(words, k) == pytest.approx(hit)
    assert LeftOut(0.1).distance(["a"] * 240, 5) == pytest.approx(1 - math.comb(235, 24) / math.comb(240, 24))
    assert LeftOut(0.1).distance(["only"], 1) == 1.0


def test_a_certifier_states_of_each_number_of_changes_what_is_known() -> None:
    class Fixed:
        """A model that calls everything positive, or nine copies of ten."""

        def __init__(self, share: float) -> None:
            self.chance, self.share = np.random.default_rng(0), share

        def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
            positive = (self.chance.random(len(texts)) < self.share).astype(float)
            return np.column_stack([1 - positive, positive])

    text = " ".join(["word"] * 100)
    spec = CertificateSpec("x", changes=(1, 3, 6, 7), samples=1000, error=0.001)

    def rows(share: float, label: int) -> list[tuple[str, bool]]:
        certify = SmoothedCertifier(Fixed(share), LeftOut(0.1), spec)  # type: ignore[arg-type]
        found = certify(Example("x", text, label), lambda: None)
        return [(row.status, row.lower_bound > 0) for row in found.rows]

    # 0.5 + 1 - C(94, 10) / C(100, 10) = 0.977, and for seven words 1.021, which no share reaches
    assert rows(1.0, 1) == [("certified", True)] * 3 + [("undecided", False)]
    assert rows(0.9, 1) == [
        ("certified", True),
        ("certified", True),
        ("undecided", False),
        ("undecided", False),
    ]
    assert rows(1.0, 0) == [("wrong", False)] * 4
    assert rows(0.5, 1) == [("wrong", False)] * 4


def test_the_same_seed_gives_the_same_certificate_and_another_another() -> None:
    example = Example("x", "good film so bad good great film", 1)
    asked = {"noise": LeftOut(0.5), "ks": (1,), "samples": 100, "guesses": 20}
    one, same, other = (
        smoothing.smoothed(is_positive, example, seed=seed, **asked)  # type: ignore[arg-type]
        for seed in (1, 1, 2)
    )
    assert one.at_least == same.at_least != other.at_least
    assert one.copies == 120


def test_replaced_words_leave_the_marks_and_spaces_around_them() -> None:
    noise = Replaced(lambda word: {"film": ("plot",), "good": ("fine",)}.get(word, ()))
    parts = noise.parts("A good, well-made film!\n(It's 😀.)")
    copies = {noise.copy(parts, np.random.default_rng(seed)) for seed in range(40)}
    assert copies == {
        f"A {good}, well-made {film}!\n(It's 😀.)"
        for good, film in itertools.product(("good", "fine"), ("film", "plot"))
    }
    assert noise.distance(parts, 1) == 0.5  # from {good, fine} to {fine}
    assert noise.distance(parts, 3) == 0.75


@pytest.mark.parametrize(
    "text", ["", "   ", "one", "😀 فيلم رائع", "<script>alert(1)</script>", "word " * 10_000]
)
def test_edge_texts_are_certified_or_not_without_an_error(text: str) -> None:
    found = smoothing.smoothed(
        is_positive, Example("x", text, 1), LeftOut(0.1), (1, 5), samples=20, guesses=5
    )
    assert len(found.certified) == 2
    if not text.split():
        assert (found.positive, found.right, found.copies) == (None, False, 0)
