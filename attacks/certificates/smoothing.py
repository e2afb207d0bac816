"""Randomized smoothing: certificates for models of which nothing but their answers is known.

The *smoothed* model answers a text with the label that the model gives most often to noisy copies of it. Two
texts whose noisy copies are distributed alike get like answers: where the total variation distance of both
distributions is at most d, the shares of a label differ by at most d. So where the share of the label is
above 1/2 + d for a text, with every text within k substitutions at that distance or nearer, none of them
turns
the smoothed answer. The share is estimated from samples, so a certificate holds with a stated confidence.

Two kinds of noise: words left out (Zeng et al. 2021, "Certified Robustness to Text Adversarial Attacks by
Randomized [MASK]"; the bound of Levine & Feizi 2020, "Robustness Certificates for Sparse Adversarial
Attacks"), which holds for substitutions by any words; and words replaced by their candidates (Ye et al. 2020,
"SAFER: A Structure-free Approach for Certified Robustness to Adversarial Word Substitutions").
"""

from __future__ import annotations

import functools
import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from attacks.certificates.schema import CERTIFIED, UNDECIDED, WRONG, Certificate, CertificateSpec, Row
from attacks.engine.attacker import seed_of
from attacks.schema import Example
from sentiment_core.classifiers.base import Classifier
from sentiment_core.execution.base import Stop

#: Texts to the log-odds or probabilities that decide: bool [n], whether each is called positive.
IsPositive = Callable[[Sequence[str]], NDArray[np.bool_]]
#: Copies that are read at once.
AT_ONCE = 64
#: How copies are made noisy: `LeftOut` and `Replaced`.
NOISES = ("left-out", "replaced")
#: A word as attacks change it, with what TextAttack keeps inside of words.
_WORDS = re.compile(r"(\w(?:[\w'’@*-]*\w)?)")


class Noise(Protocol):
    """How noisy copies of a text are made."""

    def parts(self, text: str) -> list[str]:
        """Return a text in parts, of which a substitution changes one."""
        ...

    def copy(self, words: Sequence[str], chance: np.random.Generator) -> str:
        """Return one noisy copy of a text of these words."""
        ...

    def distance(self, words: Sequence[str], k: int) -> float:
        """Return the largest total variation distance to a text with at most k of the words substituted."""
        ...


@dataclass(frozen=True)
class LeftOut:
    """Keeps a share of the words, drawn at random, in their order; the others are left out.

    The distance is the probability that a substituted word is among those kept, and holds whatever word is
    put in its place: 1 - C(L - k, m) / C(L, m) with m of L words kept.
    """

    kept: float = 0.1

    def parts(self, text: str) -> list[str]:
        """Return what stands between white space."""
        return text.split()

    def copy(self, words: Sequence[str], chance: np.random.Generator) -> str:
        """Return the text of the words that are kept."""
        places = chance.choice(len(words), size=self.number_kept(len(words)), replace=False)
        return " ".join(words[place] for place in np.sort(places))

    def distance(self, words: Sequence[str], k: int) -> float:
        """Return the probability that one of k words is kept."""
        n, kept = len(words), self.number_kept(len(words))
        if k > n - kept:
            return 1.0 if k > 0 else 0.0
        return 1.0 - math.prod((n - kept - j) / (n - j) for j in range(k))

    def number_kept(self, n: int) -> int:
        """Return how many of n words are kept: one at least."""
        return min(n, max(1, round(self.kept * n)))


@dataclass(frozen=True)
class Replaced:
    """Replaces every word by one of its candidates or itself, all equally likely.

    A word's candidates are what a substitution may put in its place. The distance of two words is that of the
    uniform distributions over their candidates; k words that are the farthest from a candidate of theirs make
    1 - (product of 1 - distance).
    """

    candidates: Callable[[str], Sequence[str]]

    def parts(self, text: str) -> list[str]:
        """Return words and what is between them, which has no candidates."""
        return [part for part in _WORDS.split(text) if part]

    def copy(self, words: Sequence[str], chance: np.random.Generator) -> str:
        """Return the text with each word drawn from its candidates."""
        return "".join(options[chance.integers(len(options))] for options in map(self._options, words))

    def distance(self, words: Sequence[str], k: int) -> float:
        """Return the distance that k substitutions can make at most."""
        farthest = sorted(map(self._farthest, words), reverse=True)[:k]
        return 1.0 - math.prod(1.0 - apart for apart in farthest)

    @functools.cached_property
    def _options(self) -> Callable[[str], tuple[str, ...]]:
        return functools.cache(lambda word: tuple(dict.fromkeys([word, *self.candidates(word)])))

    @functools.cached_property
    def _farthest(self) -> Callable[[str], float]:
        return functools.cache(lambda word: max(self._apart(word, other) for other in self._options(word)))

    def _apart(self, word: str, other: str) -> float:
        """Return the total variation distance of what two words are replaced by."""
        one, two = set(self._options(word)), set(self._options(other))
        return 1.0 - len(one & two) * min(1 / len(one), 1 / len(two))


@dataclass(frozen=True)
class Smoothed:
    """What is certified of one review's smoothed answer.

    Attributes:
        positive: the smoothed answer; None where the samples do not decide it.
        right: whether it is decided and the review's label.
        share: of noisy copies with the guessed answer.
        at_least: its lower bound at the asked confidence.
        certified: for each k asked, whether no k substitutions turn the answer, which is right.
        copies: noisy copies that the model read.
    """

    example_id: str
    label: int
    positive: bool | None
    right: bool
    share: float
    at_least: float
    certified: tuple[bool, ...]
    copies: int
    seconds: float


def lower_bound(successes: int, n: int, error: float) -> float:
    """Return the one-sided lower bound of a share at confidence 1 - error (Clopper & Pearson 1934)."""
    from scipy.stats import beta

    return 0.0 if successes == 0 else float(beta.ppf(error, successes, n - successes + 1))


def smoothed(
    ask: IsPositive,
    example: Example,
    noise: Noise,
    ks: Sequence[int],
    *,
    samples: int = 1000,
    guesses: int = 50,
    error: float = 0.001,
    seed: int = 0,
    tick: Callable[[], None] = lambda: None,
) -> Smoothed:
    """Return what holds for one review with probability 1 - error at least.

    The answer is guessed from some copies and its share bounded from others, as in Cohen et al. 2019,
    "Certified Adversarial Robustness via Randomized Smoothing", algorithm Certify.

    Args:
        ask: whether the model calls each text positive.
        example: the review.
        noise: how its copies are made.
        ks: numbers of substitutions.
        samples: copies for the bound.
        guesses: copies for the guess.
        error: probability that the certificate is wrong, at most.
        seed: of the copies.
        tick: called before every batch of copies; what it raises stops.
    """
    began = time.monotonic()
    words = noise.parts(example.text)
    chance = np.random.default_rng(seed)
    if not example.text.split():
        return Smoothed(example.example_id, example.label, None, False, 0.0, 0.0, (False,) * len(ks), 0, 0.0)
    guess = 2 * _positive(ask, words, noise, guesses, chance, tick) >= guesses
    positive = _positive(ask, words, noise, samples, chance, tick)
    at_least = lower_bound(positive if guess else samples - positive, samples, error)
    decided = at_least > 0.5
    right = decided and guess == bool(example.label)
    return Smoothed(
        example_id=example.example_id,
        label=example.label,
        positive=guess if decided else None,
        right=right,
        share=(positive if guess else samples - positive) / samples,
        at_least=at_least,
        certified=tuple(right and at_least - noise.distance(words, k) > 0.5 for k in ks),
        copies=guesses + samples,
        seconds=time.monotonic() - began,
    )


class SmoothedCertifier:
    """Certifies the smoothed answers of any model."""

    def __init__(self, classifier: Classifier, noise: Noise, spec: CertificateSpec) -> None:
        self.classifier, self.noise, self.spec = classifier, noise, spec

    def __call__(self, example: Example, stop: Stop) -> Certificate:
        """Return what is known of a review's smoothed answer; margins are log-odds of a share of copies."""
        found = smoothed(
            self._is_positive,
            example,
            self.noise,
            self.spec.changes,
            samples=self.spec.samples,
            error=self.spec.error,
            seed=seed_of(0, example.example_id),
            tick=stop,
        )
        rows = tuple(map(functools.partial(self._row, example, found), self.spec.changes, found.certified))
        return Certificate(example.example_id, example.label, rows, round(found.seconds, 6))

    def _row(self, example: Example, found: Smoothed, k: int, certified: bool) -> Row:
        if not found.right:
            margin = math.nan if found.positive is None else -_log_odds(found.share)
            return Row(k, WRONG, margin, margin)
        needed = 0.5 + self.noise.distance(self.noise.parts(example.text), k)
        least, margin = _log_odds(found.at_least - needed + 0.5), _log_odds(found.share)
        why = f"{found.at_least:.1%} of the copies have this answer at least; {needed:.1%} are needed"
        return Row(k, CERTIFIED if certified else UNDECIDED, least, margin, why="" if certified else why)

    def _is_positive(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        positive: NDArray[np.bool_] = self.classifier.predict_proba(texts)[:, 1] >= 0.5
        return positive


def _log_odds(share: float) -> float:
    """Return the log-odds of a share, NaN for one that is none."""
    if not 0 <= share <= 1:
        return math.nan
    return math.log(max(share, 1e-12) / max(1 - share, 1e-12))


def _positive(
    ask: IsPositive,
    words: Sequence[str],
    noise: Noise,
    n: int,
    chance: np.random.Generator,
    tick: Callable[[], None],
) -> int:
    """Return how many of n noisy copies the model calls positive."""
    found = 0
    for start in range(0, n, AT_ONCE):
        tick()
        copies = [noise.copy(words, chance) for _ in range(min(AT_ONCE, n - start))]
        found += int(ask(copies).sum())
    return found
