"""The ways of building a classifier. To add one: a file with `FAMILY`, and one line here."""

from __future__ import annotations

from sentiment_core.classifiers import bow, nbsvm, tfidf, transformer
from sentiment_core.classifiers.base import ClassifierFamily

FAMILIES: dict[str, ClassifierFamily] = {
    "tfidf": tfidf.FAMILY,
    "bow": bow.FAMILY,
    "nbsvm": nbsvm.FAMILY,
    "transformer": transformer.FAMILY,
}
