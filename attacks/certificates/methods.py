"""How models are certified, by what they are."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from attacks.certificates.schema import CertificateSpec, Certifier
from sentiment_core import models
from sentiment_core.classifiers import FAMILIES
from sentiment_core.classifiers.linear import classifier as linear_classifier
from sentiment_core.errors import RunError
from sentiment_core.models import ModelCard


@dataclass(frozen=True)
class Method:
    """One way of certifying.

    Attributes:
        what: the models that it is for, in a few words.
        fits: whether it is for this model; loads nothing heavy.
        load: called once in each worker; loads the model.
        statement: what a certified review means by it, in one sentence.
    """

    name: str
    what: str
    fits: Callable[[ModelCard], bool]
    load: Callable[[CertificateSpec], Certifier]
    statement: str


def _is_linear(card: ModelCard) -> bool:
    family = FAMILIES.get(card.family)
    return family is not None and family.load is linear_classifier.load


def _load_linear(spec: CertificateSpec) -> Certifier:
    from attacks.certificates.edits import edits_of
    from attacks.certificates.linear import LinearCertifier

    classifier = models.load_model(spec.model_id)
    assert isinstance(classifier, linear_classifier.LinearClassifier)
    return LinearCertifier(classifier, edits_of(spec.edits, spec.recipe, spec.params), spec)


LINEAR = Method(
    name="search",
    what="linear models over n-grams of words",
    fits=_is_linear,
    load=_load_linear,
    statement="no choice of so many words and substitutes changes the answer: a lower bound over all of them",
)


def _load_smoothed(spec: CertificateSpec) -> Certifier:
    from attacks.certificates.edits import edits_of
    from attacks.certificates.smoothing import LeftOut, Noise, Replaced, SmoothedCertifier

    replaced = spec.noise == "replaced"
    noise: Noise = (
        Replaced(edits_of(spec.edits, spec.recipe, spec.params).candidates)
        if replaced
        else LeftOut(spec.kept)
    )
    return SmoothedCertifier(models.load_model(spec.model_id), noise, spec)


SMOOTHED = Method(
    name="smoothing",
    what="networks and blends, by randomized smoothing",
    fits=lambda card: not FAMILIES[card.family].elsewhere,
    load=_load_smoothed,
    statement="the answer that the model gives to most noisy copies of a review stays, whatever so many "
    "words are replaced by; not the answer to the review itself, and each only at the asked confidence",
)
METHODS = (LINEAR, SMOOTHED)


def method_for(card: ModelCard) -> Method:
    """Return the first method that is for a model.

    Raises:
        RunError: there is none; it says what can be certified.
    """
    for method in METHODS:
        if method.fits(card):
            return method
    named = [name for name, family in FAMILIES.items() if family.load is linear_classifier.load]
    raise RunError(
        f"{card.short_name!r} is of family {card.family!r}, which has no certificate; what has one: "
        f"{'; '.join(method.what for method in METHODS)} ({', '.join(named)})"
    )


def preparation(spec: CertificateSpec) -> Callable[[], Certifier]:
    """Return what a worker calls first."""
    return functools.partial(_load, spec)


def _load(spec: CertificateSpec) -> Certifier:
    return method_for(models.resolve(spec.model_id)).load(spec)
